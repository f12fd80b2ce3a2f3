"""One door: what it is asked, what was noted before, and the form that seals it."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import NotAllowed, NotFound, Refusal
from deliberate.domain.permissions import Action
from deliberate.domain.round import VisitOutcome
from deliberate.queries import doors
from deliberate.queries.door_matters import Door
from deliberate.services.door import OwnDoor, Sealed

from ..access import allow, current_actor
from ..forms.canvasser import DoorForm, PaperForm
from ..store import now, reader
from .blueprint import bp
from .sealing import answers_typed, seal, signed_form, visit_of
from .walk import of_home, serving, state_of, the_door, told


@bp.get("/<int:household_id>")
@allow(Action.CANVASS, about=of_home)
def door(household_id: int) -> ResponseReturnValue:
    """The door as one stands before it."""
    return _door_page(the_door(household_id), DoorForm(at_door=now()))


@bp.post("/<int:household_id>")
@allow(Action.CANVASS, about=of_home)
def seal_visit(household_id: int) -> ResponseReturnValue:
    """Save the door and go to the next one."""
    here, form = _not_own(household_id), DoorForm()
    answered = form.visited is VisitOutcome.ANSWERED
    sound = form.validate_on_submit() and form.check_visit()
    answers = len(answers_typed(here.matters))
    if not sound or (answered and not form.check_paper(answers=answers, time_needed=False)):
        return _door_page(here, form, status=422)
    try:
        sealed = _seal_visit(here, form)
    except Refusal as refusal:
        return _door_page(here, form, refusal)
    if sealed is None:
        return _door_page(here, form, status=422)
    say(sealed, here)
    return redirect(_onwards(here))


def _seal_visit(here: Door, form: DoorForm) -> Sealed | None:
    visit = visit_of(form)
    forms = []
    if visit is not None and (visit.outcome is VisitOutcome.ANSWERED or answers_typed(here.matters)):
        paper = signed_form(form, here.matters, form.signed_at.moment or visit.at_door)
        if paper is None:
            return None
        forms.append(paper)
    return seal(here, form.request_id.data or "", visit, forms)


@bp.get("/<int:household_id>/paper")
@allow(Action.CANVASS, about=of_home)
def paper(household_id: int) -> ResponseReturnValue:
    """A paper that was handed in: no visit, only the form as it was signed."""
    return _paper_page(the_door(household_id), PaperForm())


@bp.post("/<int:household_id>/paper")
@allow(Action.CANVASS, about=of_home)
def seal_paper(household_id: int) -> ResponseReturnValue:
    """Register the paper and take the next one of the stack."""
    here, form = _not_own(household_id), PaperForm()
    answers = len(answers_typed(here.matters))
    if not (form.validate_on_submit() and form.check_paper(answers=answers, time_needed=True)):
        return _paper_page(here, form, status=422)
    try:
        signed = signed_form(form, here.matters, form.signed_at.moment or now())
        if signed is None:
            return _paper_page(here, form, status=422)
        sealed = seal(here, form.request_id.data or "", None, [signed])
    except Refusal as refusal:
        return _paper_page(here, form, refusal)
    say(sealed, here)
    return redirect(url_for("canvasser.stack"))


def _not_own(household_id: int) -> Door:
    here = the_door(household_id)
    if here.line.own:
        raise OwnDoor()
    return here


def say(sealed: Sealed, here: Door) -> None:
    """What became of it, without the answer."""
    if sealed.late:
        flash(_("%(room)s 已保存，但超过登记时间，不计入统计。", room=here.line.room), "warning")
    elif sealed.repeated:
        flash(_("%(room)s 刚才已经保存过，没有重复登记。录错了请用“更正”。", room=here.line.room), "warning")
    else:
        flash(_("%(room)s 已保存，已传到社区。", room=here.line.room))


def _onwards(here: Door) -> str:
    """The next door up the stairs; when there is none, the building."""
    line = here.line
    stairs = doors.in_building(reader(), serving(), line.building_id, g.community.id, current_actor())
    following = doors.next_door(stairs, line.household_id)
    if following is not None:
        return url_for("canvasser.door", household_id=following.household_id)
    if stairs:
        flash(_("往后没有要去的门了。这栋楼还有没走到的，在下面的列表里。"), "warning")
        return url_for("canvasser.building", building_id=line.building_id)
    return url_for("canvasser.home")


def _door_page(
    here: Door, form: DoorForm, refusal: Refusal | None = None, status: int = 200
) -> ResponseReturnValue:
    line = here.line
    stairs = doors.in_building(reader(), serving(), line.building_id, g.community.id, current_actor())
    place = next((n for n, one in enumerate(stairs, 1) if one.household_id == line.household_id), None)
    return _page(
        "canvasser/door.html",
        here,
        form,
        refusal,
        status,
        place_number=place,
        stairs=stairs,
        following=doors.next_door(stairs, line.household_id),
    )


def _paper_page(
    here: Door, form: PaperForm, refusal: Refusal | None = None, status: int = 200
) -> ResponseReturnValue:
    return _page("canvasser/paper.html", here, form, refusal, status)


def _page(
    template: str, here: Door, form: PaperForm, refusal: Refusal | None, status: int, **more: object
) -> ResponseReturnValue:
    """The page with all that was typed; a refusal that is about rights has a page of its own."""
    if isinstance(refusal, NotAllowed | NotFound):
        raise refusal
    page = render_template(
        template,
        door=here,
        form=form,
        refusal=told(refusal),
        typed=answers_typed(here.matters),
        state_of=state_of,
        **more,
    )
    return page, refusal.status if refusal else status
