"""Limits of a picture, stated to people in the same words in which they are held."""

from .errors import N_, BadInput

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2000
"""Larger pictures are made smaller; nobody is refused for a good camera within the limits."""


class BadPicture(BadInput):
    """The file is not a picture that we take."""

    default_what = N_("照片没有收下。")
    default_why = N_("这个文件不是能识别的照片。")
    default_next = N_("请换一张 JPEG、PNG 或 WebP 照片，每张不超过10MB、4000万像素。")


def check_bytes(size: int) -> None:
    """Refuse an empty file and one over 10 MB."""
    if size == 0:
        raise BadPicture(why=N_("文件是空的。"))
    if size > MOST_BYTES:
        raise BadPicture(why=N_("文件超过了10MB。"))


def check_pixels(width: int, height: int) -> None:
    """Refuse more than 40 megapixels: small files can unfold to gigabytes."""
    if width * height > MOST_PIXELS:
        raise BadPicture(why=N_("照片的像素超过了4000万。"))


def shown_size(width: int, height: int) -> tuple[int, int]:
    """The size at which the picture is kept: its longest side at most 2000, never enlarged, never 0."""
    longest = max(width, height)
    if longest <= LONGEST_SIDE:
        return width, height
    return max(1, width * LONGEST_SIDE // longest), max(1, height * LONGEST_SIDE // longest)
