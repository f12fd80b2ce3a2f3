"""The roll of one round: vacant homes left off with reasons, then drawn up, certified by two, frozen."""

import secrets as randomness
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.errors import N_, BadInput
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Actor, Role, Subject, require
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import Building, ConsentRound, Household, RollCertificate, RollEntry, RollLeftOut
from deliberate.models.round import new_secret
from deliberate.queries import roll_leaves
from deliberate.queries.scope import in_scope

from . import building_counts, journal, ledger_events
from .round_notices import announce
from .rounds import RoundNotReady, round_of, rules_of, settings_of


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


def homes_on_roll(session: Session, consent_round: ConsentRound) -> Sequence[Household]:
    """The homes that the roll has, or will have when it is drawn up now, in walking order."""
    left_out = select(RollLeftOut.household_id).where(RollLeftOut.consent_round_id == consent_round.id)
    return session.scalars(
        select(Household)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(in_scope(consent_round.community_id, consent_round.scope), Household.id.not_in(left_out))
        .order_by(Household.building_id, Household.walk)
    ).all()


def certify(session: Session, actor: Actor, round_id: int, role: Role, *, now: datetime) -> RollCertificate:
    """A registrar draws the roll up and certifies it; a scrutineer, another person, certifies the same."""
    consent_round = round_of(session, round_id)
    action = Action.CERTIFY_AS_REGISTRAR if role is Role.REGISTRAR else Action.CERTIFY_AS_SCRUTINEER
    require(actor, action, Subject(consent_round.community_id))
    if consent_round.status is not RoundStatus.PREPARED:
        raise RoundNotReady(
            what=N_("没有核定名册。"),
            why=N_("这一轮已经开始，名册不能再变。"),
            next_step=N_("请刷新页面查看进行到哪一步。"),
        )
    earlier = session.scalars(
        select(RollCertificate).where(RollCertificate.consent_round_id == round_id)
    ).all()
    _refuse_out_of_turn(actor, role, earlier)
    if role is Role.REGISTRAR:
        _refuse_unposted(session, consent_round, now)
        _draw_up(session, consent_round)
    certificate = RollCertificate(
        community_id=consent_round.community_id,
        consent_round_id=round_id,
        role=role,
        account_id=actor.account_id,
        roll_sha256=consent_round.roll_sha256 or "",
        roll_size=consent_round.roll_size,
        at=now,
    )
    session.add(certificate)
    session.flush()
    ledger_events.roll_certified(session, consent_round, certificate)
    journal.note(
        session,
        actor,
        consent_round.community_id,
        f"roll_certified_{role}",
        "consent_round",
        round_id,
        now=now,
        roll_sha256=certificate.roll_sha256,
        size=certificate.roll_size,
    )
    return certificate


def _refuse_out_of_turn(actor: Actor, role: Role, earlier: Sequence[RollCertificate]) -> None:
    roles = {certificate.role for certificate in earlier}
    if role in roles:
        raise RoundNotReady(
            what=N_("没有重复核定。"), why=N_("这一职责已经有人核定过了。"), next_step=N_("请刷新页面查看。")
        )
    if actor.account_id in {certificate.account_id for certificate in earlier}:
        raise RoundNotReady(
            what=N_("没有核定名册。"),
            why=N_("户册管理员和监票人必须是两个人。"),
            next_step=N_("请另一位监票人来核定。"),
        )
    if role is Role.SCRUTINEER and Role.REGISTRAR not in roles:
        raise RoundNotReady(
            what=N_("没有核定名册。"),
            why=N_("户册管理员还没有拟定名册。"),
            next_step=N_("请先请户册管理员核定。"),
        )


def _refuse_unposted(session: Session, consent_round: ConsentRound, now: datetime) -> None:
    """A list of vacant homes is posted some days for challenge before anybody certifies without them."""
    last = session.scalars(
        select(RollLeftOut.posted_at)
        .where(RollLeftOut.consent_round_id == consent_round.id)
        .order_by(RollLeftOut.posted_at.desc())
    ).first()
    days = settings_of(consent_round).left_out_days
    if last is not None and now < last + timedelta(days=days):
        raise RoundNotReady(
            what=N_("没有核定名册。"),
            why=N_("空置户名单要先张贴%(days)s天，接受邻居核对。"),
            next_step=N_("请等张贴期满后再核定。"),
            days=days,
        )


def _refuse_certified_roll(session: Session, consent_round: ConsentRound) -> None:
    """Once somebody has certified the roll of a round, it is as it is."""
    certified = session.scalars(
        select(RollCertificate.id).where(RollCertificate.consent_round_id == consent_round.id)
    ).first()
    if consent_round.status is not RoundStatus.PREPARED or certified is not None:
        raise RoundNotReady(
            what=N_("名册没有改动。"),
            why=N_("名册核定以后就不能再改。"),
            next_step=N_("确实有误时，请主持人取消这次准备，重新来过。"),
        )


def _draw_up(session: Session, consent_round: ConsentRound) -> None:
    """Write the entries of every electorate that the rules ask, and the Merkle root over all of them."""
    homes = homes_on_roll(session, consent_round)
    rows = [_household_row(consent_round, home) for home in homes]
    if any(rule.unit is Electorate.OWNER for rule in rules_of(consent_round)):
        rows += _owner_rows(consent_round, homes)
    if not homes:
        raise RoundNotReady(
            what=N_("没有核定名册。"),
            why=N_("这个范围里没有住户。"),
            next_step=N_("请检查议题的范围和户册。"),
        )
    session.execute(insert(RollEntry), rows)
    building_counts.lay_out(session, consent_round, rows)
    consent_round.roll_size = len(homes)
    consent_round.roll_sha256 = roll_leaves.root_of(roll_leaves.leaves(session, consent_round.id))
    session.flush()


def _household_row(consent_round: ConsentRound, home: Household) -> dict[str, object]:
    return {
        "community_id": consent_round.community_id,
        "consent_round_id": consent_round.id,
        "electorate": Electorate.HOUSEHOLD,
        "household_id": home.id,
        "owner_id": None,
        "building_id": home.building_id,
        "area": home.area or 0,
        "homes": 1,
        "slot": new_slot(),
        "home": address(home),
        "secret": new_secret(),
    }


def address(home: Household) -> str:
    """The dwelling as its neighbours call it: estate, building, unit, room."""
    parts = (home.building.estate.name, home.building.name, home.unit, home.room)
    return "-".join(part for part in parts if part)


def _owner_rows(consent_round: ConsentRound, homes: Sequence[Household]) -> list[dict[str, object]]:
    """One head per owner: co-owners together, several homes of one owner with their areas added.

    Civil Code art. 278 and the Supreme People's Court's interpretation, art. 9.
    """
    without_area = [home for home in homes if not home.area]
    if without_area:
        raise RoundNotReady(
            what=N_("没有核定名册。"),
            why=N_("业主表决要按专有面积计算，还有%(number)s户没有登记面积。"),
            next_step=N_("请先在户册中补齐面积。"),
            number=len(without_area),
        )
    groups: dict[tuple[str, int], list[Household]] = defaultdict(list)
    for home in homes:
        groups["owner" if home.owner_id else "home", home.owner_id or home.id].append(home)
    return [
        {
            **_household_row(consent_round, group[0]),
            "electorate": Electorate.OWNER,
            "owner_id": group[0].owner_id,
            "area": sum(home.area or 0 for home in group),
            "homes": len(group),
        }
        for group in groups.values()
    ]


def new_slot() -> str:
    """A place on the roll, random within the round and never derived from the room."""
    return randomness.token_hex(16)
