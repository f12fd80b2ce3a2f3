"""Carrying out: tasks, reports, progress, completion, evaluation, archive; and the dossier of a matter."""

from datetime import date

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from deliberate.db import Lock
from deliberate.domain.errors import BadInput, NotFound, Stale
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.pictures import MOST_BYTES
from deliberate.queries import dossier as dossiers
from deliberate.queries import executions, places
from deliberate.services import evaluation, pictures, tasks
from deliberate.services import execution as deeds

from ..access import allow, current_actor
from ..forms.counting import CancelTaskForm, CompleteForm, ReportForm, TaskForm
from ..forms.fields import renew, show_refusal, text
from ..printing import sheet
from ..results import about_matter_number, risks, the_proposal
from ..store import files, now, reader, transaction
from .blueprint import bp


@bp.get("/execution/<int:number>")
@allow(Action.EXECUTE, about=about_matter_number)
def execution(number: int) -> ResponseReturnValue:
    """Tasks, money, and what is due next."""
    return _page(number)


def _page(
    number: int,
    *,
    task_form: TaskForm | None = None,
    complete_form: CompleteForm | None = None,
) -> str:
    proposal = the_proposal(number)
    found = executions.of_proposal(reader(), proposal.id)
    if found is None:
        raise NotFound()
    return render_template(
        "moderator/execution.html",
        carried_out=found,
        proposal=proposal,
        remarks=executions.remarks(reader(), proposal.id),
        task_form=task_form or TaskForm(formdata=None),
        complete_form=complete_form or CompleteForm(formdata=None),
        today=now(),
    )


@bp.post("/execution/<int:number>/tasks")
@allow(Action.EXECUTE, about=about_matter_number)
def add_task(number: int) -> ResponseReturnValue:
    """A further task."""
    form = TaskForm()
    if not form.validate():
        return _page(number, task_form=form), 422
    new = tasks.NewTask(
        text(form.title), text(form.responsible), form.due_on.data or date.max, form.budget.fen
    )
    proposal = the_proposal(number)
    try:
        with transaction(Lock.proposal(proposal.id)) as tx:
            tasks.add_task(tx.session, current_actor(), proposal.id, new, now=tx.now)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(number, task_form=form), status
    flash(_("任务已加上。"))
    return redirect(url_for(".execution", number=number))


def about_task(task_id: int, **_args: object) -> Subject:
    """The task of the address, if of this community."""
    return Subject(community_id=_the_task(task_id)[0].community_id)


def _the_task(task_id: int) -> tuple[executions.Task, executions.Proposal]:
    found = executions.task(reader(), g.community.id, task_id)
    if found is None:
        raise NotFound()
    return found


@bp.get("/tasks/<int:task_id>/report")
@allow(Action.EXECUTE, about=about_task)
def report_task(task_id: int) -> ResponseReturnValue:
    """The form of a report."""
    row = _row(task_id)
    return _report_page(task_id, ReportForm(formdata=None, seen=row.newest if row else 0))


def _row(task_id: int) -> executions.TaskRow | None:
    found = executions.of_proposal(reader(), _the_task(task_id)[1].id)
    return next((row for row in found.tasks if row.task.id == task_id), None) if found else None


def _report_page(task_id: int, form: ReportForm) -> str:
    (task, proposal), row = _the_task(task_id), _row(task_id)
    return render_template("moderator/report.html", task=task, row=row, proposal=proposal, form=form)


@bp.post("/tasks/<int:task_id>/report")
@allow(Action.EXECUTE, about=about_task)
def keep_report(task_id: int) -> ResponseReturnValue:
    """Keep progress and money of a task."""
    form = ReportForm()
    if not form.validate():
        return _report_page(task_id, form), 422
    _task, proposal = _the_task(task_id)
    number, lock = proposal.number, Lock.proposal(proposal.id)
    try:
        with transaction(lock) as tx:
            picture = _keep_picture(tx.session, form.picture.data, tx.now)
            new = tasks.NewReport(
                form.progress.data or 0, form.spent.fen, text(form.note), picture, form.seen.data
            )
            tasks.report(tx.session, current_actor(), task_id, new, now=tx.now)
    except (BadInput, Stale) as refusal:
        status = show_refusal(form, refusal)
        if isinstance(refusal, Stale):  # the page shows what is there now
            row = _row(task_id)
            renew(form.seen, row.newest if row else 0)
        return _report_page(task_id, form), status
    flash(_("进展已保存。"))
    return redirect(url_for(".execution", number=number))


