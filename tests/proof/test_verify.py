"""verify.py by itself: standard library only, old Python, no crash whatever it is given, its words, its speed."""

import ast
import json
import os
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deliberate.domain import consent, spot_check, tally
from deliberate.domain.ledger import leaf, merkle
from deliberate.domain.ledger import note as signed_note
from deliberate.verifier import verify
from tests.proof.tampering import sums
from tests.proof.world import ROUND, World, anchored, make_world
from tests.records import ANSWERING

SOURCE = Path(verify.__file__)
DATA = (
    "bulletin.json",
    "roll.jsonl",
    "tree.txt",
    "events.jsonl",
    "sheet.json",
    "objections.json",
    "audit.json",
)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(5, 24).keep()


def verified(files: dict[str, bytes], *kept: bytes) -> verify.Verifier:
    verifier = verify.Verifier(verify.Memory(files), [("kept", one) for one in kept])
    verifier.run()
    return verifier


def fails(verifier: verify.Verifier) -> bool:
    verify.report(verifier, 0), verify.report(verifier, 1)
    return any(one["ok"] is False for one in verifier.results)


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.parse(SOURCE.read_text(), feature_version=(3, 9))
    names = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names <= set(sys.stdlib_module_names)
    assert not names & {"urllib", "http", "socket", "ssl", "asyncio"}


def test_every_sentence_is_in_both_languages() -> None:
    for key, (zh, en) in verify.TEXTS.items():
        assert zh, key
        assert en, key
        fields = {one.split("}")[0] for one in zh.split("{")[1:]}
        assert fields == {one.split("}")[0] for one in en.split("{")[1:]}, key
    said = [
        node.args[0].value
        for node in ast.walk(ast.parse(SOURCE.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Wrong"
        if isinstance(node.args[0], ast.Constant)
    ]
    assert said
    assert set(said) <= verify.TEXTS.keys()


def test_its_ed25519_is_that_of_the_library() -> None:
    rng = Random(8)
    for n in range(12):
        key, message = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32)), rng.randbytes(n * 17)
        public, signature = key.public_key().public_bytes_raw(), key.sign(message)
        assert verify.ed25519(public, message, signature)
        at = rng.randrange(64)
        broken = signature[:at] + bytes([signature[at] ^ 1 << rng.randrange(8)]) + signature[at + 1 :]
        assert not verify.ed25519(public, message, broken)
        assert not verify.ed25519(public, message + b"x", signature)
    s = int.from_bytes(signature[32:], "little") + verify.L
    assert not verify.ed25519(public, message, signature[:32] + s.to_bytes(32, "little"))
    assert not verify.ed25519(b"\x01" + bytes(31), b"", b"\x01" + bytes(63)), "a key of small order"
    assert not verify.ed25519(b"\xff" * 32, b"", bytes(64))


def test_rfc_8032_section_7_1() -> None:
    """Test 2 of the RFC."""
    public = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert verify.ed25519(public, b"\x72", signature)


def test_its_trees_are_those_of_the_ledger() -> None:
    tree, leaves = verify.Tree(), []
    for n in range(70):
        assert tree.root() == merkle.root(leaves)
        leaves.append(merkle.leaf_hash(bytes([n])))
        tree.add(leaves[-1])


def test_its_law_of_leaves_is_that_of_the_ledger() -> None:
    assert verify.FIELDS == leaf.FIELDS
    assert {kind: tuple(names) for kind, names in verify.PUBLIC.items()} == dict(leaf.PUBLIC)


def test_its_standing_is_that_of_the_rules() -> None:
    rng = Random(4)
    deeds = list(consent.Deed)
    for _ in range(3000):
        records, consents = [], []
        for n in range(rng.randrange(5)):
            deed = rng.choice(deeds)
            answer = rng.choice(list(consent.Answer)) if deed in ANSWERING else None
            if deed is consent.Deed.SETTLEMENT and rng.random() < 0.3:
                answer = None
            late, older = rng.random() < 0.2, frozenset(rng.sample(range(n), min(n, rng.randrange(3))))
            records.append(consent.Record(n, deed, answer, consent.Channel.ONLINE, older, late))
            consents.append((n, str(n), deed.value, answer and answer.value, late, tuple(map(str, older))))
        assert verify.standing(consents) == consent.standing(records).value


