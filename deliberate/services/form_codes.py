"""Reading a form's serial off its picture.

zxing-cpp is an optional extra (`pip install deliberate[desk]`); without it the browser reads the code where it can,
and else a person types the serial with its check digit.
"""

from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any

from deliberate.domain import serial as serials
from deliberate.later import later

if TYPE_CHECKING:
    from PIL import Image
else:
    Image = later("PIL.Image")

_reader: Any = later("zxingcpp") if find_spec("zxingcpp") else None


def read_serial(picture: IO[bytes]) -> str:
    """The serial of the form on a kept picture; empty when none can be read. Other codes on it are passed over."""
    if _reader is None:
        return ""
    with Image.open(picture) as opened:
        codes = _reader.read_barcodes(opened.convert("L"))
    numbers = {number for code in codes if (number := serials.read(code.text)) is not None}
    return serials.printed(numbers.pop()) if len(numbers) == 1 else ""
