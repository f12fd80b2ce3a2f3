"""Builders for what follows an open round: answers, counting, sheets, objections, outcomes; as the deeds write."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from deliberate.domain.consent import Answer, Channel, Deed, Record, standing
from deliberate.domain.lifecycle import Stage
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.round import DutyKind, RoundStatus, SheetRole
from deliberate.domain.rules import Electorate, Outcome
from deliberate.models import (
    Account,
    Consent,
    CountSheet,
    CountSignature,
    EntryStanding,
    Objection,
    OutcomeRecord,
    RollEntry,
    Supersession,
)
from deliberate.services.ledger_events import ONLINE, consent_recorded
from tests.make_guarded import SETTLE, Place, Round, after

_number = count(1)


def says(
    at: Place,
    made: Round,
    entry: int,
    answer: Answer | None,
    *,
    by: Account | None = None,
    supersedes: Sequence[Consent] = (),
    deed: Deed | None = None,
    serial: str | None = None,
    day: float = 1,
    **more: Any,
) -> Consent:
    """The entry of this number (from 1) answers: on paper when there is a serial, else online."""
    n = next(_number)
    of = made.entries[entry - 1]
    record = Consent(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        roll_entry_id=of.id,
        plan_sha256=made.row.plan_sha256,
        deed=deed or (Deed.CHANGE if supersedes else Deed.ANSWER),
        answer=answer,
        channel=Channel.PAPER if serial else Channel.ONLINE,
        recorded_at=after(day),
        recorded_by_id=(by or (at.staff.canvasser if serial else at.residents[(entry - 1) % 10])).id,
        serial=serial,
        signed_at=after(day) if serial else None,
        receipt_hash=f"{n:064x}",
        request_id=f"request-{n}",
        **more,
    )
    at.session.add(record)
    at.session.flush()
    for old in supersedes:
        at.session.add(
            Supersession(
                superseded_id=old.id,
                by_consent_id=record.id,
                community_id=at.community.id,
                consent_round_id=made.row.id,
            )
        )
    at.session.flush()
    stand(at, of, after(day))
    consent_recorded(at.session, record, record.id, of.slot, ONLINE, frozenset(old.id for old in supersedes))
    return record


def stand(at: Place, entry: RollEntry, now: datetime) -> None:
    """Write down where the entry stands, by the rules of the domain."""
    rows = at.session.query(Consent).filter_by(roll_entry_id=entry.id).all()
    pairs = at.session.query(Supersession).filter_by(consent_round_id=entry.consent_round_id).all()
    stands = standing(
        Record(
            row.id,
            row.deed,
            row.answer,
            row.channel,
            frozenset(p.superseded_id for p in pairs if p.by_consent_id == row.id),
            row.late,
        )
        for row in rows
    )
    kept = at.session.get(EntryStanding, entry.id)
    if kept is None:
        kept = EntryStanding(
            roll_entry_id=entry.id,
            community_id=entry.community_id,
            consent_round_id=entry.consent_round_id,
            standing=stands,
            since=now,
        )
        at.session.add(kept)
    kept.standing, kept.since = stands, now
    at.session.flush()


def agreed(at: Place, made: Round, agree: int, disagree: int = 0) -> Round:
    """The first so many agree, the next so many disagree, the rest are silent; owners likewise."""
    for electorate in Electorate:
        own = [n for n, entry in enumerate(made.entries, 1) if entry.electorate is electorate]
        for place_on_roll, n in enumerate(own):
            if place_on_roll < agree + disagree:
                says(at, made, n, Answer.AGREE if place_on_roll < agree else Answer.DISAGREE)
    return made


def counting(at: Place, made: Round) -> Round:
    """Answering is over."""
    made.row.status = RoundStatus.COUNTING
    made.matter.stage = Stage.COUNTING
    at.session.flush()
    return made


def closed(at: Place, made: Round) -> Round:
    """Counted and closed by its moderator."""
    counting(at, made)
    made.row.status = RoundStatus.CLOSED
    made.row.closed_at, made.row.closed_by_id = SETTLE, at.staff.moderator.id
    at.session.flush()
    return made


def sheet(at: Place, made: Round, *roles: SheetRole, n: int = 1) -> CountSheet:
    """A count sheet, signed in these capacities."""
    made_sheet = CountSheet(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        n=n,
        figures={},
        sha256=f"{made.row.id * 100 + n:064x}",
        made_at=SETTLE,
        made_by_id=at.staff.moderator.id,
        reason="复核" if n > 1 else None,
    )
    at.session.add(made_sheet)
    at.session.flush()
    for role in roles:
        duty = made.duties[DutyKind(role.value)]
        at.session.add(
            CountSignature(
                community_id=at.community.id,
                count_sheet_id=made_sheet.id,
                role=role,
                account_id=duty.account_id,
                duty_id=duty.id,
                sha256=made_sheet.sha256,
                at=SETTLE,
            )
        )
    made.matter.stage = Stage.OBJECTION
    at.session.flush()
    return made_sheet


def objection(
    at: Place, made: Round, entry: int, voids: Consent | None, finding: Finding | None
) -> Objection:
    """An objection of that entry; decided by the registrar when there is a finding."""
    filed = Objection(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        household_id=made.entries[entry - 1].household_id,
        roll_entry_id=made.entries[entry - 1].id,
        kind=ObjectionKind.NOT_US,
        statement="不是我们家填的。",
        filed_at=after(19),
        due_at=after(22),
    )
    at.session.add(filed)
    at.session.flush()
    if finding is not None:
        filed.finding, filed.reply, filed.voided_consent_id = finding, "已核对。", voids.id if voids else None
        filed.decided_at, filed.decided_by_id = after(20), at.staff.registrar.id
        at.session.flush()
    return filed


def outcome(at: Place, made: Round, of: CountSheet, is_: Outcome) -> OutcomeRecord:
    """The outcome on record, and the matter's stage after it."""
    record = OutcomeRecord(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        proposal_id=made.matter.id,
        count_sheet_id=of.id,
        outcome=is_,
        tests=[],
        at=after(27),
        by_id=at.staff.moderator.id,
    )
    at.session.add(record)
    at.session.flush()
    made.matter.stage = Stage(is_.value)
    at.session.flush()
    return record
