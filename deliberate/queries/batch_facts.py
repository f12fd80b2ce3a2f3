"""All that the records of a tablet's batch rest on, read in a number of questions that does not grow with the batch."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, union
from sqlalchemy.orm import Session

from deliberate.domain.canvass import Knock
from deliberate.domain.round import DutyKind, RoundStatus, VisitWish
from deliberate.domain.stack import PictureState
from deliberate.domain.sync import UploadState
from deliberate.models import (
    Account,
    Consent,
    ConsentRound,
    Crew,
    CrewSuspension,
    Duty,
    EvidenceUpload,
    FormIssue,
    Household,
    StackPicture,
    TabletRecord,
    Visit,
    VisitRequest,
)

from . import communities, on_roll
from .crews import serves
from .on_roll import OnRoll, RoundNow
from .prepared import Listed, Prepared


@dataclass(frozen=True, slots=True)
class Home:
    """A household, as far as judging asks."""

    id: int
    community_id: int
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class CrewOf:
    """A crew, as far as judging asks; of the same names as its `Crew`."""

    id: int
    community_id: int
    consent_round_id: int
    volunteer: str | None


@dataclass(frozen=True, slots=True)
class DutyOf:
    """A duty as a canvasser."""

    id: int
    consent_round_id: int


@dataclass(frozen=True, slots=True)
class RoundOf(RoundNow):
    """A round as it stands now, and what else judging asks of it."""

    community_id: int
    periods: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """How far a piece of evidence has come, and what is kept of it."""

    state: UploadState
    length: int
    kept_sha256: str | None
    kept_mime: str | None
    kept_size: int | None


@dataclass(frozen=True, slots=True)
class Named:
    """What the records of a batch name."""

    records: Collection[str]
    homes: Collection[int]
    crews: Collection[int]
    entries: Collection[int]
    serials: Collection[str]
    numbers: Collection[int]
    hashes: Collection[str]


@dataclass(slots=True)
class Facts:
    """What the store says of all that."""

    homes: Mapping[int, Home]
    crews: Mapping[int, CrewOf]
    entries: Mapping[int, OnRoll]
    rounds: Mapping[int, RoundOf]
    answered: Collection[int]
    """Entries that have some record already."""
    used: Collection[str]
    """Serials that stand on some record, or were declared spoilt."""
    ranges: Sequence[tuple[int, int, RoundStatus]]
    """Forms that were handed out, first and last, and how the round stands for which they were."""
    duties: Mapping[int, tuple[DutyOf, CrewOf]]
    """Of the person who delivers, by round."""
    canvassers: Mapping[int, frozenset[int]]
    """Accounts on duty, by round."""
    names: Mapping[int, Sequence[str]]
    """Of those who still walk with each crew."""
    stopped: Collection[int]
    knocks: Mapping[int, Sequence[Knock]]
    invited: Mapping[int, datetime]
    owned: Mapping[int, frozenset[int]]
    """The homes of each owner."""
    visits: int
    uploads: Mapping[str, Upload]
    about: Collection[str]
    """Records of the batch that another one in the store names."""


_HOMES = Listed(
    lambda ids: select(Household.id, Household.community_id, Household.owner_id).where(Household.id.in_(ids))
)
_OF_CREW = tuple(getattr(Crew, name) for name in CrewOf.__slots__)
_OF_ROUND = tuple(getattr(ConsentRound, name) for name in (*RoundNow.__slots__, *RoundOf.__slots__))
_CREWS = Listed(lambda ids: select(*_OF_CREW).where(Crew.id.in_(ids)))
_ROUNDS = Listed(lambda ids: select(*_OF_ROUND).where(ConsentRound.id.in_(ids)))
_DUTIES = Listed(
    lambda rounds: (
        select(Duty.consent_round_id, Duty.id, *_OF_CREW)
        .join(Crew, Crew.id == Duty.crew_id)
        .where(Duty.consent_round_id.in_(rounds), Duty.account_id == bindparam("account_id"))
    )
)
_CANVASSERS = Listed(
    lambda rounds: select(Duty.consent_round_id, Duty.account_id).where(
        Duty.consent_round_id.in_(rounds), Duty.kind == DutyKind.CANVASSER
    )
)
_NAMES = Listed(
    lambda crews: (
        select(Duty.crew_id, Account.display_name)
        .join(Account, Account.id == Duty.account_id)
        .where(Duty.crew_id.in_(crews), serves())
        .order_by(Duty.id)
    )
)
_STOPPED = Listed(
    lambda crews: select(CrewSuspension.crew_id).where(
        CrewSuspension.crew_id.in_(crews), CrewSuspension.lifted_at.is_(None)
    )
)
_ANSWERED = Listed(lambda ids: select(Consent.roll_entry_id).where(Consent.roll_entry_id.in_(ids)))
_USED = Listed(
    lambda serials: union(
        select(Consent.serial).where(
            Consent.community_id == bindparam("community_id"), Consent.serial.in_(serials)
        ),
        select(StackPicture.serial).where(
            StackPicture.community_id == bindparam("community_id"),
            StackPicture.state == PictureState.SPOILT,
            StackPicture.serial.in_(serials),
        ),
    )
)
_RANGES = Prepared(
    select(FormIssue.first_serial, FormIssue.last_serial, ConsentRound.status)
    .join(ConsentRound, ConsentRound.id == FormIssue.consent_round_id)
    .where(
        FormIssue.community_id == bindparam("community_id"),
        FormIssue.first_serial <= bindparam("most"),
        FormIssue.last_serial >= bindparam("least"),
    )
)
_KNOCKS = Listed(
    lambda ids: select(Visit.household_id, Visit.outcome, Visit.at_door).where(Visit.household_id.in_(ids))
)
_INVITED = Listed(
    lambda ids: (
        select(VisitRequest.household_id, func.max(VisitRequest.asked_at))
        .where(
            VisitRequest.household_id.in_(ids),
            VisitRequest.wish == VisitWish.VISIT,
            VisitRequest.done_at.is_(None),
        )
        .group_by(VisitRequest.household_id)
    )
)
_OWNED = Listed(lambda ids: select(Household.owner_id, Household.id).where(Household.owner_id.in_(ids)))
_UPLOADS = Listed(
    lambda hashes: select(
        EvidenceUpload.sha256,
        EvidenceUpload.state,
        EvidenceUpload.length,
        EvidenceUpload.kept_sha256,
        EvidenceUpload.kept_mime,
        EvidenceUpload.kept_size,
    ).where(EvidenceUpload.device_uuid == bindparam("device_uuid"), EvidenceUpload.sha256.in_(hashes))
)
_ABOUT = Listed(lambda ids: select(TabletRecord.about).where(TabletRecord.about.in_(ids)))


def read(
    session: Session, community_id: int, device_uuid: str, account_id: int | None, named: Named
) -> Facts:
    """Everything, as it stands now; whoever asks holds the entries and their rounds already."""
    entries = on_roll.several(session, named.entries)
    crews = {row[0]: CrewOf(*row) for row in _CREWS.rows(session, named.crews)}
    of_rounds = {one.consent_round_id for one in entries.values()} | {
        one.consent_round_id for one in crews.values()
    }
    owners = {one.owner_id for one in entries.values() if one.owner_id is not None}
    duties = _duties(session, account_id, of_rounds)
    of_crews = set(crews) | {crew.id for _, crew in duties.values()}
    return Facts(
        homes={row[0]: Home(*row) for row in _HOMES.rows(session, named.homes)},
        crews=crews,
        entries=entries,
        rounds={row[0]: RoundOf(*row) for row in _ROUNDS.rows(session, of_rounds)},
        answered={row[0] for row in _ANSWERED.rows(session, named.entries)},
        used={row[0] for row in _USED.rows(session, named.serials, community_id=community_id)},
        ranges=_ranges(session, community_id, named.numbers),
        duties=duties,
        canvassers={
            round_id: frozenset(one for (one,) in people)
            for round_id, people in _grouped(_CANVASSERS.rows(session, of_rounds)).items()
        },
        names={
            crew: [name for (name,) in names]
            for crew, names in _grouped(_NAMES.rows(session, of_crews)).items()
        },
        stopped={row[0] for row in _STOPPED.rows(session, {*of_crews, *named.crews})},
        knocks={
            home: [Knock(*one) for one in seen]
            for home, seen in _grouped(_KNOCKS.rows(session, named.homes)).items()
        },
        invited={row[0]: row[1] for row in _INVITED.rows(session, named.homes)},
        owned={
            owner: frozenset(home for (home,) in homes)
            for owner, homes in _grouped(_OWNED.rows(session, owners)).items()
        },
        visits=communities.settings(session, community_id).visits,
        uploads={
            row[0]: Upload(*row[1:]) for row in _UPLOADS.rows(session, named.hashes, device_uuid=device_uuid)
        },
        about={row[0] for row in _ABOUT.rows(session, named.records)},
    )


def _ranges(
    session: Session, community_id: int, numbers: Collection[int]
) -> list[tuple[int, int, RoundStatus]]:
    if not numbers:
        return []
    rows = _RANGES.rows(session, community_id=community_id, least=min(numbers), most=max(numbers))
    return [(first, last, status) for first, last, status in rows]


def _duties(
    session: Session, account_id: int | None, rounds: Collection[int]
) -> Mapping[int, tuple[DutyOf, CrewOf]]:
    rows = _DUTIES.rows(session, rounds, account_id=account_id)
    return {row[0]: (DutyOf(row[1], row[0]), CrewOf(*row[2:])) for row in rows}


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """By the first of each row, the rest of it."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for first, *rest in rows:
        found[first].append(tuple(rest))
    return found
