"""How a household wishes to be told of what is recorded for it, beside the page and the paper."""

import re
import unicodedata
from enum import StrEnum

LONGEST = 120
"""Characters of an address."""
_EMAIL = re.compile(r"[^@\s\x00-\x20<>\",;:\\]{1,64}@[A-Za-z0-9.-]{1,80}\.[A-Za-z0-9-]{2,}")
_TELEPHONE = re.compile(r"\+?[0-9]{8,15}")


class ContactWay(StrEnum):
    """The second channel."""

    EMAIL = "email"
    SMS = "sms"


class OutgoingKind(StrEnum):
    """What a household is told."""

    CONSENT = "consent"
    CONTACT_ADDED = "contact_added"
    CONTACT_ENDED = "contact_ended"
    MEMBER_JOINED = "member_joined"


def read_address(way: ContactWay, typed: str) -> str | None:
    """The address as it is kept; None when it is none of this kind."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if len(text) > LONGEST:
        return None
    if way is ContactWay.SMS:
        digits = re.sub(r"[\s()-]", "", text)
        return digits if _TELEPHONE.fullmatch(digits) else None
    return text if _EMAIL.fullmatch(text) and ".." not in text else None


def veiled(way: ContactWay, address: str) -> str:
    """The address as the page shows it: enough to know one's own, too little to learn another's."""
    if way is ContactWay.SMS:
        return f"{address[:3]}****{address[-2:]}"
    name, _, host = address.partition("@")
    return f"{name[:2]}***@{host}"
