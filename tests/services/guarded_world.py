"""One store with a round at every point of its path, written through the application's own connection.

That it can be built at all shows that the guards let every lawful deed through.
"""

import json
from dataclasses import dataclass, field

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.ledger.head import AnchorWay, HeadReason
from deliberate.domain.lifecycle import Stage
from deliberate.domain.objection import Finding
from deliberate.domain.permissions import Role
from deliberate.domain.round import SheetRole
from deliberate.domain.rules import CC278_ORD, RC80, Outcome
from deliberate.domain.spot_check import CheckKind, CheckResult, FormShows, Said
from deliberate.domain.sync import Reason, Verdict
from deliberate.models import (
    Anchor,
    Evaluation,
    Execution,
    HeadSignature,
    JournalEntry,
    LedgerHead,
    LedgerNode,
    Letter,
    RoundExtension,
    SettingsVersion,
    SpotSample,
    TabletRecord,
)
from deliberate.services import ledger, ledger_batches
from tests import make_guarded as make
from tests import make_guarded_answers as then
from tests import make_guarded_checks as checks
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
    """Fill the empty store; the names of its rows."""
    database = Database(url)
    world = World()
    with database.transaction() as tx:
        at = make.place(tx.session)
        _people(world, at)
        _preparing(world, at)
        _running(world, at)
        _closed(world, at)
        _decided(world, at)
        _spot_checked(world, at)
        _proved(world, at)
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint")
    database.dispose()
    return world.names


def _proved(world: World, at: Place) -> None:
    """A tree with a head, signed and anchored, and one more leaf that waits."""
    made = ledger.append(
        at.session,
        at.community.id,
        "check",
        {"step": "plan", "data": "{}"},
        now=after(1),
        round_id=int(world.names["open"]),
    )
    world.call("leaf", made)
    placed = ledger_batches.place(at.session, at.community.id, now=after(2))
    assert placed is not None
    at.session.add(LedgerNode(community_id=at.community.id, level=8, n=0, hash="a" * 64))
    head = LedgerHead(
        community_id=at.community.id,
        size=placed.size,
        root="a" * 64,
        why=HeadReason.BATCH,
        body="a head",
        at=after(2),
    )
    at.session.add(head)
    at.session.flush()
    world.call("head", head)
    signed = {"community_id": at.community.id, "head_id": head.id, "at": after(2)}
    at.session.add(HeadSignature(name="log", line="— log AAAA", **signed))
    at.session.add(Anchor(way=AnchorWay.MAIL, **signed))
    at.session.flush()


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
    world.call("said", then.says(at, going, 1, A))
    world.call("paper", then.says(at, going, 2, B, serial="000001"))
    then.says(at, going, 3, A, serial="000002")
    world.call("other_side", then.says(at, going, 3, B, day=2))
    first = then.says(at, going, 4, A)
    world.call("superseded", first)
    world.call("changed", then.says(at, going, 4, B, supersedes=[first], day=2))
    world.call("also", then.says(at, going, 5, A))
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
    then.says(at, count, 1, A)
    world.call("one_side", then.says(at, count, 2, A, serial="000003"))
    world.call("two_side", then.says(at, count, 2, B))
    then.counting(at, count)

    full = world.round("full", make.open_round(at, 13))
    then.counting(at, then.agreed(at, full, 9, 1))


def _closed(world: World, at: Place) -> None:
    failed = world.round("failed", then.closed(at, then.agreed(at, make.open_round(at, 21), 7)))
    failed_sheet = then.sheet(at, failed, *BOTH)
    checks.rechecked(at, failed, failed_sheet)
    world.call("failed_sheet", failed_sheet)

    unsigned = world.round("unsigned", then.closed(at, then.agreed(at, make.open_round(at, 22), 8)))
    world.call("unsigned_sheet", then.sheet(at, unsigned, SheetRole.MODERATOR))

    passed = world.round("passed", then.closed(at, then.agreed(at, make.open_round(at, 23), 8)))
    passed_sheet = then.sheet(at, passed, *BOTH)
    checks.rechecked(at, passed, passed_sheet)
    world.call("passed_sheet", passed_sheet)

    amended = world.round("amended", then.closed(at, then.agreed(at, make.open_round(at, 24), 8)))
    first_sheet = then.sheet(at, amended, *BOTH)
    world.names["amended_check"] = checks.rechecked(at, amended, first_sheet).spot_check_id
    world.call("first_sheet", first_sheet)
    world.call("second_sheet", then.sheet(at, amended, n=2))

    objected = make.open_round(at, 25)
    told = [then.says(at, objected, n, A) for n in range(1, 10)]
    one = then.says(at, objected, 10, A, serial="000004")
    then.says(at, objected, 10, B)
    world.round("objected", then.closed(at, objected))
    world.call("forged", told[0])
    world.call("innocent", told[1])
    world.call("disputed", one)
    world.call("upheld", then.objection(at, objected, 1, told[0], Finding.UPHELD))
    world.call("dismissed", then.objection(at, objected, 2, None, Finding.NOT_UPHELD))
    world.call("upheld_of_two", then.objection(at, objected, 10, one, Finding.UPHELD))
    world.call("pending", then.objection(at, objected, 3, None, None))
    objected_sheet = then.sheet(at, objected, *BOTH)
    check = checks.spot_check(at, objected, objected_sheet, CheckKind.FULL)
    checks.recheck(at, objected, check)
    checks.form_checked(at, objected, one, FormShows.AGREE)
    checks.verdict(at, objected, check, objected_sheet, CheckResult.RECHECKED)
    world.call("objected_sheet", objected_sheet)


