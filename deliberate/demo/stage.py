"""The stage on which the demo plays: a store with a clock that is set by hand, and its people."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.db import Database, Transaction
from deliberate.domain.permissions import Actor, Role
from deliberate.models import Account, Community, Household, Membership, RoleGrant
from deliberate.queries import people
from deliberate.services import accounts

PASSWORD = "changlang-2026"  # noqa: S105 - of made-up people, on the machine of whoever tries the demo
STAFF: tuple[tuple[str, str, Role], ...] = (
    ("zhuchi", "演示主持·阿依努尔", Role.MODERATOR),
    ("zhuchi2", "演示主持·周敏", Role.MODERATOR),
    ("ruhu", "演示入户·张建国", Role.CANVASSER),
    ("ruhu2", "演示入户·阿依古丽·黑力力", Role.CANVASSER),
    ("jianpiao", "演示监票·李秀兰", Role.SCRUTINEER),
    ("huce", "演示户册·王芳", Role.REGISTRAR),
    ("guancha", "演示观察·陈晨", Role.OBSERVER),
)
RESIDENTS = 9


@dataclass
class Stage:
    """The store, the moment of the demo, and everybody on it."""

    database: Database
    code_key: bytes
    instance_dir: Path
    today: datetime
    community_id: int = 0
    by_name: dict[str, int] = field(default_factory=dict)
    homes: dict[str, int] = field(default_factory=dict)
    chance: Random = field(default_factory=lambda: Random(20261122))  # noqa: S311 - a demo that repeats itself

    @contextmanager
    def at(self, days: float) -> Iterator[Transaction]:
        """A transaction so many days from today (negative: ago)."""
        clock = self.database.clock
        self.database.clock = lambda: self.today + timedelta(days=days)
        try:
            with self.database.transaction() as tx:
                yield tx
        finally:
            self.database.clock = clock

    def actor(self, session: Session, name: str) -> Actor:
        """Somebody of the demo, as a request would find them."""
        return people.actor(session, account_id=self.by_name[name])


def set_up(stage: Stage) -> None:
    """The community and its staff."""
    with stage.at(-95) as tx:
        community = Community(
            slug="zhonghuaxiang", name="中华巷社区（演示）", telephone="0991-000 0000", created_at=tx.now
        )
        tx.session.add(community)
        tx.session.flush()
        stage.community_id = community.id
        first: Account | None = None
        for name, shown, role in STAFF:
            made = _account(tx, name, shown, first)
            first = first or made
            stage.by_name[name] = made.id
            grant = RoleGrant(community_id=community.id, account_id=made.id, role=role, granted_at=tx.now)
            tx.session.add(grant)


def _account(tx: Transaction, name: str, shown: str, like: Account | None) -> Account:
    """An account; all have one password, so it is hashed once."""
    if like is None:
        return accounts.create(tx.session, user_name=name, display_name=shown, password=PASSWORD, now=tx.now)
    made = Account(user_name=name, display_name=shown, password_hash=like.password_hash, created_at=tx.now)
    tx.session.add(made)
    tx.session.flush()
    return made


def settle_residents(stage: Stage) -> None:
    """A few residents with accounts, each in a home of the first estates."""
    with stage.at(-90) as tx:
        homes = tx.session.scalars(
            select(Household)
            .where(Household.community_id == stage.community_id)
            .order_by(Household.building_id, Household.walk)
            .limit(RESIDENTS * 7)
        ).all()[::7]
        like = tx.session.get_one(Account, stage.by_name["zhuchi"])
        for n, home in enumerate(homes, start=1):
            name = "jumin" if n == 1 else f"jumin{n}"
            made = _account(tx, name, f"演示住户{n}", like)
            stage.by_name[name], stage.homes[name] = made.id, home.id
            tx.session.add(
                Membership(
                    community_id=stage.community_id,
                    household_id=home.id,
                    account_id=made.id,
                    as_owner=True,
                    joined_at=tx.now,
                    helped_by_id=stage.by_name["huce"],
                )
            )
