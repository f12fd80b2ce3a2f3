"""Every endpoint × everybody × here, another household and another community: as the policy says."""

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from flask import Flask, Response
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from deliberate.db import Database
from deliberate.web import errors
from tests.app import new_app
from tests.web.places import Places, open_places
from tests.web.policy import POLICY, WORDS, Address, allows
from tests.web.rehearsed import Rehearsed
from tests.web.world import Person

FORMS = {"resident.choose_household": {"household_id": "home"}}
"""What a form must name for the page to find anything."""
COMMITTED = {"account.end_sessions"}
"""The session that begins anew looks for what was committed."""
OF_EVERYBODY = {"public.picture"}
"""Pictures are published by the hash of their bytes, wherever they came from."""
HERE = {"letter_holder", "resident", "moderator", "canvasser", "scrutineer", "registrar"}
"""One for each job."""
CROWDS = [pytest.param(True, id="main"), pytest.param(False, id="rest", marks=pytest.mark.whole)]
"""Who asks in every run, and who besides in a whole one."""
ONE_IN = 6


def _endpoints(app: Flask) -> list[str]:
    return sorted({rule.endpoint for rule in app.url_map.iter_rules()} - {"static"})


@pytest.fixture(scope="module")
def places(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """Two of three who ask are refused: here without the sentences, which other tests read.

    Nothing is committed, so that everybody finds the world as it was built.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errors, "page_of", lambda refusal: Response(status=refusal.status))
        yield from open_places(empty_store, tmp_path_factory.mktemp("access"), Rehearsed)


def test_every_endpoint_declares_an_action(app: Flask) -> None:
    silent = [name for name in _endpoints(app) if not hasattr(app.view_functions[name], "action")]
    assert silent == []


def test_the_policy_names_every_endpoint_and_no_other(app: Flask) -> None:
    assert sorted(POLICY) == _endpoints(app)


def test_an_endpoint_that_declares_nothing_is_closed(database: Database, tmp_path: Path) -> None:
    app = new_app(database, tmp_path)
    app.add_url_rule("/forgotten", "forgotten", lambda: "all the secrets")
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 403
    assert "all the secrets" not in answer.text


def refused(answer: TestResponse) -> bool:
    """Turned away: 401, 403, 404, or sent to sign in first."""
    to_sign_in = answer.status_code == 302 and "/account/sign-in?next=" in answer.headers["Location"]
    return answer.status_code in (401, 403, 404) or to_sign_in


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}) or ["HEAD"]


def _asking(places: Places, endpoint: str, main: bool) -> list[Person]:
    """One for each job asks in every run, and of all others a few, who differ from endpoint to endpoint."""

    def always(n: int, person: Person) -> bool:
        one_for_the_job = person.place == "here" and person.name in HERE
        return one_for_the_job or (n + crc32(endpoint.encode())) % ONE_IN == 0

    return [person for n, person in enumerate(places.people) if always(n, person) is main]


def _with_a_key(places: Places, endpoint: str, main: bool) -> list[Person]:
    """One for each job and who writes; in every run those of them who may open such a page at home."""
    home = Address(places.here.home)
    jobs = [person for person in places.here.people if person.name in HERE | {"author"}]
    return [person for person in jobs if allows(endpoint, person, home) is main]


def _wrong(
    places: Places, people: list[Person], rule: Rule, values: dict[str, object], address: Address
) -> list[str]:
    """Whoever the application treats otherwise than the policy."""
    url, wrong = places.url(rule, values), []
    for person in people:
        for method in methods(rule):
            form = dict.fromkeys(FORMS.get(rule.endpoint, {}), address.household)
            answer = places.ask(person, method, url, form)
            said = f"{person.place} {person.name}: {method} {url} → {answer.status_code}"
            if answer.status_code >= 500:
                wrong.append(said)
            elif refused(answer) is allows(rule.endpoint, person, address):
                wrong.append(f"{said}, policy: {POLICY[rule.endpoint]}")
    return wrong


@pytest.fixture(scope="module")
def rules(places: Places) -> dict[str, Rule]:
    return {rule.endpoint: rule for rule in places.every_rule()}


@pytest.mark.parametrize("main", CROWDS)
@pytest.mark.parametrize("endpoint", sorted(POLICY))
def test_the_policy_holds(places: Places, rules: dict[str, Rule], endpoint: str, main: bool) -> None:
    home = Address(places.here.home)
    places.database.in_earnest = endpoint in COMMITTED  # type: ignore[attr-defined]
    assert _wrong(places, _asking(places, endpoint, main), rules[endpoint], places.here.values, home) == []


def _about_a_household(endpoint: str) -> bool:
    return bool({"own_household", "member_themselves"} & set(POLICY[endpoint].split()))


@pytest.mark.parametrize("main", CROWDS)
@pytest.mark.parametrize("endpoint", [name for name in sorted(POLICY) if _about_a_household(name)])
def test_another_households_things_open_to_that_household_alone(
    places: Places, rules: dict[str, Rule], endpoint: str, main: bool
) -> None:
    values, home = places.here.values | places.here.other_values, Address(places.here.other_home)
    assert _wrong(places, _asking(places, endpoint, main), rules[endpoint], values, home) == []


@pytest.mark.parametrize("main", CROWDS)
@pytest.mark.parametrize("endpoint", sorted(set(POLICY) - OF_EVERYBODY))
def test_another_communitys_things_open_to_nobody(
    places: Places, rules: dict[str, Rule], endpoint: str, main: bool
) -> None:
    """One's own slug with ids of the other community, for each id in the address."""
    rule = rules[endpoint]
    if "slug" not in rule.arguments:
        return
    things = rule.arguments - {"slug", "role", "n"}
    opened = []
    for thing in things:
        values = places.here.values | {thing: places.there.values[thing]}
        if endpoint == "resident.receipt":
            values["receipt_id"] = places.there.values["receipt_id"]
        url = places.url(rule, values)
        for person in _with_a_key(places, endpoint, main):
            for method in methods(rule):
                answer = places.ask(person, method, url)
                if not refused(answer):
                    opened.append(f"{person.name}: {method} {url} → {answer.status_code}")
    assert opened == []


def test_every_word_of_the_policy_lets_somebody_in_and_keeps_somebody_out(places: Places) -> None:
    """So that no word is empty, and a page that nobody can open is noticed."""
    address = Address(places.here.home)
    for word, holds in WORDS.items():
        let_in = [person for person in places.people if holds(person, address)]
        assert let_in or word == "operator", (
            word
        )  # who is let in by a token of the installation: test_metrics
        assert word == "anybody" or len(let_in) < len(places.people), word


def test_hidden_matters_are_for_their_author_and_the_moderators(places: Places) -> None:
    url = f"/c/{places.here.slug}/matters/{places.here.matters['draft']}"
    let_in = {person.name for person in places.people if not refused(places.ask(person, "GET", url))}
    assert let_in == {"author", "moderator", "other_moderator", "moderator_with_letter"}
