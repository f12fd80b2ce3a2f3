"""The book of a tablet's batch: everything was read before, and what is entered is gathered to be written at once.

It serves doors that are like most: no answer of the home is known, no form was used, nothing is replaced. Whatever is
`Unlike` them is judged on its own, against the store itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from deliberate.domain.canvass import Knock
from deliberate.domain.permissions import Actor, Subject
from deliberate.domain.round import RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.domain.settings import Settings
from deliberate.models import ConsentRound, Crew, Duty, Household, Visit
from deliberate.queries.batch_facts import Facts
from deliberate.queries.on_roll import Entry

from .book import Held, NewPaper, NewVisit
from .duties import with_volunteer
from .recording import Receipt
from .rounds import settings_of


class Unlike(Exception):
    """This door is not like most; it is judged on its own."""


@dataclass(slots=True)
class Gathered:
    """What is to be written for one record."""

    visit: dict[str, Any] | None = None
    papers: list[NewPaper] = field(default_factory=list)


class BatchBook:
    """The facts as they were read, and what is entered for the record at hand; see `book.Book`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._settings: dict[int, Settings] = {}
        self.gathered = Gathered()

    def home(self, household_id: int) -> Household | None:
        return cast("Household | None", self._facts.homes.get(household_id))

    def crew(self, crew_id: int) -> Crew | None:
        return cast("Crew | None", self._facts.crews.get(crew_id))

    def entry(self, entry_id: int) -> Entry | None:
        return self._facts.entries.get(entry_id)

    def entry_now(self, entry_id: int) -> tuple[Entry, ConsentRound]:
        entry = self._facts.entries.get(entry_id)
        if entry is None or entry_id in self._facts.answered:
            raise Unlike()
        return entry, self._round(entry)

    def _round(self, entry: Entry) -> ConsentRound:
        return cast("ConsentRound", self._facts.rounds[entry.consent_round_id])

    def hold(self, entry_ids: Iterable[int]) -> Held:
        known = [entry for i in entry_ids if (entry := self._facts.entries.get(i)) is not None]
        return {one.id: (one, self._round(one)) for one in known}

    def voice(self, entry: Entry) -> Subject:
        return self._subject(entry, frozenset())

    def subject(self, entry: Entry) -> Subject:
        return self._subject(entry, self._facts.canvassers.get(entry.consent_round_id, frozenset()))

    def _subject(self, entry: Entry, on_duty: frozenset[int]) -> Subject:
        if entry.electorate is Electorate.HOUSEHOLD:
            return Subject(entry.community_id, household_id=entry.household_id, duty_ids=on_duty)
        owned = frozenset({entry.household_id})
        if entry.owner_id is not None:
            owned = self._facts.owned.get(entry.owner_id, frozenset())
        return Subject(entry.community_id, owned_ids=owned, duty_ids=on_duty)

    def repeated(self, entry_id: int, request_id: str, key: bytes) -> Receipt | None:
        return None

    def replaced_by(self, entry: Entry, replaces: Sequence[str], key: bytes) -> frozenset[int]:
        if any(text.strip() for text in replaces):
            raise Unlike()
        return frozenset()

    def issued_for(self, community_id: int, number: int) -> RoundStatus | None:
        return next((status for first, last, status in self._facts.ranges if first <= number <= last), None)

    def signed_while_both_ran(self, entry: Entry, number: int, signed_at: datetime) -> bool:
        raise Unlike()

    def spoilt(self, community_id: int, serial: str) -> bool:
        if serial in self._facts.used:
            raise Unlike()
        return False

    def with_serial(self, community_id: int, serial: str) -> Sequence[Entry]:
        if serial in self._facts.used:
            raise Unlike()
        return ()

    def matter_of(self, round_id: int) -> int:
        raise Unlike()

    def crew_of(self, actor: Actor, round_id: int) -> tuple[Duty, Crew] | None:
        return cast("tuple[Duty, Crew] | None", self._facts.duties.get(round_id))

    def members_of_crew(self, crew: Crew) -> Sequence[str]:
        return with_volunteer(self._facts.names.get(crew.id, ()), crew)

    def settings(self, consent_round: ConsentRound) -> Settings:
        if consent_round.id not in self._settings:
            self._settings[consent_round.id] = settings_of(consent_round)
        return self._settings[consent_round.id]

    def stopped(self, crew: Crew) -> bool:
        return crew.id in self._facts.stopped

    def opened_at(self, crew: Crew) -> datetime | None:
        return self._facts.rounds[crew.consent_round_id].opened_at

    def most_visits(self, community_id: int) -> int:
        return self._facts.visits

    def visit(self, request_id: str) -> Visit | None:
        return None

    def knocks(self, household_id: int) -> Sequence[Knock]:
        return self._facts.knocks.get(household_id, ())

    def invited_at(self, household_id: int) -> datetime | None:
        return self._facts.invited.get(household_id)

    def add_visit(self, actor: Actor, new: NewVisit, *, now: datetime) -> int:
        if new.unwelcome:
            raise Unlike()
        self.gathered.visit = dict(new.row)
        return 0

    def add_paper(self, actor: Actor, new: NewPaper, *, key: bytes, now: datetime) -> Receipt:
        self.gathered.papers.append(new)
        return Receipt(len(self.gathered.papers), "")

    def late_rounds(self, receipts: Sequence[Receipt]) -> frozenset[int]:
        return frozenset(one.round.id for one in self.gathered.papers if one.draft.late)
