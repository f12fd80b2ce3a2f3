"""Signed notes and checkpoints: the published examples, and whatever is malformed or forged refused."""

import base64
import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from deliberate.domain.ledger.note import (
    COSIGNATURE,
    BadNote,
    Checkpoint,
    Key,
    Note,
    body,
    cosign_note,
    key_id,
    parse_body,
    parse_note,
    parse_vkey,
    sign_note,
    signed,
    verify_note,
    vkey,
)

# c2sp.org/signed-note, § Example
C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
C2SP_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
# golang.org/x/mod/sumdb/note, note_test.go (BSD-3-Clause, The Go Authors): published keys and signatures
GO_KEYS = (
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
)
GO_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_PETER = (
    "— PeterNeumann "
    + "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
GO_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
# golang.org/x/mod/sumdb/tlog, note_test.go
GO_TREE = "go.sum database tree\n123456789012\nTszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=\n"

SECRET = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = SECRET.public_key().public_bytes_raw()
LOG = Key("deliberate.local/zhonghuaxiang", PUBLIC)
HEAD = Checkpoint(LOG.name, 42, b"r" * 32, ("receipts one",))


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_the_example_of_the_specification() -> None:
    key = parse_vkey(C2SP_KEY)
    assert vkey(key) == C2SP_KEY
    note = verify_note(C2SP_NOTE, [key], verify)
    assert note.body == "This is an example message.\n"
    assert note.text == C2SP_NOTE
    assert note.signatures[0].key_id == key_id("example.com/foo", key.public) == bytes.fromhex("530d903a")


def test_the_examples_of_the_go_checksum_database() -> None:
    peter, enoch = (parse_vkey(text) for text in GO_KEYS)
    text = f"{GO_TEXT}\n{GO_PETER}{GO_ENOCH}"
    assert [one.name for one in verify_note(text, [peter, enoch], verify).signatures] == [
        "PeterNeumann",
        "EnochRoot",
    ]
    assert [one.name for one in verify_note(text, [peter], verify).signatures] == ["PeterNeumann"]
    secret = Ed25519PrivateKey.from_private_bytes(base64.b64decode(GO_SEED)[1:])
    assert signed(GO_TEXT, "PeterNeumann", peter.public, secret.sign) == f"{GO_TEXT}\n{GO_PETER}"
    swapped = text.replace("PeterNeumann", "CarmenSandiego")
    with pytest.raises(BadNote, match="no known key"):
        verify_note(swapped, [peter], verify)
    with pytest.raises(BadNote, match="not the key's"):
        verify_note(text.replace("answer", "problem"), [peter], verify)


def test_a_published_checkpoint() -> None:
    found = parse_body(GO_TREE)
    assert (found.origin, found.size) == ("go.sum database tree", 123456789012)
    assert body(found) == GO_TREE


def test_a_checkpoint_comes_back_as_it_was() -> None:
    assert parse_body(body(HEAD)) == HEAD
    empty = Checkpoint(LOG.name, 0, b"e" * 32)
    assert body(empty).split("\n")[1] == "0"
    assert parse_body(body(empty)) == empty
    vast = Checkpoint(LOG.name, 10**18 - 1, b"e" * 32)
    assert parse_body(body(vast)) == vast


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        GO_TREE[:-1],
        GO_TREE.replace("123456789012", "0x1"),
        GO_TREE.replace("123456789012", "0123"),
        GO_TREE.replace("123456789012", "-1"),
        GO_TREE.replace("123456789012", "１２"),
        GO_TREE.replace("123456789012", "1" * 19),
        GO_TREE.replace("go.sum database tree", ""),
        GO_TREE.replace("Tszz", "Tsz"),
        GO_TREE.replace("Bb0=", "TOOBIG=="),
        GO_TREE.replace("b0=", "b1="),
        GO_TREE.replace("Tszz", "Ts*zz"),
        GO_TREE + "\n",
        GO_TREE + "a\tb\n",
    ],
)
def test_what_differs_is_no_checkpoint(text: str) -> None:
    with pytest.raises(BadNote):
        parse_body(text)


@pytest.mark.parametrize(
    "head",
    [
        Checkpoint("", 1, b"r" * 32),
        Checkpoint("a", -1, b"r" * 32),
        Checkpoint("a", 1, b"r" * 31),
        Checkpoint("a", 1, b"r" * 32, ("",)),
        Checkpoint("a\nb", 1, b"r" * 32),
    ],
)
def test_no_other_checkpoint_is_written(head: Checkpoint) -> None:
    with pytest.raises(BadNote):
        body(head)


