"""Passwords: argon2id with OWASP's 19 MiB, two passes, one lane; never logged, never shown again."""

import secrets
import unicodedata
from base64 import b64encode

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from deliberate.domain.errors import N_, BadInput

SHORTEST, LONGEST = 8, 200
_COMMON = frozenset(
    [
        "12345678",
        "123456789",
        "1234567890",
        "87654321",
        "00000000",
        "11111111",
        "66666666",
        "88888888",
        "password",
        "password1",
        "passw0rd",
        "qwertyui",
        "qwerty123",
        "1qaz2wsx",
        "abc12345",
        "abcd1234",
        "a1234567",
        "iloveyou",
        "woaini1314",
        "5201314520",
        "admin123",
    ]
)
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_ONCE = "23456789abcdefghjkmnpqrstuvwxyz"


def _random(length: int) -> str:
    """Random bytes as argon2 writes them."""
    return b64encode(secrets.token_bytes(length)).decode().rstrip("=")


_COSTS = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
_NOBODY = f"$argon2id$v=19${_COSTS}${_random(_HASHER.salt_len)}${_random(_HASHER.hash_len)}"
"""The hash of no password, as dear to compare with as any. Not hashed at each start: that takes a while."""


def hashed(password: str, *others: str) -> str:
    """The hash to keep; BadInput for a password that is too short or too easy to guess."""
    plain = _plain(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise _refused(N_("密码要有 %(least)s 到 %(most)s 个字符。"), least=SHORTEST, most=LONGEST)
    easy = plain.casefold() in _COMMON or len(set(plain)) < 3
    if easy or plain.casefold() in (_plain(other).casefold() for other in others if other):
        raise _refused(N_("这个密码太容易猜到。"))
    return _HASHER.hash(plain)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether it is the password. Takes the same time when there is nobody to ask about."""
    try:
        return _HASHER.verify(password_hash or _NOBODY, _plain(password)[: LONGEST + 1])
    except (Argon2Error, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def once() -> str:
    """A password to be told to somebody once, and replaced by them at first sight."""
    letters = [secrets.choice(_ONCE) for _ in range(12)]
    return "-".join("".join(letters[start : start + 4]) for start in (0, 4, 8))


def _plain(password: str) -> str:
    """Full-width letters, as a Chinese keyboard types them, are the same letters."""
    return unicodedata.normalize("NFKC", password)


def _refused(why: str, **params: object) -> BadInput:
    return BadInput(
        N_("密码没有保存。"),
        why,
        N_("请换一个密码，例如几个不相干的词连在一起。"),
        field="password",
        **params,
    )
