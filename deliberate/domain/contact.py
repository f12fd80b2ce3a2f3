"""How a household wishes to be told of what is recorded for it, beside the page and the paper."""

import re
import unicodedata
from enum import StrEnum

LONGEST = 120
"""Characters of an address."""
_WORD, _LABEL = r"[\w!#$%&'*+/=^`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{1,64}}@){_WORD}(?:\.{_WORD})*@(?:{_LABEL}\.)+(?=[A-Za-z]){_LABEL}")
"""What every mail program writes into a header as it is: words with dots between, no comments, no quotes (RFC 5322,
3.4.1, dot-atom; RFC 6531 for letters of any script), and a host of labels."""
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
    return text if _EMAIL.fullmatch(text) else None


def veiled(way: ContactWay, address: str) -> str:
    """The address as the page shows it: enough to know one's own, too little to learn another's."""
    if way is ContactWay.SMS:
        return f"{address[:3]}****{address[-2:]}"
    name, _, host = address.partition("@")
    return f"{name[:2]}***@{host}"
