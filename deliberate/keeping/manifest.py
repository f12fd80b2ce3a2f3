"""The manifest of a backup: what is in it, by SHA-256, and what the store said when it was taken.

It is written last. A folder without it is a backup that was broken off.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from deliberate import whole_files

from .stores import NotKept

NAME = "manifest.json"
FORMAT = "deliberate/backup/1"
AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says."""

    made_at: str
    program: str
    store: str
    """sqlite or postgresql."""
    revision: str
    """Of its tables."""
    roles: bool
    """Whether the roles of docs/database.md hold in it."""
    epoch: str | None
    heads: Mapping[str, Mapping[str, Any]]
    """The newest head of each community's ledger: size, root, at."""
    rows: Mapping[str, int]
    files: Mapping[str, Mapping[str, Any]]
    """Path in the folder → size, sha256."""
    keys: bool
    missing: tuple[str, ...] = ()
    """Evidence that the store names and that was not there."""
    damaged: tuple[str, ...] = ()
    """Files that could not be read, or whose bytes are not those that they are named by."""

    def write(self, folder: Path) -> None:
        """The last thing that is written."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1, sort_keys=True)
        whole_files.replace(folder / NAME, text.encode())


def read(folder: Path) -> Manifest:
    """The manifest, or NotKept with what is wrong with the folder."""
    try:
        told = json.loads((folder / NAME).read_bytes())
        if told.pop("format") != FORMAT:
            raise NotKept(f"{folder} was made by a newer program")
        return Manifest(
            **{**told, "missing": tuple(told["missing"]), "damaged": tuple(told.get("damaged", ()))}
        )
    except FileNotFoundError:
        raise NotKept(f"{folder} is no backup, or one that was broken off: it has no {NAME}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotKept(f"{folder / NAME} cannot be read: {error}") from error


def verify(folder: Path, manifest: Manifest) -> None:
    """Every file is there as it was written, and the folder names no path outside of itself."""
    for name, said in manifest.files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise NotKept(f"{name} is not within the backup")
        if not path.is_file():
            raise NotKept(f"{name} is gone from the backup")
        with path.open("rb") as file:
            if digest(file) != (said["size"], said["sha256"]):
                raise NotKept(f"{name} is not what it was when the backup was made")


def digest(file: IO[bytes]) -> tuple[int, str]:
    """Length and SHA-256, read piece by piece."""
    size, found = 0, hashlib.sha256()
    while piece := file.read(AT_ONCE):
        size += len(piece)
        found.update(piece)
    return size, found.hexdigest()
