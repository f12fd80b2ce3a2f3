"""Builds the demo: the roll, the letters, then the six matters, each left at its stage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.calendar import BEIJING
from deliberate.domain.consent import Answer, Channel
from deliberate.domain.round import Relation
from deliberate.domain.scope import WHOLE, Scope, ScopeKind
from deliberate.domain.tally import need
from deliberate.models import Building, Crew, Estate, Grid, Household, Letter, RollEntry
from deliberate.services import clockwork, forms, letter_issuing, papers, rolls
from deliberate.services.papers import Paper
from deliberate.services.secrets import grouped

from . import matters
from .answers import Planned, Recording, household_entries, plan_answers
from .finish import conclude, execute
from .stage import PASSWORD, STAFF, Stage, set_up, settle_residents

ROLL = Path(__file__).parent / "roll-4813.xlsx"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Demo:
    """What a person needs to try it."""

    slug: str
    sign_ins: tuple[tuple[str, str], ...]
    password: str
    letter_code: str
    letter_home: str


def build(database: Database, *, code_key: bytes, instance_dir: Path, today: datetime, say: Say) -> Demo:
    """The whole demo in a fresh, migrated store."""
    stage = Stage(database, code_key, instance_dir, _morning(today))
    say("4,813 households …")
    set_up(stage)
    _import_roll(stage)
    settle_residents(stage)
    code, home = _send_letters(stage)
    say("six matters …")
    _waiting_for_seconds(stage)
    _in_discussion(stage)
    _on_display(stage)
    say("thousands of answers …")
    _open_for_answers(stage, home)
    _a_few_short(stage)
    _being_carried_out(stage)
    names = tuple((name, shown) for name, shown, _role in STAFF)
    residents = (("jumin", "演示住户1"), ("jumin2", "演示住户2"))
    return Demo("zhonghuaxiang", (*names, *residents), PASSWORD, grouped(code), _address(stage, home))


def _morning(today: datetime) -> datetime:
    """The last ten o'clock in Beijing: by then the day's numbers are out."""
    local = today.astimezone(BEIJING)
    ten = local.replace(hour=10, minute=0, second=0, microsecond=0)
    return ten if ten <= local else ten - timedelta(days=1)


def _import_roll(stage: Stage) -> None:
    with stage.at(-92) as tx:
        actor = stage.actor(tx.session, "huce")
        rolls.import_roll(
            tx.session, actor, stage.community_id, ROLL.read_bytes(), file_name=ROLL.name, now=tx.now
        )


def _send_letters(stage: Stage) -> tuple[str, int]:
    """A letter to every home, delivered; the code of one home that has not answered is shown."""
    with stage.at(-40) as tx:
        actor = stage.actor(tx.session, "huce")
        buildings = tx.session.scalars(
            select(Building.id).where(Building.community_id == stage.community_id).order_by(Building.id)
        ).all()
        issued = [
            letter
            for building in buildings
            for letter in letter_issuing.issue_for_building(
                tx.session, actor, stage.community_id, building, stage.code_key, seen=0, now=tx.now
            )
        ]
        tx.session.execute(
            update(Letter)
            .where(Letter.community_id == stage.community_id)
            .values(delivered_at=tx.now, delivered_to="演示签收人", delivered_by_id=stage.by_name["huce"])
        )
    mine = set(stage.homes.values())
    shown = next(letter for letter in issued if letter.household_id not in mine)
    return shown.code, shown.household_id


def _address(stage: Stage, household_id: int) -> str:
    with stage.database.reading() as session:
        home = session.get_one(Household, household_id)
        return f"{home.building.estate.name} {home.building.name}-{home.unit}-{home.room}"


def _waiting_for_seconds(stage: Stage) -> None:
    """The property fee: handed in, two of three seconds."""
    made = matters.propose(stage, 3, WHOLE, -3, author="jumin8")
    matters.second(stage, made, ("jumin2", "jumin3"), -2)


def _in_discussion(stage: Stage) -> None:
    """Parking: the first round of discussion, its deadline near."""
    made = matters.propose(stage, 2, WHOLE, -16)
    matters.second(stage, made, ("jumin2", "jumin3", "jumin4"), -14)
    matters.accept_and_discuss(stage, made, 2, -9, open_for=11)


def _on_display(stage: Stage) -> None:
    """The corridor: discussed, the plan fixed and on display."""
    with stage.database.reading() as session:
        scope = Scope(ScopeKind.GRIDS, tuple(_grids(session, stage, ("1", "2"))))
    made = matters.propose(stage, 1, scope, -30)
    matters.second(stage, made, ("jumin2", "jumin3", "jumin4", "jumin5"), -28)
    matters.accept_and_discuss(stage, made, 1, -20)
    matters.fix(stage, made, 1, scope, -3)


def _grids(session: Session, stage: Stage, names: Sequence[str]) -> list[int]:
    return list(
        session.scalars(
            select(Grid.id)
            .where(Grid.community_id == stage.community_id, Grid.name.in_(names))
            .order_by(Grid.id)
        )
    )


def _open_for_answers(stage: Stage, silent_home: int) -> None:
    """The year's funds: every household of the community, eighteen days into thirty."""
    made = matters.propose(stage, 0, WHOLE, -60)
    matters.second(stage, made, ("jumin2", "jumin3", "jumin4"), -58)
    matters.accept_and_discuss(stage, made, 0, -50)
    matters.fix(stage, made, 0, WHOLE, -30)
    round_id = matters.ask(stage, made, -18, 30, papers=1200)
    with stage.database.reading() as session:
        quiet = {silent_home, *stage.homes.values()}
        doors = [e for e in household_entries(session, round_id) if e.household_id not in quiet]
    numbers = {Answer.AGREE: 2780, Answer.DISAGREE: 231, Answer.ABSTAIN: 102}
    planned = plan_answers(stage, doors, numbers, paper_share=0.55)
    _day_by_day(stage, round_id, planned, first=-17, days=17)
    _contradictions(stage, round_id, planned)
    answered = {p.entry.id for p in planned}
    with stage.at(-0.7) as tx:  # in the afternoon
        unreached = [e for e in doors if e.id not in answered][:240]
        recording = Recording(stage, tx.session, matters.round_of(tx.session, round_id))
        recording.nobody_home(unreached, now=tx.now)


