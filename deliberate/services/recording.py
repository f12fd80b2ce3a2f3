"""How a consent gets into the store: one record, what it supersedes, and where its household stands now.

Everything that records goes through `record`; nothing else writes these tables. The caller holds
`Lock.answer(round, entry)`, so that two records of one household come one after the other.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.consent import ANSWERED, Answer, Channel, Deed, Record, Standing, standing
from deliberate.domain.errors import Stale
from deliberate.domain.permissions import Actor
from deliberate.models import Consent, ConsentRound, EntryStanding, Supersession
from deliberate.queries.on_roll import Entry, Round
from deliberate.queries.prepared import Listed, Prepared, adding
from deliberate.queries.tallies import records_of_entry

from . import (
    building_counts,
    changes,
    happenings,
    household_news,
    journal,
    ledger,
    ledger_events,
    outgoing,
    secrets,
)
from .ledger_events import ONLINE, Recorded, Signing

_COLUMNS = tuple(c.name for c in Consent.__table__.columns if c.name != "id")
_CONSENT = adding(Consent, *_COLUMNS, numbered=True)
_CONSENTS = adding(Consent, *_COLUMNS)
_IDS = Listed(lambda ids: select(Consent.request_id, Consent.id).where(Consent.request_id.in_(ids)))
_STANDING = adding(EntryStanding, "roll_entry_id", "community_id", "consent_round_id", "standing", "since")
_REPEATED = Prepared(
    select(Consent.id, Consent.roll_entry_id).where(Consent.request_id == bindparam("request_id"))
)
_FIRST = Prepared(select(func.min(Consent.recorded_at)).where(Consent.roll_entry_id == bindparam("entry_id")))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the household is given. `code` is shown to it and never stored."""

    consent_id: int
    code: str
    repeated: bool = False
    """The same request was recorded before; this is its receipt."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """By whom a record is made: an account; or a letter, perhaps with staff who help at the desk."""

    account_id: int | None = None
    letter_id: int | None = None
    helped_by_id: int | None = None

    @property
    def people(self) -> frozenset[int | None]:
        """Who knows of it, having made it."""
        return frozenset({self.account_id, self.helped_by_id})


@dataclass(frozen=True, slots=True)
class Draft:
    """A record about to be made."""

    deed: Deed
    answer: Answer | None
    channel: Channel
    request_id: str
    by: Recorder
    supersedes: frozenset[int] = frozenset()
    late: bool = False
    duty_id: int | None = None
    visit_id: int | None = None
    serial: str | None = None
    signed_at: datetime | None = None
    reason: str | None = None
    signing: Signing = ONLINE


def repeated(session: Session, entry_id: int, request_id: str, key: bytes) -> Receipt | None:
    """The receipt of a request that was recorded before: a second click changes nothing."""
    found = _REPEATED.first(session, request_id=request_id)
    if found is None:
        return None
    consent_id, recorded_for = found
    if recorded_for != entry_id:
        raise Stale()
    return Receipt(consent_id, receipt_code(key, request_id), repeated=True)


def recorded(session: Session, request_ids: Collection[str]) -> frozenset[str]:
    """Those of these requests that were recorded before."""
    return frozenset(row[0] for row in _IDS.rows(session, request_ids))


def receipt_code(key: bytes, request_id: str) -> str:
    """The receipt code of a request, worked out again whenever the same request comes."""
    return secrets.derived_code(key, "receipt", request_id)


def stub_code(key: bytes, community_id: int, serial: str) -> str:
    """The code on the tear-off stub of a paper form: known when it is printed, before anybody signs."""
    return secrets.derived_code(key, "stub", f"{community_id}|{serial}")


def record(
    session: Session,
    actor: Actor,
    entry: Entry,
    draft: Draft,
    *,
    at: Round | None = None,
    known: Sequence[Record] | None = None,
    key: bytes,
    now: datetime,
) -> Receipt:
    """Write the record, what it supersedes, the standing that follows and its leaf; journal it without the answer.

    `at`, `known`: the entry's round and its records so far, where the caller has just read them.
    """
    consent_round = at or session.get_one(ConsentRound, entry.consent_round_id)
    before = records_of_entry(session, entry.id) if known is None else known
    session.flush()  # what the record rests on comes before it
    row = _row(entry, consent_round.plan_sha256, draft, key, now)
    consent_id = _CONSENT.number(session, row)
    _supersede(session, entry, consent_id, draft.supersedes)
    made = Record(consent_id, draft.deed, draft.answer, draft.channel, draft.supersedes, draft.late)
    stands = _keep_standing(session, entry, before, made, now=now)
    happenings.count(session, happenings.ANSWERS, draft.channel.value)
    outgoing.owe_for(session, entry.community_id, [draft.request_id], now=now)
    household_news.tell(session, entry, stands, draft.by.people, now=now)
    if draft.supersedes:
        household_news.tell_replaced(session, entry, draft.supersedes, draft.by.people, now=now)
    journal.write(
        session, actor, entry.community_id, f"consent_{draft.deed}", "roll_entry", entry.id, now=now
    )
    ledger_events.consent_recorded(
        session, Recorded(**row), consent_id, entry.slot, draft.signing, draft.supersedes
    )
    return Receipt(consent_id, receipt_code(key, draft.request_id))


@dataclass(frozen=True, slots=True)
class First:
    """The first answer of an entry that has none yet, and who acts."""

    actor: Actor
    entry: Entry
    draft: Draft


def record_first(
    session: Session,
    consent_round: Round,
    firsts: Sequence[First],
    *,
    key: bytes,
    now: datetime,
) -> dict[str, int]:
    """Many first answers in a round at once, each of another entry: the rows that `record` makes.

    Gives the number of each record by its request.
    """
    plan_sha256, community_id = consent_round.plan_sha256, firsts[0].entry.community_id
    consents = [_row(one.entry, plan_sha256, one.draft, key, now) for one in firsts]
    _CONSENTS.each(session, consents)
    for one in firsts:
        happenings.count(session, happenings.ANSWERS, one.draft.channel.value)
    requests = [one.draft.request_id for one in firsts]
    ids = {str(row[0]): int(row[1]) for row in _IDS.rows(session, requests)}
    outgoing.owe_for(session, community_id, requests, now=now)
    events = [
        ledger_events.consent_event(
            Recorded(**row), ids[one.draft.request_id], one.entry.slot, one.draft.signing
        )
        for one, row in zip(firsts, consents, strict=True)
    ]
    ledger.append_many(session, community_id, events, now=now)
    _stand_first(session, firsts, now=now)
    household_news.tell_first(session, [(one.entry, one.draft.by.people) for one in firsts], now=now)
    done = [(one.actor, f"consent_{one.draft.deed}", one.entry.id) for one in firsts]
    journal.write_each(session, community_id, done, "roll_entry", now=now)
    return ids


def _stand_first(session: Session, firsts: Sequence[First], *, now: datetime) -> None:
    """Write down where these stand, each by its only record."""
    rows = []
    for one in firsts:
        entry, stands = one.entry, _first_standing(one.draft)
        rows.append(_standing_row(entry, stands, now))
        _show(session, entry, Standing.SILENT, stands, day_in_beijing(now))
    _STANDING.each(session, rows)


def _show(session: Session, entry: Entry, before: Standing, after: Standing, first: date) -> None:
    """What others see of a record whose entry stood there and stands here: that it has answered, or no longer has.

    A door that answers otherwise looks the same: not even a tablet learns that something was recorded (rule 11).
    """
    if (before in ANSWERED) is not (after in ANSWERED):
        changes.touch(session, [entry.household_id], entry.owner_id)
    building_counts.move(session, entry, before, after, first)


def _standing_row(entry: Entry, stands: Standing, now: datetime) -> dict[str, object]:
    return {
        "roll_entry_id": entry.id,
        "community_id": entry.community_id,
        "consent_round_id": entry.consent_round_id,
        "standing": stands,
        "since": now,
    }


def _first_day(session: Session, entry: Entry) -> date:
    """The day in Beijing of the entry's first record."""
    [(at,)] = _FIRST.rows(session, entry_id=entry.id)
    return day_in_beijing(at)


