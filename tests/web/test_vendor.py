"""What we carry of other people's front-end code is byte for byte what their packages held."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

VENDOR = Path(__file__).resolve().parents[2] / "deliberate" / "static" / "vendor"
WANTED = json.loads((VENDOR / "vendor.json").read_text("utf-8"))
LOCK = json.loads((VENDOR / "vendor.lock.json").read_text("utf-8"))
LOCKED_FILES = {path: digest for package in LOCK.values() for path, digest in package["files"].items()}


def test_the_lock_holds_exactly_the_packages_that_are_wanted() -> None:
    wanted = {name: (p["version"], set(p["files"].values())) for name, p in WANTED.items()}
    locked = {name: (p["version"], set(p["files"])) for name, p in LOCK.items()}
    assert locked == wanted
    assert all(p["package"].startswith("sha512-") for p in LOCK.values())


@pytest.mark.parametrize("path", sorted(LOCKED_FILES))
def test_a_vendored_file_has_the_hash_of_the_lock(path: str) -> None:
    digest = hashlib.sha384((VENDOR / path).read_bytes()).digest()
    assert "sha384-" + base64.b64encode(digest).decode() == LOCKED_FILES[path]


def test_no_file_lies_there_that_the_lock_does_not_know() -> None:
    found = {p.relative_to(VENDOR).as_posix() for p in VENDOR.rglob("*") if p.is_file()}
    assert found - {"vendor.json", "vendor.lock.json"} == set(LOCKED_FILES)


def test_every_package_comes_with_its_licence() -> None:
    for package in LOCK.values():
        assert any(path.endswith("/LICENSE") for path in package["files"])
