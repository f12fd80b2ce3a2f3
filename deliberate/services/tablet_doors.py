"""What a tablet's record does once it is judged: the same deeds as on the pages, in the person's own name.

The door was visited and the paper signed when the record was sealed; that cannot be refused any more, only
kept apart. When registering ends is the server's to say (DESIGN §4, rule 10); when a paper was signed is told from
the tablet's clocks as far as they are certain (docs/decisions/006).
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Clocks
from deliberate.domain.permissions import Actor, Subject, not_own_household
from deliberate.domain.round import RoundStatus
from deliberate.domain.sync import Reason, Verdict
from deliberate.domain.tablet_clock import Sending, Signed, Stamp, happened, printable, signed_when
from deliberate.domain.tablet_record import Form, Payload, Said
from deliberate.models import Consent, ConsentRound, Crew, Household, TabletRecord

from . import door
from .answerable import clocks_of
from .book import Book, Held
from .door import SignedForm, enter_door
from .quarantining import Quarantine
from .tablet_evidence import Exhibits
from .visits import VisitNote, visit_door

CLOSED = (RoundStatus.CLOSED, RoundStatus.DROPPED)


@dataclass(frozen=True)
class Delivered:
    """A record at work: who sealed it, what it says, and how to tell its times."""

    actor: Actor
    record: TabletRecord
    payload: Payload
    key: bytes
    now: datetime
    overrule: frozenset[Reason] = frozenset()
    """What a person has set aside."""
    decider: Actor | None = None
    """The person who decides on it."""

    @property
    def decided(self) -> bool:
        """Whether a person has looked at it, whatever its crew is suspected of."""
        return self.decider is not None

    def moment(self, stamp: Stamp) -> datetime:
        """When it happened, by our clock."""
        return happened(stamp, self.payload.head.load, self.sending)

    @cached_property
    def sending(self) -> Sending:
        """The delivery that brought it."""
        return sending_of(self.record)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it."""

    late_rounds: tuple[int, ...] = ()
    signs: tuple[str, ...] = ()
    """What the office should look at, though it came into force."""

    @property
    def verdict(self) -> Verdict:
        """What became of the record."""
        return Verdict.LATE if self.late_rounds else Verdict.ACCEPTED

    @property
    def told_late(self) -> dict[str, Any]:
        """The rounds for which it came too late, as they are kept."""
        return {"rounds": list(self.late_rounds)} if self.late_rounds else {}

    @property
    def why(self) -> dict[str, Any]:
        """The signs, as they are kept."""
        return {"signs": list(self.signs)} if self.signs else {}


def sending_of(record: TabletRecord) -> Sending:
    """The delivery, as it was kept with the record."""
    kept: dict[str, Any] = record.sending
    return Sending(
        record.received_at,
        timedelta(seconds=kept.get("skew", 0)),
        kept.get("boot_id", ""),
        kept.get("mono_ms"),
        timedelta(seconds=kept["skew_before"]) if "skew_before" in kept else None,
    )


def seal(book: Book, at: Delivered, exhibits: Exhibits) -> Done:
    """Record the door, matter by matter: those of a closed round are late, the others come into force."""
    home, crew = _home(book, at), _crew(book, at)
    held = book.hold(at.payload.entries)
    _refuse_strange(book, at, home, held)
    closed = {entry.consent_round_id for entry, its_round in held.values() if its_round.status in CLOSED}
    open_said = {i for i, (entry, _) in held.items() if entry.consent_round_id not in closed}
    forms, signs = _forms(at, exhibits, {i: held[i][1] for i in open_said})
    visit = _visit(at)
    late = set(closed)
    if forms or not at.payload.forms:
        sealed = enter_door(
            book,
            at.actor,
            home.id,
            crew.id,
            visit,
            forms,
            request_id=at.record.record_id,
            key=at.key,
            now=at.now,
            overruled=at.decided,
        )
        late |= sealed.late_rounds
    elif visit is not None:
        visit_door(book, at.actor, home.id, crew.id, visit, now=at.now)
    return Done(tuple(sorted(late)), signs)


def _home(book: Book, at: Delivered) -> Household:
    home = book.home(at.payload.household_id)
    if home is None or home.community_id != at.record.community_id:
        raise Quarantine(Reason.UNKNOWN_HOUSEHOLD)
    if not not_own_household(at.actor, Subject(home.community_id, household_id=home.id)):
        raise Quarantine(Reason.OWN_HOUSEHOLD)
    return home


