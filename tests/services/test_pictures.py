"""Pictures are judged by content, made small, and nothing of the original file is kept."""

import io
import struct
import zlib
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from deliberate.db import Database
from deliberate.domain.errors import NotAllowed
from deliberate.domain.permissions import ANYBODY
from deliberate.domain.pictures import LONGEST_SIDE, MOST_BYTES, BadPicture
from deliberate.services.picture_files import reencode
from deliberate.services.pictures import file_name, keep_picture
from deliberate.storage import Folder
from tests import make
from tests.make import START


def encoded(kind: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **other: object) -> bytes:
    target = io.BytesIO()
    image = Image.new(mode, size, "red")
    image.putpixel((0, 0), Image.new(mode, (1, 1), "blue").getpixel((0, 0)))
    image.save(target, kind, **other)
    return target.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds almost nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_kinds_are_taken_as_jpeg(kind: str) -> None:
    made = reencode(encoded(kind))
    assert (made.mime, made.extension, made.width, made.height) == ("image/jpeg", "jpg", 60, 40)
    assert Image.open(io.BytesIO(made.data)).format == "JPEG"


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_stays(mode: str) -> None:
    made = reencode(encoded("PNG", mode=mode))
    assert (made.mime, made.extension) == ("image/webp", "webp")


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "CMYK"])
def test_other_colours_become_plain(mode: str) -> None:
    data = encoded("JPEG" if mode == "CMYK" else "PNG", mode=mode) if mode != "I;16" else sixteen_bits()
    assert Image.open(io.BytesIO(reencode(data).data)).mode in ("RGB", "RGBA")


def sixteen_bits() -> bytes:
    target = io.BytesIO()
    Image.new("I;16", (20, 20), 4000).save(target, "PNG")
    return target.getvalue()


def test_a_large_picture_is_made_small() -> None:
    made = reencode(encoded("JPEG", (4000, 1000)))
    assert (made.width, made.height) == (LONGEST_SIDE, LONGEST_SIDE // 4)


def test_where_a_photo_was_taken_is_gone_and_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[274] = 6
    exif[271] = "SECRET CAMERA"
    exif.get_ifd(0x8825)[2] = (43.0, 49.0, 30.0)
    made = reencode(encoded("JPEG", (60, 40), exif=exif, comment=b"SECRET"))
    picture = Image.open(io.BytesIO(made.data))
    assert picture.size == (40, 60)
    assert not picture.getexif()
    assert b"SECRET" not in made.data
    assert "comment" not in picture.info


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7 ...",
        b"GIF89a" + bytes(100),
        encoded("GIF"),
        encoded("BMP"),
        encoded("TIFF"),
        encoded("PNG")[:60],
        encoded("JPEG")[:200],
        bytes(MOST_BYTES + 1),
        png_header(10_000, 10_000),
        png_header(60_000, 60_000),
        png_header(2_000_000_000, 2_000_000_000),
        png_header(0, 10),
        png_header(500, 500),
    ],
    ids=str.split(
        "empty svg html pdf gif-header gif bmp tiff cut-png cut-jpeg huge 100M 3600M bomb-max zero short"
    ),
)
def test_what_is_no_picture_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(BadPicture) as refused:
        reencode(data)
    assert refused.value.status == 422


def test_what_is_glued_to_a_picture_is_left_behind() -> None:
    polyglot = (
        encoded("JPEG", comment=b"<script>alert(1)</script>") + b"PK\x03\x04<html><script>alert(2)</script>"
    )
    made = reencode(polyglot)
    assert b"script" not in made.data
    assert b"PK\x03\x04" not in made.data


def test_a_picture_is_kept_once_by_its_hash(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    with database.transaction() as tx:
        community = make.community(tx.session)
        home = make.households(tx.session, community, 1)[0]
        actor = make.actor(tx.session, make.resident(tx.session, home))
        first = keep_picture(tx.session, actor, community.id, encoded(), Folder(tmp_path), now=START)
        second = keep_picture(tx.session, actor, community.id, encoded(), Folder(tmp_path), now=START)
        assert first is second
        with pytest.raises(NotAllowed):
            keep_picture(tx.session, ANYBODY, community.id, encoded(), Folder(tmp_path), now=START)
        (kept,) = folder.iterdir()
        assert kept.name == file_name(first.sha256, first.mime)
        assert sha256(kept.read_bytes()).hexdigest() == first.sha256
        assert kept.stat().st_size == first.size
