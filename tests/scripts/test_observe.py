"""The observer's script: all is well, a rollback, a split view, a false signature; cosigning; the published vectors."""

import base64
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from deliberate.db import Database
from deliberate.domain.ledger import merkle, note
from deliberate.domain.ledger.head import AnchorWay
from deliberate.domain.permissions import Role
from deliberate.queries import heads
from deliberate.services import observers
from deliberate.services.signing import verify
from tests import make
from tests.make import Clock
from tests.make_ledger import ORIGIN, Keeper, Tree
from tests.server import served

SCRIPT = Path(__file__).parents[2] / "scripts" / "observe.py"
ALL_IS_WELL, ALARM, MISUSED, AWAY = 0, 1, 2, 3


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("observe", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Log:
    """A server of one tree, which may change its mind; speaks the feed's addresses."""

    def __init__(self, tree: Tree, seed: bytes = b"\1" * 32) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        self.tree, self.size, self.facts = tree, 5, ("time 2999-01-01T00:00:00Z",)
        self.prove: Callable[[int, int], object] = self.honest
        self.brought: list[str] = []
        self.down = False

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def head(self) -> str:
        return note.signed(self.tree.body(self.size, *self.facts), ORIGIN, self.public, self.key.sign)

    def honest(self, old: int, new: int) -> object:
        return {"proof": [one.hex() for one in self.tree.proof(old, new)]}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        if self.down:
            start("503 Away", [])
            return [b""]
        start("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        if path.endswith("/heads/latest"):
            return [self.head().encode()]
        if path.endswith("/heads/key"):
            return [note.vkey(note.Key(ORIGIN, self.public)).encode() + b"\n"]
        if path.endswith("/cosign"):
            length = int(environ["CONTENT_LENGTH"])
            self.brought.append(environ["wsgi.input"].read(length).decode())
            return [b"ok"]
        old, new = (int(one) for one in re.findall(r"\d+", query))
        return [json.dumps(self.prove(old, new)).encode()]


class Observer:
    """Runs the script as its own process with a state of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder / "observed.json"
        self.said = ""

    def watch(self, base: str, *more: str) -> int:
        arguments = ["watch", base, "--once", "--state", str(self.state), *more]
        return self.run(*arguments)

    def run(self, *arguments: str) -> int:
        done = subprocess.run(
            [sys.executable, "-I", str(SCRIPT), *arguments], capture_output=True, text=True, timeout=60
        )
        self.said = done.stdout + done.stderr
        return done.returncode

    def evidence(self) -> list[str]:
        return [path.read_text() for path in self.folder.glob("observed.json.alarm-*.txt")]


@pytest.fixture
def observer(tmp_path: Path) -> Observer:
    return Observer(tmp_path)


TREE = Tree(*"abcdefghijklmnopqrstuvwxyz")
FORK = Tree(*"abcdXfghijklmnopqrstuvwxyz")


@contextmanager
def log(tree: Tree = TREE) -> Iterator[tuple[Log, str]]:
    made = Log(tree)
    with served(made) as address:
        yield made, f"{address}/c/zhonghuaxiang/ledger"


def test_an_honest_log_grows_in_peace(observer: Observer) -> None:
    with log() as (server, base):
        assert observer.watch(base) == ALL_IS_WELL
        code = heads.characters(merkle.root(TREE.hashes[:5]))
        assert code in observer.said
        assert observer.watch(base) == ALL_IS_WELL
        for size in (6, 8, 9, 26):
            server.size = size
            assert observer.watch(base) == ALL_IS_WELL, observer.said
    assert observer.evidence() == []


def test_two_logs_under_one_origin_are_found_within_one_poll(observer: Observer) -> None:
    """A split view: another tree, the same origin, the same key; larger, with the best proofs it can offer."""
    with log() as (server, base):
        assert observer.watch(base) == ALL_IS_WELL
        server.tree, server.size = FORK, 9
        assert observer.watch(base) == ALARM
    assert "ALARM" in observer.said
    (kept,) = observer.evidence()
    assert TREE.body(5, "time 2999-01-01T00:00:00Z") in kept
    assert FORK.body(9, "time 2999-01-01T00:00:00Z") in kept


def test_two_servers_of_two_logs_are_found_within_one_poll(observer: Observer) -> None:
    with log(TREE) as (_one, here), log(FORK) as (_other, there):
        assert observer.watch(here) == ALL_IS_WELL
        assert observer.watch(there) == ALARM


def test_a_mirror_that_was_shown_something_else_is_found(observer: Observer) -> None:
    with log(TREE) as (one, here), log(FORK) as (other, there):
        one.size, other.size = 9, 7
        assert observer.watch(here, "--also", f"{there}/heads/latest") == ALARM
        one.size = 9
        other.tree = TREE
        assert observer.watch(here, "--also", f"{there}/heads/latest") == ALL_IS_WELL


def test_a_head_from_a_letter_is_compared(observer: Observer, tmp_path: Path) -> None:
    with log() as (server, base):
        letter = tmp_path / "5-1.note"
        letter.write_text(server.head())
        server.size = 12
        assert observer.watch(base, "--also", str(letter)) == ALL_IS_WELL
        letter.write_text(Log(FORK).head())
        assert observer.watch(base, "--also", str(letter)) == ALARM


def test_the_same_size_with_another_root_is_an_alarm(observer: Observer) -> None:
    with log() as (server, base):
        observer.watch(base)
        server.tree = FORK
        assert observer.watch(base) == ALARM


def test_a_rollback_is_an_alarm_even_to_a_true_prefix(observer: Observer) -> None:
    with log() as (server, base):
        observer.watch(base)
        server.size = 4
        assert observer.watch(base) == ALARM
        assert "shrank" in observer.said
        server.size = 6
        assert observer.watch(base) == ALL_IS_WELL, "what was seen before the alarm is remembered"


@pytest.mark.parametrize(
    "proof",
    [{}, {"proof": []}, {"proof": ["zz"]}, {"proof": "abcd"}, [], {"proof": ["00" * 32] * 3}, {"proof": [1]}],
)
def test_growth_without_a_proof_is_an_alarm(observer: Observer, proof: object) -> None:
    with log() as (server, base):
        observer.watch(base)
        server.size, server.prove = 9, lambda _old, _new: proof
        assert observer.watch(base) == ALARM


def test_another_key_is_an_alarm(observer: Observer) -> None:
    with log() as (server, base):
        observer.watch(base)
        server.key = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
        assert observer.watch(base) == ALARM


def test_a_key_that_came_another_way_is_believed_over_the_servers(observer: Observer) -> None:
    with log() as (server, base):
        other = note.vkey(note.Key(ORIGIN, Log(TREE, b"\2" * 32).public))
        assert observer.watch(base, "--key", other) == ALARM
        assert observer.watch(base, "--key", note.vkey(note.Key(ORIGIN, server.public))) == ALL_IS_WELL


def test_a_head_changed_on_the_way_is_an_alarm(observer: Observer) -> None:
    with log() as (server, base):
        observer.watch(base)
        true = server.head()
        server.head = lambda: true.replace("\n5\n", "\n6\n")  # type: ignore[method-assign]
        assert observer.watch(base) == ALARM
        server.head = lambda: "nonsense"  # type: ignore[method-assign]
        assert observer.watch(base) == ALARM


def test_a_server_that_is_away_is_no_alarm(observer: Observer) -> None:
    with log() as (server, base):
        observer.watch(base)
        server.down = True
        assert observer.watch(base) == AWAY
    assert observer.watch(base) == AWAY
    assert observer.evidence() == []


def test_a_head_of_days_ago_is_said_to_be_late(observer: Observer) -> None:
    with log() as (server, base):
        server.facts = ("time 2026-03-02T02:00:00Z",)
        assert observer.watch(base) == AWAY
        assert "2026-03-02T02:00:00Z" in observer.said


def test_a_cosignature_is_one_that_others_can_check(observer: Observer, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    assert observer.run("new-key", "wang.example/observer", str(own)) == ALL_IS_WELL
    vkey = observer.said.strip()
    assert own.stat().st_mode & 0o777 == 0o600
    with log() as (server, base):
        assert observer.watch(base, "--cosign", str(own)) == ALL_IS_WELL
    checked = note.verify_note(server.brought[0], [note.parse_vkey(vkey)], verify)
    assert checked.body == server.tree.body(5, *server.facts)


def test_misuse(observer: Observer, tmp_path: Path) -> None:
    assert observer.run("watch") == MISUSED
    assert observer.run("new-key", "two words", str(tmp_path / "x")) == MISUSED
    (tmp_path / "mine").write_text("kept")
    assert observer.run("new-key", "wang.example", str(tmp_path / "mine")) == MISUSED
    assert (tmp_path / "mine").read_text() == "kept"
    with log() as (_server, base):
        observer.watch(base)
        other = note.vkey(note.Key(ORIGIN, Log(TREE, b"\2" * 32).public))
        assert observer.watch(base, "--key", other) == MISUSED


def test_the_whole_way_with_the_real_application(
    app: Flask, database: Database, clock: Clock, tmp_path: Path, observer: Observer
) -> None:
    """Application, signer, feed, proofs, cosignature: what the script sees is what the application keeps."""
    keeper = Keeper(database, tmp_path)
    own = tmp_path / "own.json"
    observer.run("new-key", "wang.example/observer", str(own))
    with database.transaction() as tx:
        community = make.community(tx.session)
        moderator = make.actor(tx.session, make.staff(tx.session, community, Role.MODERATOR))
        observers.add_key(tx.session, moderator, community.id, observer.said.strip(), now=tx.now)
    keeper.grow(community.id, 3)
    with served(app) as address:
        base = f"{address}/c/zhonghuaxiang/ledger"
        observer.watch(base)
        assert "ALARM" not in observer.said
        keeper.grow(community.id, 300)
        observer.watch(base, "--cosign", str(own))
        assert "Cosigned" in observer.said, observer.said
    head = keeper.signed(community.id)[-1]
    assert head.size == 303
    with database.reading() as session:
        assert heads.anchored(session, community.id, AnchorWay.OBSERVER) == {head.id}
        assert "— wang.example/observer " in heads.note_text(session, head)


# The mathematics, against RFC 8032, C2SP and our other implementation.

RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize("secret, public, message, signature", RFC_8032)
def test_vectors_of_rfc_8032(
    script: ModuleType, secret: str, public: str, message: str, signature: str
) -> None:
    seed, said = bytes.fromhex(secret), bytes.fromhex(message)
    assert script.public_of(seed).hex() == public
    assert script.sign(seed, said).hex() == signature
    assert script.verify(bytes.fromhex(public), said, bytes.fromhex(signature))
    for n in (0, 31, 32, 63):
        broken = bytearray.fromhex(signature)
        broken[n] ^= 1
        assert not script.verify(bytes.fromhex(public), said, bytes(broken))
    assert not script.verify(bytes.fromhex(public), said + b"\0", bytes.fromhex(signature))


def test_a_signature_has_one_spelling(script: ModuleType) -> None:
    """S + L verifies in a careless implementation (RFC 8032 section 5.1.7 refuses it)."""
    public, signature = bytes.fromhex(RFC_8032[1][1]), bytes.fromhex(RFC_8032[1][3])
    larger = int.from_bytes(signature[32:], "little") + script.Q
    assert not script.verify(public, b"\x72", signature[:32] + larger.to_bytes(32, "little"))
    assert not script.verify(public[:31], b"\x72", signature)
    assert not script.verify(public, b"\x72", signature[:63])
    assert not script.verify(b"\xff" * 32, b"\x72", signature)


def test_the_vector_of_c2sp_signed_note(script: ModuleType) -> None:
    name, public = script.read_key("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    line = "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    raw = base64.b64decode(line)
    assert raw[:4] == script.key_id(name, script.LOG, public)
    assert script.verify(public, b"This is an example message.\n", raw[4:])
    assert script.shown_key(name, script.LOG, public).endswith(
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    )


def test_proofs_are_judged_as_the_rules_judge_them(script: ModuleType) -> None:
    for new in range(1, 27):
        for old in range(1, new + 1):
            roots = merkle.root(TREE.hashes[:old]), merkle.root(TREE.hashes[:new])
            proof = TREE.proof(old, new)
            assert script.consistent(old, new, *roots, proof)
            for wrong in (proof[1:], [*proof, roots[0]], [roots[1], *proof[1:]], proof[::-1]):
                expected = merkle.verify_consistency(old, new, *roots, wrong)
                assert script.consistent(old, new, *roots, wrong) is expected
    assert not script.consistent(0, 3, merkle.EMPTY, merkle.root(TREE.hashes[:3]), [])
    assert not script.consistent(4, 3, roots[0], roots[1], [])