def _crew(book: Book, at: Delivered) -> Crew:
    crew = book.crew(at.payload.crew_id)
    if crew is None or crew.community_id != at.record.community_id:
        raise Quarantine(Reason.WRONG_CREW)
    if at.payload.visit is None and not at.payload.desk:
        raise Quarantine(Reason.BAD_FORM, field="visit")
    return crew


def _refuse_strange(book: Book, at: Delivered, home: Household, held: Held) -> None:
    """Every entry is on a roll, of this very door, and not the canvasser's own."""
    for entry_id in at.payload.entries:
        if entry_id not in held or not door.at_this_door(held[entry_id][0], home):
            raise Quarantine(Reason.UNKNOWN_MATTER)
        if not not_own_household(at.actor, book.voice(held[entry_id][0])):
            raise Quarantine(Reason.OWN_HOUSEHOLD)


def _visit(at: Delivered) -> VisitNote | None:
    seen = at.payload.visit
    if seen is None:
        return None
    return VisitNote(
        seen.outcome,
        at.moment(seen.at_door),
        f"{at.record.record_id}-visit",
        seen.come_back_at,
        seen.note,
        already_made=True,
    )


def _forms(
    at: Delivered, exhibits: Exhibits, rounds: dict[int, ConsentRound]
) -> tuple[list[SignedForm], tuple[str, ...]]:
    """The forms with what can still be registered; one that is in time is printed within the time of its round."""
    made, signs = [], set()
    for form in at.payload.forms:
        said_at: dict[datetime, list[Said]] = defaultdict(list)
        for said in form.said:
            if said.entry_id not in rounds:
                continue
            clocks = clocks_of(rounds[said.entry_id])
            signed, when = _signed(at, form), _when(at, form, clocks)
            if when is Signed.LATE:
                said_at[max(signed, clocks.answer_until)].append(said)
                continue
            if signed < clocks.opened_at:
                signs.add("signed_before_opening")
            said_at[printable(signed, clocks.opened_at, clocks.answer_until)].append(said)
        made += [_signed_form(form, said, printed, exhibits) for printed, said in sorted(said_at.items())]
    return made, tuple(sorted(signs))


def _signed(at: Delivered, form: Form) -> datetime:
    """At the door by the tablet's clock; at the desk as somebody read it off the paper."""
    if at.payload.desk:
        return min(form.signed.wall, at.record.received_at)
    return at.moment(form.signed)


def _when(at: Delivered, form: Form, clocks: Clocks) -> Signed:
    """Before the deadline or after it; a person decides where that cannot be known and still matters."""
    until = clocks.answer_until
    if at.payload.desk:
        return Signed.IN_TIME if _signed(at, form) < until else Signed.LATE
    head = at.payload.head
    when = signed_when(form.signed, head.sealed, head.load, at.sending, clocks.opened_at, until)
    if when is not Signed.UNSURE or at.now >= clocks.register_until or Reason.SIGNED_WHEN in at.overrule:
        return when
    raise Quarantine(Reason.SIGNED_WHEN)


def _signed_form(form: Form, said: list[Said], signed_at: datetime, exhibits: Exhibits) -> SignedForm:
    return SignedForm(
        said={one.entry_id: door.Said(one.answer, one.plan_sha256) for one in said},
        serial=form.serial,
        signed_at=signed_at,
        signer_name=form.signer_name,
        relation=form.relation,
        exhibits=exhibits.get(form.serial, ()),
        replaces=form.replaces,
        language=form.language,
        helped_by=form.helped_by,
        note=form.note,
    )


def consents_of(session: Session, record: TabletRecord) -> dict[int, Consent]:
    """By entry, what the record itself brought into force; not what was corrected since."""
    found = session.scalars(
        select(Consent)
        .where(
            Consent.request_id.startswith(f"{record.record_id}-", autoescape=True),
            Consent.community_id == record.community_id,
        )
        .order_by(Consent.id)
    )
    return {consent.roll_entry_id: consent for consent in found}


def only(at: Delivered, forms: tuple[Form, ...]) -> Delivered:
    """The same record with only these forms, and no visit."""
    return replace(at, payload=replace(at.payload, visit=None, desk=True, forms=forms))
