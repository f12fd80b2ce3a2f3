"""Pictures as files: judged by content, made small, re-encoded, so that no byte of the original is served.

Re-encoding leaves behind EXIF (where and with what a photo was taken), colour profiles, comments and whatever
was glued to the file. Turning by EXIF is done first, or photos would lie on their side.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deliberate.domain.pictures import BadPicture, check_bytes, check_pixels, shown_size
from deliberate.later import later

from .upright import how_held, note_fault, upright

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = later("PIL.Image")

FORMATS = ("JPEG", "PNG", "WEBP")


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
    except (BadPicture, ImportError):
        raise
    except Exception as broken:
        note_fault(broken)
        raise BadPicture() from broken


def _upright(image: "Image.Image") -> "Image.Image":
    """Small, turned as the camera was held, in plain colours."""
    if image.format == "JPEG":
        image.draft("RGB", (2 * shown_size(*image.size)[0], 2 * shown_size(*image.size)[1]))
    see_through = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    plain = image.convert("RGBA" if see_through else "RGB")
    turned = upright(plain, how_held(image))
    return turned.resize(shown_size(*turned.size), Image.Resampling.LANCZOS)


def _encode(image: "Image.Image") -> Encoded:
    target = io.BytesIO()
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    if bare.mode == "RGBA":
        bare.save(target, "WEBP", quality=85)
        return Encoded(target.getvalue(), "image/webp", "webp", *bare.size)
    bare.save(target, "JPEG", quality=85, optimize=True, progressive=True)
    return Encoded(target.getvalue(), "image/jpeg", "jpg", *bare.size)
