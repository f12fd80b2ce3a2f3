"""The signer signs what extends its last head and nothing else, wherever its key lives."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deliberate.domain.ledger import merkle, note
from deliberate.domain.ledger.note import Key
from deliberate.services.signer_socket import SignerServer, SocketSigner, answer
from deliberate.services.signing import Fault, KeySigner, Signer, SignerAway, SignerRefused, verify
from tests.make_ledger import ORIGIN, Tree

TREE = Tree(*"abcdefghij")
FORK = Tree(*"abcdXfghij")


@pytest.fixture
def local(tmp_path: Path) -> KeySigner:
    return KeySigner(tmp_path / "key", tmp_path / "state")


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    """Short: a socket's path has at most some hundred characters."""
    return Path(os.path.relpath(tmp_path / "s"))


@pytest.fixture(params=["local", "socket"])
def signer(request: pytest.FixtureRequest, local: KeySigner, socket_path: Path) -> Iterator[Signer]:
    if request.param == "local":
        yield local
        return
    with SignerServer(socket_path, local) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield SocketSigner(socket_path)
        server.shutdown()
        thread.join()


def fault(signer: Signer, body: str, proof: list[bytes]) -> Fault:
    with pytest.raises(SignerRefused) as refused:
        signer.sign(body, proof)
    return refused.value.fault


def test_a_head_is_signed_and_verifies_by_the_signers_key(signer: Signer) -> None:
    made = signer.sign(TREE.body(3), [])
    text = note.Note(TREE.body(3), (made,)).text
    assert note.verify_note(text, [Key(ORIGIN, signer.public())], verify).signatures == (made,)
    assert signer.last(ORIGIN) == (3, merkle.root(TREE.hashes[:3]))


def test_a_head_that_extends_the_last_is_signed(signer: Signer) -> None:
    signer.sign(TREE.body(3), [])
    signer.sign(TREE.body(8), TREE.proof(3, 8))
    assert signer.last(ORIGIN) == (8, merkle.root(TREE.hashes[:8]))


def test_a_shorter_head_is_refused(signer: Signer) -> None:
    signer.sign(TREE.body(8), [])
    assert fault(signer, TREE.body(3), []) is Fault.SHORTER
    assert fault(signer, TREE.body(3), TREE.proof(3, 8)) is Fault.SHORTER
    assert signer.last(ORIGIN) == (8, merkle.root(TREE.hashes[:8]))


def test_a_forked_head_is_refused_with_whatever_proof(signer: Signer) -> None:
    signer.sign(TREE.body(5), [])
    assert fault(signer, FORK.body(8), FORK.proof(5, 8)) is Fault.UNPROVED
    assert fault(signer, FORK.body(8), TREE.proof(5, 8)) is Fault.UNPROVED
    assert fault(signer, FORK.body(8), []) is Fault.UNPROVED


def test_another_tree_of_the_same_size_is_refused(signer: Signer) -> None:
    signer.sign(TREE.body(5), [])
    assert fault(signer, FORK.body(5), []) is Fault.FORKED


def test_the_same_tree_may_be_signed_again_with_other_facts(signer: Signer) -> None:
    signer.sign(TREE.body(5), [])
    daily = TREE.body(5, "time 2026-03-03T02:00:00Z")
    made = signer.sign(daily, [])
    assert verify(signer.public(), daily.encode(), made.signature)


def test_an_old_head_replayed_is_refused(signer: Signer) -> None:
    signer.sign(TREE.body(5), [])
    signer.sign(TREE.body(8), TREE.proof(5, 8))
    assert fault(signer, TREE.body(5), []) is Fault.SHORTER


def test_ledgers_are_remembered_apart(signer: Signer) -> None:
    signer.sign(TREE.body(8), [])
    signer.sign(FORK.body(3, origin="deliberate.local/beimen"), [])
    assert signer.last("deliberate.local/beimen") == (3, merkle.root(FORK.hashes[:3]))
    assert signer.last("deliberate.local/nowhere") is None


def test_an_empty_tree_may_grow_into_any(signer: Signer) -> None:
    signer.sign(TREE.body(0), [])
    signer.sign(TREE.body(4), [])
    assert fault(signer, TREE.body(0), []) is Fault.SHORTER


@pytest.mark.parametrize("body", ["", "a\n", f"{ORIGIN}\n-1\nx\n", f"{ORIGIN}\n3\nAAAA\n", "\0\n1\n2\n"])
def test_what_is_no_checkpoint_is_refused(signer: Signer, body: str) -> None:
    assert fault(signer, body, []) is Fault.MALFORMED


def test_an_empty_tree_with_a_root_of_something_is_refused(signer: Signer) -> None:
    body = note.body(note.Checkpoint(ORIGIN, 0, merkle.root(TREE.hashes)))
    assert fault(signer, body, []) is Fault.FORKED


