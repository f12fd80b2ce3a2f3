"""Pictures as files: judged by content, made small, re-encoded, so that no byte of the original is served.

Re-encoding leaves behind EXIF (where and with what a photo was taken), colour profiles, comments and whatever
was glued to the file. Turning by EXIF is done first, or photos would lie on their side.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deliberate.domain.pictures import BadPicture, check_bytes, check_pixels, shown_size
from deliberate.later import later

if TYPE_CHECKING:
    from PIL import Image, ImageOps
else:
    Image, ImageOps = later("PIL.Image"), later("PIL.ImageOps")

FORMATS = ("JPEG", "PNG", "WEBP")
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    TypeError,
    OverflowError,
    MemoryError,
)
"""Beside its own two for bombs, what Pillow raises on files that are none of ours; all mean the same to the reader."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is kept."""

    data: bytes
    mime: str
    extension: str
    width: int
    height: int


def reencode(data: bytes) -> Encoded:
    """JPEG, or WebP where there is transparency; BadPicture with the reason otherwise."""
    check_bytes(len(data))
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            check_pixels(*image.size)
            return _encode(_upright(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, *_BROKEN) as broken:
        raise BadPicture() from broken


def _upright(image: "Image.Image") -> "Image.Image":
    """Small, turned as the camera was held, in plain colours."""
    if image.format == "JPEG":
        image.draft("RGB", (2 * shown_size(*image.size)[0], 2 * shown_size(*image.size)[1]))
    see_through = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    plain = image.convert("RGBA" if see_through else "RGB")
    plain.info.pop("icc_profile", None)
    turned = ImageOps.exif_transpose(_with_exif(image, plain))
    return turned.resize(shown_size(*turned.size), Image.Resampling.LANCZOS)


def _with_exif(image: "Image.Image", plain: "Image.Image") -> "Image.Image":
    exif = image.getexif()
    plain.getexif().update({274: exif[274]} if 274 in exif else {})
    return plain


def _encode(image: "Image.Image") -> Encoded:
    target = io.BytesIO()
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    if bare.mode == "RGBA":
        bare.save(target, "WEBP", quality=85)
        return Encoded(target.getvalue(), "image/webp", "webp", *bare.size)
    bare.save(target, "JPEG", quality=85, optimize=True, progressive=True)
    return Encoded(target.getvalue(), "image/jpeg", "jpg", *bare.size)