@bp.get("/tasks/<int:task_id>/cancel")
@allow(Action.EXECUTE, about=about_task)
def cancel_task(task_id: int) -> ResponseReturnValue:
    """The form that asks why."""
    return _cancel_page(task_id, CancelTaskForm(formdata=None))


def _cancel_page(task_id: int, form: CancelTaskForm) -> str:
    task, proposal = _the_task(task_id)
    return render_template(
        "moderator/cancel_task.html", task=task, row=_row(task_id), proposal=proposal, form=form
    )


@bp.post("/tasks/<int:task_id>/cancel")
@allow(Action.EXECUTE, about=about_task)
def drop_task(task_id: int) -> ResponseReturnValue:
    """It is not to be done any more."""
    form = CancelTaskForm()
    if not form.validate():
        return _cancel_page(task_id, form), 422
    _task, proposal = _the_task(task_id)
    try:
        with transaction(Lock.proposal(proposal.id)) as tx:
            tasks.cancel_task(tx.session, current_actor(), task_id, text(form.reason), now=tx.now)
    except (BadInput, Stale) as refusal:
        status = show_refusal(form, refusal)
        return _cancel_page(task_id, form), status
    flash(_("任务已取消，原因和账目一起公示。"))
    return redirect(url_for(".execution", number=proposal.number))


def _keep_picture(session: object, sent: FileStorage | None, at: object) -> int | None:
    """The picture of a report, if one was sent."""
    if sent is None or not sent.filename:
        return None
    data = sent.stream.read(MOST_BYTES + 1)
    kept = pictures.keep_picture(session, current_actor(), g.community.id, data, files(), now=at)  # type: ignore[arg-type]
    return kept.id


@bp.post("/execution/<int:number>/progress")
@allow(Action.EXECUTE, about=about_matter_number)
def publish_progress(number: int) -> ResponseReturnValue:
    """Post how far it is."""
    proposal = the_proposal(number)
    with transaction(Lock.proposal(proposal.id)) as tx:
        deeds.publish_progress(tx.session, current_actor(), proposal.id, now=tx.now)
    flash(_("实施进度已公示。"))
    return redirect(url_for(".execution", number=number))


@bp.post("/execution/<int:number>/complete")
@allow(Action.EXECUTE, about=about_matter_number)
def complete(number: int) -> ResponseReturnValue:
    """Show the accounts and ask households what they think."""
    form = CompleteForm()
    if not form.validate():
        return _page(number, complete_form=form), 422
    proposal = the_proposal(number)
    with transaction(Lock.proposal(proposal.id)) as tx:
        deeds.complete(tx.session, current_actor(), proposal.id, text(form.statement), now=tx.now)
    flash(_("已公示完工和账目，请住户评议。"))
    return redirect(url_for(".execution", number=number))


@bp.post("/execution/<int:number>/evaluated")
@allow(Action.EXECUTE, about=about_matter_number)
def close_evaluation(number: int) -> ResponseReturnValue:
    """End the evaluation."""
    proposal = the_proposal(number)
    with transaction(Lock.proposal(proposal.id)) as tx:
        evaluation.close_evaluation(tx.session, current_actor(), proposal.id, now=tx.now)
    flash(_("评议已结束，结果已公示。"))
    return redirect(url_for(".execution", number=number))


@bp.post("/execution/<int:number>/archive")
@allow(Action.EXECUTE, about=about_matter_number)
def archive(number: int) -> ResponseReturnValue:
    """Put the dossier away."""
    proposal = the_proposal(number)
    with transaction(Lock.proposal(proposal.id)) as tx:
        evaluation.archive(tx.session, current_actor(), proposal.id, now=tx.now)
    flash(_("已归档。全部材料在卷宗里。"))
    return redirect(url_for(".dossier", number=number))


@bp.get("/dossier/<int:number>")
@allow(Action.READ_DOSSIER, about=about_matter_number)
def dossier(number: int) -> ResponseReturnValue:
    """Everything about one matter on one page, for paper and for the archive."""
    return sheet(
        "print/dossier.html",
        f"dossier-{number}",
        dossier=dossiers.of_proposal(reader(), the_proposal(number)),
        places=places.of(reader(), g.community.id),
        risks=risks,
        back_url=url_for("public.matter", number=number),
        printed_at=now(),
    )
