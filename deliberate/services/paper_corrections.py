"""Misread papers put right: a new record that keeps the signer and the evidence of the old one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer, Channel, Deed
from deliberate.domain.errors import N_, Stale
from deliberate.domain.news import CORRECTION_REFUSED
from deliberate.domain.permissions import Action, Actor, require
from deliberate.domain.round import DutyKind, Relation
from deliberate.models import Consent, ConsentPaper, Evidence, RollEntry, Supersession
from deliberate.queries import subjects
from deliberate.queries.tallies import stands

from . import household_news
from .answerable import NotNow, clocks_of, entry_of, refuse_closed
from .exhibits import Exhibit, keep_exhibits
from .papers import misread, on_duty, signing
from .recording import Draft, Receipt, Recorder, record, repeated
from .straight_book import Straight


@dataclass(frozen=True, slots=True)
class Correction:
    """What was misread: the answer that the paper really bears."""

    answer: Answer
    reason: str
    request_id: str
    exhibits: tuple[Exhibit, ...] = field(default=())
    overruled: bool = False
    """A person has looked at it, though its crew is stopped."""


class NotCorrected(NotNow):
    """What is no paper, or comes after registering has ended, is corrected by nobody."""

    default_what = N_("没有更正。")
    default_why = N_("只能更正还有效的纸质意见，并且要在登记截止以前。")
    default_next = N_("请刷新页面查看；过了时间的请住户提出异议。")


class StandsNoMore(NotCorrected):
    """Whoever is told so has learnt that the home said something since (see `note_refused`)."""


def correct_paper(
    session: Session, actor: Actor, consent_id: int, correction: Correction, *, key: bytes, now: datetime
) -> Receipt:
    """Put a misread paper right, before registering ends: a new record that names the old one."""
    wrong = session.get_one(Consent, consent_id)
    entry, consent_round = entry_of(session, wrong.roll_entry_id)
    require(actor, Action.RECORD_PAPER, subjects.of_entry(session, entry.id, duty=DutyKind.CANVASSER))
    if again := repeated(session, entry.id, correction.request_id, key):
        _refuse_another(session.get_one(Consent, again.consent_id), correction)
        return again
    refuse_closed(consent_round)
    if not correction.reason.strip():
        raise misread(N_("更正要写明理由。"), N_("请写明表上写的是什么、录错了什么。"))
    duty, _crew = on_duty(Straight(session), actor, consent_round, overruled=correction.overruled)
    if wrong.channel is not Channel.PAPER or now >= clocks_of(consent_round).register_until:
        raise NotCorrected()
    if not stands(session, wrong):
        raise StandsNoMore()
    old = session.get_one(ConsentPaper, consent_id)
    shown = (*exhibits_of(session, consent_id), *correction.exhibits)
    draft = Draft(
        deed=Deed.CORRECTION,
        answer=correction.answer,
        channel=Channel.PAPER,
        request_id=correction.request_id,
        by=Recorder(actor.account_id),
        supersedes=frozenset({consent_id}),
        duty_id=duty.id,
        visit_id=wrong.visit_id,
        serial=wrong.serial,
        signed_at=wrong.signed_at,
        reason=correction.reason.strip(),
        signing=signing(old.signer_name, old.relation, old.canvassers, shown),
    )
    receipt = record(session, actor, entry, draft, key=key, now=now)
    copy_paper(session, old, receipt.consent_id, shown, now)
    return receipt


def _refuse_another(first: Consent, correction: Correction) -> None:
    """The page was gone back to, and something else chosen: never is it taken for saved."""
    if (first.answer, first.reason) != (correction.answer, correction.reason.strip()):
        raise Stale(
            what=N_("没有更正。"),
            why=N_("用这一页已经更正过一次，这次填的和它不一样。"),
            next_step=N_("还要更正，请回到“我登记过的意见表”，从更正后的那一份重新打开。"),
        )


def note_refused(session: Session, actor: Actor, consent_id: int, *, now: datetime) -> None:
    """Somebody learnt by a correction that was refused (`StandsNoMore`) that a paper stands no longer: it is kept who,
    and the home is told, once a day. What they replaced themselves they knew.
    """
    consent = session.get_one(Consent, consent_id)
    entry = session.get_one(RollEntry, consent.roll_entry_id)
    require(actor, Action.RECORD_PAPER, subjects.of_entry(session, entry.id, duty=DutyKind.CANVASSER))
    by = (
        select(Consent.recorded_by_id)
        .join(Supersession, Supersession.by_consent_id == Consent.id)
        .where(Supersession.superseded_id == consent_id)
    )
    if session.scalar(by) == actor.account_id:
        return
    household_news.note_and_tell(session, actor, entry, CORRECTION_REFUSED, CORRECTION_REFUSED, now=now)


def exhibits_of(session: Session, consent_id: int) -> list[Exhibit]:
    """What was shown with a record."""
    kept = session.scalars(select(Evidence).where(Evidence.consent_id == consent_id).order_by(Evidence.id))
    return [Exhibit(e.role, e.sha256, e.mime, e.size) for e in kept]


def copy_paper(
    session: Session, old: ConsentPaper, new_id: int, exhibits: Iterable[Exhibit], now: datetime
) -> None:
    """The corrected record keeps the paper's signer and evidence, and adds any new exhibit."""
    keep_signer(session, old, new_id, old.signer_name, old.relation, exhibits, now)


def keep_signer(
    session: Session,
    old: ConsentPaper,
    new_id: int,
    signer_name: str,
    relation: Relation,
    exhibits: Iterable[Exhibit],
    now: datetime,
) -> None:
    """Beside the new record: who signed and what shows it; the rest is as on the old paper."""
    session.add(
        ConsentPaper(
            consent_id=new_id,
            community_id=old.community_id,
            signer_name=signer_name,
            relation=relation,
            canvassers=old.canvassers,
            language=old.language,
            helped_by=old.helped_by,
            note=old.note,
        )
    )
    keep_exhibits(session, old.community_id, new_id, exhibits, now)
