"""Members of a home are told of each record that another made for it, never of what it says (rule 11).

A forged answer is found by the people in whose name it was given.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing
from deliberate.domain.consent import Standing
from deliberate.domain.news import ANSWER_RECORDED, ANSWER_REPLACED, ANSWERS_DIFFER
from deliberate.domain.permissions import Actor
from deliberate.domain.rules import Electorate
from deliberate.models import Consent, ConsentRound, Household, Membership, Proposal
from deliberate.queries import answers
from deliberate.queries.on_roll import Entry
from deliberate.queries.prepared import Listed, Prepared
from deliberate.queries.recorders import SAID_ONLINE

from . import journal

_MEMBERS = Prepared(
    select(Membership.account_id)
    .where(
        Membership.household_id == bindparam("household_id"),
        Membership.lives_there,
        Membership.ended_at.is_(None),
    )
    .order_by(Membership.account_id)
)
_LIVING = Listed(
    lambda homes: (
        select(Membership.household_id, Membership.account_id)
        .where(Membership.household_id.in_(homes), Membership.lives_there, Membership.ended_at.is_(None))
        .order_by(Membership.household_id, Membership.account_id)
    )
)
_OWNERS = Prepared(
    select(Membership.account_id, Membership.household_id)
    .join(Household, Household.id == Membership.household_id)
    .where(
        or_(Household.id == bindparam("household_id"), Household.owner_id == bindparam("owner_id")),
        Membership.as_owner,
        Membership.ended_at.is_(None),
    )
    .order_by(Membership.account_id)
)
_MATTER = Prepared(
    select(Proposal.id, Proposal.number, Proposal.title)
    .join(ConsentRound, ConsentRound.proposal_id == Proposal.id)
    .where(ConsentRound.id == bindparam("round_id"))
)


def tell(
    session: Session,
    entry: Entry,
    stands: Standing,
    made_by: frozenset[int | None],
    *,
    now: datetime,
) -> None:
    """Tell those whose voice it is, but for who made the record; a contradiction is told to them all."""
    differs = stands is Standing.CONTRADICTION
    told = [one for one in _voices(session, entry) if differs or one not in made_by]
    _tell(session, entry, ANSWERS_DIFFER if differs else ANSWER_RECORDED, told, now)


def tell_replaced(
    session: Session,
    entry: Entry,
    replaced: frozenset[int],
    made_by: frozenset[int | None],
    *,
    now: datetime,
) -> None:
    """Tell who answered online and belongs to the home no more that their answer stands no longer.

    Whoever was put out of a home by mistake, or so that another may answer, learns of it so.
    """
    authors = session.scalars(
        select(Consent.recorded_by_id).where(Consent.id.in_(replaced), SAID_ONLINE).order_by(Consent.id)
    )
    if others := [one for one in dict.fromkeys(authors) if one is not None and one not in made_by]:
        belong = set(_voices(session, entry))
        _tell(session, entry, ANSWER_REPLACED, [one for one in others if one not in belong], now)


def note_and_tell(
    session: Session, actor: Actor, entry: Entry, what: str, kind: str, *, now: datetime
) -> None:
    """Journal what somebody learnt of the home's record; those whose voice it is are told once a day."""
    before = answers.noted(session, entry.id, what)
    journal.note(session, actor, entry.community_id, what, "roll_entry", entry.id, now=now)
    if not before or day_in_beijing(before[0]) < day_in_beijing(now):
        _tell(session, entry, kind, _voices(session, entry), now)
    session.flush()


def tell_first(
    session: Session,
    made: Sequence[tuple[Entry, frozenset[int | None]]],
    *,
    now: datetime,
) -> None:
    """The same for many first records, each with who made it: one question about all their homes."""
    homes = [entry.household_id for entry, _by in made if entry.electorate is Electorate.HOUSEHOLD]
    living: dict[int, list[int]] = {}
    for household_id, account_id in _LIVING.rows(session, homes):
        living.setdefault(household_id, []).append(account_id)
    for entry, made_by in made:
        household = entry.electorate is Electorate.HOUSEHOLD
        voices = living.get(entry.household_id, []) if household else _voices(session, entry)
        told = [one for one in voices if one not in made_by]
        _tell(session, entry, ANSWER_RECORDED, told, now)


def _tell(
    session: Session,
    entry: Entry,
    kind: str,
    told: Sequence[int],
    now: datetime,
) -> None:
    if not told:
        return
    [(matter_id, number, title)] = _MATTER.rows(session, round_id=entry.consent_round_id)
    for account_id in told:
        journal.tell(
            session,
            account_id,
            entry.community_id,
            kind,
            now=now,
            proposal_id=matter_id,
            number=number,
            title=title,
            household_id=entry.household_id,
            round_id=entry.consent_round_id,
        )


def _voices(session: Session, entry: Entry) -> Sequence[int]:
    if entry.electorate is Electorate.HOUSEHOLD:
        return [row[0] for row in _MEMBERS.rows(session, household_id=entry.household_id)]
    rows = _OWNERS.rows(session, household_id=entry.household_id, owner_id=entry.owner_id)
    return list(dict.fromkeys(account_id for account_id, _home in rows))
