"""Letters that were ordered: the worker issues, sets and seals them building by building.

A turn prints for a limited time, so that the clocks of rounds never wait for paper; what is left is next turn's. What
cannot be printed is tried again later, each time after twice as long, and holds up nothing else; a job nobody fetched
ends after three days. Codes are in this process's memory and in the sealed file, nowhere else: a building that is tried
again gets the letters that it was issued, unless one of them was replaced or delivered meanwhile.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask

from deliberate import pdf
from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.domain.errors import Refusal
from deliberate.models import LetterPart
from deliberate.queries import letter_jobs, people
from deliberate.services import letter_jobs as deeds
from deliberate.services import letter_parts
from deliberate.services.letter_issuing import IssuedLetter
from deliberate.storage import Storage, storage_of
from deliberate.web.letter_sheets import letter_page

from .troubles import Say, Troubles

A_TURN = 20.0
"""Seconds after which no further part is begun in a turn."""
FIRST_WAIT, LONGEST_WAIT = 60.0, 3600.0
"""Seconds before a building is tried again, and the most that it is made to wait."""


@dataclass(slots=True)
class Retry:
    """A building that could not be printed."""

    issued: Sequence[IssuedLetter] = ()
    tries: int = 0
    after: float = 0.0

    def later(self) -> None:
        """Not before then."""
        self.after = time.monotonic() + min(FIRST_WAIT * 2**self.tries, LONGEST_WAIT)
        self.tries += 1


class Printer:
    """Prints what was ordered; made once for a worker."""

    def __init__(self, store: Database, config: Config, say: Say) -> None:
        self.store, self.config, self.say = store, config, say
        self.files = storage_of(config)
        self._app: Flask | None = None
        self._retries: dict[int, Retry] = {}

    def turn(self, seconds: float = A_TURN, troubles: Troubles | None = None) -> bool:
        """Print for so long; whether something is left that need not wait."""
        troubles = troubles or Troubles(self.say)
        self._forget_old(troubles)
        with self.store.reading() as session:
            waiting = letter_jobs.waiting(session)
        self._retries = {part.id: self._retries.get(part.id, Retry()) for part in waiting}
        parts = [part for part in waiting if self._retries[part.id].after <= time.monotonic()]
        if not parts or not pdf.available():
            return False
        until, tried, done = time.monotonic() + seconds, 0, 0
        app = self._served()
        with app.app_context(), Setters(self.files) as setters:
            for part in parts:
                tried += 1
                done += self._print(app, setters, part, troubles)
                if time.monotonic() >= until:
                    break
        self.say(f"printed the letters of {done} buildings, {len(waiting) - done} left")
        return tried < len(parts)

    def _print(self, app: Flask, setters: "Setters", part: LetterPart, troubles: Troubles) -> bool:
        """One building, or it is tried later."""
        try:
            self._issue_and_keep(app, setters, part)
        except Exception as fault:
            if not isinstance(fault, Refusal):
                setters.drop()
            troubles.note(f"letters of building {part.building_id} were not printed", fault)
            self._retries[part.id].later()
            return False
        del self._retries[part.id]
        return True

    def _issue_and_keep(self, app: Flask, setters: "Setters", part: LetterPart) -> None:
        """Issue, set, seal, keep. In that order, so that what is kept is what is on paper."""
        retry = self._retries[part.id]
        with self.store.reading() as session:
            job = letter_jobs.job_of(session, part)
            actor = people.actor(session, account_id=job.by_id)
            homes = letter_jobs.homes(session, part.community_id, part.building_id)
        with self.store.transaction() as tx:
            retry.issued = deeds.issue_part(
                tx.session, actor, part.id, self.config.code_key, before=retry.issued, now=tx.now
            )
        if retry.issued:
            page = letter_page(app, part.community_id, job.languages, job.address, retry.issued, homes)
            letter_parts.keep(self.files, job, part, setters.set(page))
        with self.store.transaction() as tx:
            deeds.keep_part(tx.session, actor, part.id, now=tx.now)

    def _served(self) -> Flask:
        self._app = self._app or create_app(self.config, self.store)
        return self._app

    def _forget_old(self, troubles: Troubles) -> None:
        """The files first: a job that says it is over has none left."""
        with self.store.reading() as session:
            old = letter_jobs.ordered_before(session, self.store.clock() - deeds.KEPT_FOR)
        for job in old:
            with troubles.net(f"letters of job {job.id} that nobody fetched"):
                letter_parts.delete(self.files, job.id)
                with self.store.transaction() as tx:
                    deeds.expire(tx.session, job.id, now=tx.now)


class Setters:
    """The process that sets pages; after one that it could not set there is a new one."""

    def __init__(self, files: Storage) -> None:
        self._files = files
        self._setter: pdf.Setter | None = None

    def __enter__(self) -> "Setters":
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def set(self, page: str) -> bytes:
        """The page as PDF."""
        if self._setter is None:
            self._setter = pdf.Setter(self._files).__enter__()
        return self._setter.set(page)

    def drop(self) -> None:
        """End it."""
        setter, self._setter = self._setter, None
        if setter is not None:
            setter.__exit__(None, None, None)