def test_its_sample_is_that_of_the_rules() -> None:
    for frame, wrong, want in (
        (405, 6, 159),
        (425, 26, 45),
        (450, 51, 25),
        (3899, 49, 230),
        (81_000, 1001, 241),
    ):
        assert verify.least_sample(frame, wrong, 0, 5) == want
    rng = Random(2)
    for _ in range(60):
        frame = rng.randrange(1, 400)
        wrong, allowed = rng.randrange(1, frame + 1), rng.randrange(3)
        want = spot_check.least_sample(frame, wrong, allowed, spot_check.Fraction(5, 100))
        assert verify.least_sample(frame, wrong, allowed, 5) == want
    assert tally.need(4813, 4, 5) == 3851


@pytest.mark.parametrize(
    "rubbish", [b"", b"\xff\xfe\x00", b"[]", b'{"a":', b"null\n", b"1e999", b"[" * 100_000, b"NaN"]
)
@pytest.mark.parametrize("name", [*DATA, "heads/1-1.note", "SHA256SUMS"])
def test_rubbish_is_a_failure_and_never_a_crash(world: World, name: str, rubbish: bytes) -> None:
    files = world.files()
    changed = {**files, name: rubbish} if name == "SHA256SUMS" else sums({**files, name: rubbish})
    verifier = verified(changed, rubbish)
    assert fails(verifier)
    assert "Traceback" not in verify.report(verifier, 1)


