"""The council: members, meetings, minutes."""

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.errors import BadInput, NotFound, Stale
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Action, Subject
from deliberate.queries import council as asked
from deliberate.queries import proposals
from deliberate.services import council

from ..access import allow, current_actor
from ..forms.council import MeetingForm, MemberForm, MinutesForm
from ..forms.fields import show_refusal, show_refusal_once
from ..printing import sheet
from ..store import now, reader, transaction
from .blueprint import bp

ON_THE_TABLE = (Stage.SUBMITTED, Stage.ACCEPTED, Stage.DISCUSSING, Stage.PLAN_FIXED)


@bp.route("/council", methods=["GET", "POST"])
@allow(Action.RUN_COUNCIL)
def members() -> ResponseReturnValue:
    """Who serves on the council; add a member."""
    form = MemberForm()
    if form.validate_on_submit():
        with transaction() as tx:
            council.add_member(
                tx.session,
                current_actor(),
                g.community.id,
                form.name.data or "",
                title=form.title.data or "",
                now=tx.now,
            )
        flash(_("已经加入议事会成员名单。"))
        return redirect(url_for("moderator.members"))
    serving = asked.members(reader(), g.community.id, day_in_beijing(now()))
    page = render_template("moderator/members.html", form=form, members=serving)
    return page, 422 if request.method == "POST" else 200


def _about_member(member_id: int, **_: object) -> Subject:
    if asked.member(reader(), g.community.id, member_id) is None:
        raise NotFound()
    return Subject(community_id=g.community.id)


@bp.post("/council/<int:member_id>/end")
@allow(Action.RUN_COUNCIL, about=_about_member)
def end_member(member_id: int) -> ResponseReturnValue:
    """The member serves no longer."""
    with transaction() as tx:
        council.end_member(tx.session, current_actor(), member_id, now=tx.now)
    flash(_("已经记下离任，以前的会议记录不变。"))
    return redirect(url_for("moderator.members"))


@bp.route("/meetings/new", methods=["GET", "POST"])
@allow(Action.RUN_COUNCIL)
def call_meeting() -> ResponseReturnValue:
    """Call a meeting."""
    form = MeetingForm()
    form.matters.choices = [
        (row.id, _("%(number)s号 %(title)s", number=row.number, title=row.title)) for row in _on_the_table()
    ]
    if form.validate_on_submit():
        try:
            with transaction() as tx:
                called = council.call_meeting(
                    tx.session, current_actor(), g.community.id, form.call(), now=tx.now
                )
            flash(_("会议通知已经公开。"))
            return redirect(url_for("moderator.minutes", meeting_id=called.id))
        except (BadInput, Stale) as refusal:
            show_refusal_once(form, refusal, form.request_id)
    page = render_template("moderator/meeting.html", form=form)
    return page, 422 if request.method == "POST" else 200


def _on_the_table() -> list[proposals.Row]:
    return proposals.in_stages(reader(), g.community.id, ON_THE_TABLE)


def _meeting(meeting_id: int) -> asked.MeetingView:
    found = asked.meeting(reader(), g.community.id, meeting_id)
    if found is None:
        raise NotFound()
    return found


def _about_meeting(meeting_id: int, **_: object) -> Subject:
    return Subject(community_id=_meeting(meeting_id).meeting.community_id)


@bp.route("/meetings/<int:meeting_id>/minutes", methods=["GET", "POST"])
@allow(Action.RUN_COUNCIL, about=_about_meeting)
def minutes(meeting_id: int) -> ResponseReturnValue:
    """One meeting for its moderator: who is due; then who came, minutes and resolution."""
    found, form = _meeting(meeting_id), MinutesForm()
    form.present.choices = [(one.member_id, one.name) for one in found.due]
    form.ask_about.choices = [(one.proposal.id, one.proposal.title) for one in found.matters]
    if form.validate_on_submit():
        try:
            with transaction() as tx:
                council.record_minutes(tx.session, current_actor(), meeting_id, form.held(), now=tx.now)
            flash(_("会议记录已经存档。"))
            return redirect(url_for("moderator.minutes", meeting_id=meeting_id))
        except BadInput as refusal:
            show_refusal(form, refusal)
    begun = found.meeting.starts_at <= now()
    page = render_template("moderator/minutes.html", form=form, view_of=found, begun=begun)
    return page, 422 if request.method == "POST" else 200


@bp.get("/meetings/<int:meeting_id>/print")
@allow(Action.RUN_COUNCIL, about=_about_meeting)
def minutes_print(meeting_id: int) -> ResponseReturnValue:
    """The minutes with names, to be signed and filed."""
    return sheet(
        "print/minutes.html",
        f"minutes-{meeting_id}",
        view_of=_meeting(meeting_id),
        named=True,
        printed_at=now(),
        back_url=url_for(".minutes", meeting_id=meeting_id),
    )
