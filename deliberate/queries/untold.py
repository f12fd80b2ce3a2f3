"""Households that their second channel did not reach: messages that were given up and nobody has made good for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Subject
from deliberate.models import Building, Consent, ConsentRound, Contact, Household, Outgoing, Proposal

MOST = 200
_UNTOLD = (Outgoing.given_up_at.is_not(None), Outgoing.told_at.is_(None))


@dataclass(frozen=True, slots=True)
class Untold:
    """One message that did not arrive: to whom, by which way, about which matter. Never what was answered."""

    message: Outgoing
    contact: Contact
    home: Household
    matter: Proposal | None


def number(session: Session, community_id: int) -> int:
    """How many messages nobody has made good for."""
    asked = select(func.count(Outgoing.id)).where(Outgoing.community_id == community_id, *_UNTOLD)
    return session.scalars(asked).one()


def listing(session: Session, community_id: int) -> Sequence[Untold]:
    """They, the longest waiting first."""
    return _found(session, Outgoing.community_id == community_id, *_UNTOLD)


def _found(session: Session, *where: ColumnElement[bool]) -> Sequence[Untold]:
    rows = session.execute(
        select(Outgoing, Contact, Household, Proposal)
        .join(Contact, Contact.id == Outgoing.contact_id)
        .join(Household, Household.id == Contact.household_id)
        .outerjoin(Consent, Consent.id == Outgoing.consent_id)
        .outerjoin(ConsentRound, ConsentRound.id == Consent.consent_round_id)
        .outerjoin(Proposal, Proposal.id == ConsentRound.proposal_id)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(*where)
        .order_by(Outgoing.made_at, Outgoing.id)
        .limit(MOST)
    )
    return [Untold(*row) for row in rows]


def some(session: Session, community_id: int, outgoing_ids: Collection[int]) -> Sequence[Untold]:
    """These messages of the community, whatever became of them since."""
    return _found(session, Outgoing.community_id == community_id, Outgoing.id.in_(outgoing_ids))


def about(session: Session, outgoing_id: int) -> Subject:
    """Whose message it is, and who made the record that it tells of: they of all people do not say `told`."""
    found = session.execute(
        select(Outgoing.community_id, Contact.household_id, Consent.recorded_by_id, Consent.helped_by_id)
        .join(Contact, Contact.id == Outgoing.contact_id)
        .outerjoin(Consent, Consent.id == Outgoing.consent_id)
        .where(Outgoing.id == outgoing_id)
    ).one_or_none()
    if found is None:
        raise NotFound()
    community_id, household_id, *recorders = found
    return Subject(community_id, household_id, recorder_ids=frozenset(one for one in recorders if one))
