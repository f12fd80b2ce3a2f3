"""The roll of one round: drawn up without the vacant homes on the posted list, certified by two, frozen."""

import secrets as randomness
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.errors import N_, Stale
from deliberate.domain.permissions import Action, Actor, Role, Subject, require
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import Building, ConsentRound, Household, RollCertificate, RollEntry, RollLeftOut
from deliberate.models.round import new_secret
from deliberate.queries import roll_leaves, roll_preview
from deliberate.queries.scope import in_scope

from . import building_counts, journal, ledger_events, left_out
from .rounds import RoundNotReady, round_of, rules_of


def homes_on_roll(session: Session, consent_round: ConsentRound) -> Sequence[Household]:
    """The homes that the roll has, or will have when it is drawn up now, in walking order."""
    listed = set(
        session.scalars(
            select(RollLeftOut.household_id).where(RollLeftOut.consent_round_id == consent_round.id)
        )
    )
    return [home for home in homes_in_scope(session, consent_round) if home.id not in listed]


def homes_in_scope(session: Session, consent_round: ConsentRound) -> Sequence[Household]:
    """Every home of the scope, in walking order: what the owners' roll is made of, empty homes or not."""
    return session.scalars(
        select(Household)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(in_scope(consent_round.community_id, consent_round.scope))
        .order_by(Household.building_id, Household.walk)
    ).all()


def certify(
    session: Session, actor: Actor, round_id: int, role: Role, *, seen: str | None = None, now: datetime
) -> RollCertificate:
    """A registrar draws the roll up and certifies it; a scrutineer, another person, certifies the same.

    `seen` is the `roll_preview.state` of the roll that the page showed.
    """
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
    unseen = seen is not None and seen != roll_preview.state(session, consent_round)
    if role is Role.REGISTRAR:
        left_out.put_back_found_in(session, actor, consent_round, now=now)
        left_out.refuse_unposted(session, consent_round, now)
    if unseen:
        raise Stale(
            what=N_("没有核定名册。"),
            why=N_("您打开页面以后，名册有了变动。"),
            next_step=N_("请把下面的户数和名单再核对一遍，然后签名。"),
        )
    if role is Role.REGISTRAR:
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


def _draw_up(session: Session, consent_round: ConsentRound) -> None:
    """Write the entries of every electorate that the rules ask, and the Merkle root over all of them."""
    homes = homes_on_roll(session, consent_round)
    rows = [_household_row(consent_round, home) for home in homes]
    if any(rule.unit is Electorate.OWNER for rule in rules_of(consent_round)):
        rows += _owner_rows(consent_round, homes_in_scope(session, consent_round))
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
    """One head per owner: co-owners together, several homes of one owner with their areas added, empty homes too.

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
