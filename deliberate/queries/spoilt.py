"""Forms that somebody at the desk declared spoilt, and who may say that they are not. Never an answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Action, Actor, Subject, may
from deliberate.domain.round import DutyKind
from deliberate.domain.stack import PictureState
from deliberate.models import Account, Duty, StackPicture

from . import stacks
from .stacks import Found


@dataclass(frozen=True, slots=True)
class Spoilt:
    """One form that was declared spoilt."""

    picture: StackPicture
    by: str
    """Who declared it."""
    found: Found
    restorable: bool
    """Whether the reader may say that it is not spoilt."""

    @property
    def delivered(self) -> bool:
        """Whether a tablet has brought this very form, and waits for it."""
        return self.found.record_id is not None

    @property
    def running(self) -> bool:
        """Whether the form could still be registered."""
        return self.found.handed is not None and self.found.handed.running


def subject_of(session: Session, one: StackPicture) -> Subject:
    """A form of the stack: on duty is the crew that it was given to, and who declared it spoilt recorded it."""
    return _subjects(session, [one], stacks.matches(session, one.community_id, [one.serial]))[one.id]


def _subjects(
    session: Session, pictures: Sequence[StackPicture], leads: Mapping[str | None, Found]
) -> dict[int, Subject]:
    crews = {one.serial: handed.crew_id for one in pictures if (handed := leads[one.serial].handed)}
    on_duty: dict[int, set[int]] = {crew_id: set() for crew_id in crews.values()}
    rows = session.execute(
        select(Duty.crew_id, Duty.account_id).where(
            Duty.crew_id.in_(on_duty), Duty.kind == DutyKind.CANVASSER
        )
    )
    for crew_id, account_id in rows:
        on_duty[crew_id or 0].add(account_id)
    return {
        one.id: Subject(
            one.community_id,
            recorder_ids=_declared_by(one),
            duty_ids=frozenset(on_duty.get(crews.get(one.serial, 0), ())),
        )
        for one in pictures
    }


def _declared_by(one: StackPicture) -> frozenset[int]:
    spoilt = one.state is PictureState.SPOILT and one.settled_by_id is not None
    return frozenset({one.settled_by_id or 0} if spoilt else ())


def listed(
    session: Session, actor: Actor, community_id: int, serials: Collection[str] | None = None
) -> list[Spoilt]:
    """Those of rounds that run, or of these serials: first what a tablet waits for, then the newest."""
    asked = (
        select(StackPicture, Account.display_name)
        .outerjoin(Account, Account.id == StackPicture.settled_by_id)
        .where(StackPicture.community_id == community_id, StackPicture.state == PictureState.SPOILT)
        .order_by(StackPicture.settled_at.desc(), StackPicture.id.desc())
    )
    if serials is not None:
        asked = asked.where(StackPicture.serial.in_(serials))
    rows = session.execute(asked).all()
    found = _lines(session, actor, community_id, [(one, name) for one, name in rows])
    return sorted((one for one in found if one.running), key=lambda one: not one.delivered)


def one(session: Session, actor: Actor, picture: StackPicture) -> Spoilt:
    """This one, whatever its round; the caller has looked that it is of the community."""
    name = session.scalar(select(Account.display_name).where(Account.id == picture.settled_by_id))
    return _lines(session, actor, picture.community_id, [(picture, name)])[0]


def _lines(
    session: Session, actor: Actor, community_id: int, rows: Sequence[tuple[StackPicture, str | None]]
) -> list[Spoilt]:
    leads = stacks.matches(session, community_id, [one.serial for one, _ in rows])
    about = _subjects(session, [one for one, _ in rows], leads)
    return [
        Spoilt(one, name or "", leads[one.serial], may(actor, Action.RESTORE_FORM, about[one.id]))
        for one, name in rows
    ]
