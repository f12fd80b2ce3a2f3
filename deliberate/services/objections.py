"""Objections (异议): filed while the result is shown, rechecked by others, answered in writing."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.calendar import day_in_beijing, end_of
from deliberate.domain.consent import Channel, Deed
from deliberate.domain.errors import N_, BadInput, NotFound, Refusal, Stale
from deliberate.domain.lifecycle import Stage
from deliberate.domain.objection import VOIDS, Finding, ObjectionKind, voidable
from deliberate.domain.permissions import Action, Actor, require
from deliberate.domain.round import RoundStatus
from deliberate.domain.words import word
from deliberate.models import Consent, ConsentRound, Objection, RollEntry
from deliberate.queries import counts, objectors
from deliberate.queries import objections as filed
from deliberate.queries.tallies import records_of_entry

from . import cases, journal, ledger_events
from .checked_homes import put_right
from .objectors import voice_of
from .recording import Draft, Recorder, record
from .rounds import round_of, settings_of
from .steps import proposal_of

LONGEST = 2000
"""Characters of a statement or a reply."""


class NotFiled(Refusal):
    """An objection that cannot be taken."""

    default_what = N_("没有登记异议。")


class NotAnswered(Refusal):
    """A recheck that cannot be concluded so."""

    default_what = N_("没有保存复核答复。")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the recheck found, how it was done, and what the household is told."""

    finding: Finding
    method: str
    reply: str
    voided_consent_id: int | None = None

    @property
    def written(self) -> tuple[Finding, str, str]:
        """The finding, the method and the reply as they are kept."""
        return self.finding, self.method.strip()[:200], self.reply.strip()


def file_objection(
    session: Session,
    actor: Actor,
    round_id: int,
    household_id: int,
    kind: ObjectionKind,
    statement: str,
    *,
    entry_id: int | None = None,
    now: datetime,
) -> Objection:
    """A household or an owner objects, or a moderator writes it down at the desk; a second click files nothing more.

    `entry_id` names whose answer is meant, where the round asks both of this home. One of a kind waits at a time;
    beside one that was a mere tap, the household may still say what is wrong.
    """
    consent_round = round_of(session, round_id)
    about, entry = voice_of(session, actor, consent_round, household_id, entry_id)
    require(actor, Action.OBJECT, about)
    _refuse_outside_period(session, consent_round, now)
    _refuse_odd(kind, entry, statement)
    if waiting := _waiting(session, round_id, household_id, entry, kind):
        if waiting.statement != statement.strip():
            raise _filed_before()
        return waiting
    return keep(
        session,
        actor,
        consent_round,
        household_id,
        entry.id if entry else None,
        kind,
        statement.strip(),
        now=now,
    )


def keep(
    session: Session,
    actor: Actor,
    consent_round: ConsentRound,
    household_id: int,
    entry_id: int | None,
    kind: ObjectionKind,
    statement: str,
    *,
    consent_id: int | None = None,
    now: datetime,
) -> Objection:
    """Write an objection down, its leaf and its journal; whoever calls has judged that it may be filed."""
    made = Objection(
        community_id=consent_round.community_id,
        consent_round_id=consent_round.id,
        household_id=household_id,
        roll_entry_id=entry_id,
        consent_id=consent_id,
        kind=kind,
        statement=statement,
        filed_at=now,
        filed_by_id=actor.account_id,
        letter_id=None if actor.account_id else actor.letter_id,
        due_at=answer_due(consent_round, now),
    )
    session.add(made)
    session.flush()
    ledger_events.objection_filed(session, consent_round, made)
    journal.note(session, actor, made.community_id, "objection_filed", "objection", made.id, now=now)
    return made


def answer_due(consent_round: ConsentRound, now: datetime) -> datetime:
    """24:00 of the last day on which an objection filed now is answered in time."""
    days = settings_of(consent_round).objection_answer_days
    return end_of(date.fromordinal(day_in_beijing(now).toordinal() + days))


def _refuse_outside_period(session: Session, consent_round: ConsentRound, now: datetime) -> None:
    until = counts.objection_until(session, consent_round.id)
    stage = proposal_of(session, consent_round.proposal_id).stage
    if (
        stage is not Stage.OBJECTION
        or consent_round.status is not RoundStatus.CLOSED
        or until is None
        or now >= until
        or counts.outcome_of(session, consent_round.id) is not None
    ):
        raise NotFiled(
            why=N_("只有在结果公示期内可以提出异议，现在不在公示期内。"),
            next_step=N_("如有疑问，请拨打社区电话。"),
        )


def _refuse_odd(kind: ObjectionKind, entry: RollEntry | None, statement: str) -> None:
    if not 1 <= len(statement.strip()) <= LONGEST:
        raise BadInput(
            what=N_("没有登记异议。"),
            why=N_("请写明情况，最多%(most)s个字。"),
            next_step=N_("请补充后再提交；您填写的文字还在。"),
            most=LONGEST,
            field="statement",
        )
    if entry is None and kind in VOIDS:
        raise BadInput(
            what=N_("没有登记异议。"),
            why=N_("这一户不在这一轮的名册上，没有可以复核的意见。"),
            next_step=N_("如果认为应当在名册上，请选“名册有误”。"),
            field="kind",
        )


