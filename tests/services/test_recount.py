"""The store recounts as the domain does: any records, any rules, on both stores."""

from random import Random

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain import rules as decision
from deliberate.domain.consent import Answer, Channel, Deed, Standing, standing
from deliberate.domain.tally import Tally, count
from deliberate.models import Consent, ConsentRound, RollEntry, Supersession
from deliberate.models.guards import install, recount, remove
from deliberate.queries import standings, tallies
from tests import make_guarded as make
from tests.records import ANSWERING

ROUNDS = 40


def a_test(chance: Random) -> decision.Test:
    den = chance.randint(1, 10)
    return decision.Test(
        chance.choice(list(decision.TestKind)),
        chance.choice(list(decision.Measure)),
        chance.choice(list(decision.WeightBy)),
        chance.choice(list(decision.Base)),
        chance.choice((">=", ">")),
        chance.randint(1, den),
        den,
    )


def some_rules(chance: Random) -> tuple[decision.Rule, ...]:
    tests = (a_test(chance), a_test(chance))
    own = decision.Rule("own", chance.choice(list(decision.Electorate)), tests, "")
    known = (decision.RC80, decision.CC278_ORD, decision.CC278_MAJ, own)
    return tuple(chance.sample(known, chance.randint(1, 3)))


def a_record(chance: Random, at: make.Place, entry: RollEntry, n: int, *, willing: bool) -> Consent:
    deed = Deed.ANSWER if willing else chance.choice(list(Deed))
    says = chance.choices(list(Answer), (40 if willing else 6, 2, 1))[0] if deed in ANSWERING else None
    if deed is Deed.SETTLEMENT and chance.random() < 0.3:
        says = None
    return Consent(
        community_id=at.community.id,
        consent_round_id=entry.consent_round_id,
        roll_entry_id=entry.id,
        plan_sha256="0" * 64,
        deed=deed,
        answer=says,
        channel=Channel.ONLINE,
        late=chance.random() < (0.01 if willing else 0.2),
        recorded_at=make.after(1),
        recorded_by_id=at.staff.registrar.id,
        reason="x",
        receipt_hash=f"{n:064x}",
        request_id=f"r{n}",
    )


def records(chance: Random, at: make.Place, entry: RollEntry, first: int, *, willing: bool) -> int:
    """Up to five records of the entry, some naming earlier ones; how many."""
    number = 1 if willing else chance.choice((0, 1, 1, 1, 1, 2, 3, 5))
    made = [a_record(chance, at, entry, first + n, willing=willing) for n in range(number)]
    at.session.add_all(made)
    at.session.flush()
    for n, old in enumerate(made[:-1]):
        if chance.random() < 0.5:
            newer = chance.choice(made[n + 1 :])
            pair = Supersession(
                superseded_id=old.id,
                by_consent_id=newer.id,
                community_id=at.community.id,
                consent_round_id=entry.consent_round_id,
            )
            at.session.add(pair)
    at.session.flush()
    return len(made)


def fill(session: Session, chance: Random) -> list[int]:
    """Rounds whose records no deed would write, with areas that differ."""
    at = make.place(session)
    for home in at.homes:
        home.area = chance.randint(1, 30_000)
    rounds = [make.drawn(at, make.prepared(at, n, some_rules(chance))) for n in range(ROUNDS)]
    written = 0
    for n, made in enumerate(rounds):
        for entry in made.entries:
            written += records(chance, at, entry, written, willing=n % 2 == 0)
    return [made.row.id for made in rounds]


def test_store_and_domain_count_alike(migrated_url: str) -> None:
    owner = create_engine(migrated_url)
    with owner.begin() as connection:
        remove(connection)
    database = Database(migrated_url)
    with database.transaction() as tx:
        rounds = fill(tx.session, Random(278))
    with owner.begin() as connection:
        install(connection)
    owner.dispose()
    outcomes = set()
    with database.reading() as session:
        for round_id in rounds:
            _standings_agree(session, round_id)
            _recounts_agree(session, round_id)
            outcomes.add(_outcomes_agree(session, round_id))
    database.dispose()
    assert outcomes == {outcome.value for outcome in decision.Outcome}


def _standings_agree(session: Session, round_id: int) -> None:
    of_round = tallies.records_of_round(session, round_id)
    query = text("SELECT roll_entry_id, standing FROM guard_standing WHERE consent_round_id = :round")
    by_store = dict(session.execute(query, {"round": round_id}).all())
    assert len(by_store) >= 10
    assert by_store == {entry: standing(of_round.get(entry, ())).value for entry in by_store}


def _recounts_agree(session: Session, round_id: int) -> None:
    """What the pages and the sheet are counted by, against the rules themselves."""
    of_round = tallies.records_of_round(session, round_id)
    entries = session.query(RollEntry).filter_by(consent_round_id=round_id).all()
    stands = {entry.id: standing(of_round.get(entry.id, ())) for entry in entries}
    by_store = standings.counted(session, round_id)
    for unit in decision.Electorate:
        mine = [(stands[entry.id], entry.area) for entry in entries if entry.electorate is unit]
        assert by_store.tallies.get(unit, Tally()) == count(mine)
    homes = [entry for entry in entries if entry.electorate is decision.Electorate.HOUSEHOLD]
    assert by_store.channels == tallies.channels(of_round.get(entry.id, ()) for entry in homes)
    assert by_store.recorded == sum(entry.id in of_round for entry in homes)
    assert by_store.differing == sum(stands[entry.id] is not Standing.SILENT for entry in entries)
    for building_id, tally in standings.by_building(session, round_id).items():
        here = [(stands[entry.id], entry.area) for entry in homes if entry.building_id == building_id]
        assert tally == count(here)


def _outcomes_agree(session: Session, round_id: int) -> str:
    from_store = session.scalar(text(f"SELECT {recount.outcome(':round')}"), {"round": round_id})
    consent_round = session.get_one(ConsentRound, round_id)
    results = decision.evaluate(decision.from_data(consent_round.rules), tallies.recount(session, round_id))
    assert from_store == decision.outcome(results).value
    return str(from_store)
