"""A canvasser at work: open rounds, a client that is signed in, forms filled in as a person would."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.rules import Electorate
from deliberate.domain.serial import printed
from deliberate.models import (
    Consent,
    ConsentPaper,
    EntryStanding,
    Household,
)
from tests.app import SignIn
from tests.make import Clock
from tests.make_round import OpenRound, another_matter, open_round

Begin = Callable[..., AbstractContextManager[Transaction]]


def picture(width: int = 40, height: int = 30, colour: str = "white") -> bytes:
    """A photograph, as a file."""
    made = BytesIO()
    Image.new("RGB", (width, height), colour).save(made, "JPEG")
    return made.getvalue()


@dataclass
class Walk:
    """A canvasser at work in a community with two matters."""

    database: Database
    me: FlaskClient
    at: OpenRound
    also: OpenRound | None
    clock: Clock

    @property
    def base(self) -> str:
        return f"/c/{self.at.community.slug}/doors"

    def get(self, path: object = "") -> str:
        """A page; what is looked for is sent as a form, as the page sends it."""
        where, looks, sought = str(path).partition("?q=")
        url = f"{self.base}/{where}"
        answer = self.me.post(url, data={"q": sought}) if looks else self.me.get(url)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def door(self, home: Household, *, paper: bool = False, **typed: object) -> TestResponse:
        """Open the door, fill in its form, send it."""
        path = f"{self.base}/{home.id}{'/paper' if paper else ''}"
        page = self.me.get(path).get_data(as_text=True)
        found = re.search(r'name="request_id"[^>]*value="([^"]+)"', page)
        hidden = dict(re.findall(r'name="(plan-\d+)" value="([0-9a-f]{64})"', page))
        at_door = re.search(r'name="at_door"[^>]*value="([^"]*)"', page)
        form = {"request_id": found[1] if found else "x" * 32, **hidden}
        if at_door:
            form["at_door"] = at_door[1]
        answer = self.me.post(path, data={**form, **typed}, content_type="multipart/form-data")
        answer.request.environ["wsgi.input"].close()
        return answer

    def paper(
        self, home: Household, number: int, answers: dict[int, Answer], **typed: object
    ) -> TestResponse:
        """The same with a signed paper and its photograph."""
        form: dict[str, object] = {
            "outcome": "answered",
            "serial": printed(number),
            "signer_name": "热依罕·吐尔逊",
            "relation": "spouse",
            "photo": (BytesIO(picture()), "paper.jpg"),
            **{f"answer-{entry}": answer.value for entry, answer in answers.items()},
        }
        return self.door(home, **{**form, **typed})

    def standing(self, entry_id: int) -> Standing:
        with self.database.reading() as session:
            kept = session.get(EntryStanding, entry_id)
            return kept.standing if kept else Standing.SILENT

    def recorded(self, kind: Any = Consent) -> list[Any]:
        with self.database.reading() as session:
            return list(
                session.scalars(
                    select(kind).order_by(kind.id if kind is not ConsentPaper else kind.consent_id)
                )
            )


@pytest.fixture
def walk(database: Database, transaction: Begin, signed_in: SignIn, clock: Clock) -> Callable[..., Walk]:
    """`walk(homes, *rules)`: open rounds, and a signed-in canvasser of their crew."""

    def begin(homes: int = 12, *rules: object, language: str = "zh-Hans", two: bool = True) -> Walk:
        with transaction() as tx:
            at = open_round(tx.session, homes, *rules, now=tx.now)
            also = another_matter(tx.session, at, now=tx.now) if two else None
        clock.forward(hours=1)
        me = signed_in(at.staff.canvasser)
        me.set_cookie("language", language)
        return Walk(database, me, at, also, clock)

    return begin


def entries(of: OpenRound, home: Household) -> dict[Electorate, int]:
    return {entry.electorate: entry.id for entry in of.entries if entry.household_id == home.id}


def household_entry(of: OpenRound | None, home: Household) -> int:
    assert of is not None
    return entries(of, home)[Electorate.HOUSEHOLD]


def leads_to(answer: TestResponse, home: Household) -> bool:
    return answer.status_code == 302 and answer.location.endswith(f"/doors/{home.id}")