def _day_by_day(stage: Stage, round_id: int, planned: list[Planned], *, first: int, days: int) -> None:
    """Answers spread over the days, and the number published each morning."""
    for day in range(days):
        with stage.at(first + day) as tx:
            morning = tx.now
            clockwork.take_snapshot(tx.session, round_id, now=morning)
            recording = Recording(stage, tx.session, matters.round_of(tx.session, round_id))
            recording.write(planned[day::days], now=morning + timedelta(minutes=30))


def _contradictions(stage: Stage, round_id: int, planned: list[Planned]) -> None:
    """Four homes said one thing online, and their paper another."""
    online = [p for p in planned if p.channel is Channel.ONLINE and p.answer is Answer.AGREE][:4]
    with stage.at(-0.5) as tx:
        actor = stage.actor(tx.session, "ruhu")
        consent_round = matters.round_of(tx.session, round_id)
        recording = Recording(stage, tx.session, consent_round)
        crew = tx.session.scalars(
            select(Crew).where(Crew.consent_round_id == round_id).order_by(Crew.id)
        ).first()
        for n, p in enumerate(online):
            paper = Paper(
                answer=Answer.DISAGREE,
                serial=recording.next_free(crew),
                signed_at=tx.now - timedelta(hours=1),
                signer_name="演示签字人",
                relation=Relation.SPOUSE,
                request_id=f"demo-contradiction-{n}",
                plan_sha256=consent_round.plan_sha256,
                exhibits=(recording.photo,),
            )
            papers.record_paper(tx.session, actor, p.entry.id, paper, key=stage.code_key, now=tx.now)


def _a_few_short(stage: Stage) -> None:
    """The garden: two estates asked, three households short of 80 %."""
    with stage.database.reading() as session:
        scope = matters.estates_scope(_two_small_estates(session, stage))
    made = matters.propose(stage, 4, scope, -88)
    matters.second(stage, made, ("jumin2", "jumin3", "jumin4"), -86)
    matters.accept_and_discuss(stage, made, 4, -84, open_for=6)
    matters.fix(stage, made, 4, scope, -70)
    round_id = matters.ask(stage, made, -60, 20, papers=400)
    _everything_answered(stage, round_id, agree_more=-3, first=-58)
    conclude(stage, round_id, closed=-34)


def _being_carried_out(stage: Stage) -> None:
    """The rain pipes: one building, adopted, the work begun."""
    with stage.database.reading() as session:
        scope = Scope(ScopeKind.BUILDINGS, (_one_building(session, stage),))
    made = matters.propose(stage, 5, scope, -87)
    matters.second(stage, made, ("jumin2", "jumin3", "jumin4"), -86)
    matters.accept_and_discuss(stage, made, 5, -85, open_for=6)
    matters.fix(stage, made, 5, scope, -72)
    round_id = matters.ask(stage, made, -62, 15, papers=150)
    _everything_answered(stage, round_id, agree_more=3, first=-61)
    conclude(stage, round_id, closed=-40)
    execute(stage, made, began=-29)


def _everything_answered(stage: Stage, round_id: int, *, agree_more: int, first: int) -> None:
    """Consents to within a few of the mark, some others, some silence; every form accounted for."""
    with stage.database.reading() as session:
        doors: list[RollEntry] = household_entries(session, round_id)
    agree = need(len(doors), 4, 5) + agree_more
    others = (len(doors) - agree) // 2
    numbers = {Answer.AGREE: agree, Answer.DISAGREE: others, Answer.ABSTAIN: others // 3}
    _day_by_day(stage, round_id, plan_answers(stage, doors, numbers, 0.7), first=first, days=8)
    with stage.at(first + 9) as tx:
        actor = stage.actor(tx.session, "zhuchi")
        for balance in forms.balance(tx.session, round_id):
            day = tx.now.date()
            forms.return_forms(tx.session, actor, balance.crew.id, day, balance.missing - 1, 1, now=tx.now)


def _two_small_estates(session: Session, stage: Stage) -> list[int]:
    sizes = session.execute(
        select(Estate.id, func.count(Household.id))
        .join(Building, Building.estate_id == Estate.id)
        .join(Household, Household.building_id == Building.id)
        .where(Estate.community_id == stage.community_id)
        .group_by(Estate.id)
        .order_by(func.count(Household.id), Estate.id)
    ).all()
    return [estate for estate, _size in sizes[:2]]


def _one_building(session: Session, stage: Stage) -> int:
    return (
        session.scalars(
            select(Household.building_id)
            .where(Household.community_id == stage.community_id)
            .group_by(Household.building_id)
            .having(func.count(Household.id) >= 40)
            .order_by(Household.building_id)
        ).first()
        or 0
    )
