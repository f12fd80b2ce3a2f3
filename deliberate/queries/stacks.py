"""Stacks of papers: the pictures that wait, and where the serial on each leads. Never an answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.errors import NotFound
from deliberate.domain.round import RUNNING
from deliberate.domain.stack import Match, PictureState, match
from deliberate.domain.sync import Verdict
from deliberate.domain.tablet_fields import Malformed
from deliberate.domain.tablet_record import read_payload
from deliberate.models import (
    Account,
    Building,
    Consent,
    ConsentRound,
    Crew,
    Estate,
    FormIssue,
    Household,
    PlanVersion,
    RollEntry,
    StackPicture,
    TabletDecision,
    TabletRecord,
)

MOST = 200
"""Pictures on one page."""


@dataclass(frozen=True, slots=True)
class Place:
    """A home by its address."""

    estate: str
    building: str
    unit: str
    room: str


@dataclass(frozen=True, slots=True)
class Handed:
    """To whom a form was handed out, and for which round."""

    first: int
    last: int
    crew: str
    title: str
    running: bool
    crew_id: int


@dataclass(frozen=True, slots=True)
class Found:
    """Where the serial of one picture leads."""

    match: Match
    household_id: int | None = None
    place: Place | None = None
    handed: Handed | None = None
    record_id: int | None = None
    """The tablet's record that waits for this very photograph."""


@dataclass(frozen=True, slots=True)
class Line:
    """One picture of the stack as the list shows it."""

    picture: StackPicture
    holder: str
    found: Found


@dataclass(frozen=True, slots=True)
class _OnTablet:
    record_id: int
    household_id: int | None
    awaits: bool


def picture(session: Session, picture_id: int, community_id: int | None = None) -> StackPicture:
    """One picture; NotFound when it is another community's."""
    one = session.get(StackPicture, picture_id)
    if one is None or community_id not in (None, one.community_id):
        raise NotFound()
    return one


def waiting(session: Session, community_id: int) -> list[Line]:
    """What nobody has entered yet, in the order in which it was brought."""
    rows = session.execute(
        select(StackPicture, Account.display_name)
        .outerjoin(Account, Account.id == StackPicture.held_by_id)
        .where(StackPicture.community_id == community_id, StackPicture.state == PictureState.WAITING)
        .order_by(StackPicture.id)
        .limit(MOST)
    ).all()
    leads = matches(session, community_id, [one.serial for one, _ in rows])
    return [Line(one, holder or "", leads[one.serial]) for one, holder in rows]


def next_of(session: Session, account_id: int | None, community_id: int) -> int | None:
    """The picture that this person enters next."""
    return session.scalar(
        select(StackPicture.id)
        .where(
            StackPicture.community_id == community_id,
            StackPicture.state == PictureState.WAITING,
            StackPicture.held_by_id == account_id,
        )
        .order_by(StackPicture.id)
        .limit(1)
    )


def found(session: Session, one: StackPicture) -> Found:
    """Where the serial of this picture leads."""
    return matches(session, one.community_id, [one.serial])[one.serial]


def matches(session: Session, community_id: int, read: Collection[str | None]) -> Mapping[str | None, Found]:
    """The same of many, in a few statements."""
    wanted = {serial for serial in read if serial is not None}
    registered = _registered(session, community_id, wanted)
    spoilt, on_tablets = (
        spoilt_among(session, community_id, wanted),
        _on_tablets(session, community_id, wanted),
    )
    handed = _handed(session, community_id) if wanted else []
    homes = {*registered.values(), *(one.household_id for one in on_tablets.values())}
    places = _places(session, community_id, {home for home in homes if home is not None})
    leads: dict[str | None, Found] = {None: Found(Match.UNREAD)}
    for serial in wanted:
        number, tablet = serials.read(serial), on_tablets.get(serial)
        given = next((one for one in handed if one.first <= (number or 0) <= one.last), None)
        home = registered.get(serial, tablet.household_id if tablet else None)
        leads[serial] = Found(
            match(
                read=True,
                spoilt=serial in spoilt,
                registered=serial in registered,
                awaited=tablet is not None and tablet.awaits,
                delivered=tablet is not None,
                running=given is not None and given.running,
            ),
            home,
            places.get(home),
            given,
            tablet.record_id if tablet else None,
        )
    return leads


