"""The registrar's office, and what is sent to its pages."""

from flask import Flask

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.models import Letter
from tests import make
from tests.app import SignIn

BASE = "/c/zhonghuaxiang/roll"
LANGUAGES = ["zh-CN", "en"]


class Office:
    def __init__(self, app: Flask, database: Database, sign_in: SignIn) -> None:
        self.app, self.database = app, database
        with database.transaction() as tx:
            self.community = make.community(tx.session)
            self.elsewhere = make.community(tx.session, "other", "别处社区")
            self.homes = make.households(tx.session, self.community, 4)
            self.far = make.households(tx.session, self.elsewhere, 1)[0]
            self.far_letter = make.letter(tx.session, self.far, "ZZZZ2XR9WT4P")
            self.person = make.resident(tx.session, self.homes[0])
            self.far_person = make.resident(tx.session, self.far)
            self.actor = make.actor(tx.session, make.staff(tx.session, self.community, Role.REGISTRAR))
            self.registrar = sign_in(make.staff(tx.session, self.community, Role.REGISTRAR))
            self.moderator = sign_in(make.staff(tx.session, self.community, Role.MODERATOR))
        self.resident = sign_in(self.person)

    def count(self, table: type) -> int:
        with self.database.reading() as session:
            return session.query(table).count()

    def delivered(self) -> dict[int, str | None]:
        """Who took each letter of the community that was delivered."""
        with self.database.reading() as session:
            rows = session.query(Letter).filter(
                Letter.delivered_at.is_not(None), Letter.community_id == self.community.id
            )
            return {letter.id: letter.delivered_to for letter in rows}
