"""Translating a plan: a help to read it; the text that is hashed and asked about stays the Chinese one."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.permissions import Actor, account_of
from deliberate.domain.proposal import LONGEST_BODY, LONGEST_TITLE, text_of
from deliberate.domain.settings import CHINESE, OFFERS
from deliberate.models import PlanTranslation, PlanVersion
from deliberate.queries import plan_translations

from . import journal
from .discussion import moderated
from .plans import LONGEST_LINE

LONGER = 3
"""A translation may have so many times the letters of the longest Chinese text."""
TARGETS = tuple(language for language in OFFERS["languages"] if language != CHINESE)


@dataclass(frozen=True, slots=True)
class Translation:
    """What a moderator typed."""

    language: str
    title: str
    body: str
    funding: str
    schedule: str


def translate_plan(
    session: Session, actor: Actor, proposal_id: int, n: int, text: Translation, *, now: datetime
) -> PlanTranslation:
    """Put a translation beside a fixed plan; a better one later stands in its place, and both are kept.

    The same once more is nothing new.
    """
    proposal = moderated(session, actor, proposal_id)
    plan = session.scalar(
        select(PlanVersion).where(PlanVersion.proposal_id == proposal_id, PlanVersion.n == n)
    )
    if plan is None:
        raise NotFound()
    if text.language not in TARGETS:
        raise BadInput(why=N_("请选一种译文的语言。"), field="language")
    made = PlanTranslation(
        community_id=proposal.community_id,
        plan_version_id=plan.id,
        language=text.language,
        title=text_of(text.title, LONGEST_TITLE * 2, "title", one_line=True),
        body=text_of(text.body, LONGEST_BODY * LONGER, "body"),
        funding=text_of(text.funding, LONGEST_LINE, "funding", one_line=True),
        schedule=text_of(text.schedule, LONGEST_LINE, "schedule", one_line=True),
        entered_at=now,
        entered_by_id=account_of(actor),
    )
    before = plan_translations.newest(session, plan.id).get(made.language)
    if before is not None and _text(before) == _text(made):
        return before
    session.add(made)
    session.flush()
    journal.note(
        session,
        actor,
        proposal.community_id,
        "plan_translated",
        "plan_translation",
        made.id,
        now=now,
        language=text.language,
    )
    return made


def _text(one: PlanTranslation) -> tuple[str, str, str, str]:
    return one.title, one.body, one.funding, one.schedule
