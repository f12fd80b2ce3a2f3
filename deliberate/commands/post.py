"""What takes the mail of one turn: one connection, a limited time, and nothing more once nobody answers.

The clocks of rounds never wait for a mail server. What was not tried in a turn is tried in the next.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from deliberate.config import Config
from deliberate.services.mail import Letter, MailAway, MailFailed, mailer

from .troubles import Say, Troubles

A_TURN = 20.0
"""Seconds after which no further letter is begun in a turn."""


class Post:
    """The mail of one turn."""

    def __init__(self, config: Config, say: Say, seconds: float = A_TURN) -> None:
        self._mail = mailer(config.smtp_url, config.instance_dir / "outbox")
        self._say, self._until = say, time.monotonic() + seconds
        self.away = False
        """Nobody took messages: whatever else was to leave has been tried with that."""

    def has_time(self) -> bool:
        """Whether one more may be begun; when nobody answers, that takes none."""
        return self.away or time.monotonic() < self._until

    def left(self, letter: Letter) -> bool:
        """Whether it left; a server that is away is called once a turn."""
        if self.away:
            return False
        try:
            self._mail.send(letter)
        except MailAway as away:
            self.away = True
            self._say(f"no mail leaves: {away}")
            return False
        except MailFailed as failed:
            self._say(f"a letter did not leave: {failed}")
            return False
        except OSError as error:
            self._say(f"a letter did not leave: {type(error).__name__}")
            return False
        return True

    def close(self) -> None:
        """The turn is over."""
        self._mail.close()


@contextmanager
def posting(config: Config, say: Say, post: Post | None) -> Iterator[Post]:
    """The turn's own, which whoever made it closes, or one for this alone."""
    if post is not None:
        yield post
        return
    alone = Post(config, say)
    try:
        yield alone
    finally:
        alone.close()


def send_each(
    ids: Iterable[int],
    what: str,
    hand_over: Callable[[int], bool | None],
    keep: Callable[[int, bool | None], None],
    *,
    post: Post,
    troubles: Troubles,
) -> int:
    """Hand each over while there is time, and keep what became of it; how many left.

    `hand_over` says whether it left, or None when nobody is to have it any more. Whatever happens to one, it counts
    as tried, and holds up no other.
    """
    number = 0
    for one in ids:
        if not post.has_time():
            break
        left: bool | None = False
        with troubles.net(f"{what} {one}"):
            left = hand_over(one)
        with troubles.net(f"{what} {one}"):
            keep(one, left)
        number += left is True
    return number
