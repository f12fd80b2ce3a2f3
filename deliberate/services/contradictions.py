"""How a contradiction is settled: by a person who recorded none of it, who saw every answer that stands (rule 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer, Channel, Deed, Record, Standing, heads, standing
from deliberate.domain.errors import N_, BadInput, Stale
from deliberate.domain.permissions import Action, Actor, require
from deliberate.queries import subjects
from deliberate.queries.tallies import records_of_entry

from . import cases
from .answerable import NotNow, entry_of
from .recording import Draft, Receipt, Recorder, record, repeated

_WHAT = N_("没有保存核实结果。")


@dataclass(frozen=True, slots=True)
class Settlement:
    """Which answer stands, or none; the ground; and the records that the page showed."""

    stands: Answer | None
    reason: str
    seen: frozenset[int]


def settle(
    session: Session,
    actor: Actor,
    entry_id: int,
    said: Settlement,
    *,
    request_id: str,
    key: bytes,
    now: datetime,
) -> Receipt:
    """Who took the case, and recorded none of it, settles a contradiction: one answer stands, or none."""
    entry, _round = entry_of(session, entry_id)
    require(actor, Action.SETTLE, subjects.of_case(session, entry_id))
    if again := repeated(session, entry_id, request_id, key):
        return again
    cases.require_holder(session, actor, entry_id)
    records = records_of_entry(session, entry_id)
    _refuse_settled(records)
    tops = heads(records)
    _refuse_unseen(tops, said)
    _refuse_groundless(tops, said)
    draft = Draft(
        Deed.SETTLEMENT,
        said.stands,
        _channel(tops, said.stands),
        request_id,
        Recorder(actor.account_id),
        frozenset(one.id for one in tops),
        reason=said.reason.strip(),
    )
    return record(session, actor, entry, draft, known=records, key=key, now=now)


def _channel(tops: Sequence[Record], stands: Answer | None) -> Channel:
    """How the answer that is upheld first came; where none is, nothing is counted and the newest record's will do."""
    return next((one.channel for one in tops if one.answer is stands), tops[-1].channel)


def _refuse_settled(records: Sequence[Record]) -> None:
    if standing(records) is not Standing.CONTRADICTION:
        raise NotNow(
            what=_WHAT,
            why=N_("这一户的意见已经一致，或者已经核实过了。"),
            next_step=N_("请返回列表处理下一户。"),
        )


def _refuse_unseen(tops: Sequence[Record], said: Settlement) -> None:
    """No answer is put aside that the person who settles never saw."""
    if said.seen != {one.id for one in tops if one.answer is not None}:
        raise Stale(
            what=_WHAT,
            why=N_("您打开页面以后，这一户又有了新的登记。"),
            next_step=N_("请看清下面现在的每一份，再选一次；您写的依据还在。"),
        )


def _refuse_groundless(tops: Sequence[Record], said: Settlement) -> None:
    if not said.reason.strip() or (said.stands is not None and said.stands not in {r.answer for r in tops}):
        raise BadInput(
            what=_WHAT,
            why=N_("要写明核实的依据，并从这一户给出的意见中选一个，或者选“都不计入”。"),
            next_step=N_("请补充依据后再保存。"),
        )
