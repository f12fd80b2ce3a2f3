"""Subjects of rights: what an object is, as far as the table of rights asks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Subject
from deliberate.domain.round import DutyKind
from deliberate.domain.rules import Electorate
from deliberate.models import Consent, ConsentRound, Crew, Duty, Household, Proposal, RollEntry

from . import recorders
from .on_roll import Entry
from .prepared import Prepared
from .recorders import RECORDS_AN_ANSWER


def of_proposal(session: Session, proposal_id: int, community_id: int | None = None) -> Subject:
    """A matter with its author; NotFound when it is not in the community asked for."""
    found = session.get(Proposal, proposal_id)
    if found is None or community_id not in (None, found.community_id):
        raise NotFound()
    return Subject(found.community_id, author_id=found.author_id)


def of_household(session: Session, household_id: int, community_id: int | None = None) -> Subject:
    """One household."""
    found = session.get(Household, household_id)
    if found is None or community_id not in (None, found.community_id):
        raise NotFound()
    return Subject(found.community_id, household_id=found.id)


def of_round(
    session: Session, round_id: int, community_id: int | None = None, duty: DutyKind | None = None
) -> Subject:
    """A consent round, with those who hold the duty asked for."""
    found = session.get(ConsentRound, round_id)
    if found is None or community_id not in (None, found.community_id):
        raise NotFound()
    on_duty = on_duty_in(session, round_id, duty) if duty else frozenset()
    return Subject(found.community_id, duty_ids=on_duty)


def of_entry(
    session: Session, entry_id: int, community_id: int | None = None, duty: DutyKind | None = None
) -> Subject:
    """A roll entry: its household, or the homes of its owner; who recorded, or helped; who is on duty."""
    entry = session.get(RollEntry, entry_id)
    if entry is None or community_id not in (None, entry.community_id):
        raise NotFound()
    recorded = session.execute(
        select(Consent.recorded_by_id, Consent.helped_by_id).where(
            Consent.roll_entry_id == entry_id, RECORDS_AN_ANSWER
        )
    )
    return Subject(
        entry.community_id,
        household_id=entry.household_id if entry.electorate is Electorate.HOUSEHOLD else None,
        owned_ids=homes_of_owner(session, entry),
        recorder_ids=frozenset(who for row in recorded for who in row if who is not None),
        duty_ids=on_duty_in(session, entry.consent_round_id, duty) if duty else frozenset(),
    )


def of_voice(session: Session, entry: Entry) -> Subject:
    """A roll entry as far as answering for it is concerned: its household, or the homes of its owner."""
    return Subject(
        entry.community_id,
        household_id=entry.household_id if entry.electorate is Electorate.HOUSEHOLD else None,
        owned_ids=homes_of_owner(session, entry),
    )


_VOICE = Prepared(
    select(
        RollEntry.community_id,
        RollEntry.consent_round_id,
        RollEntry.electorate,
        RollEntry.household_id,
    ).where(RollEntry.id == bindparam("entry_id"))
)


def of_voice_in(session: Session, community_id: int, round_id: int, entry_id: int) -> Subject:
    """The same by number; NotFound when it is not of this round and community."""
    found = _VOICE.first(session, entry_id=entry_id)
    if found is None or found[:2] != (community_id, round_id):
        raise NotFound()
    _, _, electorate, household_id = found
    if electorate is Electorate.HOUSEHOLD:
        return Subject(community_id, household_id=household_id)
    return of_voice(session, session.get_one(RollEntry, entry_id))


def of_entries(session: Session, entries: Sequence[RollEntry]) -> dict[int, Subject]:
    """Several roll entries at once: households, homes of owners, and who recorded their answers."""
    ids = [entry.id for entry in entries]
    recorded: dict[int, set[int]] = defaultdict(set)
    for entry_id, *people in session.execute(
        select(Consent.roll_entry_id, Consent.recorded_by_id, Consent.helped_by_id).where(
            Consent.roll_entry_id.in_(ids), RECORDS_AN_ANSWER
        )
    ):
        recorded[entry_id].update(person for person in people if person is not None)
    homes: dict[int, set[int]] = defaultdict(set)
    owners = [entry.owner_id for entry in entries if entry.owner_id is not None]
    for home_id, owner_id in session.execute(
        select(Household.id, Household.owner_id).where(Household.owner_id.in_(owners))
    ):
        if owner_id is not None:
            homes[owner_id].add(home_id)
    return {
        entry.id: Subject(
            entry.community_id,
            household_id=entry.household_id if entry.electorate is Electorate.HOUSEHOLD else None,
            owned_ids=_owned(entry, homes),
            recorder_ids=frozenset(recorded[entry.id]),
        )
        for entry in entries
    }


def of_case(session: Session, entry_id: int, community_id: int | None = None) -> Subject:
    """A roll entry that is judged: its crews, and who could have made a record in another's name, are recorders too."""
    about = of_entry(session, entry_id, community_id)
    return _beside(about, _with_a_hand(session, [entry_id])[entry_id])


def of_cases(session: Session, entries: Sequence[RollEntry]) -> dict[int, Subject]:
    """The same of several."""
    others = _with_a_hand(session, [entry.id for entry in entries])
    return {number: _beside(about, others[number]) for number, about in of_entries(session, entries).items()}


def _with_a_hand(session: Session, entry_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
    mates, others = recorders.crew_mates(session, entry_ids), recorders.enablers(session, entry_ids)
    return {number: mates[number] | others[number] for number in entry_ids}


def of_crew(session: Session, crew_id: int, community_id: int | None = None) -> Subject:
    """A crew: whoever has a duty in it made its records, and is no judge of them."""
    found = session.get(Crew, crew_id)
    if found is None or community_id not in (None, found.community_id):
        raise NotFound()
    people = session.scalars(select(Duty.account_id).where(Duty.crew_id == crew_id))
    return Subject(found.community_id, recorder_ids=frozenset(people))


def _beside(about: Subject, others: frozenset[int]) -> Subject:
    return replace(about, recorder_ids=about.recorder_ids | others)


def _owned(entry: RollEntry, homes: Mapping[int, set[int]]) -> frozenset[int]:
    if entry.electorate is Electorate.HOUSEHOLD:
        return frozenset()
    if entry.owner_id is None:
        return frozenset({entry.household_id})
    return frozenset(homes.get(entry.owner_id, ()))


def homes_of_owner(session: Session, entry: Entry) -> frozenset[int]:
    """The homes for which an owner's entry speaks; empty for a household's."""
    if entry.electorate is Electorate.HOUSEHOLD:
        return frozenset()
    if entry.owner_id is None:
        return frozenset({entry.household_id})
    return frozenset(session.scalars(select(Household.id).where(Household.owner_id == entry.owner_id)))


def on_duty_in(session: Session, round_id: int, kind: DutyKind) -> frozenset[int]:
    """The accounts that hold such a duty in the round."""
    return frozenset(
        session.scalars(select(Duty.account_id).where(Duty.consent_round_id == round_id, Duty.kind == kind))
    )
