"""Names and evidence of rounds whose time of keeping is over are erased; consents and their proof stay (DESIGN §3).

Whether the time is over is judged by the store's own guards, too (`models/guards/retention.py`): this only asks for
what they let go. Rows go first and are judged, then the files that no row names any more, then all is committed: what
is broken off begins anew and leaves nothing behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    Connection,
    CursorResult,
    Delete,
    Select,
    Update,
    delete,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from deliberate.domain.ledger.leaf import PUBLIC, round_name
from deliberate.domain.permissions import ANYBODY
from deliberate.domain.retention import kept_until, years_kept
from deliberate.domain.round import RoundStatus
from deliberate.domain.settings import Settings
from deliberate.models import (
    Community,
    Consent,
    ConsentPaper,
    ConsentRound,
    Evidence,
    EvidenceUpload,
    Objection,
    OutcomeRecord,
    PlanVersion,
    Proposal,
    StackPicture,
    TabletRecord,
)
from deliberate.revisions import newest_revision
from deliberate.services import evidence, journal
from deliberate.storage import Storage

from . import stores
from .stores import NotKept

LOT = 500
"""Hashes in one statement."""


@dataclass(frozen=True, slots=True)
class Round:
    """A closed round, and how long its names are kept."""

    id: int
    community_id: int
    community: str
    """The word in its address."""
    name: str
    until: datetime
    unfinished: str
    """Why its names are needed whatever the time; empty when they are not."""

    def is_over(self, now: datetime) -> bool:
        """Whether nothing keeps its names any more."""
        return not self.unfinished and self.until < now


@dataclass(slots=True)
class Erased:
    """How much of each went, or would go."""

    names: int = 0
    pictures: int = 0
    openings: int = 0
    records: int = 0
    files: int = 0

    def __bool__(self) -> bool:
        return any((self.names, self.pictures, self.openings, self.records, self.files))


@dataclass(frozen=True, slots=True)
class Erasing:
    """What may go of the store at `url` and of its files. With `really` unset it is tried and taken back."""

    url: str
    files: Storage
    really: bool = False

    def rounds(self) -> list[Round]:
        """Every closed round, in order; NotKept when the store is no store of ours or not today's."""
        with stores.opened(self.url) as connection:
            if stores.revision(connection) != newest_revision():
                raise NotKept("the store has not today's tables; run: deliberate migrate")
            with Session(connection) as session:
                return [_round(*row) for row in session.execute(_ROUNDS)]

    def of_round(self, one: Round, now: datetime) -> Erased:
        """Who signed, what shows it, and what opens these fields of the ledger; then the files of none but these."""
        with self._tried() as session:
            of_it = select(Consent.id).where(Consent.consent_round_id == one.id)
            gone = Erased(
                names=_done(session, delete(ConsentPaper).where(ConsentPaper.consent_id.in_(of_it)))
            )
            shown = Evidence.consent_id.in_(of_it)
            hashes = set(session.scalars(select(Evidence.sha256).where(shown)))
            gone.pictures = _done(session, delete(Evidence).where(shown))
            gone.openings = _thinned(session, one.id)
            gone.files = self._forget(session, hashes)
            if gone:
                self._note(session, one.community_id, "consent_round", one.id, gone, now)
            return gone

    def of_community(self, every: list[Round], now: datetime) -> Erased:
        """What belongs to no one round: pictures of stacks, what tablets delivered, and photographs never registered.

        `every` closed round of one community. Of what came before its first round that is still kept.
        """
        community_id = every[0].community_id
        over = [one.id for one in every if one.is_over(now)]
        with self._tried() as session:
            before = session.scalar(_first_kept(community_id, over)) or now
            gone, hashes = Erased(), set[str]()
            stacks = (StackPicture.community_id == community_id, StackPicture.at < before)
            hashes |= set(session.scalars(select(StackPicture.sha256).where(*stacks)))
            gone.pictures = _done(session, delete(StackPicture).where(*stacks))
            uploads = (EvidenceUpload.community_id == community_id, EvidenceUpload.at < before)
            kept = select(EvidenceUpload.kept_sha256).where(*uploads, EvidenceUpload.kept_sha256.is_not(None))
            hashes |= {sha256 for sha256 in session.scalars(kept) if sha256 is not None}
            _done(session, delete(EvidenceUpload).where(*uploads))
            came = (TabletRecord.community_id == community_id, TabletRecord.received_at < before)
            full = func.length(TabletRecord.payload) > 0
            gone.records = _done(session, update(TabletRecord).where(*came, full).values(payload=b""))
            gone.files = self._forget(session, hashes)
            if gone:
                self._note(session, community_id, "community", community_id, gone, now)
            return gone

    @contextmanager
    def _tried(self) -> Iterator[Session]:
        """One transaction, in which the store judges everything; kept only when it is meant."""
        with stores.opened(self.url, begin="BEGIN IMMEDIATE") as connection:
            _overwrite(connection)
            with Session(connection) as session:
                yield session
                if self.really:
                    session.commit()

    def _forget(self, session: Session, hashes: set[str]) -> int:
        """Files with these hashes that nothing names any more; how many."""
        lost = hashes - _named(session, hashes)
        for sha256 in sorted(lost):
            if self.really:
                self.files.forget(evidence.name_of(sha256))
        for lot in _lots(lost):
            _done(session, delete(EvidenceUpload).where(EvidenceUpload.kept_sha256.in_(lot)))
        return len(lost)

    def _note(
        self, session: Session, community_id: int, subject: str, subject_id: int, gone: Erased, now: datetime
    ) -> None:
        journal.note(
            session,
            ANYBODY,
            community_id,
            "names_erased",
            subject,
            subject_id,
            now=now,
            names=gone.names,
            pictures=gone.pictures,
            openings=gone.openings,
            records=gone.records,
        )
        session.flush()


