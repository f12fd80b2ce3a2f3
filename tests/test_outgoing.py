"""The worker sends what is owed: e-mail and short messages into the outbox, each once, nothing on other pages."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from deliberate.commands import outgoing as sender
from deliberate.config import Config
from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer
from deliberate.domain.contact import ContactWay
from deliberate.models import Outgoing
from deliberate.services import contacts
from tests import make
from tests.make import Clock
from tests.make_round import open_round, paper

Begin = Callable[[], AbstractContextManager[Transaction]]


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Config:
    return Config(database.url, "s" * 40, tmp_path, public_url="https://example.org")


@pytest.fixture
def told(transaction: Begin) -> None:
    """A household with an address and a number, for which a paper is registered."""
    with transaction() as tx:
        at = open_round(tx.session, 12)
        member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
        for way, address in ((ContactWay.EMAIL, "a@example.com"), (ContactWay.SMS, "19900000001")):
            contacts.leave(tx.session, member, at.homes[0].id, way, address, "zh-Hans", now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now)


def said(line: str) -> None:
    assert line


@pytest.mark.usefixtures("told")
def test_every_message_leaves_once(database: Database, config: Config) -> None:
    assert sender.send_due(database, config, said) == 3
    assert sender.send_due(database, config, said) == 0
    files = sorted(path.suffix for path in (config.instance_dir / "outbox").iterdir())
    assert files == [".eml", ".eml", ".json"]
    texts = [json.loads(path.read_text()) for path in (config.instance_dir / "outbox").glob("*.json")]
    assert [one["to"] for one in texts] == ["19900000001"]
    assert "测试议题1" in texts[0]["text"]
    assert "不同意" not in texts[0]["text"]
    assert "\n" not in texts[0]["text"]


@pytest.mark.usefixtures("told")
def test_what_cannot_leave_waits_and_holds_up_no_other(
    database: Database, config: Config, clock: Clock, transaction: Begin
) -> None:
    broken = Config(
        config.database_url,
        config.secret_key,
        config.instance_dir,
        smtp_url="smtp://127.0.0.1:1/?from=x@y.org",
    )
    assert sender.send_due(database, broken, said) == 1
    with transaction() as tx:
        waiting = [one for one in tx.session.query(Outgoing) if one.sent_at is None]
        assert [one.tries for one in waiting] == [1, 1]
    clock.forward(hours=1)
    assert sender.send_due(database, config, said) == 2


@pytest.mark.usefixtures("told")
def test_a_contact_that_ended_meanwhile_is_not_written_to(
    database: Database, config: Config, transaction: Begin, clock: Clock
) -> None:
    clock.at += timedelta(minutes=1)
    with transaction() as tx:
        for one in tx.session.query(contacts.Contact):
            one.address, one.ended_at = None, tx.now
    assert sender.send_due(database, config, said) == 0
    assert not list((config.instance_dir / "outbox").glob("*"))