def _values(value: object) -> list[tuple[object, object]]:
    """Every place in a JSON value: its container and key."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = []
    for key, inner in items:
        found += [(value, key), *_values(inner)]
    return found


def _never_breaks(world: World, seed: int) -> None:
    """Put something else, or nothing, in one random place."""
    rng, files = Random(seed), world.files()
    name = rng.choice([n for n in DATA if n != "tree.txt"])
    lines = files[name].split(b"\n") if name.endswith("jsonl") else [files[name]]
    at = rng.randrange(len(lines) - (len(lines) > 1))
    value = json.loads(lines[at])
    places = _values(value)
    if places:
        holder, key = rng.choice(places)
        other = rng.choice([None, -1, 1.5, 10**400, "", "\ud800", "@silent", [], {}, [[]], True, "a" * 5000])
        if rng.random() < 0.2:
            del holder[key]  # type: ignore[attr-defined]
        else:
            holder[key] = other  # type: ignore[index]
    lines[at] = json.dumps(value).encode()
    verifier = verified(sums({**files, name: b"\n".join(lines)}))
    report = verify.report(verifier, seed % 2)
    assert report.isprintable() or "\n" in report
    assert all(one["key"] in verify.TEXTS for one in verifier.results)


def test_something_else_anywhere_never_breaks_it(world: World) -> None:
    for seed in range(120):
        _never_breaks(world, seed)


@pytest.mark.whole
def test_something_else_anywhere_never_breaks_it_ever(world: World) -> None:
    for seed in range(1000, 6000):
        _never_breaks(world, seed)


def test_heads_are_read_as_people_keep_them(world: World) -> None:
    files, heads = world.files(), world.heads()
    short = anchored(heads, world.key, short=True).decode()
    root = heads[-1].note.split("\n")[2]
    for said in (
        short,
        "\n".join(line.replace(" ", "  ").lower() for line in short.split("\n")[1:]),
        anchored(heads, world.key, short=False).decode().replace("\n", "\r\n"),
        f"{heads[-1].size} {root}",
        json.dumps({"key": short.split("\n")[0], "note": heads[-1].note}),
        json.dumps([heads[0].note, heads[-1].note]),
    ):
        named = {one["check"]: one["key"] for one in verified(files, said.encode()).results}
        assert named["anchored"] == "ok_anchored", said[:80]
    size, letters = short.split("\n")[-1].split(" ", 1)
    other = "A" if letters[0] != "A" else "B"
    wrong = {
        one["check"]: one["key"] for one in verified(files, f"{size} {other}{letters[1:]}".encode()).results
    }
    assert wrong["anchored"] == "anchor_differs"
    newer = {one["check"]: one["key"] for one in verified(files, f"99999 {letters}".encode()).results}
    assert newer["anchored"] == "anchor_newer"
    key = signed_note.vkey(signed_note.Key("other", bytes(32)))
    assert {one["check"]: one["key"] for one in verified(files, key.encode()).results}[
        "anchored"
    ] == "anchor_key"


def test_a_receipt_is_checked_as_far_as_retention_has_left_it(world: World) -> None:
    receipt = json.loads(world.receipt(world.consents()[0]))
    for name in ("signer", "canvassers", "recorder", "reason"):
        del receipt["openings"][name]

    def told() -> tuple[object, object]:
        said = [("receipt", json.dumps(receipt).encode())]
        verifier = verify.Verifier(verify.Memory(world.files()), [], said)
        verifier.run()
        return next(
            (one["key"], one["params"].get("n")) for one in verifier.results if one["check"] == "receipt"
        )

    assert told() == ("ok_receipt_erased", 4)
    receipt["openings"]["serial"][1] = "another"
    assert told()[0] == "receipt_opening"
    del receipt["openings"]["serial"], receipt["openings"]["answer"]
    assert told()[0] == "receipt_opening"


def _written(world: World, folder: Path) -> Path:
    for name, data in world.files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("module", ["hashlib", "__future__", "typing", "re"])
def test_a_file_beside_it_takes_no_module_s_place(world: World, tmp_path: Path, module: str) -> None:
    folder = _written(world, tmp_path / "b")
    (folder / "verify.py").write_bytes(SOURCE.read_bytes())
    (folder / f"{module}.py").write_text("print('PASS  everything'); raise SystemExit(0)")
    ran = subprocess.run(
        [sys.executable, "verify.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "everything" not in ran.stdout
    assert f"{module}.py" in ran.stdout


def _ran(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(SOURCE), *map(str, arguments), "--lang", "en"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def _zipped(path: Path, *members: tuple[str, bytes]) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name stands twice
        with zipfile.ZipFile(path, "w") as made:
            for name, data in members:
                made.writestr(name, data)
    return path


def test_what_a_zip_hides_or_breaks_is_a_failure(world: World, tmp_path: Path) -> None:
    rows = [(f"b/{name}", data) for name, data in world.files().items()]
    assert _ran(_zipped(tmp_path / "well.zip", *rows)).returncode == 0
    for extra in (("b/sheet.json", b"{}"), ("other/evil", b"x"), ("../../evil", b"x")):
        assert _ran(_zipped(tmp_path / "more.zip", extra, *rows)).returncode == 1, extra
    data = (tmp_path / "well.zip").read_bytes()
    at = data.rindex(b"PK\x01\x02")
    no_text, too_new = bytearray(data), bytearray(data)
    no_text[at + 9] |= 8
    no_text[at + 46] = 0xFF
    too_new[at + 6 : at + 8] = b"\x63\x00"
    for broken in (no_text, too_new):
        (tmp_path / "broken.zip").write_bytes(broken)
        ran = _ran(tmp_path / "broken.zip")
        assert (ran.returncode, ran.stderr) == (1, "")


def test_what_lies_in_the_folder_beside_its_files_is_a_failure(world: World, tmp_path: Path) -> None:
    def pipe(folder: Path) -> None:
        os.mkfifo(folder / "pipe")
        sums_of = (folder / "SHA256SUMS").read_bytes()
        (folder / "SHA256SUMS").write_bytes(sums_of + b"0" * 64 + b"  pipe\n")

    def cache(folder: Path) -> None:
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__" / "x.txt").write_text("x")

    adds: list[Callable[[Path], object]] = [pipe, cache, lambda f: (f / "link").symlink_to("/usr")]
    for n, add in enumerate(adds):
        folder = _written(world, tmp_path / str(n))
        assert _ran(folder).returncode == 0
        add(folder)
        assert _ran(folder).returncode == 1, n


def test_a_name_that_stands_twice_is_a_failure(world: World) -> None:
    files = world.files()
    twice = files["bulletin.json"].replace(b'"kind"', b'"kind": "preliminary", "kind"', 1)
    assert fails(verified(sums({**files, "bulletin.json": twice})))


def test_an_auditors_file_with_nothing_in_it_is_a_failure(world: World) -> None:
    nothing = {"format": "deliberate/auditor/1", "round": ROUND, "roll": {}, "events": {}}
    verifier = verify.Verifier(verify.Memory(world.files()), [], [], json.dumps(nothing).encode())
    assert not verifier.run()
    assert {one["key"] for one in verifier.results if one["ok"] is False} == {"auditor_form"}


def test_the_command(world: World, tmp_path: Path) -> None:
    folder = _written(world, tmp_path / "b")

    def ran(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(SOURCE), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    good = ran(folder, "--json", "--lang", "en")
    assert good.returncode == 0
    assert json.loads(good.stdout)["ok"] is True
    (folder / "tree.txt").write_text("nothing")
    bad = ran(folder, "--lang", "zh")
    assert bad.returncode == 1
    assert "不符" in bad.stdout
    assert not bad.stderr
    nowhere = ran(tmp_path / "nowhere", "--lang", "en")
    assert nowhere.returncode == 1
    assert "FAIL" in nowhere.stdout
    assert not nowhere.stderr
    assert ran(folder, "--receipt", tmp_path / "none").returncode == 2
