"""A tablet as the server meets it: it seals records, delivers them, and sends evidence piece by piece."""

import hashlib
import json
import random
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.serial import printed
from deliberate.models import RollEntry
from deliberate.services import devices, tablet_export
from tests import make
from tests.make import CODE_KEY, Clock
from tests.make_round import OpenRound, open_round

API = "/canvass/api/v1"
CHUNK = 256 * 1024
Json = dict[str, Any]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def photo(number: int = 1, side: int = 40) -> bytes:
    """A JPEG of noise, another for each number; about half a byte per pixel."""
    noise = random.Random(number).randbytes(side * side)
    kept = BytesIO()
    Image.frombytes("L", (side, side), noise).save(kept, "JPEG", quality=90)
    return kept.getvalue()


def uuid_of(number: int, kind: int = 0) -> str:
    """The same each time."""
    return str(UUID(int=(kind << 96) | (4 << 76) | (2 << 62) | number))


@dataclass
class Tablet:
    """One person's tablet, with its own clock, counter and chain of records."""

    http: FlaskClient
    at: OpenRound
    clock: Clock
    uuid: str = uuid_of(1, 1)
    token: str = ""
    ahead: timedelta = timedelta(0)
    """How far its clock is wrong."""
    seq: int = 0
    prev: str = ""
    boot: str = uuid_of(1, 2)
    pictures: dict[str, bytes] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def now(self, back: timedelta = timedelta(0)) -> str:
        return (self.clock() + self.ahead - back).isoformat()

    def enrol(self, code: str, **more: Any) -> Json:
        asked = {"code": code, "device_id": self.uuid, "name": "一号平板", "protocol": 1, **more}
        told: Json = self.http.post(f"{API}/enrol", json=asked).get_json()
        self.token = told.get("token", self.token)
        return told

    def get(self, path: str) -> Json:
        told: Json = self.http.get(f"{API}/{path}", headers=self.headers).get_json()
        return told

    def post(self, path: str, body: Any) -> Json:
        told: Json = self.http.post(f"{API}/{path}", json=body, headers=self.headers).get_json()
        return told

    # sealing

    def seal(self, kind: str, **fields: Any) -> Json:
        """The next record in its envelope, sealed now."""
        self.seq += 1
        head = {
            "v": 1,
            "kind": kind,
            "record_id": uuid_of(self.seq, int(self.uuid[-4:], 16) + 16),
            "device_id": self.uuid,
            "seq": self.seq,
            "prev_sha256": self.prev,
            "sealed_at": self.now(),
            "mono_ms": 60_000 * self.seq,
            "boot_id": self.boot,
            "server_time": None,
            "mono_at_server_time": None,
            "epoch": "",
            "roll_version": "",
            "app_build": "test",
        }
        return self.envelope({**head, **fields})

    def envelope(self, payload: Mapping[str, Any]) -> Json:
        text = json.dumps(payload, ensure_ascii=False)
        self.prev = sha(text.encode())
        return {
            "record_id": payload["record_id"],
            "seq": payload["seq"],
            "sha256": self.prev,
            "payload": text,
        }

    def form(
        self, entries: Mapping[RollEntry, Answer], number: int, *pictures: tuple[str, bytes], **more: Any
    ) -> Json:
        """A signed form; without pictures a small photograph of its own."""
        shown = pictures or (("photo", photo(number)),)
        return {
            "serial": printed(number),
            "signer_name": "测试签字人",
            "relation": "head",
            "signed_at": self.now(),
            "signed_mono_ms": None,
            "language": "zh",
            "helped_by": "",
            "note": "",
            "replaces": [],
            "photo_follows": False,
            "said": [
                {"entry_id": entry.id, "answer": answer.value, "plan_sha256": self.plan(entry)}
                for entry, answer in entries.items()
            ],
            "evidence": [self.show(role, data) for role, data in shown],
            **more,
        }

    def plan(self, entry: RollEntry) -> str:
        return self.at.plan.sha256

    def show(self, role: str, data: bytes) -> Json:
        self.pictures[sha(data)] = data
        mime = "image/png" if role == "signature" else "image/jpeg"
        return {"sha256": sha(data), "size": len(data), "mime": mime, "role": role}

    def visit(self, outcome: str = "answered", **more: Any) -> Json:
        return {"outcome": outcome, "at_door": self.now(), "come_back_at": None, "note": "", **more}

    def answered(self, entry: RollEntry, answer: Answer, number: int, **more: Any) -> Json:
        """A door where one paper with one answer was signed."""
        return self.door(entry.household_id, self.visit(), [self.form({entry: answer}, number)], **more)

    def door(self, household_id: int, visit: Json | None, forms: Sequence[Json] = (), **more: Any) -> Json:
        crew = {"crew_id": self.at.crew.id, "household_id": household_id, "mode": "door"}
        kind = more.pop("kind", "door")
        return self.seal(kind, **{**crew, "visit": visit, "forms": list(forms), **more})

    # delivering

    def batch(self, *records: Any, **more: Any) -> Json:
        return {
            "protocol": 1,
            "device_id": self.uuid,
            "batch_id": uuid_of(1, 3),
            "sent_at": self.now(),
            "sent_mono_ms": 60_000 * (self.seq + 1),
            "boot_id": uuid_of(2, 2),
            "epoch": "",
            "records": list(records),
            **more,
        }

    def sync(self, *records: Any, **more: Any) -> Json:
        return self.post("sync", self.batch(*records, **more))

    def states(self, *records: Any, **more: Any) -> list[str]:
        return [one["state"] for one in self.sync(*records, **more)["results"]]

    def put(self, data: bytes, offset: int, chunk: bytes, role: str = "photo", sha256: str = "") -> Json:
        headers = {
            **self.headers,
            "Upload-Offset": str(offset),
            "Upload-Length": str(len(data)),
            "Evidence-Role": role,
        }
        address = f"{API}/evidence/{sha256 or sha(data)}"
        told: Json = self.http.put(address, data=chunk, headers=headers).get_json()
        return told

    def send(self, data: bytes, role: str = "photo") -> Json:
        """The whole piece, chunk by chunk."""
        told: Json = {"offset": 0}
        while told["offset"] < len(data):
            told = self.put(data, told["offset"], data[told["offset"] : told["offset"] + CHUNK], role)
        return told

    def send_missing(self, *records: Any) -> None:
        """What the server asks for."""
        for one in self.sync(*records)["results"]:
            for sha256 in one["missing"]:
                self.send(self.pictures[sha256])

    def deliver(self, *records: Any) -> list[str]:
        """Records, then evidence; how they stand then."""
        self.send_missing(*records)
        return self.states(*records)


