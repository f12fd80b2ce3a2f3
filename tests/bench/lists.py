"""What is measured of long lists: matters, remarks, and the roll that an office imports."""

import gc
import time
from pathlib import Path
from urllib.request import urlopen

from deliberate.db import Database
from deliberate.domain.discussion import Stance
from deliberate.domain.permissions import Role
from deliberate.migrate import upgrade
from deliberate.models import Account, Comment, Community, DiscussionRound
from deliberate.services import rolls
from tests import make, make_round

from .closings import highest
from .lines import AT_ONCE, Line, Plan
from .load import Request
from .rows import again
from .server import served
from .worlds import Stores, World

MATTERS, REMARKS = 100, 200
ROLL = Path(__file__).parent.parent / "data" / "roll-4813.xlsx"


def pages_of_lists(stores: Stores, plan: Plan) -> list[Line]:
    """A list of 100 matters and a discussion of 200 remarks; `tests/web/test_costs.py` counts their questions."""
    matters = Line(f"the list of {MATTERS} matters: p50 at {AT_ONCE} at once", "ms", target="≤ 30 ms")
    remarks = Line(f"a discussion of {REMARKS} remarks: p50 at {AT_ONCE} at once", "ms", target="≤ 30 ms")
    with stores.world(500) as world:
        fill(world)
        with served("wsgi:app", world.env, world.round_page) as at:
            discussion = f"{world.home}/matters/1"
            said = urlopen(at.base + discussion).read().decode()
            if said.count("这样修") < REMARKS:
                raise AssertionError("the page does not show every remark")
            for _ in range(plan.times):
                matters.ours.append(again(at.base, Request("GET", f"{world.home}/"), plan).p50)
                remarks.ours.append(again(at.base, Request("GET", discussion), plan).p50)
    for line in (matters, remarks):
        line.met = line.median <= 30
    return [matters, remarks]


def fill(world: World) -> None:
    """So many matters, and remarks on the first."""
    with world.database.transaction() as tx:
        session, moderator = tx.session, tx.session.get_one(Account, world.town.moderator_id)
        first = session.query(DiscussionRound).filter_by(community_id=world.town.community_id).one()
        community = session.get_one(Community, world.town.community_id)
        for n in range(2, MATTERS + 1):
            make_round.fixed_plan(session, community, moderator, now=tx.now, number=n)
        session.add_all(
            Comment(
                community_id=world.town.community_id,
                proposal_id=first.proposal_id,
                discussion_round_id=first.id,
                stance=Stance.FOR,
                body=f"同意这样修，第{n}条",
                author_id=moderator.id,
                at=tx.now,
            )
            for n in range(REMARKS)
        )


def importing(stores: Stores, plan: Plan) -> list[Line]:
    """A workbook becomes the roll: the office's own, or one as large that a town's roll was exported to."""
    lines = []
    for homes, most in zip(plan.imports, (2, 40), strict=False):
        line = Line(f"import of {homes:,} homes", "s", target=f"≤ {most} s", notes=str(homes))
        memory = Line("… more memory", "MB")
        data = ROLL.read_bytes() if homes == 4_813 else exported(stores, homes)
        for _ in range(plan.times):
            with stores.empty() as url:
                spent, more = load(url, data, homes)
            line.ours.append(spent)
            memory.ours.append(more)
        line.met = line.median <= most
        lines += [line, memory]
    return lines


def exported(stores: Stores, homes: int) -> bytes:
    """The roll of a town as the office would have it."""
    with stores.world(homes) as world, world.database.transaction() as tx:
        moderator = make.actor(tx.session, tx.session.get_one(Account, world.town.moderator_id))
        return rolls.export(tx.session, moderator, world.town.community_id)


def load(url: str, data: bytes, homes: int) -> tuple[float, float]:
    """Seconds until the roll is in an empty store, preview and all; megabytes that it took meanwhile."""
    upgrade(url)
    database = Database(url)
    with database.transaction() as tx:
        community = make.community(tx.session)
        office = make.actor(tx.session, make.staff(tx.session, community, Role.REGISTRAR))
    gc.collect()
    before, began = highest(forget=True), time.perf_counter()
    with database.roll_transaction() as tx:
        made, _ = rolls.import_roll(tx.session, office, community.id, data, file_name="roll", now=tx.now)
        if made.added != homes:
            raise AssertionError(f"{made.added} of {homes} homes were imported")
    spent = time.perf_counter() - began
    database.dispose()
    return spent, highest() - before
