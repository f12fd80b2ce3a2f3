"""Names and evidence of rounds whose time of keeping is over are erased; consents and their proof stay (DESIGN §3).

Whether the time is over is judged by the store's own guards, too (`models/guards/retention.py`): this only asks for
what they let go. It goes in lots, each a transaction with its line in the journal, so that nobody waits for long and
what is broken off is gone on with. Files follow when their rows are gone for good (`letting_go`).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    Connection,
    CursorResult,
    Delete,
    Select,
    Update,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from deliberate.domain.ledger.leaf import PUBLIC
from deliberate.domain.permissions import ANYBODY
from deliberate.domain.round import RoundStatus
from deliberate.domain.sync import UploadState
from deliberate.models import (
    Consent,
    ConsentPaper,
    ConsentRound,
    Evidence,
    EvidenceUpload,
    StackPicture,
    TabletRecord,
)
from deliberate.one_writer import OneWriter
from deliberate.services import evidence, journal, uploads
from deliberate.storage import Storage

from . import letting_go, stores
from .closed_rounds import Round, closed_rounds
from .stores import in_lots

LOT = 1000
"""Rows of a kind in one transaction."""
PATIENCE = 60.0
"""Seconds to wait for another writer of SQLite."""


@dataclass(slots=True)
class Erased:
    """How much of each went, or would go."""

    names: int = 0
    pictures: int = 0
    openings: int = 0
    records: int = 0
    files: int = 0

    def add(self, other: "Erased") -> None:
        """What one more lot came to."""
        self.names += other.names
        self.pictures += other.pictures
        self.openings += other.openings
        self.records += other.records
        self.files += other.files

    def __bool__(self) -> bool:
        return any((self.names, self.pictures, self.openings, self.records, self.files))


@dataclass(frozen=True, slots=True)
class Erasing:
    """What may go of the store at `url` and of its files. With `really` unset it is tried and taken back."""

    url: str
    files: Storage
    really: bool = False
    _owed: set[str] = field(default_factory=set)
    """Files that are to go already."""

    def rounds(self) -> list[Round]:
        """Every closed round, in order; NotKept when this store is not one from which anything can be erased."""
        return closed_rounds(self.url)

    def of_round(self, one: Round, now: datetime) -> Erased:
        """Who signed, what shows it, and what opens these fields of the ledger."""
        gone = Erased()
        for lot in in_lots(self._ids(select(Consent.id).where(Consent.consent_round_id == one.id)), LOT):
            with self._tried() as session:
                papers = ConsentPaper.consent_id.in_(lot)
                shown = Evidence.consent_id.in_(lot)
                hashes = set(session.scalars(select(Evidence.sha256).where(shown)))
                part = Erased(
                    names=_done(session, delete(ConsentPaper).where(papers)),
                    pictures=_done(session, delete(Evidence).where(shown)),
                    openings=_thinned(session, lot),
                )
                self._owe(session, part, hashes)
                self._note(session, one.community_id, "consent_round", one.id, part, now)
            gone.add(part)
        return gone

    def of_community(self, every: Sequence[Round], now: datetime) -> Erased:
        """What belongs to no one round: pictures of stacks, what tablets delivered, and photographs never registered.

        `every` closed round of one community. Of what came before its first round that is still kept.
        """
        community_id = every[0].community_id
        with stores.opened(self.url) as connection:
            over = [one.id for one in every if one.is_over(now)]
            before = connection.scalar(_first_kept(community_id, over)) or now
        gone = Erased()
        for deed, wanted in (
            (self._stacks, _came(StackPicture, StackPicture.at, community_id, before)),
            (self._uploads, _came(EvidenceUpload, EvidenceUpload.at, community_id, before)),
            (
                self._delivered,
                _came(TabletRecord, TabletRecord.received_at, community_id, before).where(_FULL),
            ),
        ):
            for lot in in_lots(self._ids(wanted), LOT):
                with self._tried() as session:
                    part = deed(session, lot)
                    self._note(session, community_id, "community", community_id, part, now)
                gone.add(part)
        return gone

    def let_go(self, now: datetime) -> None:
        """The files, now that their rows are gone; and what SQLite still has beside its file."""
        if not self.really:
            return
        letting_go.let_go(self.url, self.files, now)
        if stores.is_sqlite(self.url):
            with stores.opened(self.url) as connection:
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _stacks(self, session: Session, lot: Sequence[int]) -> Erased:
        of_lot = StackPicture.id.in_(lot)
        hashes = set(session.scalars(select(StackPicture.sha256).where(of_lot)))
        part = Erased(pictures=_done(session, delete(StackPicture).where(of_lot)))
        self._owe(session, part, hashes)
        return part

    def _uploads(self, session: Session, lot: Sequence[int]) -> Erased:
        of_lot = EvidenceUpload.id.in_(lot)
        rows = session.execute(
            select(
                EvidenceUpload.state,
                EvidenceUpload.device_uuid,
                EvidenceUpload.sha256,
                EvidenceUpload.kept_sha256,
            ).where(of_lot)
        ).all()
        hashes = {kept for *_, kept in rows if kept is not None}
        unfinished = {
            f"{uploads.place_of(device, sha256)}/"
            for state, device, sha256, _ in rows
            if state is not UploadState.COMPLETE
        }
        _done(session, delete(EvidenceUpload).where(of_lot))
        part = Erased()
        self._owe(session, part, hashes, unfinished)
        return part

    def _delivered(self, session: Session, lot: Sequence[int]) -> Erased:
        return Erased(
            records=_done(session, update(TabletRecord).where(TabletRecord.id.in_(lot)).values(payload=b""))
        )

    def _ids(self, wanted: Select[int]) -> Sequence[int]:
        with stores.opened(self.url) as connection:
            return connection.scalars(wanted).all()

    @contextmanager
    def _tried(self) -> Iterator[Session]:
        """One transaction, in which the store judges everything; kept only when it is meant."""
        sqlite = stores.is_sqlite(self.url)
        line = OneWriter(str(stores.file_of(self.url)) if sqlite else None)
        try:
            with line, stores.opened(self.url, begin="BEGIN IMMEDIATE", patience=PATIENCE) as connection:
                _overwrite(connection)
                with Session(connection) as session:
                    yield session
                    if self.really:
                        session.commit()
        finally:
            line.close()

    def _owe(self, session: Session, part: Erased, hashes: set[str], places: Iterable[str] = ()) -> None:
        """Files that nothing needs once this is committed: written down before, in case that nobody gets there."""
        lost = hashes - letting_go.needed(session, hashes)
        names = {*(evidence.name_of(one) for one in lost), *places} - self._owed
        self._owed.update(names)
        part.files = len(names)
        if self.really:
            letting_go.owe(self.files, names)

    def _note(
        self, session: Session, community_id: int, subject: str, subject_id: int, part: Erased, now: datetime
    ) -> None:
        if not part:
            return
        journal.note(
            session,
            ANYBODY,
            community_id,
            "names_erased",
            subject,
            subject_id,
            now=now,
            names=part.names,
            pictures=part.pictures,
            openings=part.openings,
            records=part.records,
        )
        session.flush()


_FULL = func.length(TabletRecord.payload) > 0


def _first_kept(community_id: int, over: list[int]) -> Select[datetime | None]:
    """When the first round that is not over opened; what came before it shows a paper of none that is kept."""
    return select(func.min(ConsentRound.opened_at)).where(
        ConsentRound.community_id == community_id,
        ConsentRound.status != RoundStatus.DROPPED,
        ConsentRound.id.not_in(over),
    )


def _came(table: Any, at: Any, community_id: int, before: datetime) -> Select[int]:
    return select(table.id).where(table.community_id == community_id, at < before).order_by(table.id)


_PUBLIC = ", ".join(f"'{name}'" for name in PUBLIC["consent"])
_PICKED = {
    "sqlite": "json_group_object(o.key, json(o.value))",
    "postgresql": "json_object_agg(o.key, o.value)",
}


def _thinned(session: Session, consent_ids: Sequence[int]) -> int:
    """What the public recount needs stays open."""
    picked = _PICKED[session.get_bind().dialect.name]
    statement = text(
        f"UPDATE ledger_opening SET openings = (SELECT {picked} FROM json_each(openings) o "  # noqa: S608 - our names
        f"WHERE o.key IN ({_PUBLIC})) "
        "WHERE leaf_id IN (SELECT id FROM ledger_leaf WHERE consent_id IN :consents AND kind = 'consent') "
        f"AND EXISTS (SELECT 1 FROM json_each(openings) o WHERE o.key NOT IN ({_PUBLIC}))"
    ).bindparams(bindparam("consents", expanding=True))
    done = cast("CursorResult[Any]", session.execute(statement, {"consents": list(consent_ids)}))
    return done.rowcount


def _done(session: Session, statement: Delete | Update) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[Any]", result).rowcount


def _overwrite(connection: Connection) -> None:
    """What SQLite deletes it writes over with zeros; PostgreSQL's VACUUM gives the room to others."""
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA secure_delete = ON")
