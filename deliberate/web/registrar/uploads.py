"""Files between preview and import: kept here, never trusted to come back from the browser.

A file lies under a random name with what is known of it: whose it is, of which community, its SHA-256, and
the state of the roll that its preview was made of. It is deleted after the import, or after a day.
"""

import hashlib
import json
import os
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from deliberate.domain.errors import N_, NotFound, Stale

KEPT_SECONDS = 24 * 3600
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """What is known of an uploaded file."""

    token: str
    community_id: int
    account_id: int
    file_name: str
    sha256: str
    state: str


class Uploads:
    """The folder of uploads."""

    def __init__(self, instance_dir: Path) -> None:
        self.folder = instance_dir / "uploads"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, data: bytes, community_id: int, account_id: int, file_name: str, state: str) -> Upload:
        """Keep the bytes until they are imported."""
        self._sweep()
        token = secrets.token_hex(16)
        name = re.sub(r"[\x00-\x1f\x7f]", "", file_name)[:200] or "roll"
        kept = Upload(token, community_id, account_id, name, hashlib.sha256(data).hexdigest(), state)
        self._write(self.folder / token, data)
        self._write(self.folder / f"{token}.json", json.dumps(asdict(kept)).encode())
        return kept

    def take(self, token: str, community_id: int, account_id: int | None) -> tuple[Upload, bytes]:
        """The file as it was uploaded by this very person for this very community."""
        if not _TOKEN.fullmatch(token):
            raise NotFound()
        try:
            kept = Upload(**json.loads((self.folder / f"{token}.json").read_bytes()))
            data = (self.folder / token).read_bytes()
        except FileNotFoundError:
            raise Stale(
                N_("没有找到这个文件。"),
                N_("它已经导入过,或者上传已经超过一天。"),
                N_("请重新上传户册表格。"),
            ) from None
        if (kept.community_id, kept.account_id) != (community_id, account_id):
            raise NotFound()
        if hashlib.sha256(data).hexdigest() != kept.sha256:
            raise NotFound()
        return kept, data

    def restate(self, kept: Upload, state: str) -> None:
        """The preview was looked at anew."""
        known = asdict(kept) | {"state": state}
        self._write(self.folder / f"{kept.token}.json", json.dumps(known).encode())

    def drop(self, kept: Upload) -> None:
        """Imported, or not wanted."""
        for name in (kept.token, f"{kept.token}.json"):
            (self.folder / name).unlink(missing_ok=True)

    def _write(self, path: Path, data: bytes) -> None:
        beside = path.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(data)
        beside.replace(path)

    def _sweep(self) -> None:
        """Names and telephones don't lie around: a forgotten file goes after a day."""
        for path in self.folder.iterdir():
            if time.time() - path.stat().st_mtime > KEPT_SECONDS:
                path.unlink(missing_ok=True)
