"""A household's own answers: what awaits it, and every record it has, for nobody else's eyes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from deliberate.domain.consent import Answer, Channel, Deed, Record, Standing, Window, heads, standing
from deliberate.domain.permissions import Actor, speaks_for_it
from deliberate.domain.round import RUNNING, RoundStatus
from deliberate.domain.rules import Electorate
from deliberate.models import (
    Building,
    Consent,
    ConsentPaper,
    ConsentRound,
    EntryStanding,
    Household,
    JournalEntry,
    Objection,
    PlanVersion,
    Proposal,
    RollEntry,
)

from . import objections, sight, subjects, suspended
from .rounds import days_left, window_of
from .tallies import records_of_entry


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """One record of the household."""

    id: int
    deed: Deed
    answer: Answer | None
    channel: Channel
    at: datetime
    stands: bool
    gone_by: Deed | None
    """What another record did that took its place, where it stands no more."""
    late: bool
    mine: bool
    """Made by this very account."""
    by_letter: bool
    """Made by this very letter, which several people may hold."""
    mine_to_change: bool
    """Made by this very account, which may change it without its receipt."""
    seen: bool
    """Whether the reader's account is shown what it says, without its code."""
    canvassers: str
    serial: str | None
    reason: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """One voice of the reader in a round: a household's, or an owner's."""

    entry: RollEntry
    home: Household
    standing: Standing
    records: tuple[OwnRecord, ...]
    window: Window
    looks: tuple[datetime, ...] = ()
    """When somebody who does not speak for it looked at its paper by the stub's code."""
    suspended: tuple[OwnRecord, ...] = ()
    """Its papers that wait for a recheck, because their crew was stopped."""

    @property
    def standing_records(self) -> tuple[OwnRecord, ...]:
        """The answers that stand now."""
        return tuple(record for record in self.records if record.stands and record.answer is not None)

    @property
    def to_take_back(self) -> tuple[OwnRecord, ...]:
        """What the household may take back: also a paper that only counts once it was found genuine."""
        return (*self.standing_records, *self.suspended)

    @property
    def by_others(self) -> bool:
        """Whether an answer stands that this reader may replace only by naming it."""
        return any(not record.mine_to_change for record in self.standing_records)

    @property
    def all_seen(self) -> bool:
        """Whether all that may be taken back is shown to this reader, who then withdraws it without its code."""
        return all(record.seen for record in self.to_take_back)

    @property
    def may_answer(self) -> bool:
        """Until the deadline everybody; after it only a household in contradiction."""
        if self.window is Window.ANSWERING:
            return True
        disputed = self.standing is Standing.CONTRADICTION
        return disputed and self.window in (Window.REGISTERING, Window.SETTLING)

    @property
    def may_withdraw(self) -> bool:
        """While there is something to take back and the round is not over."""
        running = self.window not in (Window.NOT_OPEN, Window.OVER)
        return running and bool(self.to_take_back)


@dataclass(frozen=True, slots=True)
class Awaiting:
    """A round in which the reader has a voice, for the home page."""

    round: ConsentRound
    matter: Proposal
    plan: PlanVersion
    days_left: int | None
    voices: tuple[tuple[Electorate, Standing], ...]

    @property
    def awaits(self) -> bool:
        """Whether some voice has not answered, or is in contradiction."""
        return any(standing_ not in _SETTLED for _electorate, standing_ in self.voices)


_SETTLED = frozenset({Standing.AGREE, Standing.DISAGREE, Standing.ABSTAIN})


def _voices(actor: Actor, community_id: int) -> ColumnElement[bool]:
    """Entries for which the actor speaks: of their household, or of an owner of one of their homes."""
    homes = [home for home, community in actor.homes.items() if community == community_id]
    owned = [home for home, community in actor.owned.items() if community == community_id]
    owners = select(Household.owner_id).where(Household.id.in_(owned), Household.owner_id.is_not(None))
    return or_(
        and_(RollEntry.electorate == Electorate.HOUSEHOLD, RollEntry.household_id.in_(homes)),
        and_(RollEntry.electorate == Electorate.OWNER, RollEntry.owner_id.in_(owners)),
        and_(
            RollEntry.electorate == Electorate.OWNER,
            RollEntry.owner_id.is_(None),
            RollEntry.household_id.in_(owned),
        ),
    )


