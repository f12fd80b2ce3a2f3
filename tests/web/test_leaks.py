"""While a round is open nobody learns how another household answered; and no name of a resident is public."""

import contextlib
import logging
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from deliberate.domain.consent import Answer
from deliberate.models import Account, Comment, Household, Letter, Membership
from deliberate.services import recording, rolls_of_rounds
from tests import make
from tests.web.places import Places, open_places, other_places
from tests.web.world import Person

HOMES = 40
"""Enough for a running number of consents to be published at all."""
NEW_EACH_TIME = re.compile(
    r'name="(csrf_token|request_id|at_door)"[^>]*>|value="[0-9a-f]{32}"'
    r"|\b[0-9a-f]{12,64}\b|[0-9A-Za-z+/]{43}="
    r'|<code( dir="ltr")?>[0-9A-Z]{4}(?: [0-9A-Z]{4})*</code>|<svg[^>]*class="qr".*?</svg>'
    r'|<p class="head-code"[^>]*>.*?</p>'
)
"""Tokens; and what the ledger's salts make: roots, hashes, the characters of a head, all of them random."""


SAY = [(Answer.DISAGREE, Answer.AGREE), (Answer.ABSTAIN, Answer.DISAGREE)]
MAIN = {"resident"}
"""Who looks at the two worlds in every run; everybody else in a whole one."""


@pytest.fixture(scope="module")
def worlds(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Places]]:
    """Two worlds that differ in two answers of the neighbours alone."""
    with contextlib.ExitStack() as opened:
        yield [opened.enter_context(_world(empty_store, tmp_path_factory.mktemp("said"), say)) for say in SAY]


@contextlib.contextmanager
def _world(empty_store: Path, folder: Path, say: tuple[Answer, Answer]) -> Iterator[Places]:
    """Built with the same names and the same slots as the other."""
    slots = count(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "_serial", count(1))
        patch.setattr(rolls_of_rounds, "new_slot", lambda: f"{next(slots):032x}")
        opened = other_places(empty_store, folder, homes=HOMES, neighbours_say=say)
        world = next(opened)
    yield world
    opened.close()


def crawl(places: Places, person: Person) -> dict[str, str]:
    """Every page that this person can open, without what is new each time."""
    pages = {}
    for rule in places.readable(person):
        both = (places.here.values, {**places.here.values, **places.here.other_values})
        for url in sorted({places.url(rule, values) for values in both}):
            answer = places.ask(person, "GET", url)
            if answer.status_code == 200 and answer.mimetype in ("text/html", "application/json"):
                pages[url] = NEW_EACH_TIME.sub("", answer.text)
    return pages


@pytest.mark.parametrize("main", [True, pytest.param(False, marks=pytest.mark.whole)])
def test_pages_are_the_same_whatever_the_neighbours_said(worlds: list[Places], main: bool) -> None:
    """Two worlds that differ in two answers alone: to everybody else they are one world (rule 11)."""
    for one, other in zip(*(world.people for world in worlds), strict=True):
        asking = (one.place == "here" and one.name in MAIN) is main
        if not asking or one.name == "neighbour":
            continue
        first, second = crawl(worlds[0], one), crawl(worlds[1], other)
        assert first, one.name
        assert first.keys() == second.keys(), one.name
        assert [url for url in first if first[url] != second[url]] == [], (one.place, one.name)


def test_the_crawl_would_notice(worlds: list[Places]) -> None:
    """To the neighbour, who sees their own answer, the two worlds differ."""
    one, other = (
        crawl(world, next(p for p in world.here.people if p.name == "neighbour")) for world in worlds
    )
    assert any(one[url] != other.get(url) for url in one)


