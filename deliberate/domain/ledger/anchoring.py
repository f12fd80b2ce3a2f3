"""What a head says beside size and root, how people read it off a notice, and when it was kept from others too long.

Extension lines of a head, each a word and its value, in this order; a line may be added at the end, none changes:

    time 2026-03-02T02:00:00Z          when it was made
    receipts <base64>                  the key under which receipts are promised, if there is one
    opening <round>                    at opening; then
    roll <hex> <size>                  the root of the roll and how many are on it
    rules <hex>                        SHA-256 of the rules as the opening's leaf has them
    plan <hex>                         SHA-256 of the text that is asked about
    closing <round> | final <round>    at closing, or with the outcome; then
    sheet <hex>                        SHA-256 of the count sheet
    outcome <word>                     with the outcome
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .head import HeadReason

LATE = timedelta(days=1)
"""A head that nobody else holds after a day could have been replaced."""
READ_ALOUD = 20
"""Characters of a root on a notice: 100 bits, more than can be matched by trying."""
_ALIKE = str.maketrans("018", "OIB")


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """What the head of a round's step says of it."""

    name: str
    roll_root: str = ""
    roll_size: int = 0
    rules: str = ""
    plan: str = ""
    sheet: str = ""
    outcome: str = ""


def extensions(
    why: HeadReason, at: datetime, receipts: bytes | None, facts: RoundFacts | None
) -> tuple[str, ...]:
    """The extension lines of a head."""
    lines = [f"time {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"]
    if receipts is not None:
        lines.append(f"receipts {base64.b64encode(receipts).decode()}")
    if facts is not None:
        lines.append(f"{why.value} {facts.name}")
        if why is HeadReason.OPENING:
            lines += [
                f"roll {facts.roll_root} {facts.roll_size}",
                f"rules {facts.rules}",
                f"plan {facts.plan}",
            ]
        if facts.sheet:
            lines.append(f"sheet {facts.sheet}")
        if facts.outcome:
            lines.append(f"outcome {facts.outcome}")
    return tuple(lines)


def characters(root: bytes) -> str:
    """The beginning of a root as people read it: base32 (RFC 4648) in groups of four."""
    letters = base64.b32encode(root).decode()[:READ_ALOUD]
    return " ".join(letters[at : at + 4] for at in range(0, READ_ALOUD, 4))


def read_characters(typed: str) -> str:
    """What was typed off a notice, in the spelling of `characters`; empty when it cannot be that.

    0, 1 and 8 do not occur in base32: whoever reads them means O, I and B.
    """
    letters = "".join(one for one in typed.upper() if one.isalnum()).translate(_ALIKE)
    if len(letters) != READ_ALOUD or not set(letters) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        return ""
    return " ".join(letters[at : at + 4] for at in range(0, READ_ALOUD, 4))


def root_prefix(characters_read: str) -> str:
    """The beginning in hex of every root with these characters (whole bytes of them)."""
    letters = characters_read.replace(" ", "")
    return base64.b32decode(letters + "=" * (-len(letters) % 8)).hex() if letters else ""


def is_late(since: datetime | None, now: datetime) -> bool:
    """Whether it waits for longer than a day."""
    return since is not None and now - since > LATE
