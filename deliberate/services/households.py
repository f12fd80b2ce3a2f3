"""One household of the roll: corrected with a reason that is kept, marked as gone, brought back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound, Refusal, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.roll_address import floor_of, room_name, unit_name, walk_key, walk_text
from deliberate.domain.roll_cells import LARGEST_AREA, Occupancy, area_of, floor_typed, telephone_of
from deliberate.domain.roll_columns import TITLES, Field
from deliberate.domain.roll_faults import SENTENCES, FaultKind
from deliberate.domain.roll_rows import LIMITS
from deliberate.domain.roll_text import compact, person_name, text_of
from deliberate.domain.round import RUNNING, RoundStatus
from deliberate.models import (
    Building,
    ConsentRound,
    Estate,
    Grid,
    Household,
    HouseholdChange,
    Proposal,
    RollEntry,
)

from . import changes, journal, left_out, letters
from .rolls import head_key, hundredths, plain

LONGEST_REASON = 500
_FROZEN = (RoundStatus.PREPARED, *RUNNING)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a household, as it is typed on the page; read like a cell of the office's file."""

    grid_id: int
    unit: str
    room: str
    floor: str
    head_name: str
    telephone: str
    area: str
    occupancy: Occupancy
    note: str


def correct(
    session: Session,
    actor: Actor,
    household_id: int,
    facts: Facts,
    reason: str,
    *,
    seen: int,
    now: datetime,
) -> HouseholdChange:
    """Correct what the roll says of one home. `seen` is the newest change that the page knew of.

    Rounds that are open or over keep the roll as it was frozen.
    """
    home = editable(session, actor, household_id)
    why = reason_given(reason)
    if newest_change(session, home.id) != seen:
        raise Stale()
    building = session.get_one(Building, home.building_id)
    estate = session.get_one(Estate, building.estate_id)
    values = _read(session, home, facts)
    values["walk"] = walk_text(
        walk_key(estate.name, building.name, values["unit"], values["floor"], values["room"])
    )
    before, after = _differences(session, home, values)
    if not after:
        raise BadInput(N_("没有保存。"), N_("没有改动。"), N_("请改好以后再保存，或者返回。"), field="reason")
    _refuse_taken(session, home, values)
    for name, value in values.items():
        setattr(home, name, value)
    made = record_change(session, actor, home, before, after, why, now, "household_corrected")
    left_out.put_back_found(session, actor, home.community_id, now=now)
    return made


def mark_gone(
    session: Session, actor: Actor, household_id: int, reason: str, *, now: datetime
) -> HouseholdChange:
    """The dwelling is no more (demolished, joined to another): it leaves future rolls, never the store."""
    home = editable(session, actor, household_id)
    why = reason_given(reason)
    if home.gone_at is not None:
        raise Stale(why=N_("这一户已经移出户册。"))
    _refuse_while_asked(session, home)
    home.gone_at = now
    letters.freeze_all_of(session, actor, home, N_("这一户已移出户册"), now)
    made = record_change(session, actor, home, {"gone": False}, {"gone": True}, why, now, "household_gone")
    left_out.put_back_found(session, actor, home.community_id, now=now)
    return made


def _refuse_while_asked(session: Session, home: Household) -> None:
    """On a roll that is frozen the home counts until the end: it must be able to answer, and its door be called at."""
    preparing = select(ConsentRound.id).where(
        ConsentRound.community_id == home.community_id, ConsentRound.status == RoundStatus.PREPARED
    )
    session.execute(preparing.order_by(ConsentRound.id).with_for_update())  # no roll is drawn up meanwhile
    asked = session.execute(
        select(Proposal.title, ConsentRound.n, ConsentRound.status)
        .join(ConsentRound, ConsentRound.proposal_id == Proposal.id)
        .join(RollEntry, RollEntry.consent_round_id == ConsentRound.id)
        .where(RollEntry.household_id == home.id, ConsentRound.status.in_(_FROZEN))
        .order_by(ConsentRound.id)
        .limit(1)
    ).first()
    if asked is not None:
        title, n, status = asked
        raise Refusal(
            N_("没有移出户册。"),
            N_(
                "“%(title)s”第%(n)s次征求意见的名册已经核定，这一户在上面：移出以后不能提交意见，却仍然算在总户数里。"
            ),
            N_("请等这次征求意见结束统计以后再移出。")
            if status is not RoundStatus.PREPARED
            else N_(
                "确实已经拆除的，请主持人先取消这次准备，移出以后重新核定名册；不然请等结束统计以后再移出。"
            ),
            title=title,
            n=n,
        )


