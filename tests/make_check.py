"""Builders of spot checks: a signed sheet, planned, drawn, asked again and judged, through the deeds themselves."""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.ledger.head import AnchorWay, HeadReason
from deliberate.domain.spot_check import CheckKind, FormShows, Said, Way
from deliberate.models import Account, Anchor, LedgerHead, SpotCheck, SpotVerdict
from deliberate.queries import form_checks, spot_samples
from deliberate.services import form_checks as check_deeds
from deliberate.services import full_rechecks, ledger_batches, ledger_heads, revisits, spot_checks, spot_draws
from tests import make
from tests.make_round import KEY, OpenRound

SEED = "27182818284590452353"


def anchored(session: Session, at: OpenRound, *, now: datetime) -> None:
    """The ledger's head at closing is made, if it was not before, and has left our hands."""
    closing = session.query(LedgerHead).filter_by(consent_round_id=at.round.id, why=HeadReason.CLOSING)
    if closing.one_or_none() is None:
        ledger_batches.place(session, at.community.id, now=now)
        ledger_heads.make_due(session, at.community.id, origin="deliberate.local", receipts=None, now=now)
    head = closing.one()
    session.add(Anchor(community_id=at.community.id, head_id=head.id, way=AnchorWay.NOTICE, at=now))
    session.flush()


def planned(session: Session, at: OpenRound, *, allowed: int = 0, now: datetime) -> SpotCheck:
    """The scrutineer on duty plans the spot check of the signed sheet."""
    actor = make.actor(session, at.staff.scrutineer)
    return spot_checks.plan(session, actor, at.round.id, allowed=allowed, now=now)


def drawn(session: Session, at: OpenRound, *, allowed: int = 0, now: datetime) -> list[spot_samples.Asked]:
    """Planned, the head anchored, the dice thrown: the homes to ask again."""
    planned(session, at, allowed=allowed, now=now)
    anchored(session, at, now=now)
    actor = make.actor(session, at.staff.scrutineer)
    spot_draws.draw(session, actor, at.round.id, SEED, now=now)
    return spot_samples.asked(session, at.round.id)


def says_again(
    session: Session, one: spot_samples.Asked, said: Said | None, *, now: datetime, tag: str = ""
) -> None:
    """Whoever asks there writes down what the household says, or that nobody was reached."""
    account = session.get_one(Account, one.assigned_id)
    actor, request = make.actor(session, account), f"revisit-{one.sample.id}-{tag}"
    revisits.keep_attempt(session, actor, one.sample.id, Way.VISIT, said, request_id=request, now=now)


def forms_checked(session: Session, at: OpenRound, *, now: datetime) -> None:
    """Every form is laid beside its record and found as recorded."""
    actor = make.actor(session, at.staff.scrutineer)
    while form := form_checks.next_form(session, actor, at.round.id):
        shows = FormShows(form.consent.answer)
        check_deeds.check_form(session, actor, form.consent.id, shows, key=KEY, now=now)


def checked(session: Session, at: OpenRound, *, now: datetime) -> SpotVerdict:
    """The spot check of the signed sheet, passed; in a small round everything rechecked and found in order."""
    actor = make.actor(session, at.staff.scrutineer)
    if planned(session, at, now=now).kind is CheckKind.FULL:
        forms_checked(session, at, now=now)
        return full_rechecks.finish(session, actor, at.round.id, now=now)
    for one in drawn(session, at, now=now):
        says_again(session, one, Said.AGREE, now=now)
    return spot_checks.conclude_check(session, actor, at.round.id, now=now)
