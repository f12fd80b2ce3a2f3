"""Short messages to telephones. The one back end is a folder, from which the operator's own gateway takes them."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Text:
    """One short message. `name` is the same when it is sent again."""

    to: str
    text: str
    name: str


class Texter(Protocol):
    """What takes short messages."""

    def send(self, text: Text) -> None:
        """Take it durably or raise OSError."""


class FolderTexter:
    """One JSON file each, `{to, text}`; its name does not tell the number, and sent again it is there once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, text: Text) -> None:
        """Write it, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest = hashlib.sha256(f"{text.name}|{text.to}".encode()).hexdigest()[:32]
        path = self._folder / f"{digest}.sms.json"
        beside = path.with_suffix(".new")
        data = json.dumps({"to": text.to, "text": text.text}, ensure_ascii=False).encode()
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