def given_out(tablet: Tablet, *records: Any, proven: str | None = None, **files: bytes) -> BytesIO:
    """What it holds as a file, with its own proof or with this one."""
    lines = "".join(f"{json.dumps(one) if isinstance(one, dict) else one}\n" for one in records)
    own = tablet_export.proof(lines.encode(), tablet_export.proof_key(tablet.uuid, CODE_KEY))
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        manifest = {"device_id": tablet.uuid, "proof": own if proven is None else proven}
        file.writestr("manifest.json", json.dumps(manifest))
        file.writestr("records.ndjson", lines)
        for name, data in {**tablet.pictures, **files}.items():
            file.writestr(f"evidence/{name}.photo", data)
    made.seek(0)
    return made


def code(database: Database, at: OpenRound, account_id: int | None = None, key: bytes = CODE_KEY) -> str:
    """A code that the moderator issues for the canvasser."""
    with database.transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        person = account_id or at.staff.canvasser.id
        return devices.issue_code(tx.session, moderator, at.community.id, person, key=key, now=tx.now)


def evening(app: Flask, database: Database, clock: Clock, homes: int = 12, **more: Any) -> Tablet:
    """An open round and an enrolled tablet of its canvasser."""
    with database.transaction() as tx:
        at = open_round(tx.session, homes, now=tx.now, **more)
    clock.forward(hours=1)
    tablet = Tablet(app.test_client(), at, clock)
    tablet.enrol(code(database, at))
    return tablet
