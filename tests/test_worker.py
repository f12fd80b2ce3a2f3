"""`deliberate worker --once`: what is due in every open round."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from deliberate.cli import main
from deliberate.commands import bulletin, heads, outgoing, post, worker
from deliberate.commands import news as sender_of_news
from deliberate.config import Config
from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer
from deliberate.domain.contact import ContactWay
from deliberate.domain.round import RoundStatus
from deliberate.models import ConsentRound, NewsMail, NewsWish, Outgoing, WorkerTurn
from deliberate.queries import health
from deliberate.services import contacts, news
from deliberate.services.mail import SmtpMailer
from deliberate.storage import StorageAway
from tests import make
from tests.make import Clock
from tests.make_round import open_round, paper
from tests.smtp import Smtp

Begin = Callable[[], AbstractContextManager[Transaction]]


def test_a_look_begins_to_count_what_is_over_and_leaves_the_rest(
    database: Database, transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        short, long = open_round(tx.session, 12, days=5), open_round(tx.session, 13, days=9)
    assert worker.look(database) == 2
    clock.forward(days=6)
    assert worker.look(database) == 2
    with transaction() as tx:
        found = [tx.session.get_one(ConsentRound, one.round.id).status for one in (short, long)]
    assert found == [RoundStatus.COUNTING, RoundStatus.OPEN]
    assert worker.look(database) == 1


def test_once_looks_and_leaves(
    database: Database, transaction: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
    monkeypatch.setenv("DELIBERATE_DATABASE_URL", database.url)
    monkeypatch.setenv("DELIBERATE_INSTANCE_DIR", str(tmp_path))
    result = CliRunner().invoke(main, ["worker", "--once"])
    assert result.exit_code == 0
    assert "looked at 1 open rounds" in result.stderr
    with transaction() as tx:
        assert tx.session.get_one(ConsentRound, at.round.id).status is RoundStatus.COUNTING


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Config:
    return Config(database.url, "s" * 40, tmp_path)


def _person(tx: Transaction, address: str) -> None:
    actor = make.actor(tx.session, make.account(tx.session))
    news.leave_address(tx.session, actor, address, now=tx.now)


def _told_home(tx: Transaction) -> None:
    """A home that is told of a paper."""
    at = open_round(tx.session, 12)
    member = make.actor(tx.session, make.resident(tx.session, at.homes[0]))
    contacts.leave(tx.session, member, at.homes[0].id, ContactWay.EMAIL, "a@example.com", "ug", now=tx.now)
    paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now)


def test_an_address_that_no_message_can_bear_holds_up_nobody(
    database: Database, transaction: Begin, config: Config, clock: Clock
) -> None:
    """The store of an older program has such addresses."""
    with transaction() as tx:
        _person(tx, "bad@example.org")
        _person(tx, "good@example.org")
        tx.session.execute(
            update(NewsWish).where(NewsWish.address.startswith("bad")).values(address="().@x.org")
        )
    for _turn in range(2):
        assert worker.turn(database, config).number == 0
    assert len(list((config.instance_dir / "outbox").glob("*.eml"))) == 1
    with transaction() as tx:
        bad, good = tx.session.query(NewsMail).order_by(NewsMail.id)
        assert (bad.tries, bad.sent_at, good.tries, good.sent_at) == (1, None, 1, clock())
        assert tx.session.get_one(WorkerTurn, 1).at == clock()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (worker, "look"),
        (bulletin.published, "waiting"),
        (outgoing.contacts, "message"),
        (sender_of_news, "compose"),
        (heads.ledger_heads, "make_due"),
        (worker.ledger_batches, "place"),
    ],
)
def test_what_breaks_holds_up_nothing_else_and_is_told(
    database: Database,
    transaction: Begin,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: ModuleType,
    name: str,
) -> None:
    with transaction() as tx:
        _told_home(tx)
        _person(tx, "b@example.org")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("张三 13800000000")

    monkeypatch.setattr(module, name, broken)
    troubles = worker.turn(database, config).number
    said = capsys.readouterr().err
    assert troubles >= 1
    assert "ZeroDivisionError" in said
    assert "13800000000" not in said
    left = len(list((config.instance_dir / "outbox").glob("*.eml")))
    assert left == (1 if name in ("message", "compose") else 2)
    with database.reading() as session:
        assert health.troubles(session) == troubles


def test_a_bucket_that_is_away_holds_up_no_message(
    database: Database, transaction: Begin, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def names(self, under: str) -> Iterator[str]:
            raise StorageAway

    with transaction() as tx:
        _person(tx, "b@example.org")
    monkeypatch.setattr(bulletin, "storage_of", lambda _config: Away())
    assert worker.turn(database, config).number == 1
    assert len(list((config.instance_dir / "outbox").glob("*.eml"))) == 1


def test_once_says_with_its_exit_that_something_went_wrong(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DELIBERATE_DATABASE_URL", database.url)
    monkeypatch.setenv("DELIBERATE_INSTANCE_DIR", str(tmp_path))
    monkeypatch.setattr(worker, "look", lambda *_: 1 / 0)
    result = CliRunner().invoke(main, ["worker", "--once"])
    assert (result.exit_code, "rounds: ZeroDivisionError" in result.stderr) == (1, True)
    assert "done" in result.stderr


def test_a_mail_server_that_does_not_answer_is_called_once_a_turn(
    database: Database, transaction: Begin, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call may last until patience is over; a hundred of them would stop the clocks of rounds."""
    calls: list[str] = []

    def silent(self: SmtpMailer) -> None:
        calls.append("")
        raise TimeoutError

    with transaction() as tx:
        for number in range(5):
            _person(tx, f"b{number}@example.org")
        _told_home(tx)
    monkeypatch.setattr(SmtpMailer, "_called", silent)
    worker.turn(database, replace(config, smtp_url="smtp://mail.example.org"))
    assert len(calls) == 1
    with database.reading() as session:
        assert {mail.tries for mail in session.query(NewsMail)} == {1}
        assert {one.tries for one in session.query(Outgoing)} == {1}


def test_mail_has_its_time_in_a_turn_and_the_rest_waits_for_the_next(
    database: Database, transaction: Begin, config: Config, smtp: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction() as tx:
        for number in range(3):
            _person(tx, f"b{number}@example.org")
    ticks = iter(range(0, 10_000, 9))
    monkeypatch.setattr(post, "time", SimpleNamespace(monotonic=ticks.__next__))
    config = replace(config, smtp_url=smtp.url)
    worker.turn(database, config)
    assert len(smtp.taken) == 2
    worker.turn(database, config)
    assert (len(smtp.taken), smtp.calls) == (3, 2)
