"""People who sign in, and a letter."""

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from deliberate.db import Database
from deliberate.domain.permissions import Role
from deliberate.services import accounts
from tests import make
from tests.app import SignIn

BASE = "/c/zhonghuaxiang"
GOOD = "five green doors"
CODE = "K7QM2XR9WT4P"
LANGUAGES = ["zh-CN", "en"]


class Town:
    def __init__(self, app: Flask, database: Database, sign_in: SignIn) -> None:
        self.app, self.database = app, database
        with database.transaction() as tx:
            self.community = make.community(tx.session)
            self.homes = make.households(tx.session, self.community, 2)
            self.letter = make.letter(tx.session, self.homes[0], CODE)
            self.staff = make.staff(tx.session, self.community, Role.REGISTRAR)
            self.account = accounts.create(
                tx.session,
                user_name="reyhan",
                display_name="热依罕·吐尔逊",
                password=GOOD,
                telephone="19900000000",
                now=tx.now,
            )
        self.registrar = sign_in(self.staff)

    def client(self, language: str = "zh-CN") -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        return client


def sign_in(client: FlaskClient, name: str = "reyhan", password: str = GOOD, **more: str) -> TestResponse:
    return client.post("/account/sign-in", data={"name_or_telephone": name, "password": password, **more})