def _registered(session: Session, community_id: int, wanted: Collection[str]) -> dict[str, int]:
    """By serial, the home on whose record it stands."""
    rows = session.execute(
        select(Consent.serial, RollEntry.household_id)
        .join(RollEntry, RollEntry.id == Consent.roll_entry_id)
        .where(Consent.community_id == community_id, Consent.serial.in_(wanted))
    )
    return {serial or "": household_id for serial, household_id in rows}


def spoilt_among(session: Session, community_id: int, wanted: Collection[str]) -> set[str | None]:
    """Those of these serials whose form somebody at the desk declared spoilt."""
    return set(
        session.scalars(
            select(StackPicture.serial).where(
                StackPicture.community_id == community_id,
                StackPicture.state == PictureState.SPOILT,
                StackPicture.serial.in_(wanted),
            )
        )
    )


def _handed(session: Session, community_id: int) -> list[Handed]:
    rows = session.execute(
        select(
            FormIssue.first_serial,
            FormIssue.last_serial,
            Crew.name,
            PlanVersion.title,
            ConsentRound.status,
            Crew.id,
        )
        .join(Crew, Crew.id == FormIssue.crew_id)
        .join(ConsentRound, ConsentRound.id == FormIssue.consent_round_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .where(FormIssue.community_id == community_id)
        .order_by(FormIssue.id)
    )
    return [
        Handed(first, last, crew, title, status in RUNNING, crew_id)
        for first, last, crew, title, status, crew_id in rows
    ]


def _on_tablets(session: Session, community_id: int, wanted: Collection[str]) -> dict[str, _OnTablet]:
    """By serial, the tablet's record that is not in force yet; `awaits` while its photograph is to follow.

    Of one on which somebody has to decide too: without its photograph nobody can accept it.
    """
    if not wanted:
        return {}
    decided = select(TabletDecision.id).where(TabletDecision.tablet_record_id == TabletRecord.id).exists()
    records = session.scalars(
        select(TabletRecord)
        .where(
            TabletRecord.community_id == community_id,
            TabletRecord.verdict.in_((Verdict.QUARANTINED, Verdict.PENDING_EVIDENCE)),
            TabletRecord.replaced_by.is_(None),
            ~decided,
        )
        .order_by(TabletRecord.id)
    )
    there: dict[str, _OnTablet] = {}
    for record in records:
        for serial, follows in _forms(record):
            if serial in wanted:
                there.setdefault(serial, _OnTablet(record.id, record.household_id, follows))
    return there


def _forms(record: TabletRecord) -> list[tuple[str, bool]]:
    try:
        forms = read_payload(record.payload).forms
    except Malformed:
        return []
    numbers = [(serials.read(form.serial), form.photo_follows) for form in forms]
    return [(serials.printed(number), follows) for number, follows in numbers if number is not None]


def _places(session: Session, community_id: int, homes: Collection[int]) -> Mapping[int | None, Place]:
    """A tablet's record may name any home: those of this community alone have a place."""
    rows = session.execute(
        select(Household.id, Estate.name, Building.name, Household.unit, Household.room)
        .join(Building, Building.id == Household.building_id)
        .join(Estate, Estate.id == Building.estate_id)
        .where(Household.id.in_(homes), Household.community_id == community_id)
    )
    return {home: Place(estate, building, unit, room) for home, estate, building, unit, room in rows}


def completing(session: Session, record: TabletRecord) -> Sequence[StackPicture]:
    """Pictures that were matched to this record."""
    return session.scalars(
        select(StackPicture).where(StackPicture.tablet_record_id == record.id).order_by(StackPicture.id)
    ).all()
