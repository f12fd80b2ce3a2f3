"""One matter from a resident's phone to the archive, in a real browser, each person at their own device."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Page

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Role
from deliberate.domain.serial import printed
from deliberate.models import (
    Account,
    Community,
    Consent,
    ConsentRound,
    EntryStanding,
    Household,
    PlanVersion,
    Proposal,
    RollEntry,
)
from deliberate.queries import form_checks
from deliberate.services import consents, letter_issuing, letters, passwords
from tests import make, make_round
from tests.journeys import browser_steps as steps
from tests.journeys.person import PASSWORD, Meet, Person
from tests.make import Clock

BASE = "/c/zhonghuaxiang"
WIDTHS = {"resident": 390, "neighbour": 390, "canvasser": 820}
STAFF = (Role.MODERATOR, Role.CANVASSER, Role.SCRUTINEER, Role.REGISTRAR)


@dataclass
class Street:
    """Ten homes, four residents with accounts, one person for each job, letters for two other homes."""

    database: Database
    key: bytes
    homes: list[int]
    people: dict[str, int]
    names: dict[str, str]
    codes: dict[int, str]

    def stage(self) -> Stage:
        with self.database.reading() as session:
            return session.query(Proposal).one().stage

    def entry(self, home: int) -> int:
        with self.database.reading() as session:
            return session.query(RollEntry).filter_by(household_id=self.homes[home]).one().id

    def standing(self, home: int) -> Standing:
        with self.database.reading() as session:
            return session.get_one(EntryStanding, self.entry(home)).standing

    def records(self, home: int) -> int:
        with self.database.reading() as session:
            return session.query(Consent).filter_by(roll_entry_id=self.entry(home)).count()

    def forms(self) -> int:
        """Papers that count."""
        with self.database.reading() as session:
            return form_checks.progress(session, session.query(ConsentRound).one().id).waiting

    def answers(self, home: int, answer: Answer) -> None:
        """A member of the home answers from a phone of their own."""
        with self.database.transaction() as tx:
            member = make.actor(
                tx.session, make.resident(tx.session, tx.session.get_one(Household, self.homes[home]))
            )
            said = make_round.online(answer, tx.session.query(PlanVersion).one(), f"{home:032x}")
            consents.answer_online(tx.session, member, self.entry(home), said, key=self.key, now=tx.now)


@pytest.fixture
def street(database: Database, app: Flask) -> Street:
    app.config["WTF_CSRF_ENABLED"] = True
    key = app.extensions["deliberate.config"].code_key
    with database.transaction() as tx:
        session = tx.session
        community = make.community(session)
        homes = make.households(session, community, 10, "3")
        secret = passwords.hashed(PASSWORD)
        accounts = {f"resident{n}": make.resident(session, homes[n]) for n in range(4)}
        accounts |= {role.value: make.staff(session, community, role) for role in STAFF}
        for account in accounts.values():
            account.password_hash = secret
        codes = _letters(session, community, accounts["registrar"], homes[6:8], key, tx.now)
        return Street(
            database,
            key,
            [home.id for home in homes],
            {name: account.id for name, account in accounts.items()},
            {name: account.user_name for name, account in accounts.items()},
            codes,
        )


def _letters(session, community: Community, registrar: Account, homes, key: bytes, now) -> dict[int, str]:  # type: ignore[no-untyped-def]
    by = make.actor(session, registrar)
    codes = {}
    for home in homes:
        issued = letter_issuing.issue(session, by, home.id, key, now=now)
        letters.record_delivery(session, by, issued.letter_id, "测试收件人", now=now)
        codes[home.id] = issued.code
    return codes


@pytest.fixture
def meet(page: Callable[..., Page], live_server: Callable[..., str], app: Flask) -> Callable[[str], Meet]:
    """`meet(language)("resident0")`: that person at their device, signed in where they have a user name."""
    base = live_server(app)

    def in_language(language: str) -> Meet:
        locale = {"zh": "zh-CN", "en": "en-US"}[language]

        def one(name: str, user_name: str = "", javascript: bool = True) -> Person:
            width = next((width for job, width in WIDTHS.items() if name.startswith(job)), 1366)
            opened = page(width, 844, locale, javascript)
            person = Person(opened, base, language, name)
            return person.sign_in(user_name) if user_name else person

        return one

    return in_language


@pytest.mark.whole
@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.long)])
def test_from_a_wish_to_the_archive(
    street: Street, meet: Callable[[str], Meet], clock: Clock, language: str
) -> None:
    person = meet(language)
    people = {name: person(name, street.names[name]) for name in ("resident0", *(r.value for r in STAFF))}
    author, moderator = people["resident0"], people["moderator"]
    _propose_and_discuss(street, person, author, moderator, clock)
    _prepare_and_open(street, people, clock)
    _answer(street, person, people)
    clock.forward(days=20)
    _count_and_object(street, author, people, clock)
    _carry_out(street, author, moderator, clock)


def _count_and_object(street: Street, author: Person, people: dict[str, Person], clock: Clock) -> None:
    moderator = people["moderator"]
    steps.end_answering(moderator, BASE)
    assert street.stage() is Stage.COUNTING
    steps.count(moderator, BASE, blank=48)
    steps.sign_the_sheet(people["scrutineer"], BASE)
    steps.show_the_result(moderator, BASE)
    assert street.stage() is Stage.OBJECTION
    steps.plan_the_check(people["scrutineer"], BASE)
    steps.check_the_forms(people["scrutineer"], BASE, street.forms())
    steps.object(author, BASE)
    steps.answer_the_objection(moderator, BASE)
    clock.forward(days=8)
    steps.conclude(moderator, BASE)
    assert street.stage() is Stage.ADOPTED


def _carry_out(street: Street, author: Person, moderator: Person, clock: Clock) -> None:
    steps.carry_out(moderator, BASE)
    assert street.stage() is Stage.COMPLETED
    steps.rate(author, BASE)
    clock.forward(days=8)
    steps.archive(moderator, BASE)
    assert street.stage() is Stage.ARCHIVED


def _propose_and_discuss(
    street: Street, person: Meet, author: Person, moderator: Person, clock: Clock
) -> None:
    steps.raise_a_matter(author, BASE)
    for name in ("resident1", "resident2", "resident3"):
        steps.second(person(name, street.names[name]), BASE)
    steps.screen(moderator, BASE)
    assert street.stage() is Stage.ACCEPTED
    steps.open_discussion(moderator, BASE, "2026-03-09T18:00")
    steps.suggest(author, BASE)
    steps.answer_the_suggestion(moderator, BASE)
    clock.forward(days=8)
    steps.close_with_summary(moderator, BASE)
    steps.fix_the_plan(moderator, BASE)
    assert street.stage() is Stage.PLAN_FIXED


def _prepare_and_open(street: Street, people: dict[str, Person], clock: Clock) -> None:
    clock.forward(days=8)
    steps.prepare_the_round(people["moderator"], BASE)
    steps.certify(people["registrar"], BASE, "roll")
    steps.certify(people["scrutineer"], BASE, "scrutiny")
    steps.assign_people(people["moderator"], BASE, street.people)
    steps.open_the_round(people["moderator"], BASE)
    assert street.stage() is Stage.CONSENT_OPEN


def _answer(street: Street, person: Meet, people: dict[str, Person]) -> None:
    typed, scanned = street.codes.values()
    by_letter = person("resident6", javascript=False)
    steps.open_the_letter(by_letter, typed, scanned=False)
    steps.answer_in_two_taps(by_letter)
    by_scan = person("resident7")
    steps.open_the_letter(by_scan, scanned, scanned=True)
    steps.answer_impatiently(by_scan)
    assert street.records(7) == 1
    steps.answer_by_keyboard(people["resident0"].open(f"{BASE}/home/"))
    canvasser = people["canvasser"]
    canvasser.open(f"{BASE}/doors/")
    steps.not_at_home(canvasser, BASE, street.homes[9])
    for number, home in enumerate((4, 5), start=1):
        steps.enter_a_paper(canvasser, BASE, street.homes[home], street.entry(home), printed(number))
    assert street.standing(4) is Standing.AGREE
    street.answers(5, Answer.DISAGREE)
    assert street.standing(5) is Standing.CONTRADICTION
    steps.settle_the_contradiction(people["moderator"], BASE)
    assert street.standing(5) in (Standing.AGREE, Standing.DISAGREE)
    for home in (1, 2, 3, 8):
        street.answers(home, Answer.AGREE)
