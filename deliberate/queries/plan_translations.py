"""A plan in the languages into which it was translated."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.models import PlanTranslation


def newest(session: Session, plan_id: int) -> dict[str, PlanTranslation]:
    """The newest translation of a plan into each language."""
    last = (
        select(func.max(PlanTranslation.id))
        .where(PlanTranslation.plan_version_id == plan_id)
        .group_by(PlanTranslation.language)
    )
    rows = session.scalars(
        select(PlanTranslation).where(PlanTranslation.id.in_(last)).order_by(PlanTranslation.id)
    )
    return {row.language: row for row in rows}
