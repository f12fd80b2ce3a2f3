"""A tablet's batch judged and written together, in a number of statements that does not grow with it.

Only doors that are like most are taken here, and they are judged by the rules by which every other is: what differs
is that the store was asked before, and is written to afterwards. Whatever is unlike them, or is refused, or breaks,
is left to be stored and judged one by one; so is the whole batch when the store refuses a row of it.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from deliberate import logs
from deliberate.domain import serial as serials
from deliberate.domain.errors import Refusal
from deliberate.domain.permissions import Actor
from deliberate.domain.sync import ARRIVED, LARGEST_NUMBER, PROTOCOL, Kind, Verdict
from deliberate.domain.tablet_record import Payload
from deliberate.models import (
    ConsentPaper,
    ConsentRound,
    DeclaredEvidence,
    Device,
    Evidence,
    TabletRecord,
    Visit,
)
from deliberate.queries import batch_facts
from deliberate.queries.batch_facts import Facts, Named
from deliberate.queries.prepared import Listed, adding

from . import building_counts, changes, forms, happenings
from .arrivals import Arrival, Result, Sender, declared_rows, row_of
from .batch_book import BatchBook, Gathered, Unlike
from .book import NewPaper
from .exhibits import exhibit_row
from .judging import BREAKS, person_of, refuse_misdirected, sender_of
from .quarantining import NotYet, Quarantine
from .recording import First, record_first
from .tablet_doors import Delivered, Done, seal
from .tablet_evidence import Piece, gathered, once, refuse_unfinished

log = logging.getLogger(__name__)


def _all_of(table: Any, *but: str) -> list[str]:
    return [column.name for column in table.__table__.columns if column.name not in but]


_RECORDS = adding(TabletRecord, *_all_of(TabletRecord, "id"))
_DECLARED = adding(DeclaredEvidence, *_all_of(DeclaredEvidence, "id"))
_VISITS = adding(Visit, *_all_of(Visit, "id"))
_PAPERS = adding(ConsentPaper, *_all_of(ConsentPaper))
_EVIDENCE = adding(Evidence, *_all_of(Evidence, "id"))
_NUMBERS = Listed(
    lambda ids: select(TabletRecord.record_id, TabletRecord.id).where(TabletRecord.record_id.in_(ids))
)
_VISIT_IDS = Listed(lambda ids: select(Visit.request_id, Visit.id).where(Visit.request_id.in_(ids)))


@dataclass(frozen=True, slots=True)
class _Door:
    """One record of the batch that may be taken together with others."""

    index: int
    arrival: Arrival
    payload: Payload


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is to be written of it: its row, and what comes into force; nothing of the latter while it waits."""

    door: _Door
    row: Mapping[str, Any]
    new: Gathered
    missing: tuple[str, ...] = ()


def take(
    session: Session,
    sender: Sender,
    every: Sequence[Arrival],
    here: Mapping[str, Sequence[TabletRecord]],
    *,
    key: bytes,
    now: datetime,
) -> dict[int, Result]:
    """Store and judge what is like most doors; what became of these, by their place in the batch."""
    doors = _like_most(sender, every, here)
    device = sender.device
    if not doors or device is None:
        return {}
    person = person_of(session, device)
    named = _named(doors)
    forms.hold_numbers(session, sender.community_id, named.numbers)
    facts = batch_facts.read(session, sender.community_id, device.uuid, person.account_id, named)
    judged = _judge_each(sender, device, person, doors, facts, key, now)
    try:
        with building_counts.savepoint(session):
            numbers = _write(session, person, judged, key, now)
    except OperationalError:
        raise  # the store is busy: nothing of the batch is kept, and the tablet sends it again
    except BREAKS as error:
        log.warning("a batch is taken one by one: %s", logs.refused(error))
        return {}
    return {one.door.index: _result(one, numbers) for one in judged}


def _like_most(
    sender: Sender, every: Sequence[Arrival], here: Mapping[str, Sequence[TabletRecord]]
) -> list[_Door]:
    """New doors that share nothing with another record of the batch, in the order in which they were sealed."""
    new = [(index, one) for index, one in enumerate(every) if not here.get(one.record_id)]
    often = Counter([one.record_id for _, one in new])
    said = [(index, one, payload) for index, one in new if (payload := one.payload) is not None]
    touched = [list(_touches(one, payload)) for _, one, payload in said]
    shared = Counter(chain.from_iterable(touched))
    doors = [
        _Door(index, one, payload)
        for (index, one, payload), tags in zip(said, touched, strict=True)
        if often[one.record_id] == 1 and _plain(one, payload) and all(shared[tag] == 1 for tag in tags)
    ]
    return sorted(doors, key=lambda door: (door.arrival.envelope.seq or LARGEST_NUMBER, door.index))


def _plain(one: Arrival, payload: Payload) -> bool:
    """A whole door, with nothing in it that looks back at an earlier record or waits for the desk."""
    looks_back = any(form.photo_follows or form.replaces for form in payload.forms)
    known = payload.head.version <= PROTOCOL and payload.head.kind is Kind.DOOR
    return known and not looks_back and not one.junk and one.envelope.intact


def _touches(one: Arrival, payload: Payload) -> Iterable[tuple[str, object]]:
    """Everything that another record of the batch must not touch, too."""
    yield "home", payload.household_id
    yield from (("entry", entry_id) for entry_id in payload.entries)
    yield from (("serial", serials.read(form.serial)) for form in payload.forms)
    yield "record", payload.about or one.record_id