def bring_back(
    session: Session, actor: Actor, household_id: int, reason: str, *, now: datetime
) -> HouseholdChange:
    """It was marked by mistake. Its letters stay frozen: codes come with new ones."""
    home = editable(session, actor, household_id)
    why = reason_given(reason)
    if home.gone_at is None:
        raise Stale(why=N_("这一户已经在户册里。"))
    home.gone_at = None
    return record_change(session, actor, home, {"gone": True}, {"gone": False}, why, now, "household_back")


def newest_change(session: Session, household_id: int) -> int:
    """The number of the newest change of a home; 0 when there is none."""
    newest = session.scalar(
        select(func.max(HouseholdChange.id)).where(HouseholdChange.household_id == household_id)
    )
    return newest or 0


def editable(session: Session, actor: Actor, household_id: int) -> Household:
    """The home, for somebody who may change the roll."""
    # NO KEY: answers that only refer to the home are not waited for, nor do they wait
    home = session.get(Household, household_id, with_for_update={"key_share": True})
    if home is None:
        raise NotFound()
    require(actor, Action.CHANGE_ROLL, Subject(home.community_id))
    return home


def reason_given(typed: str) -> str:
    """The reason, which every correction has."""
    why = typed.strip()
    if not 1 <= len(why) <= LONGEST_REASON:
        raise BadInput(why=N_("请写上更正的原因，不超过%(most)s个字。"), most=LONGEST_REASON, field="reason")
    return why


def _read(session: Session, home: Household, facts: Facts) -> dict[str, Any]:
    """Read each field as the importer reads its cell."""
    grid = session.get(Grid, facts.grid_id)
    if grid is None or grid.community_id != home.community_id:
        raise _bad(Field.grid, FaultKind.no_grid)
    room = room_name(compact(facts.room)) if facts.room.strip() else None
    if room is None:
        raise _bad(Field.room, FaultKind.bad_room if facts.room.strip() else FaultKind.no_room)
    floor = _value(Field.floor, floor_typed(facts.floor))
    name = person_name(facts.head_name)
    area = _value(Field.area, area_of(facts.area))
    return {
        "grid_id": grid.id,
        "unit": _short(Field.unit, unit_name(compact(facts.unit))),
        "room": _short(Field.room, room),
        "floor": floor_of(room) if floor is None else floor,
        "head_name": _short(Field.head_name, name) or None,
        "head_key": head_key(name),
        "telephone": _value(Field.telephone, telephone_of(facts.telephone)),
        "area": hundredths(area),
        "occupancy": facts.occupancy,
        "note": _short(Field.note, text_of(facts.note)),
    }


def _value(field: Field, value: Any) -> Any:
    if isinstance(value, FaultKind):
        raise _bad(field, value, limit=LARGEST_AREA)
    return value


def _short(field: Field, text: str) -> str:
    if len(text) > LIMITS[field]:
        raise _bad(field, FaultKind.too_long, limit=LIMITS[field])
    return text


def _bad(field: Field, kind: FaultKind, **params: object) -> BadInput:
    what, next_step = SENTENCES[kind]
    return BadInput(TITLES[field], what, next_step, field=_INPUTS.get(field, field.value), **params)


_INPUTS = {Field.grid: "grid_id"}
_SHOWN = {
    "grid_id": "grid",
    "unit": "unit",
    "room": "room",
    "floor": "floor",
    "head_name": "head_name",
    "telephone": "telephone",
    "area": "area",
    "occupancy": "occupancy",
    "note": "note",
}


def _differences(
    session: Session, home: Household, values: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what is different, in the words of the file."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for column, name in _SHOWN.items():
        was, becomes = getattr(home, column), values[column]
        if was != becomes:
            before[name], after[name] = (_shown(session, column, value) for value in (was, becomes))
    return before, after


def _shown(session: Session, column: str, value: Any) -> Any:
    if column == "grid_id":
        return session.get_one(Grid, value).name
    if column == "area" and value is not None:
        return f"{value // 100}.{value % 100:02d}"
    return plain(value)


def _refuse_taken(session: Session, home: Household, values: dict[str, Any]) -> None:
    other = session.scalar(
        select(Household.id).where(
            Household.building_id == home.building_id,
            Household.unit == values["unit"],
            Household.room == values["room"],
            Household.id != home.id,
        )
    )
    if other is not None:
        raise Refusal(
            N_("没有保存。"), N_("同一栋楼里已经有这个房号。"), N_("请核对单元和房号。"), field="room"
        )


def record_change(
    session: Session,
    actor: Actor,
    home: Household,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    now: datetime,
    what: str,
) -> HouseholdChange:
    """Keep what was and what is, with the reason."""
    made = HouseholdChange(
        community_id=home.community_id,
        household_id=home.id,
        before=before,
        after=after,
        reason=reason,
        at=now,
        by_id=actor.account_id,
    )
    session.add(made)
    session.flush()
    changes.touch(session, [home.id], home.owner_id)
    journal.note(session, actor, home.community_id, what, "household", home.id, now=now)
    return made
