"""The way back from a form declared spoilt: somebody else says, with the reason, that it is not.

Whoever declares a form spoilt could else destroy a signed consent for good (rule 15).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.errors import N_, BadInput, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.stack import Match, PictureState
from deliberate.models import StackPicture
from deliberate.queries import spoilt, stacks

from . import forms, journal


def held(session: Session, picture_id: int) -> StackPicture:
    """The picture as it stands once nobody else enters its form or declares it spoilt."""
    one = stacks.picture(session, picture_id)
    number = serials.read(one.serial or "")
    forms.hold_numbers(session, one.community_id, () if number is None else (number,))
    session.refresh(one)
    return one


def subject_of(session: Session, picture_id: int, community_id: int | None = None) -> Subject:
    """A form of the stack, with its crew and who declared it spoilt."""
    return spoilt.subject_of(session, stacks.picture(session, picture_id, community_id))


def require_spoilt(session: Session, actor: Actor, picture_id: int) -> StackPicture:
    """The picture of a form that may still be restored, for whoever may: never who declared it spoilt."""
    require(actor, Action.RESTORE_FORM, subject_of(session, picture_id))
    one = stacks.picture(session, picture_id)
    if one.state is not PictureState.SPOILT:
        raise Stale(why=N_("这张表没有作废，或者已经恢复。"), next_step=N_("请回到列表查看最新情况。"))
    if not spoilt.one(session, actor, one).running:
        raise Stale(why=N_("发这张表的那一轮已经结束。"), next_step=N_("请回到列表查看最新情况。"))
    return one


def restore(session: Session, actor: Actor, picture_id: int, reason: str, *, now: datetime) -> StackPicture:
    """The form is not spoilt after all, and may be registered again; its picture waits to be entered.

    Where a tablet has brought the form itself, that waits for its decision, and the picture is left out.
    """
    held(session, picture_id)
    one = require_spoilt(session, actor, picture_id)
    if not reason.strip():
        raise BadInput(why=N_("要写明理由。"), next_step=N_("请写一句为什么这张表没有作废。"))
    declared_by, one.restored_why = one.settled_by_id, reason.strip()[:500]
    one.state, one.settled_at, one.settled_by_id, one.held_by_id = PictureState.WAITING, None, None, None
    session.flush()
    if stacks.found(session, one).match is Match.DELIVERED:
        one.state, one.settled_at, one.settled_by_id = PictureState.LEFT_OUT, now, actor.account_id
    journal.note(
        session,
        actor,
        one.community_id,
        "stack_form_restored",
        "stack_picture",
        one.id,
        now=now,
        declared_by=declared_by,
    )
    session.flush()
    return one