_SHOWN = (RoundStatus.OPEN, RoundStatus.COUNTING, RoundStatus.CLOSED)


def entries_of(session: Session, actor: Actor, community_id: int, round_id: int) -> Sequence[RollEntry]:
    """The reader's entries in a round that has opened: households first."""
    return session.scalars(
        select(RollEntry)
        .join(ConsentRound, ConsentRound.id == RollEntry.consent_round_id)
        .where(
            RollEntry.consent_round_id == round_id,
            RollEntry.community_id == community_id,
            ConsentRound.status.in_(_SHOWN),
            _voices(actor, community_id),
        )
        .order_by(RollEntry.electorate, RollEntry.id)
    ).all()


def awaiting(session: Session, actor: Actor, community_id: int, *, now: datetime) -> list[Awaiting]:
    """Rounds that are open or being counted in which the reader has a voice; what awaits comes first."""
    rows = session.execute(
        select(ConsentRound, Proposal, PlanVersion, RollEntry.electorate, EntryStanding.standing)
        .join(RollEntry, RollEntry.consent_round_id == ConsentRound.id)
        .join(Proposal, Proposal.id == ConsentRound.proposal_id)
        .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
        .outerjoin(EntryStanding, EntryStanding.roll_entry_id == RollEntry.id)
        .where(
            ConsentRound.community_id == community_id,
            ConsentRound.status.in_(RUNNING),
            _voices(actor, community_id),
        )
        .order_by(ConsentRound.answer_until, ConsentRound.id, RollEntry.electorate, RollEntry.id)
    ).all()
    found: dict[int, Awaiting] = {}
    for consent_round, matter, plan, electorate, kept in rows:
        earlier = found.get(consent_round.id)
        voices = earlier.voices if earlier else ()
        left = days_left(consent_round.answer_until, now)
        voices = (*voices, (electorate, kept or Standing.SILENT))
        found[consent_round.id] = Awaiting(consent_round, matter, plan, left, voices)
    return sorted(found.values(), key=lambda one: not (one.awaits and one.days_left is not None))


def own(session: Session, actor: Actor, entry: RollEntry, *, now: datetime) -> OwnEntry:
    """One entry of the reader, with every record of it."""
    consent_round = session.get_one(ConsentRound, entry.consent_round_id)
    home = session.scalars(
        select(Household)
        .options(joinedload(Household.building).joinedload(Building.estate))
        .where(Household.id == entry.household_id)
    ).one()
    records = records_of_entry(session, entry.id)
    shown = sight.of(session, actor, entry, consent_round) if records else sight.NOTHING
    every = tuple(_own_records(session, actor, entry.id, records, shown))
    on_paper = any(record.channel is Channel.PAPER for record in every)
    return OwnEntry(
        entry,
        home,
        standing(records),
        every,
        window_of(consent_round, now),
        looks(session, entry.id) if on_paper else (),
        _suspended(session, records, every),
    )


def _suspended(
    session: Session, records: Sequence[Record], every: Sequence[OwnRecord]
) -> tuple[OwnRecord, ...]:
    papers = {paper.id for paper in suspended.waiting(session, records).values()}
    return tuple(record for record in every if record.id in papers)


