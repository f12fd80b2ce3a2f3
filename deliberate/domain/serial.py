"""Serial numbers of paper forms: seven digits and a check digit, printed `0004-571-6`.

The check digit follows ISO/IEC 7064, MOD 11,10: every single wrong digit and nearly every swap of two
neighbours is found while the paper is still in the canvasser's hand.
"""

import unicodedata
from functools import lru_cache

LARGEST = 9_999_999


def check_digit(number: int) -> int:
    """The check digit of a running number (ISO/IEC 7064, MOD 11,10)."""
    product = 10
    for digit in f"{number:07d}":
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10


def printed(number: int) -> str:
    """The serial as it stands on the form."""
    digits = f"{number:07d}"
    return f"{digits[:4]}-{digits[4:]}-{check_digit(number)}"


def masked(serial: str) -> str:
    """As much of a printed serial as whoever holds the paper knows it by, and nobody can name it by."""
    return f"****-*{serial[6:8]}-*"


def read(typed: str) -> int | None:
    """The running number of a typed or scanned serial; None when it is not one."""
    digits = unicodedata.normalize("NFKC", typed).replace("-", "").replace(" ", "")
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    return _checked(digits)


@lru_cache(maxsize=512)
def _checked(digits: str) -> int | None:
    """Eight digits; a form is asked for several times while it is registered."""
    number = int(digits[:7])
    return number if check_digit(number) == int(digits[7]) else None
