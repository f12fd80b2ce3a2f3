"""News by mail: each item in one letter, once, only what is unread, as the person chose; quiet when nothing is new."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from deliberate.commands import news as sender
from deliberate.config import Config
from deliberate.db import Database, Transaction
from deliberate.domain.consent import Answer
from deliberate.domain.contact import ContactWay
from deliberate.domain.errors import BadInput
from deliberate.domain.news import Pace, Topic
from deliberate.domain.permissions import Actor
from deliberate.models import Account, Community, InboxMessage, NewsMail
from deliberate.services import contacts, inbox, journal, news, news_mails, outgoing
from tests import make
from tests.make import CODE_KEY, Clock
from tests.make_round import open_round, paper

Begin = Callable[[], AbstractContextManager[Transaction]]
SECRET = "a secret of the tests, long enough for it"


@pytest.fixture
def config(database: Database, tmp_path: Path) -> Config:
    return Config(database.url, SECRET, tmp_path, public_url="https://example.org")


@pytest.fixture
def reader(transaction: Begin) -> Actor:
    """Somebody who left an address and proved it."""
    with transaction() as tx:
        return write_to(tx, make.account(tx.session), "li@example.com")


def write_to(tx: Transaction, account: Account, address: str) -> Actor:
    actor = make.actor(tx.session, account)
    wish = news.leave_address(tx.session, actor, address, now=tx.now)
    news.prove(tx.session, actor, news.proof_code(wish, CODE_KEY), CODE_KEY, now=tx.now)
    return actor


def tell(tx: Transaction, actor: Actor, kind: str, number: int = 7, title: str = "修路灯") -> None:
    place = tx.session.query(Community).first() or make.community(tx.session)
    said = {} if kind == "password_given" else {"number": number, "title": title}
    journal.tell(tx.session, actor.account_id, place.id, kind, now=tx.now, reason="好主意", **said)


def letters(config: Config) -> list[EmailMessage]:
    files = (config.instance_dir / "outbox").glob("*.eml")
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]
    return sorted((one for one in found if "确认" not in one["Subject"]), key=lambda one: one.get_content())


def said(line: str) -> None:
    assert line


def test_the_days_news_leaves_once_in_the_evening_by_matter(
    database: Database, config: Config, clock: Clock, transaction: Begin, reader: Actor
) -> None:
    with transaction() as tx:
        tell(tx, reader, "comment_replied")
        tell(tx, reader, "suggestion_taken", 8, "修门")
        tell(tx, reader, "comment_replied")
    sender.send_news(database, config, said)
    assert letters(config) == []
    clock.forward(hours=8)
    for _turn in range(2):
        sender.send_news(database, config, said)
    (letter,) = letters(config)
    text = letter.get_content()
    assert letter["To"] == "li@example.com"
    assert letter["Subject"] == "中华巷社区：3 条和您有关的消息"
    assert text.count("7号议题 修路灯") == 1, "grouped by matter"
    assert text.count("有人回复了您") == 2
    assert "https://example.org/c/zhonghuaxiang/matters/8" in text
    clock.forward(days=1)
    sender.send_news(database, config, said)
    assert len(letters(config)) == 1, "quiet when nothing is new"


def test_one_tap_in_the_mail_program_chooses_less(
    database: Database, config: Config, transaction: Begin, reader: Actor
) -> None:
    with transaction() as tx:
        tell(tx, reader, "duty")
    sender.send_news(database, config, said)
    (letter,) = letters(config)
    link = letter["List-Unsubscribe"].strip("<>")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.startswith("https://example.org/account/less/")
    assert link in letter.get_content()
    with transaction() as tx:
        news.choose_less(tx.session, link.rpartition("/")[2], Pace.IN_APP, CODE_KEY)
        tell(tx, reader, "duty")
        tell(tx, reader, "password_given")
    sender.send_news(database, config, said)
    assert ["您被安排" in one.get_content() for one in letters(config)].count(True) == 1
    assert sum("新密码" in one.get_content() for one in letters(config)) == 1, "cannot be switched off"


def test_what_was_read_meanwhile_is_not_sent(
    database: Database, config: Config, clock: Clock, transaction: Begin, reader: Actor
) -> None:
    with transaction() as tx:
        tell(tx, reader, "comment_replied")
    sender.send_news(database, config, said)
    with transaction() as tx:
        inbox.put_all_away(tx.session, reader, since=0, up_to=10**6, now=tx.now)
        tell(tx, reader, "suggestion_taken", 8, "修门")
    clock.forward(hours=8)
    sender.send_news(database, config, said)
    (letter,) = letters(config)
    assert "修路灯" not in letter.get_content()
    with transaction() as tx:
        tell(tx, reader, "duty")
        news_mails.sort(tx.session, now=tx.now)
        assert news_mails.gather(tx.session, now=tx.now) == 1
        inbox.put_all_away(tx.session, reader, since=0, up_to=10**6, now=tx.now)
    assert sender.send_news(database, config, said) == 0, "read between gathering and sending"
    assert len(letters(config)) == 1


def test_a_person_gets_one_letter_a_day(
    database: Database, config: Config, clock: Clock, transaction: Begin, reader: Actor
) -> None:
    clock.forward(hours=8)
    for number in (7, 8):
        with transaction() as tx:
            tell(tx, reader, "comment_replied", number)
        sender.send_news(database, config, said)
        clock.forward(hours=1)
    assert len(letters(config)) == 1
    clock.forward(days=1)
    sender.send_news(database, config, said)
    assert [one.get_content().count("有人回复了您") for one in letters(config)] == [1, 1]


def test_killed_between_sending_and_marking_the_same_letter_goes_again(
    database: Database,
    config: Config,
    transaction: Begin,
    reader: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with transaction() as tx:
        tell(tx, reader, "duty")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(news_mails, "sent", killed)
        with pytest.raises(KeyboardInterrupt):
            sender.send_news(database, config, said)
    (first,) = letters(config)
    with transaction() as tx:
        tell(tx, reader, "duty")
    assert sender.send_news(database, config, said) == 2
    both = letters(config)
    assert [one.get_content().count("您被安排") for one in both] == [1, 1], "no news in two letters"
    assert first["Message-ID"] in {one["Message-ID"] for one in both}, "the same letter under the same name"


def test_what_cannot_leave_waits_then_stays_in_the_app(
    database: Database, config: Config, clock: Clock, transaction: Begin, reader: Actor
) -> None:
    broken = Config(config.database_url, SECRET, config.instance_dir, smtp_url="smtp://127.0.0.1:1")
    with transaction() as tx:
        tell(tx, reader, "duty")
    for _try in range(outgoing.MOST_TRIES):
        assert sender.send_news(database, broken, said) == 0
        clock.forward(days=3)
    assert sender.send_news(database, config, said) == 0
    with transaction() as tx:
        assert tx.session.query(NewsMail).filter(NewsMail.given_up_at.is_not(None)).count() == 2
        assert tx.session.query(InboxMessage).one().read_at is None


def test_nothing_but_a_code_goes_to_an_address_that_was_not_proved(
    database: Database, config: Config, clock: Clock, transaction: Begin
) -> None:
    with transaction() as tx:
        somebody = make.actor(tx.session, make.account(tx.session))
        news.leave_address(tx.session, somebody, "wrong@example.com", now=tx.now)
        news.choose(tx.session, somebody, dict.fromkeys(Topic, Pace.AT_ONCE))
        tell(tx, somebody, "duty")
        tell(tx, somebody, "password_given")
    assert sender.send_news(database, config, said) == 1
    (code,) = (config.instance_dir / "outbox").glob("*.eml")
    assert "代码" in message_from_bytes(code.read_bytes(), policy=policy.default).get_content()
    with transaction() as tx, pytest.raises(BadInput):
        news.prove(tx.session, somebody, "0000-0000-0000", CODE_KEY, now=tx.now)
    clock.forward(days=4)
    with transaction() as tx:
        wish = tx.session.get_one(news.NewsWish, somebody.account_id)
        with pytest.raises(BadInput):
            news.prove(tx.session, somebody, news.proof_code(wish, CODE_KEY), CODE_KEY, now=tx.now)
        wish = news.leave_address(tx.session, somebody, "li@example.com", now=tx.now)
        news.prove(tx.session, somebody, news.proof_code(wish, CODE_KEY), CODE_KEY, now=tx.now)
    assert sender.send_news(database, config, said) == 0
    assert letters(config) == [], "what was told before is not sent afterwards"


def test_an_address_taken_back_is_written_to_no_more_and_its_link_ends(
    database: Database, config: Config, transaction: Begin, reader: Actor
) -> None:
    with transaction() as tx:
        link = news.less_token(tx.session.get_one(news.NewsWish, reader.account_id), CODE_KEY)
        tell(tx, reader, "duty")
        news_mails.sort(tx.session, now=tx.now)
        news_mails.gather(tx.session, now=tx.now)
        news.take_address_back(tx.session, reader)
    assert sender.send_news(database, config, said) == 0
    with transaction() as tx, pytest.raises(news.NotFound):
        news.wish_of_token(tx.session, link, CODE_KEY)


def test_a_letter_is_in_the_language_of_its_reader(
    database: Database, config: Config, transaction: Begin, reader: Actor
) -> None:
    with transaction() as tx:
        tx.session.get_one(Account, reader.account_id).language = "en"
        tell(tx, reader, "duty")
    sender.send_news(database, config, said)
    (letter,) = letters(config)
    assert letter["Subject"].endswith("1 message for you")
    assert "How I am told" not in letter.get_content(), "there is a link instead"
    assert "To get fewer letters" in letter.get_content()


def test_members_are_told_of_records_that_others_make_never_what_they_say(
    database: Database, config: Config, transaction: Begin, clock: Clock
) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        home = at.homes[0]
        member = write_to(tx, make.resident(tx.session, home), "li@example.com")
        covered = write_to(tx, make.resident(tx.session, home), "wang@example.com")
        contacts.leave(
            tx.session, covered, home.id, ContactWay.EMAIL, "wang@example.com", "zh-Hans", now=tx.now
        )
        paper(tx.session, at, at.entries[0], Answer.DISAGREE, 1, now=tx.now)
        news.choose(tx.session, member, dict.fromkeys(Topic, Pace.IN_APP))
        told = {one.account_id for one in tx.session.query(InboxMessage).filter_by(kind="answer_recorded")}
    assert told == {member.account_id, covered.account_id}
    sender.send_news(database, config, said)
    (letter,) = letters(config)
    assert letter["To"] == "li@example.com", "the home's second channel tells the other address"
    assert "不同意" not in letter.get_content()
    clock.at += timedelta(minutes=1)
    with transaction() as tx:
        paper(tx.session, at, at.entries[0], Answer.AGREE, 2, now=tx.now)
        kinds = [one.kind for one in tx.session.query(InboxMessage).order_by(InboxMessage.id)]
    assert kinds[-2:] == ["answers_differ"] * 2