def test_a_restarted_signer_remembers(local: KeySigner, tmp_path: Path) -> None:
    local.sign(TREE.body(8), [])
    again = KeySigner(tmp_path / "key", tmp_path / "state")
    assert again.public() == local.public()
    assert fault(again, TREE.body(3), []) is Fault.SHORTER
    assert fault(again, FORK.body(9), FORK.proof(8, 9)) is Fault.UNPROVED
    again.sign(TREE.body(9), TREE.proof(8, 9))


def test_a_signer_without_its_memory_does_not_start(local: KeySigner, tmp_path: Path) -> None:
    local.sign(TREE.body(8), [])
    (tmp_path / "state").unlink()
    with pytest.raises(SignerAway, match="restore it"):
        KeySigner(tmp_path / "key", tmp_path / "state")


def test_a_key_that_has_signed_is_never_replaced_by_a_new_one(local: KeySigner, tmp_path: Path) -> None:
    local.sign(TREE.body(8), [])
    (tmp_path / "key").unlink()
    with pytest.raises(SignerAway, match="restore it"):
        KeySigner(tmp_path / "key", tmp_path / "state")
    assert not (tmp_path / "key").exists()


def test_a_start_that_broke_off_before_the_key_is_taken_up_again(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("{}")
    assert KeySigner(tmp_path / "key", tmp_path / "state").last(ORIGIN) is None


def test_the_key_is_for_its_user_alone(local: KeySigner, tmp_path: Path) -> None:
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


def test_of_two_forks_asked_at_once_one_is_signed(local: KeySigner, tmp_path: Path) -> None:
    """Two processes over one key file: here two signers and twenty threads."""
    local.sign(TREE.body(4), [])
    signed: list[str] = []

    def ask(tree: Tree) -> None:
        one = KeySigner(tmp_path / "key", tmp_path / "state")
        try:
            one.sign(tree.body(9), tree.proof(4, 9))
            signed.append(tree.body(9))
        except SignerRefused:
            pass

    threads = [threading.Thread(target=ask, args=((TREE, FORK)[n % 2],)) for n in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(signed)) == 1
    assert len(signed) == 10


def test_nobody_at_the_socket(socket_path: Path) -> None:
    with pytest.raises(SignerAway, match="no answer"):
        SocketSigner(socket_path).public()


def test_nonsense_at_the_socket_is_refused_and_the_signer_lives_on(
    local: KeySigner, socket_path: Path
) -> None:
    with SignerServer(socket_path, local) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        for line in (
            b"\n",
            b"{}\n",
            b"[1]\n",
            b'{"ask": "sign"}\n',
            b'{"ask": "sign", "body": 1, "proof": ["zz"]}\n',
        ):
            with socket.socket(socket.AF_UNIX) as wire:
                wire.connect(str(socket_path))
                wire.sendall(line)
                assert json.loads(wire.makefile().readline()) == {"refused": "malformed"}
        assert SocketSigner(socket_path).public() == local.public()
        server.shutdown()
        thread.join()


def test_the_socket_is_not_for_everybody(local: KeySigner, socket_path: Path) -> None:
    with SignerServer(socket_path, local):
        assert socket_path.stat().st_mode & 0o007 == 0


def test_an_answer_that_is_no_line_of_json(socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(socket_path))
        listening.listen()

        def reply() -> None:
            wire, _address = listening.accept()
            with wire:
                wire.recv(100)
                wire.sendall(b"what?\n")

        thread = threading.Thread(target=reply)
        thread.start()
        with pytest.raises(SignerAway):
            SocketSigner(socket_path).public()
        thread.join()


def test_an_unknown_question(local: KeySigner) -> None:
    assert answer(local, b'{"ask": "the key itself"}') == {"refused": "malformed"}


@pytest.mark.slow
def test_the_command_signs_is_killed_and_remembers(tmp_path: Path, socket_path: Path) -> None:
    """`deliberate signer`, killed with no warning between two heads."""

    def start() -> subprocess.Popen[bytes]:
        arguments = ["--key", tmp_path / "key", "--state", tmp_path / "state", "--socket", socket_path]
        code = "from deliberate.cli import main; main()"
        started = subprocess.Popen(
            [sys.executable, "-c", code, "signer", *map(str, arguments)], stderr=subprocess.PIPE
        )
        assert started.stderr is not None
        assert b"listening" in started.stderr.readline()
        return started

    first = start()
    SocketSigner(socket_path).sign(TREE.body(8), [])
    first.kill()
    first.wait()
    assert first.stderr is not None
    first.stderr.close()
    with pytest.raises(SignerAway):
        SocketSigner(socket_path).public()
    second = start()
    try:
        assert fault(SocketSigner(socket_path), FORK.body(9), FORK.proof(8, 9)) is Fault.UNPROVED
        SocketSigner(socket_path).sign(TREE.body(9), TREE.proof(8, 9))
    finally:
        second.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        while second.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert second.stderr is not None
        second.stderr.close()
    assert second.returncode == 0
    assert not socket_path.exists()
