"""Evidence as it is kept: re-encoded, nameless, on the disk, and never a bomb."""

import contextlib
import hashlib
import random
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

from deliberate.domain.errors import BadInput
from deliberate.domain.round import EvidenceRole
from deliberate.services import evidence
from deliberate.services.picture_files import reencode
from deliberate.storage import Folder


def picture(kind: str, size: tuple[int, int] = (300, 200), mode: str = "RGB", **how: object) -> bytes:
    made = Image.new(mode, size, 0 if mode == "RGBA" else "grey")
    ImageDraw.Draw(made).line((10, 10, size[0] // 2, size[1] // 2), fill="black", width=4)
    file = BytesIO()
    made.save(file, kind, **how)
    return file.getvalue()


def test_a_photograph_is_made_smaller_and_forgets_where_it_was_taken(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "secret place", 6
    kept = evidence.keep_exhibit(
        Folder(tmp_path), EvidenceRole.PHOTO, picture("JPEG", (4000, 1000), exif=exif)
    )
    data = (tmp_path / evidence.name_of(kept.sha256)).read_bytes()
    opened = Image.open(BytesIO(data))
    assert (opened.format, opened.size, kept.mime) == ("JPEG", (500, 2000), "image/jpeg")
    assert b"secret" not in data
    assert not opened.getexif()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (kept.sha256, kept.size)


@pytest.mark.parametrize("held", range(1, 9))
def test_a_photograph_is_turned_as_the_camera_was_held(tmp_path: Path, held: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = held
    data = picture("JPEG", (60, 40), exif=exif)
    wanted = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    kept = evidence.keep_exhibit(Folder(tmp_path), EvidenceRole.PHOTO, data)
    with Image.open(tmp_path / evidence.name_of(kept.sha256)) as made:
        assert made.size == wanted.size
        off = ImageStat.Stat(ImageChops.difference(made.convert("L"), wanted.convert("L"))).mean
    assert off[0] < 1, "but for what is lost by keeping it as JPEG twice"


def test_no_byte_beside_the_picture_is_kept(tmp_path: Path) -> None:
    beside = {"comment": b"SECRET", "icc_profile": b"SECRET" * 30}
    for role, data in (
        (EvidenceRole.PHOTO, picture("JPEG", **beside)),
        (EvidenceRole.SIGNATURE, picture("PNG", icc_profile=b"SECRET" * 30)),
    ):
        kept = evidence.keep_exhibit(Folder(tmp_path), role, data)
        made = (tmp_path / evidence.name_of(kept.sha256)).read_bytes()
        assert b"SECRET" not in made
        assert b"iCCP" not in made


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_whose_bytes_are_damaged_is_kept_or_refused_and_nothing_else(
    tmp_path: Path, kind: str
) -> None:
    """A tablet would send it again for ever."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8825] = 6, "abc", {1: "N", 2: (1.0, 2.0, 3.0)}
    whole, chance, kept = picture(kind, (60, 40), exif=exif), random.Random(3), 0
    begin = whole.index(b"MM\0*" if b"MM\0*" in whole else b"II*\0")
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(begin, min(begin + 120, len(data)))] = chance.randrange(256)
        for take in (partial(evidence.keep_exhibit, Folder(tmp_path), EvidenceRole.PHOTO), reencode):
            with contextlib.suppress(BadInput):
                take(bytes(data))
                kept += 1
    assert kept > 100 or kind == "PNG", "a note that cannot be read spoils no picture; PNG has a sum over it"


def test_a_signature_stands_on_white(tmp_path: Path) -> None:
    drawn = picture("PNG", mode="RGBA")
    kept = evidence.keep_exhibit(Folder(tmp_path), EvidenceRole.SIGNATURE, drawn)
    opened = Image.open(tmp_path / evidence.name_of(kept.sha256))
    assert (opened.format, kept.mime, opened.getpixel((0, 199))) == ("PNG", "image/png", 255)
    assert evidence.keep_exhibit(Folder(tmp_path), EvidenceRole.SIGNATURE, drawn) == kept
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == [kept.sha256]


@pytest.mark.parametrize(
    ("role", "made"),
    [
        (EvidenceRole.PHOTO, lambda: b""),
        (EvidenceRole.PHOTO, lambda: b"%PDF-1.7 not a picture"),
        (EvidenceRole.PHOTO, lambda: picture("JPEG")[:400]),
        (EvidenceRole.PHOTO, lambda: picture("PNG")[:120]),
        (EvidenceRole.PHOTO, lambda: b"x" * (evidence.LARGEST + 1)),
        (EvidenceRole.PHOTO, partial(picture, "PNG", (9000, 9000), "1")),
        (EvidenceRole.PHOTO, partial(picture, "PNG", (14000, 14000), "1")),
        (EvidenceRole.PHOTO, partial(picture, "GIF")),
        (EvidenceRole.SIGNATURE, partial(picture, "JPEG")),
    ],
)
def test_what_is_no_lawful_picture_is_refused(
    tmp_path: Path, role: EvidenceRole, made: Callable[[], bytes]
) -> None:
    data = made()
    with pytest.raises(BadInput):
        evidence.keep_exhibit(Folder(tmp_path), role, data)
    assert not (tmp_path / "evidence").exists()


def test_an_empty_signature_is_refused(tmp_path: Path) -> None:
    file = BytesIO()
    Image.new("RGBA", (300, 100)).save(file, "PNG")
    with pytest.raises(BadInput, match="空白"):
        evidence.keep_exhibit(Folder(tmp_path), EvidenceRole.SIGNATURE, file.getvalue())
