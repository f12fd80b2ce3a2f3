"""Every page that a person can reach by following links, by job and in every language."""

import re
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Database
from tests import pages
from tests.app import SignIn
from tests.make import Clock
from tests.make_town import Town, town, town_after_the_count

HREF = re.compile(r'<a\b[^>]*?\bhref="([^"#]+)')
PEOPLE = ["stranger", "resident", "moderator", "canvasser", "scrutineer", "registrar", "letter"]
LANGUAGES = {"zh": "zh-CN", "en": "en", "ug": "ug"}
IN_EVERY_RUN = {"zh": set(PEOPLE), "en": {"stranger", "resident"}, "ug": {"resident"}}
AFTER_THE_COUNT = {"zh": {"resident", "moderator"}, "en": {"scrutineer"}, "ug": {"stranger"}}
"""Who reads in which language where not everything is swept."""
LANGUAGE_OF_SHEET = re.compile(r"[?&]in=([\w-]+)")
"""A sheet of paper is in the language that its address names, whoever prints it."""


def readings(people: list[str], in_every_run: Mapping[str, set[str]] = IN_EVERY_RUN) -> list[Any]:
    """Each person in each language, in every run those who stand for the others."""
    return [
        pytest.param(person, language, marks=[] if person in in_every_run[language] else pytest.mark.whole)
        for person in sorted(people, key=lambda one: one != "resident")
        for language in LANGUAGES
    ]


def readers(app: Flask, signed_in: SignIn, found: Town) -> dict[str, FlaskClient]:
    """One client for each person, and one that holds a letter."""
    app.config["WTF_CSRF_ENABLED"] = True
    made = {job: signed_in(account) for job, account in found.people.items()}
    made["letter"] = app.test_client()
    with made["letter"].session_transaction() as session:
        session["letter_id"] = 1
    return made


class Crawl:
    """Follows every link of one person; keeps pages by endpoint, at most a few of each."""

    most_of_a_kind = 4

    def __init__(self, app: Flask, client: FlaskClient, language: str) -> None:
        self.client = client
        self.language = language
        self.urls = app.url_map.bind("localhost")
        self.pages: dict[str, str] = {}
        self.kinds: dict[str, int] = {}

    def follow(self, start: str) -> "Crawl":
        waiting, known = deque([start]), {start: ""}
        while waiting:
            address = waiting.popleft()
            html = self._open(address, known[address])
            for link in HREF.findall(html):
                target = urljoin(address, link.replace("&amp;", "&"))
                if not urlsplit(target).scheme and target not in known:
                    known[target] = address
                    waiting.append(target)
        return self

    def _open(self, address: str, came_from: str) -> str:
        endpoint, _ = self.urls.match(urlsplit(address).path)
        self.kinds[endpoint] = self.kinds.get(endpoint, 0) + 1
        if self.kinds[endpoint] > self.most_of_a_kind:
            return ""
        answer = self.client.get(address, headers={"Accept-Language": self.language}, follow_redirects=True)
        assert answer.status_code == 200, f"{address} from {came_from}: {answer.status}"
        if answer.mimetype != "text/html":
            return ""
        self.pages[address] = answer.text
        return answer.text


@pytest.mark.parametrize(("person", "language"), readings(PEOPLE))
def test_every_page_is_whole_and_speaks_one_language(
    app: Flask, database: Database, clock: Clock, signed_in: SignIn, person: str, language: str
) -> None:
    found = town(database, clock, app.extensions["deliberate.config"].code_key)
    client = readers(app, signed_in, found)[person]
    _judge(Crawl(app, client, LANGUAGES[language]).follow(f"/c/{found.slug}/"), database)


@pytest.mark.parametrize(
    ("person", "language"), readings(["stranger", "resident", "moderator", "scrutineer"], AFTER_THE_COUNT)
)
def test_pages_after_the_count(
    app: Flask, database: Database, clock: Clock, signed_in: SignIn, person: str, language: str
) -> None:
    found = town_after_the_count(database, clock)
    client = readers(app, signed_in, found)[person]
    _judge(Crawl(app, client, LANGUAGES[language]).follow(f"/c/{found.slug}/"), database)


def _judge(crawl: Crawl, database: Database) -> None:
    """Nothing is wrong with any page; a fault on many pages is told once."""
    with database.reading() as session:
        typed = pages.typed_by_people(session)
    wrong: dict[str, list[str]] = {}
    for address, html in crawl.pages.items():
        found = pages.faults(html)
        language = LANGUAGE_OF_SHEET.findall(address) or [crawl.language]
        found += [f"foreign: {word}" for word in pages.foreign(html, language[0], typed)]
        for sentence in found:
            wrong.setdefault(sentence, []).append(address)
    assert not wrong, "\n".join(f"{sentence}  ({len(at)}×, {at[0]})" for sentence, at in wrong.items())
    assert len(crawl.pages) >= 5
