"""A plan in another language, shown beside the Chinese text, which alone is hashed and asked about."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, By, CommunityId, Line, LongText, Pk


class PlanTranslation(Base):
    """方案译文; append-only: of each language the newest is shown."""

    __tablename__ = "plan_translation"
    __table_args__ = (Index("ix_plan_translation_of_plan", "plan_version_id", "language"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    plan_version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    language: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(120))
    body: Mapped[LongText]
    funding: Mapped[Line]
    schedule: Mapped[Line]
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[By]
