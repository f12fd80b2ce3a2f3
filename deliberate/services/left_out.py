"""Vacant homes left off the households' roll of a round: listed with reasons, posted for challenge, put back.

The list is about who speaks for a household. Owners are asked for every home, empty or not (Civil Code art. 278).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound, Stale
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.round import RoundStatus
from deliberate.models import ConsentRound, Household, RollCertificate, RollLeftOut
from deliberate.queries import postings
from deliberate.queries.scope import in_scope

from . import journal
from .round_notices import announce
from .rounds import RoundNotReady, round_of, settings_of


def leave_out(
    session: Session, actor: Actor, round_id: int, household_ids: Iterable[int], reason: str, *, now: datetime
) -> int:
    """List vacant homes that are to be left off the roll, with the reason; posted for challenge (rule 2)."""
    consent_round = round_of(session, round_id)
    require(actor, Action.CHANGE_ROLL, Subject(consent_round.community_id))
    _refuse_certified_roll(session, consent_round)
    homes = session.scalars(
        select(Household).where(
            Household.id.in_(list(household_ids)), Household.community_id == consent_round.community_id
        )
    ).all()
    if not reason.strip() or any(home.occupancy is not Occupancy.VACANT for home in homes):
        raise BadInput(
            what=N_("没有列入空置名单。"),
            why=N_("只有户册里登记为空置的住房可以列入，并且要写明理由。"),
            next_step=N_("请先在户册中核对居住状况，再写明理由。"),
        )
    already = set(
        session.scalars(select(RollLeftOut.household_id).where(RollLeftOut.consent_round_id == round_id))
    )
    fresh = [home for home in homes if home.id not in already]
    session.add_all(
        RollLeftOut(
            community_id=consent_round.community_id,
            consent_round_id=round_id,
            household_id=home.id,
            reason=reason.strip(),
            posted_at=now,
            by_id=actor.account_id,
        )
        for home in fresh
    )
    journal.note(
        session,
        actor,
        consent_round.community_id,
        "homes_left_out",
        "consent_round",
        round_id,
        now=now,
        number=len(fresh),
    )
    session.flush()
    if fresh:
        until = now + timedelta(days=settings_of(consent_round).left_out_days)
        announce(session, actor, consent_round, NoticeKind.LEFT_OUT, now=now, until=until)
    return len(fresh)


def put_back(session: Session, actor: Actor, round_id: int, household_id: int, *, now: datetime) -> None:
    """Somebody lives there after all, or nobody is sure: the home counts again."""
    consent_round = round_of(session, round_id)
    require(actor, Action.CHANGE_ROLL, Subject(consent_round.community_id))
    _refuse_certified_roll(session, consent_round)
    home = session.get(Household, household_id)
    if home is None or home.community_id != consent_round.community_id:
        raise NotFound()
    listed = session.scalar(
        select(RollLeftOut).where(
            RollLeftOut.consent_round_id == round_id, RollLeftOut.household_id == household_id
        )
    )
    if listed is None:
        raise Stale(why=N_("这一户已经不在空置名单里。"))
    _take_off(session, actor, consent_round, [listed], now)


def put_back_found(session: Session, actor: Actor, community_id: int, *, now: datetime) -> None:
    """Homes that are no longer vacant, or no longer in the scope, leave the lists of rolls not yet certified.

    Asked after every change of the roll: a home that is called vacant again later must be posted again.
    """
    consent_rounds = session.scalars(
        select(ConsentRound)
        .where(
            ConsentRound.community_id == community_id,
            ConsentRound.status == RoundStatus.PREPARED,
            ConsentRound.id.in_(select(RollLeftOut.consent_round_id)),
        )
        .order_by(ConsentRound.id)
        .with_for_update()
    ).all()
    for consent_round in consent_rounds:
        put_back_found_in(session, actor, consent_round, now=now)


def put_back_found_in(session: Session, actor: Actor, consent_round: ConsentRound, *, now: datetime) -> None:
    """The same for one round, which is locked already."""
    if _certified(session, consent_round):
        return
    vacant = select(Household.id).where(
        in_scope(consent_round.community_id, consent_round.scope), Household.occupancy == Occupancy.VACANT
    )
    found = session.scalars(
        select(RollLeftOut).where(
            RollLeftOut.consent_round_id == consent_round.id, RollLeftOut.household_id.not_in(vacant)
        )
    ).all()
    if found:
        _take_off(session, actor, consent_round, found, now)


def _take_off(
    session: Session,
    actor: Actor,
    consent_round: ConsentRound,
    listed: Sequence[RollLeftOut],
    now: datetime,
) -> None:
    ids = [one.household_id for one in listed]
    for one in listed:
        session.delete(one)
    journal.note(
        session,
        actor,
        consent_round.community_id,
        "homes_put_back",
        "consent_round",
        consent_round.id,
        now=now,
        number=len(ids),
        household_ids=ids,
    )
    session.flush()


def refuse_unposted(session: Session, consent_round: ConsentRound, now: datetime) -> None:
    """The list is posted some days for challenge, counted from the boards, before anybody certifies without them."""
    until = postings.left_out_shown_until(session, consent_round.id)
    if until is not None and now < until:
        raise RoundNotReady(
            what=N_("没有核定名册。"),
            why=N_("空置户名单要先张贴%(days)s天，接受邻居核对。"),
            next_step=N_("请等张贴期满后再核定。"),
            days=settings_of(consent_round).left_out_days,
        )


def _refuse_certified_roll(session: Session, consent_round: ConsentRound) -> None:
    """Once somebody has certified the roll of a round, it is as it is."""
    if consent_round.status is not RoundStatus.PREPARED or _certified(session, consent_round):
        raise RoundNotReady(
            what=N_("名册没有改动。"),
            why=N_("名册核定以后就不能再改。"),
            next_step=N_("确实有误时，请主持人取消这次准备，重新来过。"),
        )


def _certified(session: Session, consent_round: ConsentRound) -> bool:
    of_round = select(RollCertificate.id).where(RollCertificate.consent_round_id == consent_round.id)
    return session.scalars(of_round.limit(1)).first() is not None
