"""A hall in which a round is counted, with a client for each job."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from deliberate.db import Database
from deliberate.domain.lifecycle import Stage
from deliberate.models import (
    CountSheet,
    Proposal,
)
from tests import make
from tests.app import SignIn
from tests.make import Clock
from tests.make_round import OpenRound

LANGUAGES = ["zh-CN", pytest.param("en", marks=pytest.mark.whole)]


class Hall:
    """A round of so many households and the clients of its people."""

    def __init__(
        self, database: Database, sign_in: SignIn, clock: Clock, build: Callable[..., OpenRound]
    ) -> None:
        self.database, self.clock = database, clock
        with database.transaction() as tx:
            self.at = build(tx)
            neighbour = make.resident(tx.session, self.at.homes[0], name="测试住户甲")
            self.base = f"/c/{self.at.community.slug}"
        staff = self.at.staff
        self.moderator, self.scrutineer = sign_in(staff.moderator), sign_in(staff.scrutineer)
        self.other_moderator, self.canvasser = sign_in(staff.other_moderator), sign_in(staff.canvasser)
        self.resident, self.stranger = sign_in(neighbour), sign_in(None)

    def count(self, kind: type[Any]) -> int:
        with self.database.reading() as session:
            return session.scalars(select(func.count()).select_from(kind)).one()

    @property
    def stage(self) -> Stage:
        with self.database.reading() as session:
            return session.get_one(Proposal, self.at.proposal.id).stage

    def desk(self, path: str) -> str:
        return f"{self.base}/desk{path}"

    @property
    def round(self) -> str:
        return self.desk(f"/counting/{self.at.round.id}")


def get(client: FlaskClient, path: str, language: str = "zh-CN") -> str:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.text


def post(client: FlaskClient, path: str, language: str = "zh-CN", **data: Any) -> str:
    answer = client.post(path, data=data, headers={"Accept-Language": language}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def refused(client: FlaskClient, path: str, status: int, language: str = "zh-CN", **data: Any) -> str:
    answer = client.post(path, data=data, headers={"Accept-Language": language}, follow_redirects=True)
    assert answer.status_code == status, answer.text
    return answer.text


def sign(hall: Hall, n: int, language: str = "zh-CN") -> None:
    with hall.database.reading() as session:
        sha256 = session.scalars(select(CountSheet.sha256).where(CountSheet.n == n)).one()
    page = get(hall.scrutineer, f"{hall.base}/scrutiny/", language)
    assert f"/scrutiny/sheets/{hall.at.round.id}" in page
    assert sha256 in get(hall.scrutineer, f"{hall.base}/scrutiny/sheets/{hall.at.round.id}", language)
    path = f"{hall.base}/scrutiny/sheets/{hall.at.round.id}/{n}/sign"
    post(hall.scrutineer, path, language, sha256=sha256)


def recheck_everything(hall: Hall, language: str = "zh-CN") -> None:
    """So few households that more than half would be asked: every form is laid beside its record."""
    number = hall.at.round.id
    check, forms = f"{hall.base}/scrutiny/checks/{number}", f"{hall.base}/scrutiny/rechecks/{number}"
    post(hall.scrutineer, f"{check}/plan", language, allowed="0")
    while form := re.search(r'action="([^"]*/rechecks/forms/[0-9]+)"', get(hall.scrutineer, forms, language)):
        post(hall.scrutineer, form[1], language, shows="agree")
    post(hall.scrutineer, f"{check}/finish", language)
