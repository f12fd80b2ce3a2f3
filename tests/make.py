"""Plain builders: each writes rows that a test can read like a sentence. Synthetic people only."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.permissions import Actor, Role
from deliberate.domain.proposal import Category, Draft
from deliberate.domain.roll_cells import Occupancy
from deliberate.models import (
    Account,
    Building,
    Community,
    Estate,
    Grid,
    Household,
    Letter,
    Membership,
    Proposal,
    RoleGrant,
)
from deliberate.queries import people
from deliberate.services import discussion, proposals, screening, seconds
from deliberate.services.discussion import Opening, Summary
from deliberate.services.plans import PlanText
from deliberate.services.secrets import keyed_hash

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A Monday, 10:00 in Beijing."""
CODE_KEY = hashlib.sha256(b"codes|a secret of the tests, long enough for it").digest()
"""The key of codes of the application in tests."""
_serial = count(1)


class Clock:
    """A clock that tests move by hand."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        """Let time pass: forward(days=7)."""
        self.at += timedelta(**by)
        return self.at


def community(session: Session, slug: str = "zhonghuaxiang", name: str = "中华巷社区") -> Community:
    """A community with a telephone."""
    made = Community(slug=slug, name=name, telephone="0991-000 0000", created_at=START)
    session.add(made)
    session.flush()
    return made


def account(session: Session, name: str = "", password_hash: str = "!") -> Account:
    """An account that nobody can sign in to."""
    n = next(_serial)
    made = Account(
        user_name=f"user{n}",
        display_name=name or f"测试住户{n}",
        password_hash=password_hash,
        created_at=START,
    )
    session.add(made)
    session.flush()
    return made


def staff(session: Session, community: Community, *roles: Role, name: str = "") -> Account:
    """An account with roles in the community."""
    made = account(session, name)
    for role in roles:
        session.add(RoleGrant(community_id=community.id, account_id=made.id, role=role, granted_at=START))
    session.flush()
    return made


def grant(session: Session, community: Community, account: Account, role: Role) -> None:
    """One more role."""
    session.add(RoleGrant(community_id=community.id, account_id=account.id, role=role, granted_at=START))
    session.flush()


def building(
    session: Session, community: Community, name: str = "1", grid: str = "1"
) -> tuple[Grid, Building]:
    """A building in a grid, in the estate without a name."""
    its_grid = session.scalar(select(Grid).where(Grid.community_id == community.id, Grid.name == grid))
    if its_grid is None:
        its_grid = Grid(community_id=community.id, name=grid)
        session.add(its_grid)
    estate = session.scalar(select(Estate).where(Estate.community_id == community.id, Estate.name == ""))
    if estate is None:
        estate = Estate(community_id=community.id, name="")
        session.add(estate)
    session.flush()
    its_building = session.scalar(
        select(Building).where(Building.estate_id == estate.id, Building.name == name)
    )
    if its_building is None:
        its_building = Building(community_id=community.id, estate_id=estate.id, name=name)
        session.add(its_building)
        session.flush()
    return its_grid, its_building


def households(
    session: Session, community: Community, number: int, building_name: str = "1", grid: str = "1"
) -> list[Household]:
    """So many homes of 80 m², four to a floor, in one building."""
    its_grid, its_building = building(session, community, building_name, grid)
    homes = [
        Household(
            community_id=community.id,
            grid_id=its_grid.id,
            building_id=its_building.id,
            unit="1",
            floor=n // 4 + 1,
            room=f"{n // 4 + 1}{n % 4 + 1:02d}",
            walk=f"{building_name:>04}-{n:05d}",
            head_name=f"测试户主{n + 1}",
            head_key=f"测试户主{n + 1}",
            area=8000,
            occupancy=Occupancy.SELF_OCCUPIED,
        )
        for n in range(number)
    ]
    session.add_all(homes)
    session.flush()
    return homes


def resident(session: Session, household: Household, *, as_owner: bool = False, name: str = "") -> Account:
    """An account that belongs to the household."""
    made = account(session, name)
    session.add(
        Membership(
            community_id=household.community_id,
            household_id=household.id,
            account_id=made.id,
            as_owner=as_owner,
            joined_at=START - timedelta(days=1),
        )
    )
    session.flush()
    return made


def actor(session: Session, account: Account) -> Actor:
    """The actor of an account, as a request would find it."""
    return people.actor(session, account_id=account.id)


def letter(
    session: Session, household: Household, code: str, *, delivered: bool = True, for_owner: bool = False
) -> Letter:
    """A letter with a known code, delivered unless said otherwise."""
    made = Letter(
        community_id=household.community_id,
        household_id=household.id,
        for_owner=for_owner,
        code_hash=keyed_hash(code, CODE_KEY),
        issued_at=START,
        delivered_at=START if delivered else None,
        delivered_to="测试签收人" if delivered else None,
    )
    session.add(made)
    session.flush()
    return made


def draft(title: str = "修好单元门", body: str = "门关不严，冬天漏风。", budget: int = 1_200_00) -> Draft:
    """The text of a matter for the whole community."""
    return Draft(title=title, body=body, category=Category.FACILITIES, budget=budget)


def seconded(session: Session, proposal: Proposal, homes: list[Household], *, now: datetime = START) -> None:
    """Each home seconds, by an account of its own."""
    for home in homes:
        seconds.second(session, actor(session, resident(session, home)), proposal.id, home.id, now=now)


def opening(question: str = "先修哪一栋？", *, now: datetime = START, days: int = 7) -> Opening:
    """A round of so many days."""
    return Opening(question, now + timedelta(days=days))


def plan_text(title: str = "修好单元门", **other: Any) -> PlanText:
    """A plan paid from the year's funds."""
    return PlanText(
        **{
            "title": title,
            "body": "更换38樘单元门。",
            "budget": 45_600_00,
            "funding": "惠民资金，住户不出钱",
            "schedule": "5月开工，45天",
            **other,
        }
    )


def accepted(session: Session, moderator: Actor, home: Household, others: list[Household]) -> Proposal:
    """A matter of the home, seconded by three others, accepted."""
    author = actor(session, resident(session, home))
    made = proposals.draft(session, author, home.community_id, draft(), household_id=home.id, now=START)
    proposals.submit(session, author, made.id, now=START)
    seconded(session, made, others)
    return screening.accept(session, moderator, made.id, now=START)


def summarised(session: Session, moderator: Actor, proposal: Proposal, *, now: datetime = START) -> None:
    """One round of discussion, opened and closed (before its deadline, on purpose)."""
    discussion.open_discussion(session, moderator, proposal.id, opening(now=now), now=now)
    summary = Summary("先修三栋。", "无", "按提案写方案。")
    discussion.close_round(session, moderator, proposal.id, summary, early=True, now=now)
