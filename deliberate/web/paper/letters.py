"""Letters for the whole community: ordered here, printed by the worker, fetched with a code shown once.

Neither the codes of letters nor the pick-up code stand in an address or a log.
"""

from typing import Any

from flask import Response, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate import pdf
from deliberate.db import Lock
from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import households, letter_jobs
from deliberate.queries.letter_jobs import JobView
from deliberate.services import letter_jobs as deeds
from deliberate.services import letter_parts
from deliberate.services.sealing import WrongCode, public_key
from deliberate.services.secrets import grouped, new_code

from ..access import allow, current_actor
from ..forms.fields import text
from ..forms.paper import LetterJobForm, PickUpForm
from ..printing import NoPdf, choices
from ..store import config, files, reader, transaction
from .blueprint import bp


def this_job(job_id: int, **_rest: Any) -> Subject:
    """The job of the address, if of this community."""
    return Subject(_job(job_id).job.community_id)


def _job(job_id: int) -> JobView:
    found = letter_jobs.one(reader(), g.community.id, job_id)
    if found is None:
        raise NotFound()
    return found


@bp.get("/letters")
@allow(Action.MANAGE_LETTERS)
def letters() -> ResponseReturnValue:
    """Order letters, or see how far those are that were ordered."""
    return _page()


@bp.post("/letters")
@allow(Action.MANAGE_LETTERS)
def order_letters() -> ResponseReturnValue:
    """Order them; the answer shows, this once, the code with which they are fetched."""
    form = _form()
    if not form.validate():
        return _page(form), 422
    if not pdf.available():
        raise NoPdf(what=_("没有开始打印信函。"))
    code, address = new_code(), url_for("account.letter", _external=True)
    wish = deeds.Order(
        public_key(code, config().code_key), form.languages.data, address, form.undelivered_too.data
    )
    with transaction(Lock.community(g.community.id)) as tx:
        deeds.order(tx.session, current_actor(), g.community.id, wish, now=tx.now)
    return render_template("paper/pick_up_code.html", code=grouped(code))


@bp.post("/letters/<int:job_id>/parts")
@allow(Action.MANAGE_LETTERS, about=this_job)
def fetch_letters(job_id: int) -> ResponseReturnValue:
    """All parts as one file, for who holds the code."""
    form, found = PickUpForm(), _job(job_id)
    if not form.validate():
        return _page(pick_up=form), 422
    try:
        data = letter_parts.opened(files(), found.parts, text(form.code), config().code_key)
    except WrongCode:
        form.code.errors = [_("取件码不对,请照当时记下的再输一次。")]
        return _page(pick_up=form), 422
    response = Response(data, mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="letters-{job_id}.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/letters/<int:job_id>/drop")
@allow(Action.MANAGE_LETTERS, about=this_job)
def drop_letters(job_id: int) -> ResponseReturnValue:
    """All is printed: delete the parts."""
    with transaction() as tx:
        deeds.drop(tx.session, current_actor(), job_id, now=tx.now)
    letter_parts.delete(files(), job_id)
    flash(_("信函文件已经删除。没有印好的,可以再打印一批。"))
    return redirect(url_for(".letters"))


def _form() -> LetterJobForm:
    form = LetterJobForm()
    form.languages.choices = [(one.tag, one.name) for one in choices()]
    return form


def _page(form: LetterJobForm | None = None, pick_up: PickUpForm | None = None) -> str:
    community = g.community.id
    job, rows = letter_jobs.current(reader(), community), households.buildings(reader(), community)
    return render_template(
        "paper/letters.html",
        found=letter_jobs.one(reader(), community, job.id) if job else None,
        without=sum(row.without_letter for row in rows),
        undelivered=sum(row.undelivered for row in rows),
        form=form or _form(),
        tongue_choices=choices(),
        pick_up=pick_up or PickUpForm(formdata=None),
    )
