"""Running a discussion: rounds opened and closed, remarks taken down, hidden, suggestions answered."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.discussion import Verdict
from deliberate.domain.errors import BadInput, NotFound, Stale
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import discussion as asked
from deliberate.queries import proposals
from deliberate.services import comments, discussion

from ..access import allow, current_actor
from ..forms.discussion import CloseForm, RemarkForm, RoundForm, VerdictForm
from ..forms.fields import renew, show_refusal, show_refusal_once
from ..forms.proposals import ReasonForm
from ..matters import about_matter, the_matter
from ..store import now, reader, transaction
from .blueprint import bp


def _page(number: int, opening: RoundForm | None = None, closing: CloseForm | None = None) -> tuple[str, int]:
    proposal = the_matter(number)
    found = proposals.matter(reader(), proposal)
    said = asked.comments(reader(), proposal)
    if closing is None:
        closing = CloseForm(formdata=None, seen=found.running.n if found.running else None)
    page = render_template(
        "moderator/discussion.html",
        matter=found,
        said=said,
        suggestions=asked.suggestions(said),
        opening=opening or RoundForm(formdata=None),
        closing=closing,
        over=found.running is not None and found.running.deadline <= now(),
        may_open=proposal.stage in (Stage.ACCEPTED, Stage.REJECTED, Stage.NO_VALID_DECISION),
    )
    return page, 422 if request.method == "POST" else 200


@bp.get("/matters/<int:number>/discussion")
@allow(Action.MODERATE, about=about_matter)
def run_discussion(number: int) -> ResponseReturnValue:
    """Everything that a moderator does in a discussion."""
    return _page(number)


@bp.post("/matters/<int:number>/rounds")
@allow(Action.MODERATE, about=about_matter)
def open_round(number: int) -> ResponseReturnValue:
    """The first round, or the next."""
    proposal, form = the_matter(number), RoundForm()
    if form.validate():
        try:
            with transaction(Lock.proposal(proposal.id)) as tx:
                actor, opening = current_actor(), form.opening()
                if proposal.stage is Stage.DISCUSSING:
                    discussion.next_round(tx.session, actor, proposal.id, opening, now=tx.now)
                else:
                    reason = form.reason.data or ""
                    discussion.open_discussion(
                        tx.session, actor, proposal.id, opening, reason=reason, now=tx.now
                    )
            flash(_("新一轮议事已经开始。"))
            return redirect(url_for("moderator.run_discussion", number=number))
        except BadInput as refusal:
            show_refusal(form, refusal)
    return _page(number, opening=form)


@bp.post("/matters/<int:number>/close")
@allow(Action.MODERATE, about=about_matter)
def close_round(number: int) -> ResponseReturnValue:
    """Close the running round with its summary."""
    proposal, form = the_matter(number), CloseForm()
    if form.validate():
        try:
            with transaction(Lock.proposal(proposal.id)) as tx:
                discussion.close_round(
                    tx.session,
                    current_actor(),
                    proposal.id,
                    form.summary(),
                    early=form.early.data,
                    opening=form.opening(),
                    seen=form.seen.data,
                    now=tx.now,
                )
            flash(_("本轮议事已经结束，小结已经公开。"))
            return redirect(url_for("moderator.run_discussion", number=number))
        except BadInput as refusal:
            show_refusal(form, refusal)
        except Stale as refusal:
            return _newer_round(number, form, refusal)
    return _page(number, closing=form)


def _newer_round(number: int, form: CloseForm, refusal: Stale) -> ResponseReturnValue:
    """The summary that was typed, beside the round that runs now; sent again it is about that one."""
    status = show_refusal(form, refusal)
    running = proposals.matter(reader(), the_matter(number)).running
    renew(form.seen, running.n if running else None)
    form.early.data = False
    page, _status = _page(number, closing=form)
    return page, status


@bp.route("/matters/<int:number>/remark", methods=["GET", "POST"])
@allow(Action.TAKE_DOWN, about=about_matter)
def take_down_remark(number: int) -> ResponseReturnValue:
    """Write down what somebody said."""
    proposal, form = the_matter(number), RemarkForm()
    if form.validate_on_submit():
        try:
            with transaction(Lock.proposal(proposal.id)) as tx:
                comments.take_down(
                    tx.session,
                    current_actor(),
                    proposal.id,
                    form.remark(),
                    form.spoken_by.data or "",
                    now=tx.now,
                )
            flash(_("发言已经记下，并注明是代录的。"))
            return redirect(url_for("moderator.run_discussion", number=number))
        except (BadInput, Stale) as refusal:
            show_refusal_once(form, refusal, form.request_id)
    page = render_template("moderator/remark.html", form=form, proposal=proposal)
    return page, 422 if request.method == "POST" else 200


def _comment(comment_id: int) -> asked.Comment:
    found = asked.comment(reader(), g.community.id, comment_id)
    if found is None:
        raise NotFound()
    return found


def _about_comment(comment_id: int, **_: object) -> Subject:
    """The subject of pages about one remark; NotFound when it is another community's."""
    return Subject(community_id=_comment(comment_id).community_id)


@bp.route("/comments/<int:comment_id>/hide", methods=["GET", "POST"])
@allow(Action.MODERATE, about=_about_comment)
def hide_comment(comment_id: int) -> ResponseReturnValue:
    """Take a remark out of sight, with a reason that stays."""
    said, form = _comment(comment_id), ReasonForm()
    proposal = asked.matter_of(reader(), said)
    if form.validate_on_submit():
        with transaction(Lock.proposal(proposal.id)) as tx:
            comments.hide(tx.session, current_actor(), comment_id, form.reason.data or "", now=tx.now)
        flash(_("发言已经隐藏，理由已经公开。"))
        return redirect(url_for("moderator.run_discussion", number=proposal.number))
    page = render_template("moderator/hide.html", form=form, said=said, proposal=proposal)
    return page, 422 if request.method == "POST" else 200


@bp.route("/comments/<int:comment_id>/verdict", methods=["GET", "POST"])
@allow(Action.MODERATE, about=_about_comment)
def judge_suggestion(comment_id: int) -> ResponseReturnValue:
    """Answer a suggestion: taken into the plan or not, and why."""
    said = _comment(comment_id)
    form = VerdictForm(verdict=said.verdict.value if said.verdict else None, reason=said.verdict_reason)
    proposal = asked.matter_of(reader(), said)
    if form.validate_on_submit():
        with transaction(Lock.proposal(proposal.id)) as tx:
            comments.judge(
                tx.session,
                current_actor(),
                comment_id,
                Verdict(form.verdict.data),
                form.reason.data or "",
                now=tx.now,
            )
        flash(_("已经答复这条建议。"))
        return redirect(url_for("moderator.run_discussion", number=proposal.number, _anchor="suggestions"))
    page = render_template("moderator/verdict.html", form=form, said=said, proposal=proposal)
    return page, 422 if request.method == "POST" else 200
