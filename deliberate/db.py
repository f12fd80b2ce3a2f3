"""Engine, sessions and `Database.transaction()`: the only commit in the code base.

Reading sessions cannot write: SQLite is told `query_only`, PostgreSQL `READ ONLY`, and a flush is refused. Writing
transactions begin with `BEGIN IMMEDIATE` on SQLite, take their lock first, and read the clock once, after the lock, so
that no deed is stamped with a time before its turn (DESIGN §5). Writers to SQLite wait in line before they begin
(`one_writer`).
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, bindparam, make_url, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from deliberate.domain.errors import N_, Refusal
from deliberate.engines import connected
from deliberate.models import Community, ConsentRound, Proposal, RollEntry
from deliberate.one_writer import OneWriter
from deliberate.queries.prepared import Prepared
from deliberate.reading import ReadingSession, end
from deliberate.services import building_counts, changes, happenings


@dataclass(frozen=True, slots=True)
class Lock:
    """What a transaction locks before it reads the clock."""

    proposal_id: int | None = None
    round_id: int | None = None
    answers_of: tuple[tuple[int, int], ...] = ()
    community_id: int | None = None
    with_its_matter: bool = False

    @classmethod
    def proposal(cls, proposal_id: int) -> "Lock":
        """For a step of a matter."""
        return cls(proposal_id=proposal_id)

    @classmethod
    def round(cls, round_id: int) -> "Lock":
        """For a step of a consent round: waits for answers under way, and they wait for it."""
        return cls(round_id=round_id)

    @classmethod
    def step(cls, round_id: int) -> "Lock":
        """For a step of a consent round that is a step of its matter too: nobody takes another step of it now."""
        return cls(round_id=round_id, with_its_matter=True)

    @classmethod
    def answer(cls, round_id: int, entry_id: int) -> "Lock":
        """For one household's answer: shares the round with other answers, owns its roll entry."""
        return cls.answers([(round_id, entry_id)])

    @classmethod
    def answers(cls, pairs: Iterable[tuple[int, int]]) -> "Lock":
        """For answers on several matters at once: all their rounds, then all their entries, each by id."""
        return cls(answers_of=tuple(sorted(set(pairs))))

    @classmethod
    def crew(cls, round_id: int, pairs: Iterable[tuple[int, int]]) -> "Lock":
        """For stopping a crew of the round, whose papers are these: what it delivers just now is waited for."""
        return cls(round_id=round_id, answers_of=tuple(sorted(set(pairs))))

    @classmethod
    def community(cls, community_id: int) -> "Lock":
        """For what happens to a community's ledger one after the other; rows that refer to it are still written."""
        return cls(community_id=community_id)


