"""Households that tap at the same time are answered together, each as if it had come alone; on both stores."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.test import TestResponse

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.models import Consent, EntryStanding
from deliberate.services import consents
from deliberate.services.consents import Asked
from deliberate.web import turns
from deliberate.web.turns import Turns
from tests import make
from tests.app import lent
from tests.make import Clock
from tests.make_letter import browser
from tests.make_round import OpenRound, open_round

NUMBER = 6
PATIENCE = 20


@dataclass
class Crowd:
    """A member of each of some homes, in front of the page."""

    store: Database
    at: OpenRound
    pages: list[FlaskClient]
    turns: Turns

    def tap(self, place: int, plan_sha256: str = "") -> TestResponse:
        entry = self.at.entries[place]
        url = f"/c/{self.at.community.slug}/home/rounds/{self.at.round.id}/answer/{entry.id}"
        said = {
            "answer": Answer.AGREE.value,
            "request_id": f"{entry.id:032x}",
            "plan_sha256": plan_sha256 or self.at.plan.sha256,
        }
        return self.pages[place].post(url, data=said)

    def tap_at_once(self, outdated: Sequence[int] = ()) -> list[Future[TestResponse]]:
        """All of them, while somebody else's page is worked on; these after the text was changed."""
        line = self.turns._pages
        with ThreadPoolExecutor(NUMBER) as pool, line.taken():
            told = [pool.submit(self.tap, n, "0" * 64 if n in outdated else "") for n in range(NUMBER)]
            until = time.monotonic() + PATIENCE
            while len(line._waiting) < NUMBER and time.monotonic() < until:
                time.sleep(0.001)
        return told

    def recorded(self) -> dict[int, int]:
        """By home, the record under its request."""
        with self.store.reading() as session:
            rows = session.execute(select(Consent.id, Consent.request_id)).all()
            return {[e.id for e in self.at.entries].index(int(said, 16)): number for number, said in rows}


@pytest.fixture
def crowd(
    served_app: Flask, migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crowd]:
    store = Database(migrated_url, Clock())
    with lent(served_app, store, tmp_path) as app:
        with store.transaction() as tx:
            at = open_round(tx.session, 10)
            members = [make.resident(tx.session, home) for home in at.homes[:NUMBER]]
        assert isinstance(app.wsgi_app, Turns)
        monkeypatch.setattr(app.wsgi_app._pages, "_soon", PATIENCE)  # however slow the machine is
        monkeypatch.setattr(turns, "LONG", PATIENCE)
        yield Crowd(store, at, [browser(app, one) for one in members], app.wsgi_app)
    store.dispose()


def leads_to(response: TestResponse) -> int:
    """The record whose receipt the household is shown next."""
    assert response.status_code == 302, response.text
    return int(response.location.rsplit("/", 1)[1])


def test_each_gets_its_own_receipt_of_one_commit(crowd: Crowd) -> None:
    commits = list[Any]()
    crowd.store.told = commits.append
    told = crowd.tap_at_once()
    assert {n: leads_to(one.result()) for n, one in enumerate(told)} == crowd.recorded()
    assert len(commits) == 1
    for place, page in enumerate(crowd.pages):
        assert page.get(told[place].result().location).status_code == 200
    with crowd.store.reading() as session:
        kept = session.scalars(select(EntryStanding.standing)).all()
        assert kept == [Standing.AGREE] * NUMBER


def test_what_one_is_refused_the_others_are_not(crowd: Crowd) -> None:
    told = [one.result().status_code for one in crowd.tap_at_once(outdated=[1, 4])]
    assert told == [302, 409, 302, 302, 409, 302]
    assert sorted(crowd.recorded()) == [0, 2, 3, 5]


def test_the_second_tap_is_shown_the_first_ones_receipt(crowd: Crowd) -> None:
    first = [leads_to(one.result()) for one in crowd.tap_at_once()]
    assert [leads_to(one.result()) for one in crowd.tap_at_once()] == first


def test_what_breaks_them_all_is_tried_again_for_each(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that the store refuses undoes the whole transaction; only its own household is told."""
    answer_each = consents.answer_each
    poisoned = crowd.at.entries[2].id

    def breaks(session: Any, every: Sequence[Asked], **how: Any) -> Any:
        done = answer_each(session, every, **how)
        if poisoned in [one.entry_id for one in every]:
            raise IntegrityError("a row", {}, Exception("refused by the store"))
        return done

    monkeypatch.setattr(consents, "answer_each", breaks)
    told = crowd.tap_at_once()
    assert told[2].result().status_code == 503
    assert {n: leads_to(told[n].result()) for n in (0, 1, 3, 4, 5)} == crowd.recorded()


class DeadlockDetected(Exception):
    """As PostgreSQL says it."""

    sqlstate = "40P01"


def test_of_those_that_waited_in_a_circle_each_is_tried_again(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The store chose their transaction; fifteen of them had nothing to do with it. No answer is in the log."""
    answer_each = consents.answer_each

    def waits(session: Any, every: Sequence[Asked], **how: Any) -> Any:
        done = answer_each(session, every, **how)
        if len(every) > 1:
            raise OperationalError("INSERT", {"answer": "agree"}, DeadlockDetected("row: agree"))
        return done

    monkeypatch.setattr(consents, "answer_each", waits)
    told = crowd.tap_at_once()
    assert {n: leads_to(one.result()) for n, one in enumerate(told)} == crowd.recorded()
    assert "one by one: DeadlockDetected 40P01" in caplog.text
    assert "agree" not in caplog.text


def test_a_busy_store_is_told_to_all_and_nothing_is_kept(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> Any:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    monkeypatch.setattr(consents, "answer_each", busy)
    assert {one.result().status_code for one in crowd.tap_at_once()} == {503}
    assert crowd.recorded() == {}
