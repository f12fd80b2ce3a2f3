"""Mail: messages to addresses that people left, by SMTP or into a folder.

The folder (`INSTANCE_DIR/outbox`) is the default: nothing leaves the machine until the operator sets
DELIBERATE_SMTP_URL, and what would have been sent can be read. A message has a name; sent again, the folder
holds it once.
"""

import hashlib
import os
import smtplib
import ssl
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit


class MailFailed(Exception):
    """The message did not leave; it can be tried again."""


class MailAway(MailFailed):
    """Nothing can leave now: nobody takes messages there."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one address, so that nobody learns another's. `name` is the same when it is sent again."""

    to: str
    subject: str
    text: str
    name: str
    enclosed: tuple[str, str] | None = None
    """A file's name and its text."""
    less: str = ""
    """Where its reader chooses less, by one tap in the mail program too (RFC 8058)."""


class Mailer(Protocol):
    """What takes messages."""

    def send(self, letter: Letter) -> None:
        """Take it durably or raise MailFailed; MailAway when another would fare no better."""

    def close(self) -> None:
        """No more for now."""


def _message(letter: Letter, sender: str) -> EmailMessage:
    """MailFailed when there is something in it that no message may hold, whatever the library calls that."""
    try:
        return _written(letter, sender)
    except Exception as error:
        raise MailFailed(f"no message can be made of it: {type(error).__name__}") from error


def _written(letter: Letter, sender: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, letter.to, letter.subject
    made["Message-ID"] = f"<{_digest(letter)}@{sender.partition('@')[2] or 'deliberate.local'}>"
    made["Auto-Submitted"] = "auto-generated"
    if letter.less:
        made["List-Unsubscribe"] = f"<{letter.less}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(letter.text)
    if letter.enclosed:
        made.add_attachment(letter.enclosed[1], filename=letter.enclosed[0])
    return made


def _digest(letter: Letter) -> str:
    return hashlib.sha256(f"{letter.name}|{letter.to}".encode()).hexdigest()[:32]


class FolderMailer:
    """Messages as files, one each, for an operator who sends them another way (or a test that reads them)."""

    def __init__(self, folder: Path, sender: str = "deliberate@deliberate.local") -> None:
        self._folder, self._sender = folder, sender

    def send(self, letter: Letter) -> None:
        """Write it, whole or not at all; its name does not tell the address."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{_digest(letter)}.eml"
        beside = path.with_suffix(".new")
        data = _message(letter, self._sender).as_bytes(policy=SMTP_POLICY)
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)

    def close(self) -> None:
        """Nothing is open."""


PATIENCE = 15
"""Seconds without a word from the server, after which it is away."""
_OF_ITS_OWN = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
    UnicodeError,
    ValueError,
)
"""What is wrong with one message; the next may leave."""


class SmtpMailer:
    """`smtp://user:password@host:port?from=address` (STARTTLS when offered) or `smtps://…`.

    One connection takes all messages until it is closed.
    """

    _server: smtplib.SMTP | None = None

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("a mail server is smtp://host:port or smtps://host:port")
        self._secure, self._host = parts.scheme == "smtps", parts.hostname
        self._port = parts.port or (465 if self._secure else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        wish = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
        self._sender = unquote(wish.get("from", "")) or f"deliberate@{self._host}"

    def send(self, letter: Letter) -> None:
        """Hand it to the server; one that has closed the connection since the last message is called once more."""
        message, called = _message(letter, self._sender), self._server is None
        try:
            self._hand_over(message)
        except MailAway as away:
            if called or not isinstance(away.__cause__, smtplib.SMTPServerDisconnected):
                raise
            self._hand_over(message)

    def _hand_over(self, message: EmailMessage) -> None:
        server = self._server = self._server or self._connect()
        try:
            server.send_message(message)
        except _OF_ITS_OWN as error:
            raise MailFailed(f"{self._host}: {type(error).__name__}") from error
        except OSError as error:
            self.close()
            raise MailAway(f"{self._host}: {type(error).__name__}") from error

    def _connect(self) -> smtplib.SMTP:
        try:
            server = self._called()
            with ExitStack() as until_it_is_fit:
                until_it_is_fit.callback(server.close)
                self._introduce(server)
                until_it_is_fit.pop_all()
        except OSError as error:
            raise MailAway(f"{self._host}: {type(error).__name__}") from error
        return server

    def _called(self) -> smtplib.SMTP:
        if self._secure:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, timeout=PATIENCE, context=context)
        return smtplib.SMTP(self._host, self._port, timeout=PATIENCE)

    def _introduce(self, server: smtplib.SMTP) -> None:
        server.ehlo()
        if not self._secure and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        if self._user:
            server.login(self._user, self._password)

    def close(self) -> None:
        """Part from the server; it is called again by the next message."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError):
                server.quit()
            server.close()


def mailer(smtp_url: str, outbox: Path) -> Mailer:
    """The server that the operator set, else the folder."""
    return SmtpMailer(smtp_url) if smtp_url else FolderMailer(outbox)
