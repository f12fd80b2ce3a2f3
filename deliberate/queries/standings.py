"""Where every household of a round stands, worked out by the store from the consents themselves.

`domain.consent.standing` in one statement: exact, in one pass over the records in the order of their entries, and in
as little memory for a million households as for ten. A test holds the two against each other over any records.
Entries without a record are silent; they are what the roll has beyond these.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from deliberate.domain.consent import Channel, Deed, Standing
from deliberate.domain.rules import Electorate
from deliberate.domain.tally import Tally, Weight
from deliberate.models import Consent, EntryStanding, RollEntry, Supersession


def of_entries(round_id: int) -> Subquery:
    """A row for each entry with records: where it stands, and by which channels its standing answers came."""
    newer = aliased(Consent)
    stands = and_(Consent.late.is_(False), newer.id.is_(None))
    record = (
        select(
            Consent.roll_entry_id,
            case((stands, Consent.answer)).label("answer"),
            case((stands, 1), else_=0).label("stands"),
            case((and_(stands, Consent.deed == Deed.WITHDRAWAL), 1), else_=0).label("withdrawal"),
            *(
                case((and_(stands, Consent.answer.is_not(None), Consent.channel == one), 1), else_=0).label(
                    one
                )
                for one in Channel
            ),
        )
        .outerjoin(Supersession, Supersession.superseded_id == Consent.id)
        .outerjoin(newer, and_(newer.id == Supersession.by_consent_id, newer.late.is_(False)))
        .where(Consent.consent_round_id == round_id)
        .subquery()
    )
    most, least = func.max(record.c.answer), func.min(record.c.answer)
    standing = case(
        (most != least, Standing.CONTRADICTION.value),
        (most.is_not(None), most),
        (func.max(record.c.withdrawal) == 1, Standing.WITHDRAWN.value),
        (func.max(record.c.stands) == 1, Standing.INVALID.value),
        else_=Standing.LATE.value,
    )
    return (
        select(
            record.c.roll_entry_id,
            standing.label("standing"),
            *(func.max(record.c[one]).label(one) for one in Channel),
        )
        .group_by(record.c.roll_entry_id)
        .subquery()
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """One exact recount of a round."""

    tallies: Mapping[Electorate, Tally]
    channels: Mapping[Channel, int]
    """Standing answers of households; one that came over both is counted under both."""
    recorded: int
    """Households of which anything was recorded."""
    differing: int
    """Entries whose kept standing is not what their records say."""


def counted(session: Session, round_id: int) -> Counted:
    """Count the round anew from every consent."""
    rolls = _rolls(session, round_id)
    places: dict[Electorate, dict[Standing, Weight]] = {unit: {} for unit in rolls}
    channels = dict.fromkeys(Channel, 0)
    recorded = differing = kept = 0
    for electorate, standing, one, area, differ, has_kept, *came in _groups(session, round_id):
        places[electorate][Standing(standing)] = Weight(one, int(area))
        differing, kept = differing + differ, kept + has_kept
        if electorate is Electorate.HOUSEHOLD:
            recorded += one
            for channel, number in zip(Channel, came, strict=True):
                channels[channel] += number
    differing += _kept(session, round_id) - kept
    tallies = {unit: _tally(places[unit], roll) for unit, roll in rolls.items()}
    return Counted(tallies, channels, recorded, differing)


def by_building(session: Session, round_id: int) -> Mapping[int, Tally]:
    """The households' tally of each building, from every consent."""
    rolls = session.execute(
        select(RollEntry.building_id, func.count(), func.coalesce(func.sum(RollEntry.area), 0))
        .where(RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.HOUSEHOLD)
        .group_by(RollEntry.building_id)
    ).all()
    entry = of_entries(round_id)
    places: dict[int, dict[Standing, Weight]] = defaultdict(dict)
    for building_id, standing, one, area in session.execute(
        select(
            RollEntry.building_id,
            entry.c.standing,
            func.count(),
            func.coalesce(func.sum(RollEntry.area), 0),
        )
        .join(RollEntry, RollEntry.id == entry.c.roll_entry_id)
        .where(RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.HOUSEHOLD)
        .group_by(RollEntry.building_id, entry.c.standing)
    ):
        places[building_id][Standing(standing)] = Weight(one, int(area))
    return {place: _tally(places[place], Weight(one, int(area))) for place, one, area in rolls}


def _rolls(session: Session, round_id: int) -> dict[Electorate, Weight]:
    rows = session.execute(
        select(RollEntry.electorate, func.count(), func.coalesce(func.sum(RollEntry.area), 0))
        .where(RollEntry.consent_round_id == round_id)
        .group_by(RollEntry.electorate)
    )
    return {electorate: Weight(one, int(area)) for electorate, one, area in rows}


def _groups(session: Session, round_id: int) -> list[tuple[Electorate, str, int, int, int, int, int, int]]:
    """Electorate, standing, entries, area, how many of them are kept otherwise, or kept at all, by channel."""
    entry = of_entries(round_id)
    differs = or_(EntryStanding.standing.is_(None), EntryStanding.standing != entry.c.standing)
    rows = session.execute(
        select(
            RollEntry.electorate,
            entry.c.standing,
            func.count(),
            func.coalesce(func.sum(RollEntry.area), 0),
            func.sum(case((differs, 1), else_=0)),
            func.count(EntryStanding.roll_entry_id),
            *(func.sum(entry.c[one]) for one in Channel),
        )
        .select_from(entry)
        .join(RollEntry, RollEntry.id == entry.c.roll_entry_id)
        .outerjoin(EntryStanding, EntryStanding.roll_entry_id == entry.c.roll_entry_id)
        .where(RollEntry.consent_round_id == round_id)
        .group_by(RollEntry.electorate, entry.c.standing)
    )
    return [(row[0], str(row[1]), *map(int, row[2:])) for row in rows]


def _kept(session: Session, round_id: int) -> int:
    """Entries with a kept standing."""
    return session.scalars(
        select(func.count()).select_from(EntryStanding).where(EntryStanding.consent_round_id == round_id)
    ).one()


def _tally(places: Mapping[Standing, Weight], roll: Weight) -> Tally:
    """What has no record is silent."""
    spoken = sum(places.values(), Weight())
    silent = Weight(roll.one - spoken.one, roll.area - spoken.area)
    return Tally(**{**{one.value: weight for one, weight in places.items()}, "silent": silent})
