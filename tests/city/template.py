"""One community of a city, made by the deeds themselves with every guard in force; the others are made after it."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.models import Account, Community, Household, RollEntry
from deliberate.services import consents, forms, rounds
from tests import make, make_round
from tests.make_round import KEY, Staff

HOMES_OF_A_BUILDING = 60
ANSWERED = 0.7
SILENT_RESIDENTS = 60
"""Who have an account and have not answered yet: they are whom the measurement lets answer."""
DAYS = 15


@dataclass(frozen=True)
class Template:
    """What is needed to look at it and to answer in it."""

    community_id: int
    slug: str
    round_id: int
    plan_sha256: str
    moderator_id: int
    waiting: tuple[tuple[int, int], ...]
    """Accounts that may answer, each with its entry on the roll."""


def keep(made: Template, path: Path) -> None:
    """For another process."""
    path.write_text(json.dumps(asdict(made)))


def read(path: Path) -> Template:
    """What was kept."""
    kept = json.loads(path.read_text())
    return Template(**{**kept, "waiting": tuple(tuple(one) for one in kept["waiting"])})


def build(database: Database, homes: int, slug: str = "city1") -> Template:
    """A community with a matter under discussion and an open round in which most have answered."""
    with database.transaction() as tx:
        session, began = tx.session, tx.now - timedelta(days=4)
        community = make.community(session, slug, "合成社区1")
        for n in range(0, homes, HOMES_OF_A_BUILDING):
            number = min(HOMES_OF_A_BUILDING, homes - n)
            make.households(session, community, number, building_name=f"{n // HOMES_OF_A_BUILDING + 1}")
        people = make_round.staff(session, community)
        round_id, sha256 = _open(session, community, people, began)
        make_round.fixed_plan(session, community, people.moderator, now=began, number=2)
        entries = session.query(RollEntry).filter_by(consent_round_id=round_id).order_by(RollEntry.id).all()
        community_id, moderator_id = community.id, people.moderator.id
        ids = [(entry.id, entry.household_id) for entry in entries]
    said = round(len(ids) * ANSWERED)
    for start in range(0, said, 200):
        _answer(database, ids[start : min(start + 200, said)], sha256)
    waiting = _join(database, ids[said : said + SILENT_RESIDENTS])
    return Template(community_id, slug, round_id, sha256, moderator_id, waiting)


def _open(session: Session, community: Community, people: Staff, now: datetime) -> tuple[int, str]:
    proposal, plan = make_round.fixed_plan(session, community, people.moderator, now=now)
    moderator = make.actor(session, people.moderator)
    made, crew = make_round.prepared(session, people, proposal, now=now)
    forms.issue_forms(session, moderator, crew.id, 100, now=now)
    make_round.certified(session, people, made.id, now=now)
    last = date.fromordinal((now + timedelta(hours=8)).date().toordinal() + DAYS)
    rounds.open_round(session, moderator, made.id, last, now=now)
    return made.id, plan.sha256


def _answer(database: Database, entries: list[tuple[int, int]], sha256: str) -> None:
    """Each home by an account of its own; of ten, one disagrees."""
    with database.transaction() as tx:
        for entry_id, household_id in entries:
            member = make.actor(tx.session, _resident(tx.session, household_id))
            answer = Answer.DISAGREE if entry_id % 10 == 0 else Answer.AGREE
            said = consents.OnlineAnswer(answer, sha256, f"city-{entry_id}", ())
            consents.answer_online(tx.session, member, entry_id, said, key=KEY, now=tx.now)


def _join(database: Database, entries: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    with database.transaction() as tx:
        return tuple((_resident(tx.session, home).id, entry_id) for entry_id, home in entries)


def _resident(session: Session, household_id: int) -> Account:
    return make.resident(session, session.get_one(Household, household_id), as_owner=True)