NO_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open writing transaction and the one moment at which it happens."""

    session: Session
    now: datetime


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def _to_nobody(_happened: Mapping[tuple[str, str], int]) -> None:
    """Where nothing is measured."""


class RollElsewhere(Refusal):
    """This process holds no credentials that may write the roll."""

    status = 403
    default_what = N_("户册没有改动。")
    default_why = N_("为了安全，户册只能在户册管理专用的地址上修改。")
    default_next = N_("请从社区办公室的户册管理地址登录后再操作，或者请系统管理员办理。")


INSUFFICIENT_PRIVILEGE = "42501"


class Database:
    """One store. `clock` is asked once per transaction."""

    def __init__(
        self, url: str, clock: Callable[[], datetime] = utc_now, registrar_url: str | None = None
    ) -> None:
        self.url = url
        self.clock = clock
        self.engine = connected(url)
        self.writing = connected(url, writes=True) if url.startswith("sqlite") else self.engine
        self.told: Callable[[Mapping[tuple[str, str], int]], None] = _to_nobody
        """Hears what each transaction did, once it is committed."""
        self._name = secrets.token_hex(8)  # versions of two stores are never the same
        self._version: Callable[[], str | None] = (
            _Watch(self.engine) if url.startswith("sqlite") else lambda: _snapshot(self.engine)
        )
        self._registrar = connected(registrar_url, writes=True) if registrar_url else None
        self._reading = self.engine.execution_options(postgresql_readonly=True)
        self._turn = OneWriter(make_url(url).database) if url.startswith("sqlite") else None
        self._write = sessionmaker(expire_on_commit=False)

    def reading(self) -> Session:
        """A session that cannot write; the caller closes it."""
        return ReadingSession(self._reading)

    def version(self) -> str | None:
        """Another text after every commit by anybody, in whatever process: the same twice means nothing changed.

        What is read after this was asked is at least as new. None where the store cannot tell.
        """
        found = self._version()
        return found and f"{self._name}.{found}"

    @contextmanager
    def transaction(self, lock: Lock = NO_LOCK) -> Iterator[Transaction]:
        """Lock, read the clock, do the deed, commit; any exception rolls everything back."""
        with self._begun(self.writing, lock) as session:
            yield Transaction(session, self.clock())
            building_counts.write(session)
            changes.number(session)
        self.told(happenings.so_far(session))

    @contextmanager
    def roll_transaction(self, lock: Lock = NO_LOCK) -> Iterator[Transaction]:
        """The same for a deed on the roll: through the registrar's role, where the store has roles.

        A process that was not given that role is refused, as the application's own role may not write the roll.
        """
        try:
            with self._begun(self._registrar or self.writing, lock) as session:
                yield Transaction(session, self.clock())
                changes.number(session)
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) == INSUFFICIENT_PRIVILEGE:
                raise RollElsewhere() from error
            raise

    @contextmanager
    def _begun(self, engine: Engine, lock: Lock) -> Iterator[Session]:
        """A session with its locks, committed in the end; whoever stands in line has all at hand that it takes."""
        with (
            engine.connect() as connection,
            self._write(bind=connection) as session,
            self._turn or nullcontext(),
            session.begin(),
        ):
            _take(session, lock)
            yield session

    def dispose(self) -> None:
        """Close every connection."""
        if isinstance(self._version, _Watch):
            self._version.close()
        if self._turn:
            self._turn.close()
        for engine in filter(None, (self.engine, self.writing, self._registrar)):
            engine.dispose()


class _Watch:
    """A connection to SQLite that only asks whether anything changed.

    `data_version` means something to its own connection alone, so all threads of a process share this one; opened
    again it counts under another number. It is told nothing of what other connections are told, which would make it
    read all tables and guards, and hold them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock, self._times = engine, threading.Lock(), 0
        self._own: Any = None

    def __call__(self) -> str | None:
        with self._lock:
            try:
                (version,) = self._opened().execute("PRAGMA data_version").fetchone()
                return f"{self._times}.{version}"
            except self._engine.dialect.loaded_dbapi.Error:  # busy, or away: whoever reads will be told
                return None

    def _opened(self) -> Any:
        if self._own is None:
            self._times += 1
            self._engine.connect().close()  # the first of all connections changes how the file is written
            where, how = self._engine.dialect.create_connect_args(self._engine.url)
            self._own = self._engine.dialect.connect(*where, **how)
        return self._own

    def close(self) -> None:
        """Let it go."""
        with self._lock:
            if self._own is not None:
                self._own.close()
                self._own = None


_SNAPSHOT = text("SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_snapshot()::text END")
"""Which transactions are done and which are under way; a standby does not tell all of the latter."""


def _snapshot(engine: Engine) -> str | None:
    with engine.connect() as connection:
        found: str | None = connection.scalar(_SNAPSHOT)
        end(connection)
    return found


def _row(table: type[Proposal | ConsentRound | RollEntry | Community], **how: Any) -> Prepared:
    return Prepared(select(table.id).where(table.id == bindparam("id")).with_for_update(**how))


_PROPOSAL, _ENTRY = _row(Proposal), _row(RollEntry)
_MATTER_OF = Prepared(
    select(Proposal.id)
    .join(ConsentRound, ConsentRound.proposal_id == Proposal.id)
    .where(ConsentRound.id == bindparam("id"))
    .with_for_update(of=Proposal)
)
# NO KEY: a head that only refers to the round must not wait for it while it holds the community
_ROUND, _COMMUNITY = _row(ConsentRound, key_share=True), _row(Community, key_share=True)
_ROUND_WITH_OTHERS = _row(ConsentRound, read=True)


def _take(session: Session, lock: Lock) -> None:
    """Rows in one order everywhere: proposal, round, roll entry, community."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection()  # BEGIN IMMEDIATE is every lock there
        return
    if lock.proposal_id is not None:
        _PROPOSAL.rows(session, id=lock.proposal_id)
    if lock.with_its_matter:
        _MATTER_OF.rows(session, id=lock.round_id)
    if lock.round_id is not None:
        _ROUND.rows(session, id=lock.round_id)
    for round_id in sorted({round_id for round_id, _ in lock.answers_of}):
        _ROUND_WITH_OTHERS.rows(session, id=round_id)
    for entry_id in sorted({entry_id for _, entry_id in lock.answers_of}):
        _ENTRY.rows(session, id=entry_id)
    if lock.community_id is not None:
        _COMMUNITY.rows(session, id=lock.community_id)
