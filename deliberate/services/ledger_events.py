"""What each deed of a round says in the ledger: one function per kind of leaf (docs/ledger.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer, Channel, Deed
from deliberate.domain.ledger.leaf import canonical, moment
from deliberate.models import (
    Consent,
    ConsentRound,
    CountSheet,
    CountSignature,
    LedgerLeaf,
    Objection,
    OutcomeRecord,
    RollCertificate,
    RollEntry,
    RoundExtension,
)

from .ledger import Event, append, leave


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signed a paper, before whom, and the hashes of what shows it; all empty online."""

    signer: str = ""
    canvassers: str = ""
    evidence: tuple[str, ...] = ()


ONLINE = Signing()


@dataclass(frozen=True, slots=True)
class Recorded:
    """The columns of a record just made; of the same names as its `Consent`."""

    community_id: int
    consent_round_id: int
    roll_entry_id: int
    plan_sha256: str
    deed: Deed
    answer: Answer | None
    channel: Channel
    late: bool
    recorded_at: datetime
    recorded_by_id: int | None
    letter_id: int | None
    helped_by_id: int | None
    duty_id: int | None
    visit_id: int | None
    serial: str | None
    signed_at: datetime | None
    reason: str | None
    stub_hash: str | None
    receipt_hash: str
    request_id: str


def consent_event(
    consent: Consent | Recorded, consent_id: int, slot: str, signing: Signing, superseded: Sequence[str] = ()
) -> Event:
    """One recorded answer, change, withdrawal, correction, voiding or settlement, late or not."""
    values = {
        "plan": consent.plan_sha256,
        "slot": slot,
        "deed": consent.deed.value,
        "answer": consent.answer.value if consent.answer else "",
        "late": "1" if consent.late else "0",
        "supersedes": " ".join(sorted(superseded)),
        "channel": consent.channel.value,
        "time": moment(consent.recorded_at),
        "serial": consent.serial or "",
        "signed_at": moment(consent.signed_at),
        "signer": signing.signer,
        "canvassers": signing.canvassers,
        "evidence": " ".join(sorted(signing.evidence)),
        "recorder": _recorder(consent),
        "reason": consent.reason or "",
    }
    return Event("consent", values, consent.consent_round_id, consent_id)


def _recorder(consent: Consent | Recorded) -> str:
    """An account; or a letter, perhaps with the account that helped."""
    ids = (
        ("account", consent.recorded_by_id),
        ("letter", consent.letter_id),
        ("helped", consent.helped_by_id),
    )
    return " ".join(f"{name} {number}" for name, number in ids if number is not None)


def consent_recorded(
    session: Session,
    consent: Consent | Recorded,
    consent_id: int,
    slot: str,
    signing: Signing,
    superseded: frozenset[int],
) -> None:
    """The leaf of one record; it names those it supersedes by their hashes."""
    event = consent_event(consent, consent_id, slot, signing, leaf_hashes(session, superseded))
    leave(session, consent.community_id, event, now=consent.recorded_at)


def leaf_hashes(session: Session, consent_ids: frozenset[int]) -> list[str]:
    """Of the leaves of these consents."""
    if not consent_ids:
        return []
    return list(
        session.scalars(select(LedgerLeaf.leaf_hash).where(LedgerLeaf.consent_id.in_(sorted(consent_ids))))
    )


def _happened(session: Session, at_round: ConsentRound, kind: str, now: datetime, **values: str) -> None:
    append(session, at_round.community_id, kind, values, now=now, round_id=at_round.id)


def roll_certified(session: Session, at_round: ConsentRound, certificate: RollCertificate) -> None:
    """One of the two who certify the roll did."""
    _happened(
        session,
        at_round,
        "roll",
        certificate.at,
        roll_root=certificate.roll_sha256,
        size=str(certificate.roll_size),
        role=certificate.role.value,
        account=str(certificate.account_id),
    )


def round_opened(session: Session, at_round: ConsentRound, *, now: datetime) -> None:
    """What is locked from now on."""
    _happened(
        session,
        at_round,
        "opening",
        now,
        plan=at_round.plan_sha256,
        rules=canonical(at_round.rules),
        scope=canonical(at_round.scope),
        roll_root=at_round.roll_sha256 or "",
        size=str(at_round.roll_size),
        answer_until=moment(at_round.answer_until),
        register_until=moment(at_round.register_until),
        settle_until=moment(at_round.settle_until),
        visibility=at_round.tally_visibility.value,
    )


def round_extended(session: Session, at_round: ConsentRound, extension: RoundExtension) -> None:
    """The deadline moved."""
    _happened(
        session,
        at_round,
        "extension",
        extension.at,
        old_until=moment(extension.old_until),
        new_until=moment(extension.new_until),
        reason=extension.reason,
    )


def round_closed(session: Session, at_round: ConsentRound, account_id: int | None, *, now: datetime) -> None:
    """No answer comes after this."""
    _happened(session, at_round, "closing", now, account=str(account_id or ""))


def sheet_made(session: Session, at_round: ConsentRound, sheet: CountSheet) -> None:
    """The count (0), or an amendment of it (1, 2, …)."""
    _happened(session, at_round, "sheet", sheet.made_at, n=str(sheet.n - 1), figures=canonical(sheet.figures))


def sheet_signed(
    session: Session, at_round: ConsentRound, sheet: CountSheet, signature: CountSignature
) -> None:
    """Somebody signed the figures by their duty."""
    _happened(
        session,
        at_round,
        "sheet_signature",
        signature.at,
        n=str(sheet.n - 1),
        role=signature.role.value,
        account=str(signature.account_id),
    )


def objection_filed(session: Session, at_round: ConsentRound, objection: Objection) -> None:
    """A household objected; the public learns the number and the ground."""
    entry = session.get(RollEntry, objection.roll_entry_id) if objection.roll_entry_id else None
    _happened(
        session,
        at_round,
        "objection",
        objection.filed_at,
        number=str(number_of_objection(session, objection)),
        slot=entry.slot if entry else "",
        ground=objection.kind.value,
    )


def objection_answered(session: Session, at_round: ConsentRound, objection: Objection) -> None:
    """A recheck was concluded."""
    _happened(
        session,
        at_round,
        "recheck",
        objection.decided_at or objection.filed_at,
        number=str(number_of_objection(session, objection)),
        decision=objection.finding.value if objection.finding else "",
        account=str(objection.decided_by_id or ""),
    )


def number_of_objection(session: Session, objection: Objection) -> int:
    """Counted from 1 in its round, in the order of filing."""
    earlier = select(func.count(Objection.id)).where(
        Objection.consent_round_id == objection.consent_round_id, Objection.id <= objection.id
    )
    return session.scalars(earlier).one()


def outcome_computed(session: Session, at_round: ConsentRound, outcome: OutcomeRecord) -> None:
    """The outcome, as it follows from the figures."""
    _happened(
        session,
        at_round,
        "outcome",
        outcome.at,
        outcome=outcome.outcome.value,
        tests=canonical(outcome.tests),
    )
