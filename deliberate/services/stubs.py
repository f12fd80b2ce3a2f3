"""Tear-off stubs of paper forms: a serial and the code with which the household later checks its answer.

The code is worked out from the serial, so that it can be printed before anybody signs; it opens what the paper
says once the paper is registered. So codes of registered forms are never printed again, and every printing is
journalled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import Consent, FormIssue

from . import journal
from .recording import stub_code
from .secrets import grouped

AT_ONCE = 200
"""Stubs of one printing, twelve to a sheet."""


@dataclass(frozen=True, slots=True)
class Stub:
    """What stands on one stub."""

    serial: str
    code: str


def print_stubs(
    session: Session,
    actor: Actor,
    round_id: int,
    issue_id: int,
    start: int,
    *,
    key: bytes,
    now: datetime,
    at_once: int = AT_ONCE,
) -> Sequence[Stub]:
    """The stubs of one handing-out from its serial `start` on, without those whose form is registered."""
    issue = session.get(FormIssue, issue_id)
    if issue is None or issue.consent_round_id != round_id:
        raise NotFound()
    require(actor, Action.ASSIGN_DUTIES, Subject(issue.community_id))
    first = max(issue.first_serial, start)
    printed = [serials.printed(n) for n in range(first, min(issue.last_serial, first + at_once - 1) + 1)]
    used = set(
        session.scalars(
            select(Consent.serial).where(
                Consent.community_id == issue.community_id, Consent.serial.in_(printed)
            )
        )
    )
    stubs = [
        Stub(serial, grouped(stub_code(key, issue.community_id, serial)))
        for serial in printed
        if serial not in used
    ]
    journal.note(
        session,
        actor,
        issue.community_id,
        "stubs_printed",
        "form_issue",
        issue.id,
        now=now,
        first=first,
        number=len(stubs),
    )
    return stubs