def _named(doors: Sequence[_Door]) -> Named:
    forms = [form for door in doors for form in door.payload.forms]
    numbers = {number for form in forms if (number := serials.read(form.serial)) is not None}
    return Named(
        records={door.arrival.record_id for door in doors},
        homes={door.payload.household_id for door in doors},
        crews={door.payload.crew_id for door in doors},
        entries={entry_id for door in doors for entry_id in door.payload.entries},
        serials={serials.printed(number) for number in numbers},
        numbers=numbers,
        hashes={shown.sha256 for door in doors for _, shown in door.payload.declared},
    )


def _judge_each(
    sender: Sender,
    device: Device,
    person: Actor,
    doors: Sequence[_Door],
    facts: Facts,
    key: bytes,
    now: datetime,
) -> list[_Judged]:
    """Those that come into force, and those whose evidence is on its way."""
    book, found = BatchBook(facts), []
    for door in doors:
        row = row_of(sender, door.arrival.envelope, door.payload, Verdict.PENDING_EVIDENCE, now)
        at = Delivered(person, cast(TabletRecord, SimpleNamespace(**row)), door.payload, key, now)
        book.gathered = Gathered()
        try:
            done = _judge(book, at, device, facts)
        except NotYet:
            found.append(_Judged(door, row, Gathered(), _missing(door.payload, facts)))
        except (Unlike, Quarantine, Refusal, *BREAKS):
            continue
        else:
            found.append(_Judged(door, {**row, **_settled(done)}, book.gathered))
    return found


def _judge(book: BatchBook, at: Delivered, device: Device, facts: Facts) -> Done:
    """As `judging` does, in the same order."""
    if at.record.record_id in facts.about:
        raise Unlike()
    sender_of(at.record, device, at.overrule)
    stopped = at.payload.crew_id in facts.stopped
    refuse_misdirected(at.record, at.payload, stopped=stopped, decided=False)
    pieces = [
        Piece(serial, shown.role, facts.uploads.get(shown.sha256)) for serial, shown in at.payload.declared
    ]
    exhibits = once(gathered(pieces))
    refuse_unfinished(at.payload, exhibits)
    return seal(book, at, exhibits)


def _settled(done: Done) -> dict[str, Any]:
    return {"verdict": done.verdict, "why": done.why, "late_rounds": done.told_late}


def _missing(payload: Payload, facts: Facts) -> tuple[str, ...]:
    """The evidence that is not here yet."""
    hashes = dict.fromkeys(shown.sha256 for _, shown in payload.declared)
    return tuple(one for one in hashes if one not in facts.uploads or facts.uploads[one].state not in ARRIVED)


def _write(
    session: Session, person: Actor, judged: Sequence[_Judged], key: bytes, now: datetime
) -> Mapping[str, int]:
    """Every row of the batch; the number of each record by its id."""
    _RECORDS.each(session, [one.row for one in judged])
    numbers = _ids(_NUMBERS.rows(session, [one.row["record_id"] for one in judged]))
    _DECLARED.each(
        session,
        [row for one in judged for row in declared_rows(numbers[one.row["record_id"]], one.door.payload)],
    )
    visits = [one.new.visit for one in judged if one.new.visit is not None]
    _VISITS.each(session, visits)
    visit_ids = _ids(_VISIT_IDS.rows(session, [visit["request_id"] for visit in visits]))
    changes.touch(session, [visit["household_id"] for visit in visits])
    papers = [
        (new, visit_ids.get(one.new.visit["request_id"]) if one.new.visit else None)
        for one in judged
        for new in one.new.papers
    ]
    _register(session, person, papers, key, now)
    for one in judged:
        if one.row["verdict"] is not Verdict.PENDING_EVIDENCE:
            happenings.count(session, happenings.VERDICTS, one.row["verdict"].value)
    return numbers


def _ids(rows: Iterable[tuple[Any, ...]]) -> dict[str, int]:
    return {row[0]: row[1] for row in rows}


def _register(
    session: Session,
    person: Actor,
    papers: Sequence[tuple[NewPaper, int | None]],
    key: bytes,
    now: datetime,
) -> None:
    """Papers, round by round, with who signed them and what shows it."""
    rounds: dict[int, ConsentRound] = {new.round.id: new.round for new, _ in papers}
    firsts: dict[int, list[First]] = defaultdict(list)
    for new, visit_id in papers:
        firsts[new.round.id].append(First(person, new.entry, replace(new.draft, visit_id=visit_id)))
    ids: dict[str, int] = {}
    for round_id in sorted(rounds):
        ids |= record_first(session, rounds[round_id], firsts[round_id], key=key, now=now)
    signed = [
        {"consent_id": ids[new.draft.request_id], "community_id": new.entry.community_id, **new.signed}
        for new, _ in papers
    ]
    _PAPERS.each(session, signed)
    shown = [
        exhibit_row(new.entry.community_id, ids[new.draft.request_id], exhibit, now)
        for new, _ in papers
        for exhibit in new.exhibits
    ]
    _EVIDENCE.each(session, shown)


def _result(one: _Judged, numbers: Mapping[str, int]) -> Result:
    row = one.row
    return Result(
        one.door.index,
        row["record_id"],
        row["verdict"],
        row["verdict"],
        numbers[row["record_id"]],
        None,
        one.missing,
        None,
        tuple(row["late_rounds"].get("rounds", ())),
    )
