"""Making a count sheet: an exact recount of every consent, written down once."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deliberate.domain.count import Forms, digest, same_count
from deliberate.domain.errors import N_, Refusal
from deliberate.domain.permissions import Actor
from deliberate.domain.round import DutyKind, SheetRole
from deliberate.models import ConsentRound, CountSheet, CountSignature
from deliberate.queries import counts, recounts, standings

from . import forms, journal, ledger_events


class CountDiffers(Refusal):
    """The recount and what was kept along the way are not the same: nothing is published."""

    default_what = N_("没有做出意见统计表。")
    default_why = N_("逐户重新统计的结果，和登记时记下的状态有%(number)s户不一致。")
    default_next = N_("请不要公布结果，马上联系系统管理员核查。")


def make_sheet(
    session: Session, actor: Actor, consent_round: ConsentRound, reason: str | None = None, *, now: datetime
) -> CountSheet:
    """The next sheet of the round, signed by the moderator on duty who made it."""
    counted = standings.counted(session, consent_round.id)
    if counted.differing:
        raise CountDiffers(number=counted.differing)
    before = counts.latest(session, consent_round.id)
    asked = recounts.asked(session, consent_round, counted)
    said = recounts.recounted(consent_round, counted, _forms(session, consent_round), asked)
    sheet = CountSheet(
        community_id=consent_round.community_id,
        consent_round_id=consent_round.id,
        n=before.n + 1 if before else 1,
        figures=said,
        sha256=digest(said),
        made_at=now,
        made_by_id=actor.account_id,
        reason=reason,
    )
    session.add(sheet)
    session.flush()
    ledger_events.sheet_made(session, consent_round, sheet)
    sign(session, actor, sheet, SheetRole.MODERATOR, now=now)
    journal.note(
        session,
        actor,
        sheet.community_id,
        "count_sheet_made",
        "count_sheet",
        sheet.id,
        now=now,
        n=sheet.n,
        sha256=sheet.sha256,
    )
    return sheet


def sign(session: Session, actor: Actor, sheet: CountSheet, role: SheetRole, *, now: datetime) -> None:
    """Put the actor's signature under the figures, by the duty that they hold in the round."""
    duty = counts.duty_of(session, sheet.consent_round_id, actor.account_id, DutyKind(role.value))
    if duty is None:
        return
    signature = CountSignature(
        community_id=sheet.community_id,
        count_sheet_id=sheet.id,
        role=role,
        account_id=actor.account_id,
        duty_id=duty.id,
        sha256=sheet.sha256,
        at=now,
    )
    session.add(signature)
    session.flush()
    consent_round = session.get_one(ConsentRound, sheet.consent_round_id)
    ledger_events.sheet_signed(session, consent_round, sheet, signature)


def _forms(session: Session, consent_round: ConsentRound) -> Forms:
    crews = forms.balance(session, consent_round.id)
    return Forms(
        issued=sum(crew.issued for crew in crews),
        registered=sum(crew.registered for crew in crews),
        blank=sum(crew.blank for crew in crews),
        spoilt=sum(crew.spoilt for crew in crews),
    )


def recount(session: Session, consent_round: ConsentRound) -> dict[str, Any]:
    """The figures of the consents as they are now; forms and visits are not counted anew."""
    return recounts.recounted(consent_round, standings.counted(session, consent_round.id), Forms(), 0)


def holds(session: Session, consent_round: ConsentRound, sheet: CountSheet) -> bool:
    """Whether the sheet says what a recount says now, and still hashes to what was signed."""
    return digest(sheet.figures) == sheet.sha256 and same_count(
        sheet.figures, recount(session, consent_round)
    )