_ROUNDS = (
    select(
        ConsentRound.id,
        ConsentRound.community_id,
        Community.slug,
        Proposal.number,
        ConsentRound.n,
        ConsentRound.closed_at,
        ConsentRound.periods,
        PlanVersion.budget,
        exists().where(OutcomeRecord.consent_round_id == ConsentRound.id),
        exists().where(Objection.consent_round_id == ConsentRound.id, Objection.decided_at.is_(None)),
    )
    .join(Community, Community.id == ConsentRound.community_id)
    .join(Proposal, Proposal.id == ConsentRound.proposal_id)
    .join(PlanVersion, PlanVersion.id == ConsentRound.plan_version_id)
    .where(ConsentRound.status == RoundStatus.CLOSED)
    .order_by(ConsentRound.community_id, Proposal.number, ConsentRound.n)
)


def _round(
    round_id: int,
    community_id: int,
    slug: str,
    number: int,
    n: int,
    closed_at: datetime,
    periods: dict[str, Any],
    budget: int,
    decided: bool,
    contested: bool,
) -> Round:
    until = kept_until(closed_at, years_kept(Settings.from_data(periods), budget))
    unfinished = "" if decided else "it has no outcome yet"
    if contested:
        unfinished = "an objection is not answered"
    return Round(round_id, community_id, slug, round_name(number, n), until, unfinished)


def _first_kept(community_id: int, over: list[int]) -> Select[datetime | None]:
    """When the first round that is not over opened; what came before it shows a paper of none that is kept."""
    return select(func.min(ConsentRound.opened_at)).where(
        ConsentRound.community_id == community_id,
        ConsentRound.status != RoundStatus.DROPPED,
        ConsentRound.id.not_in(over),
    )


_PUBLIC = ", ".join(f"'{name}'" for name in PUBLIC["consent"])
_PICKED = {
    "sqlite": "json_group_object(o.key, json(o.value))",
    "postgresql": "json_object_agg(o.key, o.value)",
}


def _thinned(session: Session, round_id: int) -> int:
    """What the public recount needs stays open."""
    picked = _PICKED[session.get_bind().dialect.name]
    statement = (
        f"UPDATE ledger_opening SET openings = (SELECT {picked} FROM json_each(openings) o "  # noqa: S608 - our names
        f"WHERE o.key IN ({_PUBLIC})) "
        "WHERE leaf_id IN (SELECT id FROM ledger_leaf WHERE consent_round_id = :round AND kind = 'consent') "
        f"AND EXISTS (SELECT 1 FROM json_each(openings) o WHERE o.key NOT IN ({_PUBLIC}))"
    )
    done = cast("CursorResult[Any]", session.execute(text(statement), {"round": round_id}))
    return done.rowcount


def _named(session: Session, hashes: set[str]) -> set[str]:
    """Those of them that a consent or a picture of a stack still names."""
    found: set[str] = set()
    for column in (Evidence.sha256, StackPicture.sha256):
        for lot in _lots(hashes):
            found |= set(session.scalars(select(column).where(column.in_(lot))))
    return found


def _lots(hashes: set[str]) -> Iterator[list[str]]:
    every = sorted(hashes)
    for start in range(0, len(every), LOT):
        yield every[start : start + LOT]


def _done(session: Session, statement: Delete | Update) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


def _overwrite(connection: Connection) -> None:
    """What SQLite deletes it writes over with zeros; PostgreSQL's VACUUM gives the room to others."""
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA secure_delete = ON")
