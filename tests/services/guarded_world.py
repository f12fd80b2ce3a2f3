"""One store with a round at every point of its path, written through the application's own connection.

That it can be built at all shows that the guards let every lawful deed through.
"""

import json
from dataclasses import dataclass, field

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.lifecycle import Stage
from deliberate.domain.objection import Finding
from deliberate.domain.permissions import Role
from deliberate.domain.round import SheetRole
from deliberate.domain.rules import CC278_ORD, RC80, Outcome
from deliberate.domain.sync import Reason, Verdict
from deliberate.migrate import upgrade
from deliberate.models import (
    Evaluation,
    Execution,
    JournalEntry,
    Letter,
    RoundExtension,
    SettingsVersion,
    TabletRecord,
)
from tests import make_guarded as make
from tests.make_guarded import Place, Round, after

A, B = Answer.AGREE, Answer.DISAGREE
BOTH = (SheetRole.MODERATOR, SheetRole.SCRUTINEER)


@dataclass
class World:
    """What the attacks call things, and the row that each name stands for."""

    names: dict[str, int | str] = field(default_factory=dict)

    def call(self, name: str, row: object) -> None:
        self.names[name] = row.id  # type: ignore[attr-defined]

    def round(self, name: str, made: Round) -> Round:
        """`name` the round, `name_matter`, `name_plan`, `name_e1` … its entries, its hashes."""
        self.call(name, made.row)
        self.call(f"{name}_matter", made.matter)
        self.names[f"{name}_plan"] = made.row.plan_version_id
        self.names[f"{name}_text"] = made.row.plan_sha256
        self.names[f"{name}_roll"] = made.row.roll_sha256 or ""
        for n, entry in enumerate(made.entries, 1):
            self.call(f"{name}_e{n}", entry)
        for kind, duty in made.duties.items():
            self.call(f"{name}_{kind.value}_duty", duty)
        return made


def build(url: str) -> dict[str, int | str]:
    """Migrate the empty store and fill it; the names of its rows."""
    upgrade(url)
    database = Database(url)
    world = World()
    with database.transaction() as tx:
        at = make.place(tx.session)
        _people(world, at)
        _preparing(world, at)
        _running(world, at)
        _closed(world, at)
        _decided(world, at)
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint")
    database.dispose()
    return world.names


def _rules(num: float, den: int) -> str:
    test = {"kind": "approval", "measure": "agree", "weight": "one", "base": "all", "op": ">="}
    tests = [{**test, "num": num, "den": den}]
    return json.dumps([{"id": "RC80", "unit": "household", "basis": "", "tests": tests}])


def _people(world: World, at: Place) -> None:
    world.names.update(half_rules=_rules(1, 2), part_rules=_rules(4.1, 5), high_rules=_rules(9, 10))
    world.call("community", at.community)
    for job in ("moderator", "scrutineer", "canvasser", "registrar"):
        world.call(job, getattr(at.staff, job))
    for n, (home, resident) in enumerate(zip(at.homes, at.residents, strict=True), 1):
        world.call(f"home{n}", home)
        world.call(f"resident{n}", resident)
    world.names["building"] = at.homes[0].building_id
    letter = Letter(
        community_id=at.community.id, household_id=at.homes[4].id, code_hash="c" * 64, issued_at=after(-5)
    )
    entry = JournalEntry(
        community_id=at.community.id, at=after(0), what="tried", subject="store", subject_id=1, data={}
    )
    settings = SettingsVersion(community_id=at.community.id, n=1, values={}, changed_at=after(-50))
    at.session.add_all([letter, entry, settings])
    at.session.flush()
    world.call("letter", letter)
    world.call("journal", entry)
    for n, verdict in enumerate((Verdict.ACCEPTED, Verdict.QUARANTINED)):
        record = _delivered(at, n, verdict)
        at.session.add(record)
        at.session.flush()
        world.call(verdict.value, record)


def _delivered(at: Place, n: int, verdict: Verdict) -> TabletRecord:
    """What a tablet delivered, as the inbox keeps it."""
    return TabletRecord(
        community_id=at.community.id,
        record_id=f"{n:036d}",
        device_uuid="0" * 36,
        seq=n,
        sha256=f"{n:064d}",
        payload=b"{}",
        via="sync",
        received_at=after(0),
        sending={},
        verdict=verdict,
        reason=Reason.UNKNOWN_DEVICE if verdict is Verdict.QUARANTINED else None,
        judged_at=after(0),
    )


def _preparing(world: World, at: Place) -> None:
    world.round("blank", make.prepared(at, 1))
    world.round("drawn", make.drawn(at, make.prepared(at, 2)))
    world.round("half", make.certified(at, make.drawn(at, make.prepared(at, 3)), Role.REGISTRAR))
    world.round("ready", make.certified(at, make.drawn(at, make.prepared(at, 4))))


