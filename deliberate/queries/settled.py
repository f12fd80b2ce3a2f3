"""What a settlement put in the place of: the records of the household by whose codes it is named (rules 8 and 12).

Nobody holds a settlement's own code; without theirs a household that has only a letter could never take it back.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer, Deed, Record
from deliberate.models import Consent, Supersession


class Named(NamedTuple):
    """A record, as somebody who holds its paper or its receipt can name it."""

    receipt_hash: str
    stub_hash: str | None
    serial: str | None
    upheld: bool
    """Whether it bore the answer that the settlement upholds."""


def under(session: Session, tops: Sequence[Record]) -> Mapping[int, Sequence[Named]]:
    """By each settlement among these what it settled, and what settlements before it had settled."""
    answers = {one.id: one.answer for one in tops if one.deed is Deed.SETTLEMENT}
    found: dict[int, list[Named]] = defaultdict(list)
    by = {settlement: settlement for settlement in answers}
    while by:
        by = _one_step(session, by, answers, found)
    return found


def _one_step(
    session: Session,
    by: Mapping[int, int],
    answers: Mapping[int, Answer | None],
    found: dict[int, list[Named]],
) -> dict[int, int]:
    """Gather what these settlements superseded; the settlements among that, each with the one that stands."""
    deeper = {}
    for newer, number, deed, answer, receipt, stub, serial in session.execute(
        select(
            Supersession.by_consent_id,
            Consent.id,
            Consent.deed,
            Consent.answer,
            Consent.receipt_hash,
            Consent.stub_hash,
            Consent.serial,
        )
        .join(Consent, Consent.id == Supersession.superseded_id)
        .where(Supersession.by_consent_id.in_(by))
        .order_by(Consent.id)
    ):
        top = by[newer]
        if deed is Deed.SETTLEMENT:
            deeper[number] = top
        else:
            found[top].append(Named(receipt, stub, serial, upheld=answer is answers[top]))
    return deeper
