"""The book in which doors and papers are entered: what judging them asks, and how what was judged is written.

The rules stand in `door`, `visits`, `papers` and `tablet_doors`, and know nothing but a `Book`. `straight_book` asks
the store for each thing and writes at once; a tablet's batch has read everything before and writes at the end
(`batch_book`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from deliberate.domain.canvass import Knock
from deliberate.domain.permissions import Actor, Subject
from deliberate.domain.round import RoundStatus
from deliberate.domain.settings import Settings
from deliberate.models import (
    ConsentRound,
    Crew,
    Duty,
    Household,
    Visit,
)
from deliberate.queries.on_roll import Entry

from .exhibits import Exhibit
from .recording import Draft, Receipt

Held = Mapping[int, tuple[Entry, ConsentRound]]
"""Entries with their rounds, by entry."""


@dataclass(frozen=True, slots=True)
class NewVisit:
    """A visit that may be written; `unwelcome` when nobody should have made it."""

    row: Mapping[str, Any]
    unwelcome: bool = False


@dataclass(frozen=True, slots=True)
class NewPaper:
    """A signed form that may be registered: its record, who signed, and what shows it."""

    entry: Entry
    round: ConsentRound
    draft: Draft
    signed: Mapping[str, Any]
    exhibits: tuple[Exhibit, ...]


class Book(Protocol):
    """What is asked of the store in judging a door, and the two things that are written."""

    def home(self, household_id: int) -> Household | None:
        """The household."""

    def crew(self, crew_id: int) -> Crew | None:
        """The crew."""

    def entry(self, entry_id: int) -> Entry | None:
        """The roll entry."""

    def entry_now(self, entry_id: int) -> tuple[Entry, ConsentRound]:
        """The same with its round as it stands now; NotFound when there is none."""

    def hold(self, entry_ids: Iterable[int]) -> Held:
        """Entries with their rounds, locked as for an answer; what is on no roll is not there."""

    def voice(self, entry: Entry) -> Subject:
        """For whom the entry speaks."""

    def subject(self, entry: Entry) -> Subject:
        """The same, with the canvassers on duty in its round."""

    def repeated(self, entry_id: int, request_id: str, key: bytes) -> Receipt | None:
        """The receipt of a request that was recorded before."""

    def replaced_by(self, entry: Entry, replaces: Sequence[str], key: bytes) -> frozenset[int]:
        """Standing records of the entry whose form number or receipt code is named."""

    def issued_for(self, community_id: int, number: int) -> RoundStatus | None:
        """How the round stands for which the form was handed to a crew; None when none was given it."""

    def signed_while_both_ran(self, entry: Entry, number: int, signed_at: datetime) -> bool:
        """Whether the form's own round was not closed yet when it was signed, and that of the entry open already."""

    def spoilt(self, community_id: int, serial: str) -> bool:
        """Whether somebody declared the form spoilt."""

    def with_serial(self, community_id: int, serial: str) -> Sequence[Entry]:
        """The entries for which the form serves already."""

    def matter_of(self, round_id: int) -> int:
        """The proposal that the round is about."""

    def crew_of(self, actor: Actor, round_id: int) -> tuple[Duty, Crew] | None:
        """The actor's duty as a canvasser in the round, with the crew."""

    def members_of_crew(self, crew: Crew) -> Sequence[str]:
        """Its people, by name."""

    def settings(self, consent_round: ConsentRound) -> Settings:
        """Those locked into the round."""

    def stopped(self, crew: Crew) -> bool:
        """Whether the crew is under suspicion."""

    def opened_at(self, crew: Crew) -> datetime | None:
        """When the crew's round opened."""

    def most_visits(self, community_id: int) -> int:
        """How often one may knock without leave."""

    def visit(self, request_id: str) -> Visit | None:
        """The visit that was recorded under this request before."""

    def knocks(self, household_id: int) -> Sequence[Knock]:
        """Every attempt at the door."""

    def invited_at(self, household_id: int) -> datetime | None:
        """When the household last asked for a visit that has not been made."""

    def add_visit(self, actor: Actor, new: NewVisit, *, now: datetime) -> int:
        """Write a visit; its number."""

    def add_paper(self, actor: Actor, new: NewPaper, *, key: bytes, now: datetime) -> Receipt:
        """Register a paper."""

    def late_rounds(self, receipts: Sequence[Receipt]) -> frozenset[int]:
        """The rounds for which some of these came too late."""
