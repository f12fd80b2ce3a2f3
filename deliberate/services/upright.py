"""Photographs turned as the camera was held.

Of what stands beside a picture (EXIF) the orientation is read and nothing else, and nothing of it is ever written: it
may be damaged, or made to do damage. A picture whose note cannot be read is taken as it lies.
"""

import logging
from typing import TYPE_CHECKING

from deliberate.later import later
from deliberate.logs import refused

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = later("PIL.Image")

ORIENTATION = 274
_EXPECTED = (OSError, SyntaxError, ValueError, EOFError, IndexError)
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
log = logging.getLogger(__name__)


def upright(picture: "Image.Image", held: str | None) -> "Image.Image":
    """The picture turned by what `how_held` said of its file."""
    return picture.transpose(Image.Transpose[held]) if held else picture


def how_held(picture: "Image.Image") -> str | None:
    """The turn that it needs; None for none. Ask it of the picture as it was opened and loaded."""
    try:
        return _TURNS.get(picture.getexif().get(ORIENTATION, 1))
    except Exception:
        return None


def is_bomb(error: Exception) -> bool:
    """Whether the picture would unfold to more than anybody has room for."""
    return isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning)


def note_fault(error: Exception) -> None:
    """The library raises whatever it likes on what strangers send. What it usually does not is written down."""
    if not isinstance(error, _EXPECTED) and not is_bomb(error):
        log.warning("a picture could not be read: %s", refused(error))