def _own_records(
    session: Session, actor: Actor, entry_id: int, records: Sequence[Record], shown: sight.Sight
) -> Iterable[OwnRecord]:
    tops = {record.id for record in heads(records)}
    gone_by = {old: record.deed for record in records if not record.late for old in record.supersedes}
    rows = session.execute(
        select(Consent, ConsentPaper.canvassers)
        .outerjoin(ConsentPaper, ConsentPaper.consent_id == Consent.id)
        .where(Consent.roll_entry_id == entry_id)
        .order_by(Consent.id)
    )
    for consent, canvassers in rows:
        by_account = actor.account_id is not None and consent.recorded_by_id == actor.account_id
        by_letter = actor.letter_id is not None and consent.letter_id == actor.letter_id
        online = consent.channel is Channel.ONLINE and consent.deed is not Deed.SETTLEMENT
        seen = shown.opens(consent.recorded_by_id, consent.recorded_at)
        yield OwnRecord(
            id=consent.id,
            deed=consent.deed,
            answer=consent.answer,
            channel=consent.channel,
            at=consent.recorded_at,
            stands=consent.id in tops,
            gone_by=gone_by.get(consent.id),
            late=consent.late,
            mine=online and by_account,
            by_letter=online and by_letter,
            mine_to_change=online and by_account and seen,
            seen=seen,
            canvassers=canvassers or "",
            serial=consent.serial,
            reason=consent.reason,
            request_id=consent.request_id,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A record that a receipt code names, for whoever holds the code."""

    record: OwnRecord
    round: ConsentRound
    matter: Proposal
    standing: Standing
    whole: bool
    """Whether the reader learns how the record stands beside others of the household: by its letter, an account that
    belongs to it, or after closing. A crew, and whoever prints the forms, holds the stub's code alone (rule 11)."""
    speaks: bool
    """Whether the reader belongs to the household, by its letter or an account."""
    objections: Sequence[Objection]
    """To this record, or to its entry; none for who holds a paper's code alone and may have forged it."""
    checking: bool = False
    """It is a paper that is suspended, or the voiding that stands in its place: somebody is going to ask."""


def round_of(session: Session, community_id: int, consent_id: int) -> int | None:
    """The round of a record of this community, if there is one."""
    return session.scalar(
        select(Consent.consent_round_id).where(Consent.id == consent_id, Consent.community_id == community_id)
    )


def found(session: Session, actor: Actor, consent: Consent) -> Found:
    """What is recorded under a receipt: the answer, when, how, and whether it stands."""
    consent_round = session.get_one(ConsentRound, consent.consent_round_id)
    matter = session.get_one(Proposal, consent_round.proposal_id)
    records = records_of_entry(session, consent.roll_entry_id)
    own_records = _own_records(session, Actor(), consent.roll_entry_id, records, sight.NOTHING)
    record = next(one for one in own_records if one.id == consent.id)
    about = subjects.of_voice(session, session.get_one(RollEntry, consent.roll_entry_id))
    speaks = speaks_for_it(actor, about)
    whole = consent_round.status is RoundStatus.CLOSED or speaks
    filed = objections.of_entries(session, [consent.roll_entry_id]).get(consent.roll_entry_id, [])
    if not speaks:
        online = consent.channel is Channel.ONLINE
        filed = [one for one in filed if online and one.consent_id == consent.id]
    waiting = suspended.waiting(session, records)
    checking = record.id in {*waiting, *(paper.id for paper in waiting.values())}
    return Found(record, consent_round, matter, standing(records), whole, speaks, filed, checking)


LOOKED = "looked_by_stub"
"""How the journal calls a look at a record by its stub's code alone."""


def looks(session: Session, entry_id: int) -> tuple[datetime, ...]:
    """When somebody last looked at the entry's paper by its stub's code, the newest first."""
    return noted(session, entry_id, LOOKED)


def noted(session: Session, entry_id: int, what: str) -> tuple[datetime, ...]:
    """When this was last journalled of the entry, the newest first."""
    times = (
        select(JournalEntry.at)
        .where(
            JournalEntry.subject == "roll_entry",
            JournalEntry.subject_id == entry_id,
            JournalEntry.what == what,
        )
        .order_by(JournalEntry.id.desc())
        .limit(3)
    )
    return tuple(session.scalars(times))
