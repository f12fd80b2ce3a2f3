"""The store of evidence: photographs and signatures, re-encoded, kept by the hash of their bytes.

No byte of the original is kept: what it said beside the picture (place, device, time) is gone. A file is kept
for good before its `Exhibit` is handed back, so that a record never names what is not there.
"""

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING

from deliberate.domain.errors import N_, BadInput
from deliberate.domain.round import EvidenceRole
from deliberate.later import later
from deliberate.storage import Storage, keep_once

from .exhibits import Exhibit
from .upright import how_held, is_bomb, note_fault, upright

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = later("PIL.Image")

LARGEST = 10 * 1024 * 1024
"""Bytes of a file as it is sent."""
LONGEST_SIDE = 2000
"""Pixels of the longer side as it is kept."""
MOST_PIXELS = 60_000_000
"""Pixels of a file as it is sent; more is a bomb, not a photograph."""


def _refused(why: str, **params: object) -> BadInput:
    return BadInput(
        what=N_("照片或签名没有收下。"),
        why=why,
        next_step=N_("请重新拍一张照片，或者请本人重新签名。"),
        **params,
    )


def name_of(sha256: str) -> str:
    """Under which the bytes with that hash are kept."""
    return f"evidence/{sha256}"


def keep_exhibit(files: Storage, role: EvidenceRole, data: bytes) -> Exhibit:
    """Keep a photograph (as JPEG) or a signature (as PNG); refused when it is no picture of a lawful size."""
    if not data:
        raise _refused(N_("文件是空的。"))
    if len(data) > LARGEST:
        raise _refused(N_("文件太大，每张不能超过10MB。"))
    signature = role is EvidenceRole.SIGNATURE
    encoded = _encoded(data, signature)
    sha256 = hashlib.sha256(encoded).hexdigest()
    keep_once(files, name_of(sha256), encoded)
    return Exhibit(role, sha256, "image/png" if signature else "image/jpeg", len(encoded))


def keep_strokes(files: Storage, data: bytes) -> Exhibit:
    """Keep the strokes of a live signature as they were drawn; the caller has looked that they are some."""
    sha256 = hashlib.sha256(data).hexdigest()
    keep_once(files, name_of(sha256), data)
    return Exhibit(EvidenceRole.STROKES, sha256, "application/json", len(data))


def _encoded(data: bytes, signature: bool) -> bytes:
    """As it is kept; whatever the library raises on what a stranger sent, it is no picture that we take."""
    try:
        return _signature(data) if signature else _photograph(data)
    except (BadInput, ImportError):
        raise
    except Exception as error:
        note_fault(error)
        why = N_("图片的尺寸太大。") if is_bomb(error) else N_("这个文件不是能打开的图片。")
        raise _refused(why) from error


def _opened(data: bytes, *formats: str) -> "Image.Image":
    """The picture, decoded, no larger than kept; its size is looked at before a pixel is."""
    picture = Image.open(BytesIO(data), formats=formats)
    if picture.width * picture.height > MOST_PIXELS:
        raise _refused(N_("图片的尺寸太大。"))
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    picture.load()
    turned = upright(picture, how_held(picture))
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return turned


def _on_white(picture: "Image.Image", mode: str) -> "Image.Image":
    """Without transparency: what is not drawn is paper."""
    if not picture.has_transparency_data:
        return picture.convert(mode)
    opaque = picture.convert("RGBA")
    paper = Image.new("RGBA", opaque.size, "white")
    return Image.alpha_composite(paper, opaque).convert(mode)


def _photograph(data: bytes) -> bytes:
    kept, shown = BytesIO(), _on_white(_opened(data, "JPEG", "PNG", "WEBP"), "RGB")
    shown.info.clear()  # comments and profiles are the original's bytes
    shown.save(kept, "JPEG", quality=85, optimize=True)
    return kept.getvalue()


def _signature(data: bytes) -> bytes:
    drawn = _on_white(_opened(data, "PNG"), "L")
    darkest, lightest = drawn.getextrema()
    if darkest == lightest:
        raise _refused(N_("签名是空白的。"))
    kept = BytesIO()
    drawn.info.clear()
    drawn.save(kept, "PNG", optimize=True)
    return kept.getvalue()
