"""Rounds on the moderator's desk: prepare, open, extend, end answering, drop."""

from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from deliberate.db import Lock
from deliberate.domain import lifecycle
from deliberate.domain.lifecycle import Stage, Step
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.round import RoundStatus, TallyVisibility
from deliberate.queries import contradictions, round_desk, rounds, subjects
from deliberate.services import clockwork, duties, forms
from deliberate.services import rounds as deeds

from ..access import allow, current_actor
from ..forms.fields import text
from ..forms.rounds import ExtendForm, OpenForm, PrepareForm, ReasonForm
from ..store import now, reader, transaction
from .blueprint import bp


def about_round(round_id: int, **_args: Any) -> Subject:
    """The round of the address, if it is of this community."""
    return subjects.of_round(reader(), round_id, g.community.id)


def about_matter(proposal_id: int, **_args: Any) -> Subject:
    """The matter of the address, if it is of this community."""
    return subjects.of_proposal(reader(), proposal_id, g.community.id)


def rounds_on_desk() -> dict[str, Any]:
    """What `moderator/desk_rounds.html` needs: cases, wishes, forms, rounds that wait, all rounds."""
    community = g.community.id
    lines = round_desk.lines(reader(), community, now=now())
    cases = contradictions.queue(reader(), current_actor(), community)
    counting = [line for line in lines if line.round.status is RoundStatus.COUNTING]
    return {
        "desk_cases": [case for case in cases if case.settleable],
        "desk_cases_of_others": [case for case in cases if not case.settleable],
        "desk_wishes": round_desk.wishes(reader(), community),
        "desk_to_prepare": round_desk.to_prepare(reader(), community),
        "desk_to_open": [line for line in lines if line.round.status is RoundStatus.PREPARED],
        "desk_over": [line for line in lines if _over(line.round)],
        "desk_unbalanced": [line for line in counting if _unbalanced(line.round.id)],
        "desk_rounds": lines,
    }


def _over(one: Any) -> bool:
    """Whether the time to answer has run out and nobody has ended it yet."""
    return one.status is RoundStatus.OPEN and now() >= one.answer_until


def _unbalanced(round_id: int) -> bool:
    return any(balance.missing for balance in forms.balance(reader(), round_id))


@bp.get("/rounds", endpoint="rounds")
@allow(Action.RUN_ROUND)
def every() -> ResponseReturnValue:
    """Matters that wait for a round, and all rounds."""
    return render_template("moderator/rounds.html", prepare=PrepareForm(formdata=None), **rounds_on_desk())


@bp.post("/matters/<int:proposal_id>/round")
@allow(Action.RUN_ROUND, about=about_matter)
def prepare_round(proposal_id: int) -> ResponseReturnValue:
    """Get a round ready for the fixed plan."""
    form = PrepareForm()
    visibility = TallyVisibility(form.visibility.data) if form.validate() else TallyVisibility.DAILY
    with transaction(Lock.proposal(proposal_id)) as tx:
        made = deeds.prepare_round(
            tx.session, current_actor(), proposal_id, visibility=visibility, now=tx.now
        )
        round_id = made.id
    flash(_("已开始准备。下面四项办好以后就可以开始征求意见。"))
    return redirect(url_for(".round", round_id=round_id))


@bp.get("/rounds/<int:round_id>", endpoint="round")
@allow(Action.RUN_ROUND, about=about_round)
def one(round_id: int) -> ResponseReturnValue:
    """Everything about one round that its moderator needs."""
    shown = rounds.view(reader(), g.community.id, round_id, now=now())
    return render_template(
        "moderator/round.html",
        shown=shown,
        people=round_desk.duties(reader(), round_id),
        crews=round_desk.crews(reader(), round_id),
        certificates=round_desk.certificates(reader(), round_id),
        warned=duties.warnings(reader(), round_id),
        balances=forms.balance(reader(), round_id),
        missing=_missing(round_id),
        over=clockwork.answering_seems_over(reader(), shown.round, now()),
        cases=[
            case
            for case in contradictions.queue(reader(), current_actor(), g.community.id)
            if case.round.id == round_id
        ],
    )


def _missing(round_id: int) -> list[str]:
    """What must still be done before the round may open, in words."""
    consent_round = deeds.round_of(reader(), round_id)
    if consent_round.status is not RoundStatus.PREPARED:
        return []
    facts = deeds.facts_to_open(reader(), consent_round, now())
    return [
        lifecycle.UNMET[condition]
        for condition in sorted(lifecycle.unmet(Stage.PLAN_FIXED, Step.OPEN_CONSENT, facts))
    ]


