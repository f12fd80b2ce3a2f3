"""Notices of a round: what is locked into it, for everybody to read."""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Actor
from deliberate.models import Community, ConsentRound, Notice, PlanVersion, Proposal
from deliberate.queries import announced, roll_losses, rounds

from . import journal

MOST_TOLD = 100
"""Homes that a notice names one by one."""


def announce(
    session: Session,
    actor: Actor,
    consent_round: ConsentRound,
    kind: NoticeKind,
    *,
    now: datetime,
    until: datetime | None = None,
    **data: object,
) -> None:
    """Publish a notice of the round, with what is locked into it; it stands until answering ends."""
    proposal = session.get_one(Proposal, consent_round.proposal_id)
    plan = session.get_one(PlanVersion, consent_round.plan_version_id)
    community = session.get_one(Community, consent_round.community_id)
    figures = {
        "title": proposal.title,
        "number": proposal.number,
        "round": consent_round.n,
        "plan": plan.n,
        "budget": plan.budget,
        "funding": plan.funding,
        "scope": consent_round.scope,
        "by": community.name,
        "telephone": community.telephone,
        "opened_at": _iso(consent_round.opened_at),
        "roll": consent_round.roll_size,
        "owners": announced.owners(session, consent_round.id),
        "scrutineers": list(announced.scrutineers(session, consent_round.id)),
        "left_out": rounds.left_out(session, consent_round.id),
        "plan_sha256": consent_round.plan_sha256,
        "rules": consent_round.rules,
        "periods": consent_round.periods,
        "visibility": consent_round.tally_visibility.value,
        "answer_until": _iso(consent_round.answer_until),
        "register_until": _iso(consent_round.register_until),
        "settle_until": _iso(consent_round.settle_until),
        **data,
    }
    session.add(
        Notice(
            community_id=consent_round.community_id,
            proposal_id=proposal.id,
            consent_round_id=consent_round.id,
            kind=kind,
            data=figures,
            published_at=now,
            published_by_id=actor.account_id,
            until=until or consent_round.answer_until,
        )
    )
    journal.note(
        session,
        actor,
        consent_round.community_id,
        f"notice_{kind}",
        "consent_round",
        consent_round.id,
        now=now,
    )
    session.flush()


def invite(session: Session, actor: Actor, consent_round: ConsentRound, *, now: datetime) -> None:
    """The invitation; it also tells which homes the roll has lost, because they lower what is needed."""
    lost = roll_losses.of_round(session, consent_round)
    told = [[home.address, home.reason if home.gone else ""] for home in lost[:MOST_TOLD]]
    announce(session, actor, consent_round, NoticeKind.INVITATION, now=now, lost=len(lost), lost_homes=told)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
