"""Records as tests make and find them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Deed
from deliberate.models import Consent
from deliberate.services.secrets import keyed_hash

ANSWERING = frozenset({Deed.ANSWER, Deed.CHANGE, Deed.CORRECTION, Deed.SETTLEMENT})
"""Deeds that may carry an answer; a settlement may also leave none."""


def of_code(session: Session, code: str, key: bytes) -> Consent:
    """The one record of a receipt code."""
    return session.scalars(select(Consent).where(Consent.receipt_hash == keyed_hash(code, key))).one()