def _first_standing(draft: Draft) -> Standing:
    """Where a household stands whose only record this is."""
    return standing([Record(0, draft.deed, draft.answer, draft.channel, late=draft.late)])


def _row(entry: Entry, plan_sha256: str, draft: Draft, key: bytes, now: datetime) -> dict[str, Any]:
    """The columns of one consent."""
    return {
        "community_id": entry.community_id,
        "consent_round_id": entry.consent_round_id,
        "roll_entry_id": entry.id,
        "plan_sha256": plan_sha256,
        "deed": draft.deed,
        "answer": draft.answer,
        "channel": draft.channel,
        "late": draft.late,
        "recorded_at": now,
        "recorded_by_id": draft.by.account_id,
        "letter_id": draft.by.letter_id,
        "helped_by_id": draft.by.helped_by_id,
        "duty_id": draft.duty_id,
        "visit_id": draft.visit_id,
        "serial": draft.serial,
        "signed_at": draft.signed_at,
        "reason": draft.reason,
        "stub_hash": _stub_hash(entry.community_id, draft.serial, key),
        "receipt_hash": secrets.keyed_hash(receipt_code(key, draft.request_id), key),
        "request_id": draft.request_id,
    }


def _stub_hash(community_id: int, serial: str | None, key: bytes) -> str | None:
    return secrets.keyed_hash(stub_code(key, community_id, serial), key) if serial else None


def _supersede(session: Session, entry: Entry, newer_id: int, older: Iterable[int]) -> None:
    rows = [
        {
            "superseded_id": consent_id,
            "by_consent_id": newer_id,
            "community_id": entry.community_id,
            "consent_round_id": entry.consent_round_id,
        }
        for consent_id in sorted(older)
    ]
    if rows:
        session.connection().execute(insert(Supersession), rows)


def _keep_standing(
    session: Session, entry: Entry, before: Sequence[Record], made: Record, *, now: datetime
) -> Standing:
    """Write down where the household stands, from all of its records; the store holds it against them."""
    stood, stands = standing(before), standing((*before, made))
    first = _first_day(session, entry) if before and stands is not stood else day_in_beijing(now)
    _show(session, entry, stood, stands, first)
    if not before:
        _STANDING.do(session, _standing_row(entry, stands, now))
    elif stands is not stood:
        moved = (
            update(EntryStanding)
            .where(EntryStanding.roll_entry_id == entry.id)
            .values(standing=stands, since=now)
        )
        session.execute(moved, execution_options={"synchronize_session": "fetch"})
    return stands