def _waiting(
    session: Session, round_id: int, household_id: int, entry: RollEntry | None, kind: ObjectionKind
) -> Objection | None:
    """The objection of this kind, in this voice and in words of its own, that is still open."""
    return session.scalar(
        select(Objection).where(
            Objection.consent_round_id == round_id,
            objectors.of_entry(household_id, entry),
            Objection.kind == kind,
            Objection.consent_id.is_(None),
            Objection.decided_at.is_(None),
        )
    )


def _filed_before() -> BadInput:
    return BadInput(
        what=N_("没有登记异议。"),
        why=N_("这一户已经提出过同一类异议，正在复核，写的情况和这次不同。"),
        next_step=N_("要补充情况，请打社区电话告诉复核的人，或者收到答复以后再提出；您填写的文字还在。"),
        field="statement",
    )


def answer_objection(
    session: Session, actor: Actor, objection_id: int, answer: Answer, *, key: bytes, now: datetime
) -> Objection:
    """Somebody who recorded none of it answers in writing; upheld, it voids the record, replacing nothing."""
    objection = session.get(Objection, objection_id, populate_existing=True)
    if objection is None:
        raise NotFound()
    if objection.decided_at is not None and objection.decided_by_id == actor.account_id:
        _refuse_another(objection, answer)
        return objection
    require(actor, Action.HANDLE_OBJECTION, filed.subject(session, objection))
    if objection.decided_at is not None:
        raise Stale(what=N_("没有保存复核答复。"), why=N_("这件异议已经由其他人答复了。"))
    cases.require_objection(session, actor, objection_id)
    _refuse_silent(answer)
    voided = _to_void(session, objection, answer)
    objection.finding, objection.method, objection.reply = answer.written
    objection.voided_consent_id = voided.id if voided else None
    objection.decided_at, objection.decided_by_id = now, actor.account_id
    session.flush()
    if voided is not None:
        _void(session, actor, objection, voided, key=key, now=now)
    consent_round = round_of(session, objection.consent_round_id)
    ledger_events.objection_answered(session, consent_round, objection)
    journal.note(
        session, actor, objection.community_id, "objection_answered", "objection", objection.id, now=now
    )
    proposal = proposal_of(session, consent_round.proposal_id)
    journal.tell(
        session,
        objection.filed_by_id,
        objection.community_id,
        "objection_answered",
        now=now,
        proposal_id=proposal.id,
        number=proposal.number,
        title=proposal.title,
        round_id=consent_round.id,
    )
    return objection


def _refuse_another(objection: Objection, answer: Answer) -> None:
    """The same answer sent twice is one; nobody is told that another is saved while the first stands."""
    kept = (objection.finding, objection.method, objection.reply)
    if answer.written != kept or objection.voided_consent_id not in (None, answer.voided_consent_id):
        raise Stale(
            what=N_("没有保存复核答复。"),
            why=N_("您已经答复过这件异议，这次写的和已经保存的不一样。"),
            next_step=N_("答复保存以后不能再改，请打开这件异议，查看住户看到的是哪一份。"),
        )


def _refuse_silent(answer: Answer) -> None:
    for field, said in (("method", answer.method), ("reply", answer.reply)):
        if not 1 <= len(said.strip()) <= LONGEST:
            raise BadInput(
                what=N_("没有保存复核答复。"),
                why=N_("复核的方法和给住户的书面答复都要填写。"),
                next_step=N_("请补充后再保存。"),
                field=field,
            )


def _to_void(session: Session, objection: Objection, answer: Answer) -> Consent | None:
    """The standing record that an upheld objection voids; none when nothing that it is about is counted anyway."""
    if answer.finding is not Finding.UPHELD or objection.kind not in VOIDS:
        return None
    if objection.roll_entry_id is None:
        return None
    able = {r.id for r in voidable(records_of_entry(session, objection.roll_entry_id), objection.consent_id)}
    if not able:
        return None
    chosen = answer.voided_consent_id
    if chosen not in able:
        raise BadInput(
            what=N_("没有保存复核答复。"),
            why=N_("异议成立时，要指明作废哪一份意见。"),
            next_step=N_("请在这一户的记录中选一份。"),
            field="voided",
        )
    voided = session.get_one(Consent, chosen)
    if counts.outcome_of(session, objection.consent_round_id) is not None:
        raise NotAnswered(why=N_("结果已经确定，不能再作废意见。"))
    return voided


def _void(
    session: Session, actor: Actor, objection: Objection, voided: Consent, *, key: bytes, now: datetime
) -> None:
    """Void the record; after closing nothing takes its place. Of its home no form may be left to be checked."""
    entry = session.get_one(RollEntry, voided.roll_entry_id)
    draft = Draft(
        Deed.VOIDING,
        None,
        Channel(voided.channel),
        f"objection-{objection.id}",
        Recorder(actor.account_id),
        frozenset({voided.id}),
        reason=word(objection.kind),
    )
    record(session, actor, entry, draft, key=key, now=now)
    put_right(session, actor, entry, key=key, now=now)
