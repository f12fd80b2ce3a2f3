"""The six matters: how each came to where it stands."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from deliberate.domain.discussion import Stance, Verdict
from deliberate.domain.permissions import Role
from deliberate.domain.proposal import Category, Draft
from deliberate.domain.round import DutyKind
from deliberate.domain.scope import Scope, ScopeKind
from deliberate.models import Comment, ConsentRound
from deliberate.services import (
    comments,
    discussion,
    duties,
    forms,
    plan_translations,
    plans,
    proposals,
    rolls_of_rounds,
    rounds,
    screening,
    seconds,
)
from deliberate.services.comments import Remark
from deliberate.services.discussion import Opening, Summary
from deliberate.services.plans import PlanText

from .stage import Stage

MATTERS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "proposals.zh.json").read_text("utf-8"))[
    "proposals"
]
TRANSLATED: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parent / "plans.ug.json").read_text("utf-8")
)
"""Plans in Uyghur, by their Chinese titles; they await a native reader like the catalogue."""
CHANNELS = ("jumin2", "jumin3", "jumin4", "jumin5", "jumin6", "jumin7")
SUMMARY = Summary(
    agreed="大家同意先办急事，费用公开，完工后请住户评议。",
    disputed="个别细节还有不同看法，已写进方案说明。",
    goes_on="按讨论后的文本定方案，公示后逐户征求意见。",
)


def propose(stage: Stage, which: int, scope: Scope, days: float, author: str = "jumin") -> int:
    """Raised and handed in by a resident."""
    matter = MATTERS[which]
    with stage.at(days) as tx:
        actor = stage.actor(tx.session, author)
        text = Draft(
            matter["title"], matter["body"], Category(matter["category"]), matter["budget"] * 100, scope
        )
        made = proposals.draft(
            tx.session, actor, stage.community_id, text, household_id=stage.homes[author], now=tx.now
        )
        proposals.submit(tx.session, actor, made.id, now=tx.now)
        return made.id


def second(stage: Stage, proposal_id: int, names: Sequence[str], days: float) -> None:
    """Seconded by other households."""
    with stage.at(days) as tx:
        for name in names:
            actor = stage.actor(tx.session, name)
            seconds.second(tx.session, actor, proposal_id, stage.homes[name], now=tx.now)


def accept_and_discuss(stage: Stage, proposal_id: int, which: int, days: float, open_for: float = 8) -> None:
    """Screened; then a round of discussion in which everything is said."""
    with stage.at(days) as tx:
        actor = stage.actor(tx.session, "zhuchi")
        screening.accept(tx.session, actor, proposal_id, now=tx.now)
        until = tx.now + timedelta(days=open_for)
        opening = Opening("这件事要不要办？方案还要改什么？", until)
        discussion.open_discussion(tx.session, actor, proposal_id, opening, now=tx.now)
    with stage.at(days + 1) as tx:
        for name, said in zip(CHANNELS, MATTERS[which]["comments"], strict=False):
            actor = stage.actor(tx.session, name)
            remark = Remark(said["text"], Stance(said["stance"]))
            comments.comment(tx.session, actor, proposal_id, remark, now=tx.now)


def judge_suggestions(session: Session, stage: Stage, proposal_id: int, days_now: Any) -> None:
    """Each suggestion is answered: the first is taken, the others not."""
    actor = stage.actor(session, "zhuchi")
    open_ones = (
        session.query(Comment)
        .filter_by(proposal_id=proposal_id, stance=Stance.SUGGESTION, verdict=None)
        .order_by(Comment.id)
    )
    for comment in open_ones:
        comments.judge(
            session, actor, comment.id, Verdict.TAKEN, "写进了方案，费用在预算之内。", now=days_now
        )


def fix(stage: Stage, proposal_id: int, which: int, scope: Scope, days: float) -> None:
    """The round closed with its summary, and the plan fixed and shown."""
    matter = MATTERS[which]
    with stage.at(days) as tx:
        actor = stage.actor(tx.session, "zhuchi")
        judge_suggestions(tx.session, stage, proposal_id, tx.now)
        discussion.close_round(tx.session, actor, proposal_id, SUMMARY, now=tx.now, early=True)
        text = PlanText(
            title=matter["title"],
            body=matter["body"],
            budget=matter["budget"] * 100,
            funding="工作队惠民资金和社区改善民生专项，住户不出钱",
            schedule="形成决定后两个月内完成",
            scope=scope,
        )
        fixed = plans.fix_plan(tx.session, actor, proposal_id, text, now=tx.now)
        if made := TRANSLATED.get(text.title):
            translation = plan_translations.Translation("ug", **made)
            plan_translations.translate_plan(tx.session, actor, proposal_id, fixed.n, translation, now=tx.now)


def ask(stage: Stage, proposal_id: int, days: float, open_days: int, papers: int) -> int:
    """A round: duties, crews, forms, the roll certified by two, opened."""
    with stage.at(days - 1) as tx:
        session, now = tx.session, tx.now
        actor = stage.actor(session, "zhuchi")
        made = rounds.prepare_round(session, actor, proposal_id, now=now)
        duties.assign(session, actor, made.id, stage.by_name["zhuchi"], DutyKind.MODERATOR, now=now)
        duties.assign(session, actor, made.id, stage.by_name["jianpiao"], DutyKind.SCRUTINEER, now=now)
        for n, name in enumerate(("ruhu", "ruhu2"), start=1):
            volunteer = ("演示志愿者·马玉兰", "演示志愿者·李敏")[n - 1]
            crew = duties.make_crew(session, actor, made.id, f"第{n}组", {}, volunteer, now=now)
            duties.assign(session, actor, made.id, stage.by_name[name], DutyKind.CANVASSER, crew.id, now=now)
            forms.issue_forms(session, actor, crew.id, papers, now=now)
        for role, name in ((Role.REGISTRAR, "huce"), (Role.SCRUTINEER, "jianpiao")):
            rolls_of_rounds.certify(session, stage.actor(session, name), made.id, role, now=now)
    with stage.at(days) as tx:
        actor = stage.actor(tx.session, "zhuchi")
        last_day = (tx.now + timedelta(hours=8, days=open_days)).date()
        rounds.open_round(tx.session, actor, made.id, last_day, now=tx.now)
        return made.id


def round_of(session: Session, round_id: int) -> ConsentRound:
    """The round, to write answers into."""
    return session.get_one(ConsentRound, round_id)


def estates_scope(ids: Sequence[int]) -> Scope:
    """Some estates."""
    return Scope(ScopeKind.ESTATES, tuple(ids))
