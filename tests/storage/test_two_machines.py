"""Two machines behind a balancer share one PostgreSQL and one bucket, and nothing else."""

import io
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.permissions import Role
from deliberate.models import Consent
from deliberate.services import passwords, pictures
from deliberate.services.secrets import keyed_hash
from deliberate.storage import storage_of
from tests import make
from tests.make import Clock
from tests.make_letter import letter
from tests.make_tablet import CHUNK, Tablet, code, photo, sha, uuid_of
from tests.s3 import S3
from tests.web.answering_home import fields
from tests.web.test_answering import receipt_of
from tests.web.uploads import png, roll_csv

SECRET = "a secret of the tests, long enough for it"
RECEIPTS = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
CODE, PASSWORD = "ABCD-EFGH-JKMN", "a-long-password-of-a-clerk"


class InTurns:
    """A balancer without memory: each request goes to the next machine."""

    def __init__(self, *machines: Flask) -> None:
        self.machines, self.served = machines, 0

    def __call__(self, environ: Any, start: Any) -> Iterable[bytes]:
        self.served += 1
        return self.machines[self.served % len(self.machines)](environ, start)


class Town:
    """Two machines, their folders, and a tablet whose requests go through the balancer."""

    def __init__(self, url: str, folders: list[Path], clock: Clock, tablet: Tablet) -> None:
        self.folders, self.tablet, self.at, self.clock = folders, tablet, tablet.at, clock
        self.stores = [Database(url, clock) for _ in folders]
        self.machines = machines()
        for app, store, folder in zip(self.machines, self.stores, folders, strict=True):
            app.extensions |= {"deliberate.db": store, "deliberate.config": machine(url, folder)}
        self.balancer = InTurns(*self.machines)
        tablet.http = self.client()  # type: ignore[assignment]

    def client(self) -> Client:
        return Client(self.balancer, Response)

    def post(self, client: Client, page: str, data: dict[str, Any], to: str = "") -> TestResponse:
        """What a person does: open a page, and send its form; one machine gives it, the other takes it."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(page).text)
        assert token, page
        return client.post(
            to or page, data={"csrf_token": token[1], **data}, headers={"Origin": "http://localhost"}
        )


def machine(url: str, folder: Path) -> Config:
    return Config(
        url, SECRET, folder, secure_cookies=False, storage="s3://council/machines", receipt_key=RECEIPTS
    )


@cache
def machines() -> list[Flask]:
    """Made once; each test gives them its own store and folders."""
    nowhere = machine("sqlite://", Path("/nonexistent"))
    return [create_app(nowhere, Database("sqlite://")) for _ in range(2)]


@pytest.fixture
def tablet_store_kind() -> str:
    return "postgres"


@pytest.fixture
def town(s3: S3, tablet: Tablet, tablet_store: Database, clock: Clock, tmp_path: Path) -> Iterator[Town]:
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    made = Town(tablet_store.url, folders, clock, tablet)
    yield made
    for store in made.stores:
        store.dispose()
    assert [list(folder.iterdir()) for folder in folders] == [[], []], "a machine kept something for itself"


def test_a_resident_begins_on_one_machine_and_ends_on_the_other(town: Town, tablet_store: Database) -> None:
    with tablet_store.transaction() as tx:
        held = letter(tx.session, town.at.homes[0], now=tx.now)
        held.code_hash = keyed_hash(CODE, machine("", town.folders[0]).code_key)
        entry = town.at.entries[0].id
    client = town.client()
    assert town.post(client, "/account/letter", {"code": CODE}).status_code == 302
    page = f"/c/{town.at.community.slug}/home/rounds/{town.at.round.id}"
    form = fields(client.get(page).text, entry)
    sent = client.post(f"{page}/answer/{entry}", data={**form, "answer": "agree"}, follow_redirects=True)
    receipt = receipt_of(sent.text)
    check = f"/c/{town.at.community.slug}/home/check"
    with tablet_store.reading() as session:
        consent_id = session.scalars(select(Consent.id)).one()
    proofs = []
    for _ in town.machines:
        proofs.append(
            town.post(client, check, {"receipt": receipt, "consent_id": consent_id}, f"{check}/file")
        )
        client.get("/healthz")
    assert [one.status_code for one in proofs] == [200, 200]
    first, second = (one.get_json()["promise"] for one in proofs)
    assert first == second, "both machines promise with one key"


def test_tries_are_counted_across_both(town: Town) -> None:
    client, said = town.client(), []
    for n in range(1, 7):
        said.append(town.post(client, "/account/letter", {"code": f"ZZZZ-0000-000{n}"}).status_code)
        client.get("/healthz")  # so that the next is sent to the other machine
    assert said == [422] * 5 + [429]


def test_a_photograph_is_sent_in_pieces_to_both(town: Town, s3: S3) -> None:
    large, entry = photo(5, side=1150), town.at.entries[0]
    assert len(large) > 3 * CHUNK
    form = town.tablet.form({entry: Answer.AGREE}, 1, ("photo", large))
    record = town.tablet.door(entry.household_id, town.tablet.visit(), [form])
    assert town.tablet.states(record) == ["pending_evidence"]
    town.tablet.put(large, 0, large[:CHUNK])
    s3.will("PUT", *["broken"] * 3)
    lost = town.tablet.put(large, CHUNK, large[CHUNK : 2 * CHUNK])
    assert "offset" not in lost, "nothing is acknowledged that is not kept"
    begun = town.balancer.served
    assert town.tablet.send(large)["state"] == "complete"
    assert town.balancer.served - begun > 3
    assert town.tablet.states(record) == ["accepted"]
    (kept,) = [name.rpartition("/")[2] for name in s3.files]
    assert kept == sha(s3.files[f"council/machines/evidence/{kept}"]) != sha(large)


def test_staff_import_a_roll_and_find_what_they_had_typed(town: Town, tablet_store: Database, s3: S3) -> None:
    with tablet_store.transaction() as tx:
        clerk = make.staff(tx.session, town.at.community, Role.REGISTRAR, name="clerk")
        clerk.user_name, clerk.password_hash = "clerk", passwords.hashed(PASSWORD, "clerk")
        home = town.at.homes[0].id
    client, roll = town.client(), f"/c/{town.at.community.slug}/roll"
    form, typed = f"{roll}/households/{home}/correct", {"reason": "住户带房产证来更正"}
    _sign_in(town, client)
    preview = town.post(client, f"{roll}/import", {"file": (io.BytesIO(roll_csv("909")), "户册.csv")})
    assert town.post(client, preview.location, {}).status_code == 302
    assert not s3.files, "what was imported is gone"
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(form).text)
    assert token
    client.delete_cookie("session")
    client.post(form, data=typed, headers={"Origin": "http://localhost"})
    assert len(s3.files) == 1
    _sign_in(town, client)
    assert [typed["reason"] in client.get(form).text for _ in town.machines] == [True, True]


def _sign_in(town: Town, client: Client) -> None:
    sent = {"name_or_telephone": "clerk", "password": PASSWORD}
    assert town.post(client, "/account/sign-in", sent).status_code == 302


def test_a_picture_is_shown_by_both_and_in_parts(town: Town, tablet_store: Database) -> None:
    with tablet_store.transaction() as tx:
        staff = make.actor(tx.session, town.at.staff.moderator)
        files = storage_of(machine("", town.folders[0]))
        kept = pictures.keep_picture(tx.session, staff, town.at.community.id, png(), files, now=tx.now)
        address = f"/pictures/{pictures.file_name(kept.sha256, kept.mime)}"
    client = town.client()
    first, second = client.get(address), client.get(address)
    assert sha(first.data) == sha(second.data) == kept.sha256
    part = client.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, first.data[10:20])
    assert client.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_a_tablet_enrolled_here_is_known_there(town: Town, tablet_store: Database) -> None:
    town.tablet.uuid = uuid_of(9, 1)
    town.tablet.enrol(code(tablet_store, town.at, key=machine("", town.folders[0]).code_key))
    known = [town.tablet.sync()["device"]["max_seq"] for _ in town.machines]
    assert known == [0, 0]
