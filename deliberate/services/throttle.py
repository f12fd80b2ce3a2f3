"""Tries at secrets are counted: so many an hour at one secret and from one place.

A refusal rolls its transaction back, and with it a count that was made there. So a try is counted first, in a
transaction of its own, and given back when the secret was right:

    with transaction() as tx:
        throttle.count(tx.session, tries, now=tx.now)      # raises TooMany
    …                                                       # look at the secret; may be refused
    with transaction() as tx:
        throttle.give_back(tx.session, tries)

Keys are keyed hashes: the table tells neither who was tried nor from where.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from deliberate.domain.errors import TooMany
from deliberate.models import Throttle

from .secrets import normalise

WINDOW = timedelta(hours=1)
AT_ONE_SECRET = 5
CODES_FROM_ONE_PLACE = 100
"""A hall full of people shares one address on the last evening. Codes have 60 bits: with 5,000 in force, a hundred
tries an hour hit one in some 260 million years (docs/proof.md). At one first group of a code it is five anyhow."""
SIGN_INS_FROM_ONE_PLACE = 20
"""An office or a mobile network shares one address; a name is still tried only five times."""


@dataclass(frozen=True, slots=True)
class Try:
    """One thing counted. When the secret was right one try is given back; `forget` drops the count."""

    key: str
    most: int
    forget: bool = False


def code_tries(key: bytes, code: str, place: str) -> tuple[Try, ...]:
    """For a code on a letter: by its first group and by place."""
    return (
        Try(_hash(key, "code", normalise(code)[:4]), AT_ONE_SECRET),
        Try(_hash(key, "code place", network(place)), CODES_FROM_ONE_PLACE),
    )


def password_tries(key: bytes, name: str, place: str) -> tuple[Try, ...]:
    """For a password: by the name it was tried for and by place."""
    return (
        Try(_hash(key, "password", name), AT_ONE_SECRET, forget=True),
        Try(_hash(key, "password place", network(place)), SIGN_INS_FROM_ONE_PLACE),
    )


def address_tries(key: bytes, account_id: int | None, place: str) -> tuple[Try, ...]:
    """For a code that is sent to an address: by who asks for it and by place."""
    return (
        Try(_hash(key, "address", str(account_id)), AT_ONE_SECRET),
        Try(_hash(key, "address place", network(place)), SIGN_INS_FROM_ONE_PLACE),
    )


def number_tries(key: bytes, who: str, place: str) -> tuple[Try, ...]:
    """For a telephone number wanted as one's own, since whether it is taken is told: by who wants it and by place."""
    return (
        Try(_hash(key, "number", who), AT_ONE_SECRET),
        Try(_hash(key, "number place", network(place)), SIGN_INS_FROM_ONE_PLACE),
    )


def count(session: Session, tries: Sequence[Try], *, now: datetime) -> None:
    """Count one try at each key, or raise TooMany and count nothing. Commit before looking at the secret."""
    session.execute(delete(Throttle).where(Throttle.since <= now - WINDOW))
    known = [(one, session.get(Throttle, one.key, with_for_update=True)) for one in tries]
    if any(row is not None and row.tries >= one.most for one, row in known):
        raise TooMany()
    for one, row in known:
        if row is None:
            session.add(Throttle(key=one.key, since=now, tries=1))
        else:
            row.tries += 1
    session.flush()


def give_back(session: Session, tries: Sequence[Try]) -> None:
    """The secret was right: these tries were none."""
    for one in tries:
        row = session.get(Throttle, one.key, with_for_update=True)
        if row is not None:
            row.tries = 0 if one.forget else max(0, row.tries - 1)


def network(place: str) -> str:
    """Who holds one IPv6 address holds its whole /64."""
    try:
        address = ipaddress.ip_address(place)
    except ValueError:
        return place
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _hash(key: bytes, kind: str, text: str) -> str:
    return hmac.new(key, f"{kind}|{text}".encode(), hashlib.sha256).hexdigest()
