"""What every place for files promises."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Protocol

from deliberate.domain.errors import N_, Refusal

KINDS = ("evidence", "pictures", "recordings", "letters", "bulletins")
"""What a backup takes along. `uploads` and `unfinished` lie here too, for a day at most."""


_BY_HASH = re.compile(r"(?:.*/)?([0-9a-f]{64})(?:\.[a-z0-9]+)?")

_BY_TIME = re.compile(r"(?:.*/)?([0-9a-f]{8})[^/]*$")


class StorageAway(Refusal):
    """The place for files did not do what it promises: full, out of reach, or not the bytes that were kept."""

    status = 503
    default_what = N_("文件没有存好，或者暂时打不开。")
    default_why = N_("存放文件的地方没有回应，或者已经满了。")
    default_next = N_("请过几分钟再试一次；重复提交不会记成两份。如果还是这样，请联系系统管理员。")


class Storage(Protocol):
    """Names and bytes; nothing is changed once it is kept, but for being kept anew or forgotten.

    Each of these raises StorageAway when the place does not answer or breaks its word.
    """

    def size(self, name: str) -> int | None:
        """Bytes of the file; None when there is none."""

    def open(self, name: str) -> IO[bytes]:
        """To be read from the beginning, and closed; FileNotFoundError when there is none."""

    def keep(self, name: str, data: IO[bytes]) -> None:
        """From where the stream stands to its end, for good."""

    def forget(self, name: str) -> None:
        """Gone, if it was there."""

    def names(self, under: str) -> Iterator[str]:
        """Of all whole files below `under`; what others put there under names that none of ours has is passed over."""


def keep_once(files: Storage, name: str, data: bytes) -> None:
    """What is named by its bytes: the same again is the same file."""
    if files.size(name) != len(data):
        files.keep(name, BytesIO(data))


def promised(name: str) -> str | None:
    """The hash that the name gives its bytes; None when it is not named by them."""
    found = _BY_HASH.fullmatch(name)
    return found[1] if found else None


def begun(name: str) -> int | None:
    """The second that the last part of the name begins with, in eight hexadecimal digits; None when it does not."""
    found = _BY_TIME.match(name)
    return int(found[1], 16) if found else None


def is_strange(name: str) -> bool:
    """Whether it cannot be the name of a file here: it would lead out of the place, or marks a folder."""
    return any(part.startswith(".") or not part for part in name.split("/")) or "\\" in name


def refuse_strange(name: str) -> None:
    """A name never leads out of the place, whatever it was made of."""
    if is_strange(name):
        raise ValueError(f"{name!r} is no name of a file here")
