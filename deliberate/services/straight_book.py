"""The book that is the store itself, for one door: every question is asked, and everything is written at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.canvass import Knock
from deliberate.domain.consent import heads
from deliberate.domain.permissions import Actor, Subject
from deliberate.domain.round import DutyKind, RoundStatus, VisitWish
from deliberate.domain.settings import Settings
from deliberate.models import (
    Consent,
    ConsentPaper,
    ConsentRound,
    Crew,
    Duty,
    Household,
    RollEntry,
    Visit,
    VisitRequest,
)
from deliberate.queries import communities, settled, stacks, subjects, suspensions
from deliberate.queries.on_roll import Entry
from deliberate.queries.tallies import records_of_entry

from . import answerable, changes, form_numbers, forms, journal, recording, secrets
from .book import Held, NewPaper, NewVisit
from .duties import crew_of, members_of_crew
from .exhibits import keep_exhibits
from .recording import Receipt
from .rounds import settings_of


class Straight:
    """See `book.Book`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._members: dict[int, list[str]] = {}
        self._crews: dict[tuple[int | None, int], tuple[Duty, Crew] | None] = {}

    def home(self, household_id: int) -> Household | None:
        return self.session.get(Household, household_id)

    def crew(self, crew_id: int) -> Crew | None:
        return self.session.get(Crew, crew_id)

    def entry(self, entry_id: int) -> Entry | None:
        return self.session.get(RollEntry, entry_id)

    def entry_now(self, entry_id: int) -> tuple[Entry, ConsentRound]:
        return answerable.entry_of(self.session, entry_id)

    def hold(self, entry_ids: Iterable[int]) -> Held:
        return hold(self.session, entry_ids)

    def voice(self, entry: Entry) -> Subject:
        return subjects.of_voice(self.session, entry)

    def subject(self, entry: Entry) -> Subject:
        return subjects.of_entry(self.session, entry.id, duty=DutyKind.CANVASSER)

    def repeated(self, entry_id: int, request_id: str, key: bytes) -> Receipt | None:
        return recording.repeated(self.session, entry_id, request_id, key)

    def replaced_by(self, entry: Entry, replaces: Sequence[str], key: bytes) -> frozenset[int]:
        if not any(text.strip() for text in replaces):
            return frozenset()
        tops = heads(records_of_entry(self.session, entry.id))
        settlements = settled.under(self.session, tops)
        numbers = {serials.printed(n) for text in replaces if (n := serials.read(text)) is not None}
        hashes = {secrets.keyed_hash(text, key) for text in replaces}
        rows = self.session.execute(
            select(Consent.id, Consent.serial, Consent.receipt_hash).where(
                Consent.id.in_([one.id for one in tops])
            )
        )
        named = {number: [(serial, receipt)] for number, serial, receipt in rows}
        for number, every in settlements.items():
            named[number] += [(one.serial, one.receipt_hash) for one in every if one.upheld]
        return frozenset(
            number
            for number, names in named.items()
            if any(serial in numbers or receipt in hashes for serial, receipt in names)
        )

    def issued_for(self, community_id: int, number: int) -> RoundStatus | None:
        return form_numbers.issued_for(self.session, community_id, number)

    def signed_while_both_ran(self, entry: Entry, number: int, signed_at: datetime) -> bool:
        asked = entry.community_id, number, entry.consent_round_id
        return form_numbers.signed_while_both_ran(self.session, *asked, signed_at)

    def spoilt(self, community_id: int, serial: str) -> bool:
        return serial in stacks.spoilt_among(self.session, community_id, [serial])

    def with_serial(self, community_id: int, serial: str) -> Sequence[Entry]:
        number = serials.read(serial)
        forms.hold_numbers(self.session, community_id, () if number is None else (number,))
        return self.session.scalars(
            select(RollEntry)
            .join(Consent, Consent.roll_entry_id == RollEntry.id)
            .where(Consent.community_id == community_id, Consent.serial == serial)
            .distinct()
        ).all()

    def matter_of(self, round_id: int) -> int:
        return self.session.get_one(ConsentRound, round_id).proposal_id

    def crew_of(self, actor: Actor, round_id: int) -> tuple[Duty, Crew] | None:
        asked = (actor.account_id, round_id)
        if asked not in self._crews:
            self._crews[asked] = crew_of(self.session, actor, round_id)
        return self._crews[asked]

    def members_of_crew(self, crew: Crew) -> Sequence[str]:
        if crew.id not in self._members:
            self._members[crew.id] = members_of_crew(self.session, crew)
        return self._members[crew.id]

    def settings(self, consent_round: ConsentRound) -> Settings:
        return settings_of(consent_round)

    def stopped(self, crew: Crew) -> bool:
        return suspensions.standing(self.session, crew.id) is not None

    def opened_at(self, crew: Crew) -> datetime | None:
        return self.session.get_one(ConsentRound, crew.consent_round_id).opened_at

    def most_visits(self, community_id: int) -> int:
        return communities.settings(self.session, community_id).visits

    def visit(self, request_id: str) -> Visit | None:
        return self.session.scalar(select(Visit).where(Visit.request_id == request_id))

    def knocks(self, household_id: int) -> Sequence[Knock]:
        asked = select(Visit.outcome, Visit.at_door).where(Visit.household_id == household_id)
        return [Knock(outcome, at) for outcome, at in self.session.execute(asked)]

    def invited_at(self, household_id: int) -> datetime | None:
        return self.session.scalar(
            select(func.max(VisitRequest.asked_at)).where(
                VisitRequest.household_id == household_id,
                VisitRequest.wish == VisitWish.VISIT,
                VisitRequest.done_at.is_(None),
            )
        )

    def add_visit(self, actor: Actor, new: NewVisit, *, now: datetime) -> int:
        made = Visit(**new.row)
        self.session.add(made)
        self.session.flush()
        changes.touch(self.session, [made.household_id])
        if new.unwelcome:
            what = "visited_unwelcome"
            journal.note(self.session, actor, made.community_id, what, "visit", made.id, now=now)
        return made.id

    def add_paper(self, actor: Actor, new: NewPaper, *, key: bytes, now: datetime) -> Receipt:
        receipt = recording.record(self.session, actor, new.entry, new.draft, key=key, now=now)
        community_id = new.entry.community_id
        self.session.add(ConsentPaper(consent_id=receipt.consent_id, community_id=community_id, **new.signed))
        keep_exhibits(self.session, community_id, receipt.consent_id, new.exhibits, now)
        return receipt

    def late_rounds(self, receipts: Sequence[Receipt]) -> frozenset[int]:
        ids = [receipt.consent_id for receipt in receipts]
        late = select(Consent.consent_round_id).where(Consent.id.in_(ids), Consent.late)
        return frozenset(self.session.scalars(late)) if ids else frozenset()


def hold(session: Session, entry_ids: Iterable[int]) -> dict[int, tuple[RollEntry, ConsentRound]]:
    """The entries with their rounds, locked as for an answer: rounds shared, entries owned, each by id."""
    entries = session.scalars(select(RollEntry).where(RollEntry.id.in_(set(entry_ids)))).all()
    if not entries:
        return {}
    rounds = {
        one.id: one
        for one in session.scalars(
            select(ConsentRound)
            .where(ConsentRound.id.in_({entry.consent_round_id for entry in entries}))
            .order_by(ConsentRound.id)
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        )
    }
    ids = [entry.id for entry in entries]
    session.execute(
        select(RollEntry.id).where(RollEntry.id.in_(ids)).order_by(RollEntry.id).with_for_update()
    )
    return {entry.id: (entry, rounds[entry.consent_round_id]) for entry in entries}
