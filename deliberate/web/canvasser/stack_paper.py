"""One picture of a stack: its serial, the home that it belongs to, and the answer entered beside it."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal
from deliberate.domain.permissions import Action
from deliberate.domain.stack import PictureState
from deliberate.domain.sync import IN_FORCE
from deliberate.queries import stacks as queries
from deliberate.queries.door_matters import Door
from deliberate.services import stacks as deeds
from deliberate.services.door import OwnDoor
from deliberate.services.evidence import name_of

from ..access import allow, current_actor
from ..forms.canvasser import ReadForm
from ..forms.fields import show_refusal, text
from ..forms.stack import AsideForm, SerialForm
from ..sending import sent_in_confidence
from ..store import config, now, reader, transaction
from .blueprint import bp
from .buildings import looked_for
from .door import say
from .sealing import answers_typed, register, signed_form
from .walk import of_home, the_door, told


@bp.get("/stack/<int:picture_id>")
@allow(Action.CANVASS)
def stack_picture(picture_id: int) -> ResponseReturnValue:
    """The picture with where its serial leads; to anybody but its holder only the button that takes it."""
    return _page(picture_id)


@bp.post("/stack/<int:picture_id>/take")
@allow(Action.CANVASS)
def take_picture(picture_id: int) -> ResponseReturnValue:
    """From now on this person enters it."""
    _here(picture_id)
    with transaction() as tx:
        deeds.take(tx.session, current_actor(), picture_id, now=tx.now)
    return redirect(url_for(".stack_picture", picture_id=picture_id))


@bp.get("/stack/<int:picture_id>/shown")
@allow(Action.CANVASS)
def shown_picture(picture_id: int) -> ResponseReturnValue:
    """The bytes, for the holder alone, never kept by a cache."""
    one = _held(picture_id)
    if one.state is not PictureState.WAITING:
        raise NotFound()
    return sent_in_confidence(name_of(one.sha256), one.mime)


@bp.post("/stack/<int:picture_id>/serial")
@allow(Action.CANVASS)
def name_serial(picture_id: int) -> ResponseReturnValue:
    """The serial as it is read off the picture."""
    _held(picture_id)
    form = SerialForm()
    if not form.validate():
        return _page(picture_id, serial=form), 422
    try:
        with transaction() as tx:
            deeds.name_serial(tx.session, current_actor(), picture_id, text(form.serial), now=tx.now)
    except BadInput as refusal:
        form.serial.errors = [refusal.fill(_(refusal.why)), refusal.fill(_(refusal.next_step))]
        return _page(picture_id, serial=form), refusal.status
    return redirect(url_for(".stack_picture", picture_id=picture_id))


@bp.post("/stack/<int:picture_id>/search")
@allow(Action.CANVASS)
def find_door(picture_id: int) -> ResponseReturnValue:
    """Doors by the room or the name on the paper."""
    return _page(picture_id)


@bp.post("/stack/<int:picture_id>/complete")
@allow(Action.CANVASS)
def complete_record(picture_id: int) -> ResponseReturnValue:
    """The photograph for which a tablet's record waited."""
    _held(picture_id)
    with transaction(Lock.answers(deeds.lock_of(reader(), picture_id))) as tx:
        record = deeds.complete(tx.session, current_actor(), picture_id, key=config().code_key, now=tx.now)
        settled = record.verdict in IN_FORCE
    flash(_("照片已补上，登记生效。") if settled else _("照片已补上。这份登记还要等别的材料，或者等人决定。"))
    return redirect(_onwards())


@bp.post("/stack/<int:picture_id>/aside")
@allow(Action.CANVASS)
def put_aside(picture_id: int) -> ResponseReturnValue:
    """Nothing is registered from it."""
    _held(picture_id)
    form = AsideForm()
    if not form.validate():
        return _page(picture_id, aside=form), 422
    state = PictureState(form.state.data)
    try:
        with transaction() as tx:
            deeds.put_aside(tx.session, current_actor(), picture_id, state, text(form.reason), now=tx.now)
    except (BadInput, NotAllowed) as refusal:
        status = show_refusal(form, refusal)
        return _page(picture_id, aside=form), status
    flash(_("这一张放到一边，原样保存。"))
    return redirect(_onwards())


@bp.get("/stack/<int:picture_id>/<int:household_id>")
@allow(Action.CANVASS, about=of_home)
def stack_paper(picture_id: int, household_id: int) -> ResponseReturnValue:
    """The answers beside the picture."""
    return _paper_page(_held(picture_id), the_door(household_id), ReadForm())


@bp.post("/stack/<int:picture_id>/<int:household_id>")
@allow(Action.CANVASS, about=of_home)
def register_paper(picture_id: int, household_id: int) -> ResponseReturnValue:
    """Register it and take the next one."""
    one, here, form = _held(picture_id), the_door(household_id), ReadForm()
    if here.line.own:
        raise OwnDoor()
    answers = len(answers_typed(here.matters))
    if not (form.validate_on_submit() and form.check_read(answers=answers, time_needed=True)):
        return _paper_page(one, here, form, status=422)
    try:
        signed = signed_form(form, here.matters, form.signed_at.moment or now())
        if signed is None:
            return _paper_page(one, here, form, status=422)
        sealed = register(here, form.request_id.data or "", picture_id, signed)
    except Refusal as refusal:
        return _paper_page(one, here, form, refusal)
    say(sealed, here)
    return redirect(_onwards())


def _here(picture_id: int) -> Any:
    """A picture of this community, for a canvasser of a running round."""
    one = queries.picture(reader(), picture_id, g.community.id)
    deeds.require_crew(reader(), current_actor(), one)
    return one


def _held(picture_id: int) -> Any:
    _here(picture_id)
    return deeds.require_holder(reader(), current_actor(), picture_id)


def _onwards() -> str:
    """The next picture in this person's hands; when there is none, the stack."""
    following = queries.next_of(reader(), current_actor().account_id, g.community.id)
    if following is None:
        return url_for(".stack")
    return url_for(".stack_picture", picture_id=following)


def _page(picture_id: int, serial: SerialForm | None = None, aside: AsideForm | None = None) -> str:
    one = _here(picture_id)
    held = one.held_by_id == current_actor().account_id
    return render_template(
        "canvasser/stack_picture.html",
        picture=one,
        held=held,
        found=queries.found(reader(), one),
        serial=serial or SerialForm(formdata=None, serial=one.serial),
        aside=aside or AsideForm(formdata=None),
        **looked_for(everywhere=True),
    )


def _paper_page(
    one: Any, here: Door, form: ReadForm, refusal: Refusal | None = None, status: int = 200
) -> ResponseReturnValue:
    if isinstance(refusal, NotAllowed | NotFound):
        raise refusal
    page = render_template(
        "canvasser/stack_paper.html",
        picture=one,
        door=here,
        form=form,
        refusal=told(refusal),
        typed=answers_typed(here.matters),
    )
    return page, refusal.status if refusal else status
