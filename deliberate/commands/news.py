"""Sends people their news by mail: sorts what is new, puts it into letters, hands them over, marks them.

A letter may leave twice when the machine stops between the last two; its news is in no other letter.
"""

from dataclasses import dataclass

from flask import Flask

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.queries import news
from deliberate.services import news_mails
from deliberate.web.news_words import compose

from .post import Post, posting, send_each
from .troubles import Say, Troubles


def send_news(
    store: Database,
    config: Config,
    say: Say,
    *,
    troubles: Troubles | None = None,
    post: Post | None = None,
) -> int:
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
    troubles = troubles or Troubles(say)
    with posting(config, say, post) as mail:
        sender = _Sender(create_app(config, store), store, config, mail)
        left = send_each(due, "letter of news", sender.left, sender.keep, post=mail, troubles=troubles)
    say(f"sent {left} of {len(due)} letters of news")
    return left


def _gather(store: Database) -> int:
    with store.transaction() as tx:
        return news_mails.gather(tx.session, now=tx.now)


@dataclass
class _Sender:
    app: Flask
    store: Database
    config: Config
    post: Post

    def left(self, mail_id: int) -> bool | None:
        """None when it has become needless."""
        with self.store.reading() as session, self.app.app_context():
            letter = compose(news.letter(session, mail_id), self.config.code_key)
        return None if letter is None else self.post.left(letter)

    def keep(self, mail_id: int, left: bool | None) -> None:
        """What became of it."""
        deed = {True: news_mails.sent, False: news_mails.failed, None: news_mails.dropped}[left]
        with self.store.transaction() as tx:
            deed(tx.session, mail_id, now=tx.now)
