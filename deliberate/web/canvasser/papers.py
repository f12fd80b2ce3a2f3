"""The papers that this person registered, without what they say; and putting a misread one right."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.consent import Answer
from deliberate.domain.errors import NotAllowed, NotFound, Refusal
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.round import DutyKind
from deliberate.queries import subjects, walks
from deliberate.queries.walks import MyPaper
from deliberate.services.paper_corrections import Correction, StandsNoMore, correct_paper, note_refused

from ..access import allow, current_actor
from ..forms.canvasser import CorrectionForm
from ..store import config, reader, transaction
from .blueprint import bp
from .walk import told


def of_paper(consent_id: int, **_rest: Any) -> Subject:
    """The subject of a paper: its roll entry, and who is on duty in its round."""
    return subjects.of_entry(reader(), _mine(consent_id).entry_id, g.community.id, DutyKind.CANVASSER)


def _mine(consent_id: int) -> MyPaper:
    found = walks.my_paper(reader(), current_actor().account_id, g.community.id, consent_id)
    if found is None:
        raise NotFound()
    return found


@bp.get("/papers")
@allow(Action.CANVASS)
def papers() -> ResponseReturnValue:
    """What I registered: serial, room, time."""
    found = walks.my_papers(reader(), current_actor().account_id, g.community.id)
    return render_template("canvasser/papers.html", papers=found)


@bp.get("/papers/<int:consent_id>/correct")
@allow(Action.RECORD_PAPER, about=of_paper)
def correct(consent_id: int) -> ResponseReturnValue:
    """Ask what the paper really says; what was recorded is not shown."""
    return render_template("canvasser/correct.html", paper=_mine(consent_id), form=CorrectionForm())


@bp.post("/papers/<int:consent_id>/correct")
@allow(Action.RECORD_PAPER, about=of_paper)
def put_right(consent_id: int) -> ResponseReturnValue:
    """Write the correction: a new record that names the old one."""
    paper, form = _mine(consent_id), CorrectionForm()
    refusal = None
    if form.validate_on_submit() and form.check_answer():
        try:
            _correct(paper, form)
        except (NotAllowed, NotFound):
            raise
        except Refusal as why:
            if isinstance(why, StandsNoMore):
                _note(paper)
            refusal = why
        else:
            flash(_("表号 %(serial)s 已更正。原来的记录和更正的理由都会保留。", serial=paper.serial))
            return redirect(url_for("canvasser.papers"))
    status = refusal.status if refusal else 422
    return render_template("canvasser/correct.html", paper=paper, form=form, refusal=told(refusal)), status


def _correct(paper: MyPaper, form: CorrectionForm) -> None:
    said = Correction(Answer(form.answer.data), form.reason.data or "", form.request_id.data or "")
    actor = current_actor()
    with transaction(Lock.answer(paper.round_id, paper.entry_id)) as tx:
        correct_paper(tx.session, actor, paper.consent_id, said, key=config().code_key, now=tx.now)


def _note(paper: MyPaper) -> None:
    """In a transaction of its own: with the correction everything is undone that was written beside it."""
    with transaction() as tx:
        note_refused(tx.session, current_actor(), paper.consent_id, now=tx.now)
