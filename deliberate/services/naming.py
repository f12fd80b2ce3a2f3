"""How a record that stands is named: by the code of its receipt or stub, its form's number, or its own account."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, exists, false, func, or_, select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.consent import Record, heads
from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.permissions import Actor
from deliberate.models import Consent, JournalEntry, Membership
from deliberate.queries import recorders, settled, sight, subjects
from deliberate.queries.on_roll import Entry, Round

from . import secrets


def named_by(
    session: Session,
    actor: Actor,
    entry: Entry,
    consent_round: Round,
    records: Sequence[Record],
    replaces: Sequence[str],
    key: bytes,
) -> frozenset[int]:
    """The standing records that this answer may and does replace (rule 8).

    Its own account's that it is shown; those of an account that left the household by itself; those whose receipt or
    stub code, or whose form's number, is given.
    """
    tops = as_named(session, actor, entry, consent_round, heads(records))
    if not tops:
        return frozenset()
    numbers = {serials.printed(n) for text in replaces if (n := serials.read(text)) is not None}
    codes = hashed(replaces, key)
    found = frozenset(
        one.id
        for one in tops
        if one.hashes & codes or one.serials & numbers or one.left or (one.seen and one.own)
    )
    if any(text.strip() for text in replaces) and not found:
        raise BadInput(
            what=N_("这次没有登记意见。"),
            why=N_("没有找到这个回执码或表号对应的意见。"),
            next_step=N_("请核对后再填；不填也可以提交，但如果和原来的意见不同，要由工作人员核实。"),
        )
    return found


@dataclass(frozen=True, slots=True)
class Top:
    """A record that stands, and by what it may be named."""

    id: int
    hashes: frozenset[str | None]
    """Of its receipt's and of its stub's code; of a settlement those of the answers that it upholds, too."""
    serials: frozenset[str | None]
    """The numbers of its form, or of theirs."""
    put_aside: frozenset[str | None]
    """Of the codes of answers that a settlement did not uphold: they take it back, and change nothing."""
    left: bool
    """Made by an account that left the household by itself."""
    seen: bool
    """Shown to the member who asks."""
    own: bool
    """Made by their account."""


def as_named(
    session: Session, actor: Actor, entry: Entry, consent_round: Round, tops: Sequence[Record]
) -> list[Top]:
    """Records of the entry that stand, as this actor may name them."""
    if not tops:
        return []
    shown = sight.of(session, actor, entry, consent_round)
    rows = session.execute(
        select(
            Consent.id,
            Consent.receipt_hash,
            Consent.stub_hash,
            Consent.serial,
            func.coalesce(
                recorders.SAID_ONLINE & Consent.recorded_by_id.in_(_left(session, entry)) & ~_handed_out(),
                false(),
            ),
            Consent.recorded_by_id,
            Consent.recorded_at,
        ).where(Consent.id.in_([record.id for record in tops]))
    )
    settlements = settled.under(session, tops)
    found = []
    for number, receipt, stub, serial, left, by, at in rows:
        every = (settled.Named(receipt, stub, serial, upheld=True), *settlements.get(number, ()))
        upheld = [one for one in every if one.upheld]
        found.append(
            Top(
                number,
                _codes(upheld),
                frozenset(one.serial for one in upheld),
                _codes(every) - _codes(upheld),
                left,
                shown.opens(by, at),
                by == actor.account_id,
            )
        )
    return found


def _codes(every: Sequence[settled.Named]) -> frozenset[str | None]:
    return frozenset(code for one in every for code in (one.receipt_hash, one.stub_hash))


def hashed(codes: Sequence[str], key: bytes) -> frozenset[str | None]:
    return frozenset(secrets.keyed_hash(text, key) for text in codes)


def _left(session: Session, entry: Entry) -> Select[int]:
    """Accounts that ended their membership of the household themselves and have not begun it again.

    An owner speaks for as many homes as they have, and has left when that is so of each to which they belonged.
    Whoever serves at the desk could else end a membership and have the answer replaced.
    """
    homes = subjects.homes_of_owner(session, entry) or {entry.household_id}
    newest = select(func.max(Membership.id)).where(Membership.household_id.in_(homes))
    by_themselves = case((Membership.ended_by_id == Membership.account_id, 1), else_=0)
    return (
        select(Membership.account_id)
        .where(Membership.id.in_(newest.group_by(Membership.account_id, Membership.household_id)))
        .group_by(Membership.account_id)
        .having(func.min(by_themselves) == 1)
    )


def _handed_out() -> ColumnElement[bool]:
    """Whether the desk gave the account of a record another password afterwards, and might have left in its name."""
    return exists().where(
        JournalEntry.subject == "account",
        JournalEntry.subject_id == Consent.recorded_by_id,
        JournalEntry.what == "password_given",
        JournalEntry.at >= Consent.recorded_at,
    )


def find_by_code(session: Session, community_id: int, code: str, *, key: bytes) -> Sequence[Consent]:
    """The record of a receipt code, or the newest of each matter on the paper of a stub's code; else NotFound."""
    hashed = secrets.keyed_hash(code, key)
    rows = session.scalars(
        select(Consent)
        .where(
            Consent.community_id == community_id,
            or_(Consent.receipt_hash == hashed, Consent.stub_hash == hashed),
        )
        .order_by(Consent.id)
    )
    newest = {consent.consent_round_id: consent for consent in rows}
    if not newest:
        raise NotFound(
            what=N_("没有找到这份意见。"),
            why=N_("回执码可能抄错了，或者这张意见表还没有登记。"),
            next_step=N_("请核对12位代码后再试，或拨打社区电话。"),
        )
    return list(newest.values())
