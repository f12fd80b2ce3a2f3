"""The record of boards: which of them carried a notice, since when, with a photograph."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.domain.pictures import MOST_BYTES
from deliberate.queries import postings
from deliberate.services import pictures
from deliberate.services.postings import record_posting

from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.paper import PostingForm
from ..printing import sheet
from ..store import files, now, reader, transaction
from .blueprint import bp
from .notices import the_notice

EMPTY_ROWS = 6
"""Boards to be filled in by hand."""


@bp.get("/notices/<int:notice_id>/boards")
@allow(Action.PUBLISH)
def boards(notice_id: int) -> ResponseReturnValue:
    """The boards of a notice, and a form for a further one."""
    return _page(notice_id, PostingForm(formdata=None, data={"posted_at": now()}))


@bp.post("/notices/<int:notice_id>/boards")
@allow(Action.PUBLISH)
def post_on_board(notice_id: int) -> ResponseReturnValue:
    """A further board carries the notice."""
    notice = the_notice(notice_id).notice
    form = PostingForm()
    if not form.validate():
        return _page(notice_id, form), 422
    try:
        _keep(notice_id, form, Lock(notice.proposal_id, notice.consent_round_id))
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(notice_id, form), status
    flash(_("已经登记。"))
    return redirect(url_for(".boards", notice_id=notice_id))


@bp.get("/notices/<int:notice_id>/boards/sheet")
@allow(Action.PUBLISH)
def boards_sheet(notice_id: int) -> ResponseReturnValue:
    """The same on paper, with rows for those that are still to be put up."""
    posted = the_notice(notice_id)
    return sheet(
        "print/boards.html",
        f"boards-{notice_id}",
        posted=posted,
        boards=postings.of_notice(reader(), notice_id),
        until=postings.shown_until(reader(), posted.notice),
        empty_rows=EMPTY_ROWS,
        back_url=url_for(".boards", notice_id=notice_id),
    )


def _keep(notice_id: int, form: PostingForm, lock: Lock) -> None:
    """What hangs on the end of the period waits, and is waited for."""
    actor, sent = current_actor(), form.picture.data
    with transaction(lock) as tx:
        picture = None
        if sent is not None and sent.filename:
            data = sent.stream.read(MOST_BYTES + 1)
            picture = pictures.keep_picture(tx.session, actor, g.community.id, data, files(), now=tx.now).id
        posted_at = form.posted_at.moment or tx.now
        record_posting(tx.session, actor, notice_id, text(form.place), posted_at, picture, now=tx.now)


def _page(notice_id: int, form: PostingForm) -> str:
    posted = the_notice(notice_id)
    return render_template(
        "paper/boards.html",
        posted=posted,
        boards=postings.of_notice(reader(), notice_id),
        known=postings.places(reader(), g.community.id),
        until=postings.shown_until(reader(), posted.notice),
        form=form,
    )
