"""What was counted: sheets with their signatures, and rounds on the way to their outcome."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.consent import ANSWERED, Standing
from deliberate.domain.errors import NotFound
from deliberate.domain.notice import NoticeKind, counted_until
from deliberate.domain.round import DutyKind, RoundStatus, SheetRole
from deliberate.models import (
    Account,
    ConsentRound,
    CountSheet,
    CountSignature,
    Duty,
    EntryStanding,
    Notice,
    OutcomeRecord,
    Proposal,
    RollEntry,
)

from . import postings


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature under a sheet."""

    name: str
    role: SheetRole
    at: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """A count sheet with its signatures."""

    sheet: CountSheet
    signatures: tuple[Signed, ...]

    @property
    def signed(self) -> bool:
        """Whether the scrutineer's signature stands under it."""
        return any(signature.role is SheetRole.SCRUTINEER for signature in self.signatures)


def latest(session: Session, round_id: int) -> CountSheet | None:
    """The sheet in force."""
    return session.scalars(
        select(CountSheet)
        .where(CountSheet.consent_round_id == round_id)
        .order_by(CountSheet.n.desc())
        .limit(1)
    ).first()


def sheets(session: Session, round_id: int) -> Sequence[Sheet]:
    """Every sheet of the round, the first count first."""
    found = session.scalars(
        select(CountSheet).where(CountSheet.consent_round_id == round_id).order_by(CountSheet.n)
    ).all()
    signed: dict[int, list[Signed]] = defaultdict(list)
    rows = session.execute(
        select(CountSignature.count_sheet_id, Account.display_name, CountSignature.role, CountSignature.at)
        .join(Account, Account.id == CountSignature.account_id)
        .where(CountSignature.count_sheet_id.in_([sheet.id for sheet in found]))
        .order_by(CountSignature.id)
    )
    for sheet_id, name, role, at in rows:
        signed[sheet_id].append(Signed(name, role, at))
    return [Sheet(sheet, tuple(signed[sheet.id])) for sheet in found]


def is_signed(session: Session, sheet: CountSheet) -> bool:
    """Whether the scrutineer signed these very figures."""
    return (
        session.scalar(
            select(CountSignature.id).where(
                CountSignature.count_sheet_id == sheet.id,
                CountSignature.role == SheetRole.SCRUTINEER,
                CountSignature.sha256 == sheet.sha256,
            )
        )
        is not None
    )


def duty_of(session: Session, round_id: int, account_id: int | None, kind: DutyKind) -> Duty | None:
    """That person's duty of that kind in the round."""
    return session.scalar(
        select(Duty).where(
            Duty.consent_round_id == round_id, Duty.account_id == account_id, Duty.kind == kind
        )
    )


def unanswered(session: Session, consent_round: ConsentRound) -> int:
    """Entries of the roll that have not answered, or contradict themselves: for them closing waits."""
    settled = ANSWERED - {Standing.CONTRADICTION}
    answered = session.scalars(
        select(func.count())
        .select_from(EntryStanding)
        .where(EntryStanding.consent_round_id == consent_round.id, EntryStanding.standing.in_(settled))
    ).one()
    entries = session.scalars(
        select(func.count()).select_from(RollEntry).where(RollEntry.consent_round_id == consent_round.id)
    ).one()
    return entries - answered


def contradictions(session: Session, round_id: int) -> int:
    """Households whose answers differ and wait to be settled."""
    return session.scalars(
        select(func.count())
        .select_from(EntryStanding)
        .where(EntryStanding.consent_round_id == round_id, EntryStanding.standing == Standing.CONTRADICTION)
    ).one()


def objection_until(session: Session, round_id: int) -> datetime | None:
    """Till when households may object; none before the result is shown, longer when everything is rechecked.

    It counts from the day on which the notice hung on the board recorded first, where that was later.
    """
    rows = session.execute(
        select(Notice.kind, Notice.until, Notice.id, Notice.published_at)
        .where(
            Notice.consent_round_id == round_id,
            Notice.kind.in_((NoticeKind.PRELIMINARY, NoticeKind.RECHECK)),
        )
        .order_by(Notice.id)
    ).all()
    ends = {
        kind: counted_until(published_at, until, postings.first(session, notice_id))
        for kind, until, notice_id, published_at in reversed(rows)
        if until is not None
    }
    return max(ends.values()) if NoticeKind.PRELIMINARY in ends else None


def outcome_of(session: Session, round_id: int) -> OutcomeRecord | None:
    """The outcome on record."""
    return session.scalar(select(OutcomeRecord).where(OutcomeRecord.consent_round_id == round_id))


@dataclass(frozen=True, slots=True)
class Counting:
    """A round with its matter, on the way from the end of answering to the outcome."""

    round: ConsentRound
    proposal: Proposal
    sheets: tuple[Sheet, ...]
    objection_until: datetime | None
    outcome: OutcomeRecord | None

    @property
    def last(self) -> Sheet | None:
        """The sheet in force."""
        return self.sheets[-1] if self.sheets else None


def counting(session: Session, community_id: int, round_id: int) -> Counting | None:
    """One round, if of this community."""
    row = session.execute(
        select(ConsentRound, Proposal)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .where(ConsentRound.id == round_id, ConsentRound.community_id == community_id)
    ).one_or_none()
    return _counting(session, row[0], row[1]) if row else None


def _counting(session: Session, consent_round: ConsentRound, proposal: Proposal) -> Counting:
    return Counting(
        consent_round,
        proposal,
        tuple(sheets(session, consent_round.id)),
        objection_until(session, consent_round.id),
        outcome_of(session, consent_round.id),
    )


def shown(session: Session, proposal_id: int) -> Sequence[Counting]:
    """The rounds of a matter whose result was shown, the newest first."""
    rows = session.execute(
        select(ConsentRound, Proposal)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .where(ConsentRound.proposal_id == proposal_id, ConsentRound.status == RoundStatus.CLOSED)
        .order_by(ConsentRound.n.desc())
    ).all()
    every = [_counting(session, consent_round, proposal) for consent_round, proposal in rows]
    return [one for one in every if one.objection_until is not None]


def under_way(session: Session, community_id: int) -> Sequence[Counting]:
    """Rounds whose answering is over and whose outcome is not yet on record, the oldest first."""
    rows = session.execute(
        select(ConsentRound, Proposal)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .outerjoin(OutcomeRecord, OutcomeRecord.consent_round_id == ConsentRound.id)
        .where(
            ConsentRound.community_id == community_id,
            ConsentRound.status.in_((RoundStatus.COUNTING, RoundStatus.CLOSED)),
            OutcomeRecord.id.is_(None),
        )
        .order_by(ConsentRound.id)
    ).all()
    return [_counting(session, consent_round, proposal) for consent_round, proposal in rows]


def to_sign(session: Session, community_id: int, account_id: int | None) -> Sequence[Counting]:
    """Rounds whose latest sheet waits for the signature of this person, who is on duty as scrutineer."""
    return [
        one
        for one in under_way(session, community_id)
        if one.last is not None
        and not one.last.signed
        and duty_of(session, one.round.id, account_id, DutyKind.SCRUTINEER) is not None
    ]


def one_of(one: Counting, n: int) -> Sheet:
    """The n-th sheet of the round; NotFound when there is none."""
    found = next((sheet for sheet in one.sheets if sheet.sheet.n == n), None)
    if found is None:
        raise NotFound()
    return found
