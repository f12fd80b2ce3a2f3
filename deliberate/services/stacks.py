"""The desk mode for stacks of papers: pictures are brought, matched by the form's serial, and entered one by one.

A paper is registered by a canvasser on duty as at a door (rule 9), only without a visit. What the picture shows is
seen by nobody but who holds it (rule 11).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.errors import N_, BadInput, NotAllowed, Stale
from deliberate.domain.permissions import Action, Actor, Subject, account_of, may, not_own_household, require
from deliberate.domain.round import EvidenceRole
from deliberate.domain.stack import ASIDE, Match, PictureState
from deliberate.models import Evidence, FormIssue, StackPicture, TabletRecord
from deliberate.queries import crews, spoilt
from deliberate.queries import stacks as queries

from . import journal
from .door import OwnDoor, Sealed, SignedForm, seal_door
from .exhibits import Exhibit
from .judging import entries_of, judge_all
from .papers import misread
from .spoilt import held


class Intake(StrEnum):
    """What a picture was when it was brought."""

    NEW = "new"
    AGAIN = "again"
    """The same file is in a stack already."""
    ON_RECORD = "on_record"
    """The same file is the evidence of a record already."""


@dataclass(frozen=True, slots=True)
class Brought:
    """One picture that was brought."""

    intake: Intake
    picture: StackPicture | None = None


def bring(
    session: Session, actor: Actor, community_id: int, shown: Exhibit, serial: str = "", *, now: datetime
) -> Brought:
    """Take a kept picture into the stack; `serial` as read off its code, or nothing. Brought again, it is the same.

    A canvasser on duty holds what they bring; what a moderator brings is there for whoever takes it.
    """
    require(actor, Action.BRING_STACK, Subject(community_id))
    there = session.scalar(
        select(StackPicture).where(
            StackPicture.community_id == community_id, StackPicture.sha256 == shown.sha256
        )
    )
    if there is not None:
        return Brought(Intake.AGAIN, there)
    if _is_evidence(session, community_id, shown.sha256):
        return Brought(Intake.ON_RECORD)
    number = serials.read(serial)
    made = StackPicture(
        community_id=community_id,
        sha256=shown.sha256,
        mime=shown.mime,
        size=shown.size,
        serial=serials.printed(number) if number and _issued(session, community_id, number) else None,
        at=now,
        by_id=account_of(actor),
        held_by_id=actor.account_id if _on_duty(session, actor, community_id) else None,
        state=PictureState.WAITING,
    )
    session.add(made)
    session.flush()
    _note(session, actor, made, "stack_picture_brought", now)
    return Brought(Intake.NEW, made)


def _is_evidence(session: Session, community_id: int, sha256: str) -> bool:
    shown = select(Evidence.id).where(Evidence.community_id == community_id, Evidence.sha256 == sha256)
    return session.scalar(shown.limit(1)) is not None


def _issued(session: Session, community_id: int, number: int) -> bool:
    issue = select(FormIssue.id).where(
        FormIssue.community_id == community_id,
        FormIssue.first_serial <= number,
        FormIssue.last_serial >= number,
    )
    return session.scalar(issue.limit(1)) is not None


def _on_duty(session: Session, actor: Actor, community_id: int) -> bool:
    return any(one.running for one in crews.of_canvasser(session, actor.account_id, community_id))


def _note(session: Session, actor: Actor, one: StackPicture, what: str, now: datetime) -> None:
    journal.note(session, actor, one.community_id, what, "stack_picture", one.id, now=now)


def take(session: Session, actor: Actor, picture_id: int, *, now: datetime) -> None:
    """From now on this canvasser sees and enters it, which is kept; taken over from another, too."""
    one = queries.picture(session, picture_id)
    require_crew(session, actor, one)
    _refuse_settled(one)
    if one.held_by_id != actor.account_id:
        one.held_by_id = actor.account_id
        _note(session, actor, one, "stack_picture_held", now)
        session.flush()


def require_crew(session: Session, actor: Actor, one: StackPicture) -> None:
    """Papers are entered by canvassers of a running round."""
    require(actor, Action.CANVASS, Subject(one.community_id))
    if not _on_duty(session, actor, one.community_id):
        raise NotAllowed(
            what=N_("没有打开这张照片。"),
            why=N_("录入意见表的，是正在征求意见的入户小组。"),
            next_step=N_("请把它留给小组里的人录入，或者请主持人把您编入小组。"),
        )


def require_holder(session: Session, actor: Actor, picture_id: int) -> StackPicture:
    """The picture, for the canvasser who enters it; anybody else is refused."""
    one = queries.picture(session, picture_id)
    require_crew(session, actor, one)
    if one.held_by_id != actor.account_id:
        raise NotAllowed(
            what=N_("没有打开这张照片。"),
            why=N_("这一张不在您手里。"),
            next_step=N_("请回到列表，先点“由我来录”。"),
        )
    return one


def _refuse_settled(one: StackPicture) -> None:
    if one.state is not PictureState.WAITING:
        raise Stale(why=N_("这一张已经处理过了。"), next_step=N_("请回到列表录下一张。"))


def name_serial(session: Session, actor: Actor, picture_id: int, typed: str, *, now: datetime) -> None:
    """The serial as a person reads it off the picture; its check digit tells a slip at once."""
    held(session, picture_id)
    one = require_holder(session, actor, picture_id)
    _refuse_settled(one)
    number = serials.read(typed)
    if number is None:
        raise misread(N_("表号的校验位不对。"), N_("请再看一遍表上的8位数字。"))
    if not _issued(session, one.community_id, number):
        raise misread(
            N_("表号%(serial)s没有发给任何一个小组。"),
            N_("请核对表号；确实没有发放过的表不能用。"),
            serial=serials.printed(number),
        )
    one.serial = serials.printed(number)
    _note(session, actor, one, "stack_picture_numbered", now)
    session.flush()


def register(
    session: Session,
    actor: Actor,
    picture_id: int,
    household_id: int,
    crew_id: int,
    form: SignedForm,
    *,
    request_id: str,
    key: bytes,
    now: datetime,
) -> Sealed:
    """Register the paper of the picture, without a visit. The caller holds `Lock.answers(…)` of its entries."""
    held(session, picture_id)
    one = require_holder(session, actor, picture_id)
    _refuse_unmatched(session, one)
    photo = Exhibit(EvidenceRole.PHOTO, one.sha256, one.mime, one.size)
    whole = replace(form, serial=one.serial or "", exhibits=(photo, *form.exhibits))
    sealed = seal_door(
        session, actor, household_id, crew_id, None, [whole], request_id=request_id, key=key, now=now
    )
    if one.state is PictureState.WAITING:
        _settle(session, actor, one, PictureState.REGISTERED, "stack_paper_registered", now)
    return sealed


_NOT_FREE = {
    Match.UNREAD: N_("还没有表号。"),
    Match.SPOILT: N_("这个表号已经作废。"),
    Match.OTHER_ROUND: N_("这张表不是正在征求意见的这一轮的。"),
    Match.AWAITED: N_("平板已经登记过这张表，只等照片。"),
    Match.DELIVERED: N_("平板已经送来这张表，正在等人决定。"),
}


def _refuse_unmatched(session: Session, one: StackPicture) -> None:
    """Only a form of a running round, which nobody has declared spoilt, is entered."""
    if one.state not in (PictureState.WAITING, PictureState.REGISTERED):
        _refuse_settled(one)
    why = _NOT_FREE.get(queries.found(session, one).match)
    if why is not None:
        raise BadInput(
            what=N_("这份意见表没有登记。"),
            why=why,
            next_step=N_("请核对表号；不能登记的，放到一边并写明原因。"),
        )


def lock_of(session: Session, picture_id: int) -> list[tuple[int, int]]:
    """Round and entry of what the record that waits for this picture answers."""
    record = _awaiting(session, queries.picture(session, picture_id))
    return entries_of(session, [record.payload], record.device_uuid) if record else []


def _awaiting(session: Session, one: StackPicture) -> TabletRecord | None:
    lead = queries.found(session, one)
    return session.get(TabletRecord, lead.record_id) if lead.match is Match.AWAITED else None


def complete(session: Session, actor: Actor, picture_id: int, *, key: bytes, now: datetime) -> TabletRecord:
    """The photograph for which a tablet's record waited; the record is judged now.

    The caller holds `Lock.answers(lock_of(…))`.
    """
    held(session, picture_id)
    one = require_holder(session, actor, picture_id)
    _refuse_settled(one)
    record = _awaiting(session, one)
    if record is None:
        raise Stale(why=N_("没有登记在等这张照片。"), next_step=N_("请回到列表，重新打开这一张。"))
    if not not_own_household(actor, Subject(one.community_id, household_id=record.household_id)):
        raise OwnDoor()
    one.tablet_record_id = record.id
    _settle(session, actor, one, PictureState.COMPLETED, "stack_picture_completed", now)
    judge_all(session, [record], key=key, now=now)
    return record


def put_aside(
    session: Session, actor: Actor, picture_id: int, state: PictureState, why: str, *, now: datetime
) -> None:
    """Not entered: the form is spoilt, or the picture is no use. Kept, with the reason."""
    held(session, picture_id)
    one = require_holder(session, actor, picture_id)
    _refuse_settled(one)
    if state not in ASIDE or not why.strip():
        raise BadInput(why=N_("要写明理由。"), next_step=N_("请写一句为什么不录这一张。"))
    if state is PictureState.SPOILT:
        _refuse_unspoilable(session, actor, one)
    one.why = why.strip()[:500]
    _settle(session, actor, one, state, f"stack_picture_{state}", now)


def _refuse_unspoilable(session: Session, actor: Actor, one: StackPicture) -> None:
    """Declared spoilt, a form is registered no more: its own crew says so, and only of what nobody has entered."""
    lead = queries.found(session, one)
    if lead.match in (Match.UNREAD, Match.REGISTERED):
        raise BadInput(
            why=N_("作废的表要有表号，而且没有登记过。"),
            next_step=N_("请先填表号；登记过的请用“更正”。"),
        )
    if not may(actor, Action.SPOIL_FORM, spoilt.subject_of(session, one)):
        raise NotAllowed(
            what=N_("这张表没有作废。"),
            why=N_("这个表号不是发给您的小组的。"),
            next_step=N_("请把它交给领这张表的小组；照片没有用的，选“照片没有用”。"),
        )
    if lead.match is not Match.FREE:
        raise BadInput(
            what=N_("这张表没有作废。"),
            why=_NOT_FREE[lead.match],
            next_step=N_("请核对表号；照片没有用的，选“照片没有用”。"),
        )


def _settle(
    session: Session, actor: Actor, one: StackPicture, state: PictureState, what: str, now: datetime
) -> None:
    one.state, one.settled_at, one.settled_by_id = state, now, actor.account_id
    _note(session, actor, one, what, now)
    session.flush()
