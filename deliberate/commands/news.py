"""Sends people their news by mail: sorts what is new, puts it into letters, hands them over, marks them.

A letter may leave twice when the machine stops between the last two; its news is in no other letter.
"""

from collections.abc import Callable

from flask import Flask

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.queries import news
from deliberate.services import news_mails
from deliberate.services.mail import Letter, MailFailed, mailer
from deliberate.web.news_words import compose


def send_news(store: Database, config: Config, say: Callable[[str], None]) -> int:
    """Sort, gather and send; how many letters left. One that fails is tried again later and holds up no other."""
    with store.transaction() as tx:
        while news_mails.sort(tx.session, now=tx.now):
            pass
    while _gather(store):
        pass
    with store.transaction() as tx:
        due = news_mails.due(tx.session, now=tx.now)
    if not due:
        return 0
    app = create_app(config, store)
    left = [mail_id for mail_id in due if _send(app, store, config, mail_id)]
    say(f"sent {len(left)} of {len(due)} letters of news")
    return len(left)


def _gather(store: Database) -> int:
    with store.transaction() as tx:
        return news_mails.gather(tx.session, now=tx.now)


def _send(app: Flask, store: Database, config: Config, mail_id: int) -> bool:
    with store.reading() as session, app.app_context():
        letter = compose(news.letter(session, mail_id), config.code_key)
    if letter is not None and not _left(config, letter):
        with store.transaction() as tx:
            news_mails.failed(tx.session, mail_id, now=tx.now)
        return False
    with store.transaction() as tx:
        (news_mails.sent if letter else news_mails.dropped)(tx.session, mail_id, now=tx.now)
    return letter is not None


def _left(config: Config, letter: Letter) -> bool:
    try:
        mailer(config.smtp_url, config.instance_dir / "outbox").send(letter)
    except (MailFailed, OSError):
        return False
    return True
