"""A household looks up its record by the code and says: right, or wrong. Wrong opens an objection in one tap.

Whoever holds the receipt code was given the answer's receipt; no account is asked for (rule 12). The code of a
paper's stub was in the crew's hands first: with it alone anybody may say "wrong", but "right" is the household's word
in a spot check only from somebody who belongs to the home, by account or by its letter. While the round is open a
recheck may void the record and the household answers again; afterwards the rules of objections hold.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Channel
from deliberate.domain.errors import N_, NotFound
from deliberate.domain.news import STUB_LOOKED
from deliberate.domain.objection import ObjectionKind
from deliberate.domain.permissions import Actor, speaks_for_it
from deliberate.domain.round import RoundStatus
from deliberate.models import Consent, ConsentRound, Objection, OwnCheck, RollEntry
from deliberate.queries import answers, counts, subjects
from deliberate.queries.tallies import stands

from . import household_news, journal, secrets
from .naming import find_by_code
from .objections import NotFiled, keep
from .revisits import reached_by_own_check
from .rounds import round_of

WORDS = {
    ObjectionKind.NOT_US: N_("凭回执码核对后提出：这份意见不是我家提交的。"),
    ObjectionKind.WRONG_ANSWER: N_("凭回执码核对后提出：登记的意见和我家给的不一样。"),
}
"""What a tap says; the household may add to it later."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record that somebody holds the code of."""

    community_id: int
    code: str
    consent_id: int


def confirm(session: Session, actor: Actor, held: Held, *, key: bytes, now: datetime) -> OwnCheck:
    """The household checked the record and says that it is right; a spot check may have reached it with that."""
    return _checked(session, actor, _held(session, held, key), right=True, now=now)


def contest(
    session: Session, actor: Actor, held: Held, kind: ObjectionKind, *, key: bytes, now: datetime
) -> Objection:
    """The household says that the record is wrong; a second tap files nothing more."""
    consent = _held(session, held, key)
    consent_round = round_of(session, consent.consent_round_id)
    if not stands(session, consent):
        raise NotFiled(
            why=N_("这份记录已经被后来的替换，现在不计入。"), next_step=N_("请查看您家现在有效的那一份。")
        )
    _refuse_after_the_result(session, consent_round, now)
    waiting = session.scalar(
        select(Objection).where(Objection.consent_id == consent.id, Objection.decided_at.is_(None))
    )
    if waiting is not None:
        return waiting
    _checked(session, actor, consent, right=False, now=now)
    return keep(
        session,
        actor,
        consent_round,
        session.get_one(RollEntry, consent.roll_entry_id).household_id,
        consent.roll_entry_id,
        kind,
        WORDS[kind],
        consent_id=consent.id,
        now=now,
    )


def note_look(session: Session, actor: Actor, held: Held, *, key: bytes, now: datetime) -> None:
    """Somebody looked at a paper by its stub's code who does not speak for the home: the home sees that, and when.

    Its members are told once a day.
    """
    consent = _held(session, held, key)
    entry = session.get_one(RollEntry, consent.roll_entry_id)
    if not by_stub(consent, held.code, key) or speaks_for_it(actor, subjects.of_voice(session, entry)):
        return
    if round_of(session, consent.consent_round_id).status is RoundStatus.CLOSED:
        return
    household_news.note_and_tell(session, actor, entry, answers.LOOKED, STUB_LOOKED, now=now)


def by_stub(consent: Consent, code: str, key: bytes) -> bool:
    """Whether the code is that of its paper's stub."""
    return consent.stub_hash == secrets.keyed_hash(code, key)


def _held(session: Session, held: Held, key: bytes) -> Consent:
    for consent in find_by_code(session, held.community_id, held.code, key=key):
        if consent.id == held.consent_id:
            return consent
    raise NotFound()


def _refuse_after_the_result(session: Session, consent_round: ConsentRound, now: datetime) -> None:
    """Any time from the answer to the end of the objection period."""
    until = counts.objection_until(session, consent_round.id)
    if counts.outcome_of(session, consent_round.id) is not None or (until is not None and now >= until):
        raise NotFiled(
            why=N_("结果公示期已经过了，结果已经确定。"), next_step=N_("如有疑问，请拨打社区电话。")
        )


def _for_it(actor: Actor, consent: Consent, entry: RollEntry) -> bool:
    """Whether a "right" is the household's: no member of staff held the code, or who says it belongs to the home."""
    staff_held_it = consent.channel is Channel.PAPER or consent.helped_by_id is not None
    return not staff_held_it or entry.household_id in actor.homes


def _checked(session: Session, actor: Actor, consent: Consent, *, right: bool, now: datetime) -> OwnCheck:
    entry = session.get_one(RollEntry, consent.roll_entry_id)
    if stands(session, consent) and (not right or _for_it(actor, consent, entry)):
        reached_by_own_check(session, entry, right=right, now=now)
    made = OwnCheck(
        community_id=consent.community_id,
        consent_round_id=consent.consent_round_id,
        roll_entry_id=consent.roll_entry_id,
        consent_id=consent.id,
        right=right,
        at=now,
    )
    session.add(made)
    session.flush()
    journal.note(
        session, actor, consent.community_id, "own_check", "roll_entry", consent.roll_entry_id, now=now
    )
    return made