def _decided(world: World, at: Place) -> None:
    adopted = world.round("adopted", then.closed(at, then.agreed(at, make.open_round(at, 31), 8, 1)))
    adopted_sheet = then.sheet(at, adopted, *BOTH)
    checks.rechecked(at, adopted, adopted_sheet)
    world.call("adopted_sheet", adopted_sheet)
    world.call("adopted_outcome", then.outcome(at, adopted, adopted_sheet, Outcome.ADOPTED))

    rejected = world.round("rejected", then.closed(at, then.agreed(at, make.open_round(at, 32), 7, 3)))
    rejected_sheet = then.sheet(at, rejected, *BOTH)
    checks.rechecked(at, rejected, rejected_sheet)
    world.call("rejected_outcome", then.outcome(at, rejected, rejected_sheet, Outcome.REJECTED))

    once = then.agreed(at, make.open_round(at, 36), 7)
    on_paper = then.says(at, once, 10, A, serial="000036")
    then.says(at, once, 10, B, supersedes=[on_paper], day=2)
    once_sheet = then.sheet(at, then.closed(at, once), *BOTH)
    checks.rechecked(at, once, once_sheet)
    then.outcome(at, once, once_sheet, Outcome.REJECTED)
    world.round("again", make.asked_again(at, once))

    owners = then.agreed(at, make.open_round(at, 33, (RC80, CC278_ORD)), 8)
    world.round("owners", then.closed(at, owners))
    owners_sheet = then.sheet(at, owners, *BOTH)
    checks.rechecked(at, owners, owners_sheet)
    world.call("owners_sheet", owners_sheet)

    done = world.round("done", then.closed(at, then.agreed(at, make.open_round(at, 34), 10)))
    done_sheet = then.sheet(at, done, *BOTH)
    checks.rechecked(at, done, done_sheet)
    then.outcome(at, done, done_sheet, Outcome.ADOPTED)
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


def _spot_checked(world: World, at: Place) -> None:
    """`sampled`: 8 of 10, drawn, half asked; `confirmed`: all asked; `stacked`: three forms in a full recheck."""
    sampled = world.round("sampled", then.closed(at, then.agreed(at, make.open_round(at, 41), 8, 1)))
    sheet = then.sheet(at, sampled, *BOTH)
    world.call("sampled_sheet", sheet)
    check = checks.spot_check(at, sampled, sheet, CheckKind.CONSENTS, sample=3)
    world.call("sampled_check", check)
    for n, sample in enumerate(checks.draw(at, sampled, check, 1, 2, 3), 1):
        world.call(f"sample{n}", sample)
    for sample_id, said in ((1, Said.AGREE), (2, None)):
        checks.revisited(at, at.session.get_one(SpotSample, world.names[f"sample{sample_id}"]), said)

    right = world.round("confirmed", then.closed(at, then.agreed(at, make.open_round(at, 42), 8)))
    sheet = then.sheet(at, right, *BOTH)
    world.call("confirmed_sheet", sheet)
    check = checks.spot_check(at, right, sheet, CheckKind.CONSENTS, sample=2)
    for sample in checks.draw(at, right, check, 1, 2):
        checks.revisited(at, sample, Said.AGREE)
    checks.verdict(at, right, check, sheet, CheckResult.CONFIRMED)
    world.call("confirmed_check", check)
    world.call("confirmed_outcome", then.outcome(at, right, sheet, Outcome.ADOPTED))

    stacked = make.open_round(at, 43)
    papers = [then.says(at, stacked, n, A, serial=f"00010{n}") for n in range(1, 4)]
    for n in range(4, 10):
        then.says(at, stacked, n, A)
    world.round("stacked", then.closed(at, stacked))
    for n, record in enumerate(papers, 1):
        world.call(f"form{n}", record)
    sheet = then.sheet(at, stacked, *BOTH)
    world.call("stacked_sheet", sheet)
    check = checks.spot_check(at, stacked, sheet, CheckKind.FULL)
    world.call("stacked_check", check)
    checks.recheck(at, stacked, check)
    checks.form_checked(at, stacked, papers[0], FormShows.DISAGREE)
    checks.form_checked(at, stacked, papers[1], FormShows.MISSING)

    planned = world.round("planned", then.closed(at, then.agreed(at, make.open_round(at, 44), 8)))
    sheet = then.sheet(at, planned, *BOTH)
    world.call("planned_sheet", sheet)
    world.call("planned_check", checks.spot_check(at, planned, sheet, CheckKind.CONSENTS, sample=3))
    bare = world.round("unchecked", then.closed(at, then.agreed(at, make.open_round(at, 45), 8)))
    world.call("unchecked_sheet", then.sheet(at, bare, *BOTH))
