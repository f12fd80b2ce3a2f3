"""An entry of a round's roll and the round, as far as recording an answer asks: one question, no entities."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import ConsentRound, RollEntry

from .prepared import Listed, Prepared


@dataclass(frozen=True, slots=True)
class OnRoll:
    """What a record is made for; of the same names as its `RollEntry`."""

    id: int
    community_id: int
    consent_round_id: int
    electorate: Electorate
    household_id: int
    owner_id: int | None
    building_id: int
    slot: str


@dataclass(frozen=True, slots=True)
class RoundNow:
    """How its round stands; of the same names as its `ConsentRound`."""

    id: int
    status: RoundStatus
    plan_sha256: str
    opened_at: datetime | None
    answer_until: datetime | None
    register_until: datetime | None
    settle_until: datetime | None


Entry = RollEntry | OnRoll
Round = ConsentRound | RoundNow

_OF_ENTRY = tuple(getattr(RollEntry, name) for name in OnRoll.__slots__)
_OF_ROUND = tuple(getattr(ConsentRound, name) for name in RoundNow.__slots__)
_WITH_ROUND = select(*_OF_ENTRY, *_OF_ROUND).join(ConsentRound, ConsentRound.id == RollEntry.consent_round_id)
_FOUND = Prepared(_WITH_ROUND.where(RollEntry.id == bindparam("entry_id")))
_ALL_FOUND = Listed(lambda ids: _WITH_ROUND.where(RollEntry.id.in_(ids)))
_SEVERAL = Listed(lambda ids: select(*_OF_ENTRY).where(RollEntry.id.in_(ids)))


def found(session: Session, entry_id: int) -> tuple[OnRoll, RoundNow] | None:
    """Both as they stand now, if there is such an entry."""
    row = _FOUND.first(session, entry_id=entry_id)
    return None if row is None else _both(row)


def all_found(session: Session, entry_ids: Collection[int]) -> dict[int, tuple[OnRoll, RoundNow]]:
    """Both of each of these entries that there are, by number."""
    return {row[0]: _both(row) for row in _ALL_FOUND.rows(session, entry_ids)}


def _both(row: tuple[Any, ...]) -> tuple[OnRoll, RoundNow]:
    return OnRoll(*row[: len(_OF_ENTRY)]), RoundNow(*row[len(_OF_ENTRY) :])


def several(session: Session, entry_ids: Collection[int]) -> dict[int, OnRoll]:
    """Those of these entries that there are, by number."""
    return {row[0]: OnRoll(*row) for row in _SEVERAL.rows(session, entry_ids)}
