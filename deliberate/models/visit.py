"""Visits at doors, and households' wishes for one."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from deliberate.domain.round import VisitOutcome, VisitWish

from .base import Base, By, CommunityId, LongText, MaybeBy, MaybeText, Pk, words


class Visit(Base):
    """入户: one attempt at one door; it serves every open matter; append-only."""

    __tablename__ = "visit"
    __table_args__ = (Index("ix_visit_household", "household_id", "at_door"),)

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    crew_id: Mapped[int | None] = mapped_column(ForeignKey("crew.id"), index=True)
    outcome: Mapped[VisitOutcome] = mapped_column(words(VisitOutcome))
    at_door: Mapped[datetime]
    come_back_at: Mapped[datetime | None]
    note: Mapped[LongText] = mapped_column(default="")
    canvassers: Mapped[str] = mapped_column(String(250))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[By]
    request_id: Mapped[str] = mapped_column(String(64), unique=True)


class VisitRequest(Base):
    """A household asks for a call or a visit; it has an owner among the staff and a time."""

    __tablename__ = "visit_request"

    id: Mapped[Pk]
    community_id: Mapped[CommunityId]
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    wish: Mapped[VisitWish] = mapped_column(words(VisitWish))
    language: Mapped[str] = mapped_column(String(16), default="")
    by_woman: Mapped[bool] = mapped_column(default=False)
    evening: Mapped[bool] = mapped_column(default=False)
    question: Mapped[LongText] = mapped_column(default="")
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[MaybeBy]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    taken_by_id: Mapped[MaybeBy]
    appointed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[MaybeBy]
    result: Mapped[MaybeText]
