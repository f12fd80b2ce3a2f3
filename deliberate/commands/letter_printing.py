"""Letters that were ordered: the worker issues, sets and seals them building by building.

A turn prints for a limited time, so that the clocks of rounds never wait for paper; what is left is next turn's.
Codes are in this process's memory and in the sealed file, nowhere else.
"""

import time
from collections.abc import Callable

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
from deliberate.storage import storage_of
from deliberate.web.letter_sheets import letter_page

A_TURN = 20.0
"""Seconds after which no further part is begun in a turn."""
Say = Callable[[str], None]


class Printer:
    """Prints what was ordered; made once for a worker."""

    def __init__(self, store: Database, config: Config, say: Say) -> None:
        self.store, self.config, self.say = store, config, say
        self.files = storage_of(config)
        self._app: Flask | None = None

    def turn(self, seconds: float = A_TURN) -> bool:
        """Print for so long; whether something is left."""
        self._forget_old()
        with self.store.reading() as session:
            parts = letter_jobs.waiting(session)
        if not parts or not pdf.available():
            return False
        until, done = time.monotonic() + seconds, 0
        app = self._served()
        with app.app_context(), pdf.Setter(self.files) as setter:
            for part in parts:
                if not self._print(app, setter, part):
                    return False
                done += 1
                if time.monotonic() >= until:
                    break
        self.say(f"printed the letters of {done} buildings, {len(parts) - done} left")
        return done < len(parts)

    def _print(self, app: Flask, setter: pdf.Setter, part: LetterPart) -> bool:
        """One building: issue, set, seal, keep. In that order, so that what is kept is what is on paper."""
        with self.store.reading() as session:
            job = letter_jobs.job_of(session, part)
            actor = people.actor(session, account_id=job.by_id)
            homes = letter_jobs.homes(session, part.community_id, part.building_id)
        try:
            with self.store.transaction() as tx:
                issued = deeds.issue_part(tx.session, actor, part.id, self.config.code_key, now=tx.now)
            if issued:
                page = letter_page(app, part.community_id, job.languages, job.address, issued, homes)
                letter_parts.keep(self.files, job, part, setter.set(page))
            with self.store.transaction() as tx:
                deeds.keep_part(tx.session, actor, part.id, now=tx.now)
        except (Refusal, pdf.NotSet) as fault:
            self.say(f"letters of building {part.building_id} were not printed: {type(fault).__name__}")
            return False
        return True

    def _served(self) -> Flask:
        self._app = self._app or create_app(self.config, self.store)
        return self._app

    def _forget_old(self) -> None:
        with self.store.reading() as session:
            old = letter_jobs.ordered_before(session, self.store.clock() - deeds.KEPT_FOR)
        for job in old:
            with self.store.transaction() as tx:
                deeds.expire(tx.session, job.id, now=tx.now)
            letter_parts.delete(self.files, job.id)
