"""Files between preview and import: kept here, never trusted to come back from the browser.

A file lies under a random name with what is known of it: whose it is, of which community, its SHA-256, and
the state of the roll that its preview was made of. It is deleted after the import, or after a day.
"""

import hashlib
import json
import re
import secrets
import time
from dataclasses import asdict, dataclass, replace
from io import BytesIO

from deliberate.domain.errors import N_, NotFound, Stale
from deliberate.storage import Storage, begun

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
    """Where they wait, on whichever machine they came in."""

    def __init__(self, files: Storage) -> None:
        self.files = files

    def keep(self, data: bytes, community_id: int, account_id: int, file_name: str, state: str) -> Upload:
        """Keep the bytes until they are imported."""
        self._sweep()
        token = f"{int(time.time()):08x}{secrets.token_hex(12)}"
        name = re.sub(r"[\x00-\x1f\x7f]", "", file_name)[:200] or "roll"
        kept = Upload(token, community_id, account_id, name, hashlib.sha256(data).hexdigest(), state)
        self.files.keep(f"uploads/{token}", BytesIO(data))
        self._tell(kept)
        return kept

    def take(self, token: str, community_id: int, account_id: int | None) -> tuple[Upload, bytes]:
        """The file as it was uploaded by this very person for this very community."""
        if not _TOKEN.fullmatch(token):
            raise NotFound()
        try:
            kept = Upload(**json.loads(self._read(f"{token}.json")))
            data = self._read(token)
        except FileNotFoundError:
            raise Stale(
                N_("没有找到这个文件。"),
                N_("它已经导入过，或者上传已经超过一天。"),
                N_("请重新上传户册表格。"),
            ) from None
        if (kept.community_id, kept.account_id) != (community_id, account_id):
            raise NotFound()
        if hashlib.sha256(data).hexdigest() != kept.sha256:
            raise NotFound()
        return kept, data

    def restate(self, kept: Upload, state: str) -> None:
        """The preview was looked at anew."""
        self._tell(replace(kept, state=state))

    def drop(self, kept: Upload) -> None:
        """Imported, or not wanted."""
        for name in (kept.token, f"{kept.token}.json"):
            self.files.forget(f"uploads/{name}")

    def _tell(self, kept: Upload) -> None:
        self.files.keep(f"uploads/{kept.token}.json", BytesIO(json.dumps(asdict(kept)).encode()))

    def _read(self, name: str) -> bytes:
        with self.files.open(f"uploads/{name}") as file:
            return file.read()

    def _sweep(self) -> None:
        """Names and telephones don't lie around: a forgotten file goes after a day; its name begins with when."""
        for name in list(self.files.names("uploads")):
            since = begun(name)
            if since is not None and time.time() - since > KEPT_SECONDS:
                self.files.forget(name)