def test_a_witness_signs_with_the_time_it_looked() -> None:
    witness = Key("observer.example", PUBLIC, COSIGNATURE)
    line = cosign_note(body(HEAD), witness.name, PUBLIC, SECRET.sign, time=1679315147)
    note = Note(body(HEAD), (sign_note(body(HEAD), LOG.name, PUBLIC, SECRET.sign), line))
    assert parse_vkey(vkey(witness)) == witness
    assert line.key_id == hashlib.sha256(b"observer.example\n\x04" + PUBLIC).digest()[:4]
    assert verify_note(note.text, [LOG, witness], verify) == note
    SECRET.public_key().verify(line.signature[8:], b"cosignature/v1\ntime 1679315147\n" + body(HEAD).encode())
    later = (1679315148).to_bytes(8) + line.signature[8:]
    moved = Note(note.body, (type(line)(line.name, line.key_id, later),))
    with pytest.raises(BadNote, match="not the key's"):
        verify_note(moved.text, [witness], verify)
    short = Note(note.body, (type(line)(line.name, line.key_id, later[:-1]),))
    with pytest.raises(BadNote, match="not the key's"):
        verify_note(short.text, [witness], verify)
    with pytest.raises(BadNote, match="no spaces"):
        cosign_note(body(HEAD), "an observer", PUBLIC, SECRET.sign, time=1)
    with pytest.raises(BadNote):
        cosign_note(GO_TEXT, witness.name, PUBLIC, SECRET.sign, time=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        C2SP_NOTE[:-1],
        C2SP_NOTE.replace("\n\n", "\n"),
        C2SP_NOTE.partition("—")[0],
        C2SP_NOTE.replace("— ", "- "),
        C2SP_NOTE.replace("example.com/foo ", " "),
        C2SP_NOTE.replace("example.com/foo", "a+b"),
        C2SP_NOTE.replace("Uw2Q", "Uw2"),
        C2SP_NOTE.replace("an example", "an\texample"),
        "text\n\n— name AAAA\n",
        "text\n\n" + "— name AAAAAAAA\n" * 65,
        C2SP_NOTE + "\n",
    ],
)
def test_what_differs_is_no_note(text: str) -> None:
    with pytest.raises(BadNote):
        parse_note(text)


def test_64_signatures_fit_under_a_note() -> None:
    assert len(parse_note("text\n\n" + "— name AAAAAAAA\n" * 64).signatures) == 64


def test_a_text_may_have_empty_lines() -> None:
    text = signed("one\n\ntwo\n", LOG.name, PUBLIC, SECRET.sign)
    assert verify_note(text, [LOG], verify).body == "one\n\ntwo\n"


def test_a_short_signature_of_a_known_key_is_wrong() -> None:
    good = sign_note("text\n", LOG.name, PUBLIC, SECRET.sign)
    bad = Note("text\n", (type(good)(good.name, good.key_id, good.signature[:-1]),))
    with pytest.raises(BadNote, match="not the key's"):
        verify_note(bad.text, [LOG], verify)


@pytest.mark.parametrize(
    ("text", "name"), [("text", "log"), ("a\tb\n", "log"), ("text\n", "a log"), ("text\n", "")]
)
def test_only_plain_text_is_signed_under_a_plain_name(text: str, name: str) -> None:
    with pytest.raises(BadNote, match="lines of plain text"):
        sign_note(text, name, PUBLIC, SECRET.sign)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        GO_KEYS[0].replace("c74f20a3", "c74f20a4"),
        GO_KEYS[0].replace("Peter", "Peter "),
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_differs_is_no_key(text: str) -> None:
    with pytest.raises(BadNote):
        parse_vkey(text)


def test_a_signature_has_a_key_and_at_least_a_byte() -> None:
    with_one = base64.b64encode(b"\0\0\0\0\1").decode()
    only_key = base64.b64encode(b"\0\0\0\0").decode()
    assert parse_note(f"said\n\n— me {with_one}\n").signatures[0].signature == b"\1"
    with pytest.raises(BadNote, match="a dash, a name and base64"):
        parse_note(f"said\n\n— me {only_key}\n")


@pytest.mark.parametrize(
    "encoded", ["AAAAAAF=", "AAAAAAE", "AAAAAAE=\n", "AAAA AAE=", "A", "ä" * 8, "-AAAAAAE="]
)
def test_base64_is_written_in_one_way(encoded: str) -> None:
    """AAAAAAE= is five bytes; everything here is nearly that."""
    assert parse_note("said\n\n— me AAAAAAE=\n")
    with pytest.raises(BadNote):
        parse_note(f"said\n\n— me {encoded}\n")
