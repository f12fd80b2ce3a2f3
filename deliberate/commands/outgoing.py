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

from .post import Post, posting
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
    app, left = create_app(config, store), 0
    with posting(config, say, post) as mail:
        sender = _Sender(app, store, config, mail, troubles or Troubles(say))
        for outgoing_id in due:
            if mail.has_time():
                left += sender.send(outgoing_id)
    say(f"sent {left} of {len(due)} messages")
    return left


@dataclass
class _Sender:
    app: Flask
    store: Database
    config: Config
    post: Post
    troubles: Troubles

    def send(self, outgoing_id: int) -> bool:
        """Whether it left. Whatever happens to it, it counts as tried."""
        try:
            left = self._left(outgoing_id)
        except Exception as error:
            self.troubles.note(f"message {outgoing_id}", error)
            left = False
        with self.troubles.net(f"message {outgoing_id}"), self.store.transaction() as tx:
            deed = outgoing.failed if left is False else outgoing.sent
            deed(tx.session, outgoing_id, now=tx.now)
        return bool(left)

    def _left(self, outgoing_id: int) -> bool | None:
        """None when there is nobody to be told any more."""
        with self.store.reading() as session, self.app.app_context():
            message = contacts.message(session, outgoing_id)
            to = message.outgoing.address or message.contact.address
            words, way = compose(message), message.contact.way
        return None if to is None else self._handed_over(way, to, words, f"outgoing-{outgoing_id}")

    def _handed_over(self, way: ContactWay, to: str, words: Words, name: str) -> bool:
        if way is ContactWay.SMS:
            FolderTexter(self.config.instance_dir / "outbox").send(Text(to, words.short, name))
            return True
        return self.post.left(Letter(to, words.subject, words.text, name))
