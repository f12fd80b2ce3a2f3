"""Sends what is owed to second channels: composed in the words of the pages, handed over, then marked as sent.

A message may leave twice when the machine stops between the two; it never stays behind unnoticed.
"""

from dataclasses import dataclass

from flask import Flask

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.domain.contact import ContactWay
from deliberate.queries import contacts
from deliberate.services import outgoing
from deliberate.services.mail import Letter
from deliberate.services.texting import FolderTexter, Text
from deliberate.web.mails import Words, compose

from .post import Post, posting, send_each
from .troubles import Say, Troubles


def send_due(
    store: Database,
    config: Config,
    say: Say,
    *,
    troubles: Troubles | None = None,
    post: Post | None = None,
) -> int:
    """Send what waits; how many messages left. One that fails is tried again later and holds up no other."""
    with store.transaction() as tx:
        due = outgoing.due(tx.session, now=tx.now)
    if not due:
        return 0
    troubles = troubles or Troubles(say)
    with posting(config, say, post) as mail:
        sender = _Sender(create_app(config, store), store, config, mail)
        left = send_each(due, "message", sender.left, sender.keep, post=mail, troubles=troubles)
    say(f"sent {left} of {len(due)} messages")
    return left


@dataclass
class _Sender:
    app: Flask
    store: Database
    config: Config
    post: Post

    def left(self, outgoing_id: int) -> bool | None:
        """None when there is nobody to be told any more."""
        with self.store.reading() as session, self.app.app_context():
            message = contacts.message(session, outgoing_id)
            to = message.outgoing.address or message.contact.address
            words, way = compose(message), message.contact.way
        return None if to is None else self._handed_over(way, to, words, f"outgoing-{outgoing_id}")

    def keep(self, outgoing_id: int, left: bool | None) -> None:
        """What became of it; nobody to be told is as good as told."""
        deed = outgoing.failed if left is False else outgoing.sent
        with self.store.transaction() as tx:
            deed(tx.session, outgoing_id, now=tx.now)

    def _handed_over(self, way: ContactWay, to: str, words: Words, name: str) -> bool:
        if way is ContactWay.SMS:
            FolderTexter(self.config.instance_dir / "outbox").send(Text(to, words.short, name))
            return True
        return self.post.left(Letter(to, words.subject, words.text, name))
