"""A household before an open round, and how it answers on its page."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient

from deliberate.db import Transaction
from deliberate.domain.consent import Answer
from deliberate.models import Account, Letter
from tests import make
from tests.make_letter import browser, letter
from tests.make_round import OpenRound, open_round

Begin = Callable[[], AbstractContextManager[Transaction]]


@dataclass
class World:
    """A round, a letter to its first home, a member of that home, a member of the second."""

    app: Flask
    at: OpenRound
    letter: Letter
    member: Account
    neighbour: Account

    @property
    def home(self) -> str:
        return f"/c/{self.at.community.slug}/home"

    @property
    def url(self) -> str:
        return f"{self.home}/rounds/{self.at.round.id}"

    @property
    def answer_url(self) -> str:
        return f"{self.url}/answer/{self.at.entries[0].id}"

    def by_letter(self) -> FlaskClient:
        return browser(self.app, letter_id=self.letter.id)

    def by(self, account: Account) -> FlaskClient:
        return browser(self.app, account)


def fields(html: str, entry_id: int | None = None) -> dict[str, str]:
    """The hidden fields of the (given) answer form, as the page sends them."""
    form = re.search(rf'<form[^>]*answer/{entry_id or "[0-9]+"}".*?</form>', html, re.S)
    assert form, "there is no form to answer"
    return dict(re.findall(r'type="hidden" name="([a-z0-9_]+)" value="([^"]*)"', form[0]))


def words(html: str) -> str:
    text = re.sub(r"<(head|svg|nav)\b.*?</\1>|<[^>]+>", "", html, flags=re.S)
    return re.sub(r"\s+", " ", text).strip()


def give(client: FlaskClient, world: World, answer: Answer, **more: str) -> str:
    """Open the page, tap an answer, confirm; gives the page that follows."""
    page = client.get(world.url).text
    data = {**fields(page, world.at.entries[0].id), "answer": answer.value, **more}
    return client.post(world.answer_url, data=data, follow_redirects=True).text


def a_world(app: Flask, transaction: Begin) -> World:
    """Forty homes before an open round."""
    with transaction() as tx:
        at = open_round(tx.session, 40)
        made = letter(tx.session, at.homes[0], now=tx.now)
        member = make.resident(tx.session, at.homes[0], name="测试家人")
        neighbour = make.resident(tx.session, at.homes[1], name="测试邻居")
    return World(app, at, made, member, neighbour)
