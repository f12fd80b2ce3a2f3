"""A receipt proved in a real browser: the record is in the ledger, and whatever is changed is noticed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from deliberate.commands import worker
from deliberate.commands.heads import Turn
from deliberate.config import Config
from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer
from deliberate.services import ledger_batches
from tests.make_round import OpenRound, open_round, paper, say

Begin = Callable[[], AbstractContextManager[Transaction]]
VERDICT = "async (receipt) => (await import('/static/js/prove-receipt.js')).verdict(receipt)"


@pytest.fixture
def at(app: Flask, database: Database, transaction: Begin) -> tuple[OpenRound, str]:
    """Twenty-four answers in the ledger, the receipt code of one, under a signed head."""
    config: Config = app.extensions["deliberate.config"]
    with transaction() as tx:
        made = open_round(tx.session, 30)
        for entry in made.entries[1:24]:
            say(tx.session, made, entry, Answer.AGREE, now=tx.now)
        code = paper(tx.session, made, made.entries[0], Answer.DISAGREE, 1, now=tx.now, key=config.code_key)
        over = made.round.settle_until or tx.now
        ledger_batches.place(tx.session, made.community.id, now=over)
    worker.look(database)
    Turn(database, config, print).take()
    return made, code


def receipt_of(app: Flask, at: tuple[OpenRound, str]) -> dict[str, Any]:
    made, code = at
    answer = app.test_client().post(
        f"/c/{made.community.slug}/home/check/file", data={"receipt": code, "consent_id": "24"}
    )
    assert answer.headers["Content-Disposition"].startswith("attachment")
    found: dict[str, Any] = answer.get_json()
    return found


def test_the_page_proves_the_record_by_itself(
    app: Flask, at: tuple[OpenRound, str], live_server: Callable[..., str], page: Callable[..., Page]
) -> None:
    made, code = at
    tab = page(width=390)
    tab.goto(f"{live_server(app)}/c/{made.community.slug}/home/check#{code}")
    tab.locator("form[action$='/home/check'] button").click()
    tab.wait_for_selector(".proof-good")
    assert "没有改过" in tab.inner_text(".receipt-proof")
    assert code not in tab.url


def test_whatever_is_changed_in_a_receipt_is_noticed(
    app: Flask, at: tuple[OpenRound, str], live_server: Callable[..., str], page: Callable[..., Page]
) -> None:
    receipt = receipt_of(app, at)
    assert receipt["openings"]["answer"][1] == "disagree"
    tab = page(width=390)
    tab.goto(f"{live_server(app)}/c/{at[0].community.slug}/home/check")
    salt = receipt["openings"]["answer"][0]
    flipped = receipt["proof"][0].translate(str.maketrans("0123456789abcdef", "123456789abcdef0"))
    head = receipt["head"].split("\n")
    changed: dict[str, dict[str, Any]] = {
        "good": {},
        "answer": {"openings": receipt["openings"] | {"answer": [salt, "agree"]}},
        "no openings": {"openings": {}},
        "proof": {"proof": [flipped, *receipt["proof"][1:]]},
        "shorter proof": {"proof": receipt["proof"][1:]},
        "place": {"position": (receipt["position"] + 1) % receipt["size"]},
        "beyond": {"position": receipt["size"]},
        "another tree": {"origin": "elsewhere/here"},
        "another head": {"head": "\n".join([head[0], head[1], "A" * 43 + "=", *head[3:]])},
        "another promise": {
            "promise": receipt["promise"].replace(receipt["promise"].split("\n")[2], "0" * 64)
        },
    }
    said = {name: tab.evaluate(VERDICT, receipt | change) for name, change in changed.items()}
    assert said == {name: "good" if name == "good" else "bad" for name in changed}
    waiting = {name: receipt[name] for name in ("format", "origin", "leaf", "openings", "promise")}
    assert tab.evaluate(VERDICT, waiting) == "wait"
