"""Files that somebody sends: a small picture, a small roll, and an upload that waits for its import."""

import csv
import io
import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from PIL import Image

from deliberate.services.evidence import name_of
from deliberate.web.registrar.uploads import Upload
from tests.make_round import PHOTO

TOKEN = "f" * 31
"""Of a day to come, so that none is swept; completed by a mark, so that each community has one of its own."""


def png(colour: str = "green") -> bytes:
    """A picture of 30 × 20."""
    target = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(target, "PNG")
    return target.getvalue()


def sound() -> bytes:
    """The beginning of a recording."""
    return b"\xff\xfb\x90\x00" + bytes(range(256)) * 4


def roll_csv(room: str = "101") -> bytes:
    """A roll of one household."""
    target = io.StringIO()
    rows = csv.writer(target)
    rows.writerow(["网格", "小区", "楼栋", "单元", "室", "户主"])
    rows.writerow(["1", "", "9", "1", room, "测试户主"])
    return target.getvalue().encode()


def keep_photo(instance: Path) -> None:
    """The photo that every paper of the world was recorded with."""
    path = instance / name_of(PHOTO.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png())


def keep_upload(instance: Path, community_id: int, account_id: int, mark: str) -> dict[str, object]:
    """A roll that a registrar sent and has not imported yet, under a known token."""
    folder, data, token = instance / "uploads", roll_csv(), TOKEN + mark
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = Upload(token, community_id, account_id, "roll.csv", sha256(data).hexdigest(), "state")
    (folder / token).write_bytes(data)
    (folder / f"{token}.json").write_text(json.dumps(asdict(kept)))
    return {"token": token}