def _running(world: World, at: Place) -> None:
    going = make.open_round(at, 11)
    world.call("said", make.says(at, going, 1, A))
    world.call("paper", make.says(at, going, 2, B, serial="000001"))
    make.says(at, going, 3, A, serial="000002")
    world.call("other_side", make.says(at, going, 3, B, day=2))
    first = make.says(at, going, 4, A)
    world.call("superseded", first)
    world.call("changed", make.says(at, going, 4, B, supersedes=[first], day=2))
    world.call("also", make.says(at, going, 5, A))
    extension = RoundExtension(
        community_id=at.community.id,
        consent_round_id=going.row.id,
        old_until=make.ANSWER,
        new_until=after(20),
        reason="还有住户没走到",
        at=after(10),
        by_id=at.staff.moderator.id,
    )
    at.session.add(extension)
    at.session.flush()
    world.round("open", going)
    world.call("extension", extension)

    count = world.round("counting", make.open_round(at, 12))
    make.says(at, count, 1, A)
    world.call("one_side", make.says(at, count, 2, A, serial="000003"))
    world.call("two_side", make.says(at, count, 2, B))
    make.counting(at, count)

    full = world.round("full", make.open_round(at, 13))
    make.counting(at, make.agreed(at, full, 9, 1))


def _closed(world: World, at: Place) -> None:
    failed = world.round("failed", make.closed(at, make.agreed(at, make.open_round(at, 21), 7)))
    world.call("failed_sheet", make.sheet(at, failed, *BOTH))

    unsigned = world.round("unsigned", make.closed(at, make.agreed(at, make.open_round(at, 22), 8)))
    world.call("unsigned_sheet", make.sheet(at, unsigned, SheetRole.MODERATOR))

    passed = world.round("passed", make.closed(at, make.agreed(at, make.open_round(at, 23), 8)))
    world.call("passed_sheet", make.sheet(at, passed, *BOTH))

    amended = world.round("amended", make.closed(at, make.agreed(at, make.open_round(at, 24), 8)))
    world.call("first_sheet", make.sheet(at, amended, *BOTH))
    world.call("second_sheet", make.sheet(at, amended, n=2))

    objected = make.open_round(at, 25)
    told = [make.says(at, objected, n, A) for n in range(1, 10)]
    one = make.says(at, objected, 10, A, serial="000004")
    make.says(at, objected, 10, B)
    world.round("objected", make.closed(at, objected))
    world.call("forged", told[0])
    world.call("innocent", told[1])
    world.call("disputed", one)
    world.call("upheld", make.objection(at, objected, 1, told[0], Finding.UPHELD))
    world.call("dismissed", make.objection(at, objected, 2, None, Finding.NOT_UPHELD))
    world.call("upheld_of_two", make.objection(at, objected, 10, one, Finding.UPHELD))
    world.call("pending", make.objection(at, objected, 3, None, None))
    world.call("objected_sheet", make.sheet(at, objected, *BOTH))


def _decided(world: World, at: Place) -> None:
    adopted = world.round("adopted", make.closed(at, make.agreed(at, make.open_round(at, 31), 8, 1)))
    adopted_sheet = make.sheet(at, adopted, *BOTH)
    world.call("adopted_sheet", adopted_sheet)
    world.call("adopted_outcome", make.outcome(at, adopted, adopted_sheet, Outcome.ADOPTED))

    rejected = world.round("rejected", make.closed(at, make.agreed(at, make.open_round(at, 32), 7, 3)))
    world.call(
        "rejected_outcome", make.outcome(at, rejected, make.sheet(at, rejected, *BOTH), Outcome.REJECTED)
    )

    owners = make.agreed(at, make.open_round(at, 33, (RC80, CC278_ORD)), 8)
    world.round("owners", make.closed(at, owners))
    world.call("owners_sheet", make.sheet(at, owners, *BOTH))

    done = world.round("done", make.closed(at, make.agreed(at, make.open_round(at, 34), 10)))
    make.outcome(at, done, make.sheet(at, done, *BOTH), Outcome.ADOPTED)
    done.matter.stage = Stage.EXECUTING
    execution = Execution(
        community_id=at.community.id,
        proposal_id=done.matter.id,
        consent_round_id=done.row.id,
        started_at=after(28),
        started_by_id=at.staff.moderator.id,
    )
    at.session.add(execution)
    at.session.flush()
    world.call("execution", execution)
    rating = Evaluation(
        community_id=at.community.id,
        proposal_id=done.matter.id,
        household_id=at.homes[0].id,
        rating="satisfied",
        at=after(90),
    )
    at.session.add(rating)
    at.session.flush()
