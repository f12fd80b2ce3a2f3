"""Counting from the consents themselves: exact, never from a running number."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from deliberate.domain.consent import ANSWERED, Channel, Record, Standing, heads
from deliberate.domain.rules import Electorate
from deliberate.domain.tally import Tally
from deliberate.models import Consent, EntryStanding, RollEntry, Supersession

from .prepared import Listed, Prepared
from .standings import counted


def records_of_entry(session: Session, entry_id: int) -> tuple[Record, ...]:
    """The records of one roll entry, in the order in which they came."""
    return _grouped(_OF_ENTRY.rows(session, entry_id=entry_id)).get(entry_id, ())


def records_of_entries(session: Session, entry_ids: Collection[int]) -> Mapping[int, tuple[Record, ...]]:
    """The same of several, by entry; those without a record are not among them."""
    return _grouped(_OF_ENTRIES.rows(session, entry_ids))


def stands(session: Session, consent: Consent) -> bool:
    """Whether nothing has superseded this very record."""
    return consent.id in {record.id for record in heads(records_of_entry(session, consent.roll_entry_id))}


def records_of_round(session: Session, round_id: int) -> Mapping[int, tuple[Record, ...]]:
    """All records of a round by roll entry."""
    return _grouped(session.execute(_RECORDS.where(Consent.consent_round_id == round_id)))


def _grouped(rows: Iterable[Any]) -> dict[int, tuple[Record, ...]]:
    """By roll entry; the rows of one record follow one another."""
    found: dict[int, dict[int, Record]] = defaultdict(dict)
    for entry_id, consent_id, deed, answer, channel, late, older in rows:
        named = frozenset() if older is None else frozenset({older})
        if before := found[entry_id].get(consent_id):
            named |= before.supersedes
        found[entry_id][consent_id] = Record(consent_id, deed, answer, channel, named, late)
    return {entry_id: tuple(records.values()) for entry_id, records in found.items()}


_RECORDS = (
    select(
        Consent.roll_entry_id,
        Consent.id,
        Consent.deed,
        Consent.answer,
        Consent.channel,
        Consent.late,
        Supersession.superseded_id,
    )
    .outerjoin(Supersession, Supersession.by_consent_id == Consent.id)
    .order_by(Consent.id)
)
"""A row for each record, and one more for each further record that it supersedes."""
_OF_ENTRY = Prepared(_RECORDS.where(Consent.roll_entry_id == bindparam("entry_id")))
_OF_ENTRIES = Listed(lambda ids: _RECORDS.where(Consent.roll_entry_id.in_(ids)))


def recount(session: Session, round_id: int) -> Mapping[Electorate, Tally]:
    """The tally of each electorate, recounted from every consent of the round."""
    return counted(session, round_id).tallies


def channels(records: Iterable[tuple[Record, ...]]) -> Mapping[Channel, int]:
    """Standing answers by channel; an answer that came over both is counted under both."""
    totals = dict.fromkeys(Channel, 0)
    for of_entry in records:
        for channel in {r.channel for r in heads(of_entry) if r.answer is not None}:
            totals[channel] += 1
    return totals


def answered(session: Session, round_id: int) -> int:
    """Households that have answered: the live number that everybody may see."""
    return _households(session, round_id, ANSWERED)


def agreeing(session: Session, round_id: int) -> int:
    """Households that agree now. For snapshots and counting only; no page of an open round may show it."""
    return _households(session, round_id, {Standing.AGREE})


def _households(session: Session, round_id: int, standings: Set[Standing]) -> int:
    return session.scalars(
        select(func.count())
        .select_from(EntryStanding)
        .join(RollEntry, RollEntry.id == EntryStanding.roll_entry_id)
        .where(
            EntryStanding.consent_round_id == round_id,
            EntryStanding.standing.in_(standings),
            RollEntry.consent_round_id == round_id,
            RollEntry.electorate == Electorate.HOUSEHOLD,
        )
    ).one()
