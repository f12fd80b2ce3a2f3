"""Sends what is owed to second channels: composed in the words of the pages, handed over, then marked as sent.

A message may leave twice when the machine stops between the two; it never stays behind unnoticed.
"""

from collections.abc import Callable

from flask import Flask

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.domain.contact import ContactWay
from deliberate.queries import contacts
from deliberate.services import outgoing
from deliberate.services.mail import Letter, MailFailed, mailer
from deliberate.services.texting import FolderTexter, Text
from deliberate.web.mails import Words, compose


def send_due(store: Database, config: Config, say: Callable[[str], None]) -> int:
    """Send what waits; how many messages left. One that fails is tried again later and holds up no other."""
    with store.transaction() as tx:
        due = outgoing.due(tx.session, now=tx.now)
    if not due:
        return 0
    app = create_app(config, store)
    left = [outgoing_id for outgoing_id in due if _send(app, store, config, outgoing_id)]
    say(f"sent {len(left)} of {len(due)} messages")
    return len(left)


def _send(app: Flask, store: Database, config: Config, outgoing_id: int) -> bool:
    with store.reading() as session, app.app_context():
        message = contacts.message(session, outgoing_id)
        to = message.outgoing.address or message.contact.address
        words, way = compose(message), message.contact.way
    try:
        if to is not None:
            _hand_over(config, way, to, words, f"outgoing-{outgoing_id}")
    except (MailFailed, OSError):
        with store.transaction() as tx:
            outgoing.failed(tx.session, outgoing_id, now=tx.now)
        return False
    with store.transaction() as tx:
        outgoing.sent(tx.session, outgoing_id, now=tx.now)
    return to is not None


def _hand_over(config: Config, way: ContactWay, to: str, words: Words, name: str) -> None:
    outbox = config.instance_dir / "outbox"
    if way is ContactWay.SMS:
        FolderTexter(outbox).send(Text(to, words.short, name))
    else:
        mailer(config.smtp_url, outbox).send(Letter(to, words.subject, words.text, name))
