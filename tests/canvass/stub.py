"""A server of the tablet's protocol for tests of the client alone: all of it in memory, faults on demand.

It keeps what the protocol promises (docs/tablet-protocol.md) and judges nothing. `faults` is a list of functions
that are asked, one after another, for each request; one that returns a reply takes the request's place.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Request, Response

BASE = "/canvass/api/v1/"
CODE = "K7QM2XR9WT4P"
OUTCOME = Callable[["Stub", Request], Response | None]


def matter(entry_id: int, round_id: int, electorate: str = "household") -> dict[str, Any]:
    return {"entry_id": entry_id, "round_id": round_id, "electorate": electorate, "answered": False, "own": False}


def door(number: int, name: str, **more: Any) -> dict[str, Any]:
    floor = (number - 1) // 2 + 1
    return {
        "household_id": number, "order": number, "grid": "一", "estate": "中华巷8号院", "building_id": 1,
        "building": "3", "unit": "2", "floor": floor, "room": f"{floor}0{(number - 1) % 2 + 1}",
        "name": name, "name_key": "", "own": False, "answered": "none", "unwelcome": None,
        "matters": [matter(number * 10 + 1, 1), matter(number * 10 + 2, 2)], "visits": [], "wishes": [], **more,
    }  # fmt: skip


def round_of(round_id: int, title: str, body: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    plan = {
        "title": title, "body": body, "budget": 12_800_000, "funding": "惠民资金,住户不出钱", "schedule": "5月开工,45天",
        "sha256": hashlib.sha256(body.encode()).hexdigest(),
    }  # fmt: skip
    return {
        "round_id": round_id, "crew_id": 7, "crew": "第一组", "people": ["王秀兰", "热依罕·吐尔逊"], "canvassers": 2,
        "number": round_id, "n": 1, "status": "open", "plan": plan, "serials": [[1, 200]],
        "opened_at": (now - timedelta(days=3)).isoformat(), "answer_until": (now + timedelta(days=12)).isoformat(),
        "register_until": (now + timedelta(days=13)).isoformat(),
    }  # fmt: skip


NAMES = (
    "阿依古丽·买买提", "张建国", "热依罕·吐尔逊", "李秀英", "古丽娜尔·阿不都热合曼", "马志强", "王芳", "努尔兰·哈森",
)  # fmt: skip


@dataclass
class Stub:
    """What the server knows."""

    doors: list[dict[str, Any]] = field(default_factory=lambda: [door(n, name) for n, name in enumerate(NAMES, 1)])
    rounds: list[dict[str, Any]] = field(
        default_factory=lambda: [
            round_of(1, "长廊改造", "把3号楼到5号楼之间废弃的长廊改成能坐能遮雨的连廊。\n\n加扶手、长椅和照明,保留原来的葡萄架。"),
            round_of(2, "小区停车", "院里划36个车位,消防通道不停车。外来车辆白天停2小时免费。"),
        ]
    )
    epoch: str = "epoch-1"
    token: str = "a token"
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    pieces: dict[str, bytearray] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    faults: list[OUTCOME] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    roll_version: str = "roll-1"
    changed: list[dict[str, Any]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    verdicts: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    revoked: bool = False

    def device(self) -> dict[str, Any]:
        seqs = sorted(json.loads(one["payload"])["seq"] for one in self.records.values())
        most = seqs[-1] if seqs else 0
        missing = [[n, n] for n in range(1, most) if n not in seqs]
        high = missing[0][0] - 1 if missing else most
        return {
            "device_id": str(uuid.UUID(int=1)), "name": "三号平板", "revoked": self.revoked, "high_water": high,
            "max_seq": most, "missing": missing,
        }  # fmt: skip

    def common(self) -> dict[str, Any]:
        return {"app": "deliberate", "server_time": datetime.now(UTC).isoformat(), "epoch": self.epoch}

    def directives(self) -> dict[str, bool]:
        return {"revoked": self.revoked, "upload_only": False, "update": False}

    def result(self, index: int, record_id: str, verdict: str | None = None) -> dict[str, Any]:
        record = self.records.get(record_id)
        blank = {"index": index, "record_id": record_id, "number": None, "reason": None, "missing": []}
        blank |= {"missing_record": None, "late_rounds": []}
        if record is None:
            return blank | {"verdict": "retry", "state": "retry"}
        payload = json.loads(record["payload"])
        declared = [piece["sha256"] for form in payload.get("forms", []) for piece in form["evidence"]]
        declared += [piece["sha256"] for piece in payload.get("evidence", [])]
        missing = [one for one in declared if one not in self.whole]
        state, reason = self.verdicts.get(record_id, ("accepted", None))
        followed = any(json.loads(one["payload"]).get("about") == record_id for one in self.records.values())
        follows = any(form["photo_follows"] for form in payload.get("forms", [])) and not followed
        if state == "accepted" and (missing or follows):
            state = "pending_evidence"
        return blank | {"verdict": verdict or state, "state": state, "reason": reason, "missing": missing}

    def take(self, index: int, envelope: dict[str, Any]) -> dict[str, Any]:
        record_id = envelope["record_id"]
        if hashlib.sha256(envelope["payload"].encode()).hexdigest() != envelope["sha256"]:
            return self.result(index, record_id) | {"verdict": "retry", "state": "retry"}
        before = self.records.get(record_id)
        if before and before["payload"] != envelope["payload"]:
            return self.result(index, record_id) | {"verdict": "mismatch", "state": "mismatch"}
        self.records.setdefault(record_id, envelope)
        return self.result(index, record_id, "duplicate" if before else None)

    def enrol(self, request: Request) -> dict[str, Any]:
        said = request.get_json()
        if said["code"].replace("-", "") != CODE:
            return {"status": 403, "error": "code_wrong"}
        place = {"id": 1, "slug": "zhonghuaxiang", "name": "中华巷社区", "telephone": "0991-2801234"}
        soon = datetime.now(UTC) + timedelta(days=60)
        return {
            "token": self.token, "token_until": soon.isoformat(), "skew_ms": 120, "device": self.device(),
            "community": place, "person": {"name": "王秀兰"},
        }  # fmt: skip

    def hello(self, _request: Request) -> dict[str, Any]:
        return {
            "protocol": 1, "oldest_protocol": 1, "community": {"id": 1, "slug": "z", "name": "中华巷社区", "telephone": ""},
            "person": {"name": "王秀兰"}, "device": self.device(), "directives": self.directives(), "limits": {},
            "roll_version": self.roll_version, "cursor": 0, "rounds": self.rounds, "visits": 3,
            "quiet": {"daily": [], "spans": [], "zone": "Asia/Shanghai"},
        }  # fmt: skip

    def roll(self, request: Request) -> dict[str, Any]:
        after = int(request.args["after"])
        page, rest = self.doors[after : after + 5], len(self.doors) - after - 5
        following = after + 5 if rest > 0 else None
        return {"roll_version": self.roll_version, "cursor": 0, "doors": page, "next": following}

    def changes(self, request: Request) -> dict[str, Any]:
        changed, gone = self.changed, self.gone
        self.changed, self.gone = [], []
        return {
            "roll_version": self.roll_version, "cursor": int(request.args["cursor"]) + len(changed), "has_more": False,
            "doors": changed, "gone": gone, "directives": self.directives(), "device": self.device(),
        }  # fmt: skip

    def sync(self, request: Request) -> dict[str, Any]:
        said = request.get_json()
        results = [self.take(n, one) for n, one in enumerate(said["records"])]
        return {
            "batch_id": said["batch_id"], "device": self.device(), "directives": self.directives(),
            "roll_version": self.roll_version, "cursor": 0, "results": results,
        }  # fmt: skip

    def status(self, request: Request) -> dict[str, Any]:
        ids = request.get_json()["record_ids"]
        return {"device": self.device(), "results": [self.result(n, one) for n, one in enumerate(ids)]}

    def raw(self, request: Request) -> dict[str, Any]:
        text = request.get_data(as_text=True)
        envelope = {"record_id": request.headers["X-Record-Id"], "payload": text}
        envelope["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        return {"device": self.device(), "directives": self.directives(), "results": [self.take(0, envelope)]}

    def evidence(self, request: Request, named: str) -> dict[str, Any]:
        kept = self.pieces.setdefault(named, bytearray())
        length = int(request.headers["Upload-Length"])
        if int(request.headers["Upload-Offset"]) == len(kept):
            kept += request.get_data()
        state = "partial"
        if len(kept) >= length:
            right = hashlib.sha256(kept).hexdigest() == named
            state = "complete" if right else "wrong_hash"
            self.whole |= {named} if right else set()
            if not right:
                kept.clear()
        return {"sha256": named, "offset": len(kept), "length": length, "state": state, "results": []}

    def answer(self, request: Request) -> Response:
        path = request.path.removeprefix(BASE)
        self.asked.append(f"{request.method} {path}")
        for fault in list(self.faults):
            if (reply := fault(self, request)) is not None:
                return reply
        return self.lawful(request, path)

    def lawful(self, request: Request, path: str) -> Response:
        if path != "enrol" and request.headers.get("Authorization") != f"Bearer {self.token}":
            return self.reply({"error": "unknown_device"}, 401)
        name, _, named = path.partition("/")
        if name == "evidence" and request.method == "HEAD":
            state = "complete" if named in self.whole else "partial" if named in self.pieces else "none"
            offset = str(len(self.pieces.get(named, b"")))
            return Response(headers={"X-App": "deliberate", "Upload-Offset": offset, "Upload-State": state})
        said = self.evidence(request, named) if name == "evidence" else getattr(self, name)(request)
        return self.reply(said, said.pop("status", 200))

    def reply(self, said: dict[str, Any], status: int = 200) -> Response:
        return Response(json.dumps(self.common() | said), status=status, mimetype="application/json")


def beside(stub: Stub, app: WSGIApplication) -> WSGIApplication:
    """The application with this stub in the place of its tablet API."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(BASE):
            return stub.answer(Request(environ))(environ, start_response)
        return app(environ, start_response)

    return serve