@bp.get("/rounds/<int:round_id>/open")
@allow(Action.RUN_ROUND, about=about_round)
def open_consent(round_id: int) -> ResponseReturnValue:
    """What will be locked, with the times that follow from the chosen day."""
    return _open_page(round_id, OpenForm(formdata=None), _typed_day())


@bp.post("/rounds/<int:round_id>/open")
@allow(Action.RUN_ROUND, about=about_round)
def open_consent_now(round_id: int) -> ResponseReturnValue:
    """Open."""
    form = OpenForm()
    if not form.validate() or form.last_day.data is None:
        return _open_page(round_id, form, None), 422
    with transaction(Lock.step(round_id)) as tx:
        deeds.open_round(tx.session, current_actor(), round_id, form.last_day.data, now=tx.now)
    flash(_("征求意见已经开始，公告已发布。"))
    return redirect(url_for(".round", round_id=round_id))


def _typed_day() -> date | None:
    try:
        return date.fromisoformat(request.args.get("last_day", ""))
    except ValueError:
        return None


def _open_page(round_id: int, form: FlaskForm, last_day: date | None) -> str:
    shown = rounds.view(reader(), g.community.id, round_id, now=now())
    usual = deeds.usual_last_day(shown.round, now())
    last_day = last_day if last_day and last_day >= now().date() else usual
    return render_template(
        "moderator/open_round.html",
        shown=shown,
        form=form,
        last_day=last_day,
        usual=usual,
        clocks=deeds.clocks_for(shown.round, last_day, opened_at=now()),
        certificates=round_desk.certificates(reader(), round_id),
        people=round_desk.duties(reader(), round_id),
        missing=_missing(round_id),
        sealed=shown.sealed or shown.round.roll_size < deeds.SEALED_BELOW,
        periods=deeds.settings_of(shown.round),
    )


@bp.get("/rounds/<int:round_id>/extend")
@allow(Action.RUN_ROUND, about=about_round)
def extend_round(round_id: int) -> ResponseReturnValue:
    """Choose a later day, with the reason."""
    return _deed_page(round_id, "moderator/extend_round.html", ExtendForm(formdata=None))


@bp.post("/rounds/<int:round_id>/extend")
@allow(Action.RUN_ROUND, about=about_round)
def extend_round_now(round_id: int) -> ResponseReturnValue:
    """Extend."""
    form = ExtendForm()
    if not form.validate() or form.last_day.data is None:
        return _deed_page(round_id, "moderator/extend_round.html", form), 422
    with transaction(Lock.round(round_id)) as tx:
        deeds.extend_round(
            tx.session, current_actor(), round_id, form.last_day.data, text(form.reason), now=tx.now
        )
    flash(_("已经延期，公示已发布。"))
    return redirect(url_for(".round", round_id=round_id))


@bp.get("/rounds/<int:round_id>/count")
@allow(Action.RUN_ROUND, about=about_round)
def end_answering(round_id: int) -> ResponseReturnValue:
    """Ask once more before answering ends."""
    return _deed_page(round_id, "moderator/end_answering.html", FlaskForm())


@bp.post("/rounds/<int:round_id>/count")
@allow(Action.RUN_ROUND, about=about_round)
def end_answering_now(round_id: int) -> ResponseReturnValue:
    """End answering and begin to count."""
    with transaction(Lock.step(round_id)) as tx:
        clockwork.start_counting(tx.session, round_id, actor=current_actor(), now=tx.now)
    flash(_("已经截止，开始统计。"))
    return redirect(url_for(".round", round_id=round_id))


@bp.get("/rounds/<int:round_id>/drop")
@allow(Action.RUN_ROUND, about=about_round)
def drop_round(round_id: int) -> ResponseReturnValue:
    """Ask for the reason before a preparation is dropped."""
    return _deed_page(round_id, "moderator/drop_round.html", ReasonForm(formdata=None))


@bp.post("/rounds/<int:round_id>/drop")
@allow(Action.RUN_ROUND, about=about_round)
def drop_round_now(round_id: int) -> ResponseReturnValue:
    """Drop the preparation."""
    form = ReasonForm()
    if not form.validate():
        return _deed_page(round_id, "moderator/drop_round.html", form), 422
    with transaction(Lock.round(round_id)) as tx:
        deeds.drop_round(tx.session, current_actor(), round_id, text(form.reason), now=tx.now)
    flash(_("这次准备已经取消，可以重新准备。"))
    return redirect(url_for(".rounds"))


def _deed_page(round_id: int, template: str, form: FlaskForm) -> str:
    shown = rounds.view(reader(), g.community.id, round_id, now=now())
    over = clockwork.answering_seems_over(reader(), shown.round, now())
    return render_template(template, shown=shown, form=form, over=over)