@pytest.fixture(scope="module")
def places(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """Every householder, resident, signer and signatory has a name that occurs nowhere else."""
    for opened in open_places(empty_store, tmp_path_factory.mktemp("leaks")):
        with opened.database.transaction() as tx:
            for home in tx.session.query(Household):
                home.head_name, home.telephone = f"金丝雀户主{home.id}", f"1390000{home.id:04d}"
            members = {row.account_id for row in tx.session.query(Membership)}
            for account in (tx.session.get_one(Account, id) for id in sorted(members)):
                account.display_name, account.telephone = (
                    f"金丝雀住户{account.id}",
                    f"1380000{account.id:04d}",
                )
            for letter in tx.session.query(Letter):
                letter.delivered_to = f"金丝雀签收{letter.id}"
            for said in tx.session.query(Comment):
                said.spoken_by = f"金丝雀口述{said.id}"
        yield opened


@pytest.fixture(scope="module")
def crawled(places: Places) -> Callable[[str], dict[str, str]]:
    """What somebody of here can open, read once."""
    return cache(lambda name: crawl(places, next(p for p in places.people if p.name == name)))


CANARY = re.compile(r"金丝雀(?:户主|住户|签收|口述)|13[89]0000\d{4}")


def test_no_residents_name_or_telephone_is_on_a_public_page(places: Places) -> None:
    """Rule 13; read by a stranger and by whoever else has no more right than one."""
    stranger = places.people[0]
    told = {}
    for rule in places.rules():
        if "GET" not in (rule.methods or ()):
            continue
        url = places.url(rule, places.here.values)
        answer = places.ask(stranger, "GET", url)
        if found := CANARY.findall(answer.get_data().decode(errors="replace")):
            told[url] = found[:3]
    assert told == {}


def test_residents_see_no_neighbours_name_or_telephone(
    places: Places, crawled: Callable[[str], dict[str, str]]
) -> None:
    """Own names aside: a resident's pages name nobody of another household."""
    resident = next(person for person in places.here.people if person.name == "resident")
    with places.database.reading() as session:
        own = {
            session.get_one(Account, resident.account_id).display_name,
            session.get_one(Account, resident.account_id).telephone,
            session.get_one(Household, places.here.home).head_name,
        }
    for url, text in crawled("resident").items():
        names = set(re.findall(r"金丝雀\w{2}\d+|13[89]0000\d{4}", text))
        assert names <= own, (url, names - own)


def test_the_canaries_can_sing(crawled: Callable[[str], dict[str, str]]) -> None:
    """The registrar's pages have them, so that their absence elsewhere means something."""
    assert any(CANARY.search(text) for text in crawled("registrar").values())


SHOWN_CODES = ("stranger", "letter_holder", "resident", "moderator", "canvasser", "registrar")
LINK = re.compile(r'(?:href|action|src)="([^"]*)"')


def test_no_code_and_no_name_is_in_an_address(
    places: Places, crawled: Callable[[str], dict[str, str]]
) -> None:
    key = places.app.extensions["deliberate.config"].code_key
    with places.database.reading() as session:
        requests = [row.request_id for row in session.query(recording.Consent)]
    codes = {recording.receipt_code(key, request_id) for request_id in requests}
    for name in SHOWN_CODES:
        for url, text in crawled(name).items():
            for link in (url, *LINK.findall(text)):
                plain = link.replace("-", "").upper()
                assert not any(code.replace("-", "") in plain for code in codes), (name, link)
                assert not CANARY.search(link) or link.startswith("tel:"), (name, link)


def test_the_log_keeps_no_code_and_no_password(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code, secret = "K7M2-9QXR-4TWZ", "a very secret password"
    client.post("/account/letter", data={"code": code})
    client.post("/account/sign-in", data={"name_or_telephone": "13800001111", "password": secret})
    client.post("/c/nowhere/home/check", data={"receipt": code})
    for record in caplog.records:
        said = record.getMessage()
        assert code not in said
        assert code.replace("-", "") not in said
        assert secret not in said
        assert "13800001111" not in said


def test_a_fault_of_ours_logs_no_form(places: Places, caplog: pytest.LogCaptureFixture) -> None:
    """Even when the store refuses what was written, its parameters stay out of the log."""

    def broken() -> str:
        raise RuntimeError("broken on purpose")

    places.app.view_functions["account.open_letter"], kept = (
        broken,
        places.app.view_functions["account.open_letter"],
    )
    broken.action, broken.about = kept.action, kept.about  # type: ignore[attr-defined]
    try:
        answer = places.app.test_client().post("/account/letter", data={"code": "K7M2-9QXR-4TWZ"})
    finally:
        places.app.view_functions["account.open_letter"] = kept
    assert answer.status_code == 500
    assert "K7M2" not in caplog.text
    assert "K7M2" not in answer.text
