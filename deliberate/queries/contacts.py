"""Second channels as pages and the sender of messages see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.contact import ContactWay, veiled
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import (
    Community,
    Consent,
    ConsentPaper,
    ConsentRound,
    Contact,
    Outgoing,
    PlanVersion,
    Proposal,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """An address that a home left, veiled."""

    id: int
    way: ContactWay
    address: str


@dataclass(frozen=True, slots=True)
class About:
    """The record that a message tells of."""

    consent: Consent
    round: ConsentRound
    plan: PlanVersion
    proposal: Proposal
    canvassers: str

    @property
    def told(self) -> bool:
        """Whether the message says how the household answered: not while its round is not closed (rule 11)."""
        return self.round.status is RoundStatus.CLOSED


@dataclass(frozen=True, slots=True)
class Message:
    """Everything that the sender needs: to whom, in which language, what about."""

    outgoing: Outgoing
    contact: Contact
    community: Community
    about: About | None


def of_household(session: Session, community_id: int, household_id: int) -> Sequence[Shown]:
    """The addresses of a home, each once."""
    rows = session.execute(
        select(func.min(Contact.id), Contact.way, Contact.address)
        .where(
            Contact.community_id == community_id,
            Contact.household_id == household_id,
            Contact.ended_at.is_(None),
        )
        .group_by(Contact.way, Contact.address)
        .order_by(func.min(Contact.id))
    )
    return [Shown(contact_id, way, veiled(way, address or "")) for contact_id, way, address in rows]


def home_of(session: Session, community_id: int, contact_id: int) -> tuple[int, Electorate] | None:
    """Whose contact it is, if of this community."""
    found = session.get(Contact, contact_id)
    if found is None or found.community_id != community_id:
        return None
    return found.household_id, found.voice


def message(session: Session, outgoing_id: int) -> Message:
    """One message that is owed."""
    outgoing = session.get_one(Outgoing, outgoing_id)
    contact = session.get_one(Contact, outgoing.contact_id)
    community = session.get_one(Community, outgoing.community_id)
    about = _about(session, outgoing.consent_id) if outgoing.consent_id else None
    return Message(outgoing, contact, community, about)


def _about(session: Session, consent_id: int) -> About:
    consent = session.get_one(Consent, consent_id)
    consent_round = session.get_one(ConsentRound, consent.consent_round_id)
    paper = session.get(ConsentPaper, consent_id)
    return About(
        consent,
        consent_round,
        session.get_one(PlanVersion, consent_round.plan_version_id),
        session.get_one(Proposal, consent_round.proposal_id),
        paper.canvassers if paper else "",
    )
