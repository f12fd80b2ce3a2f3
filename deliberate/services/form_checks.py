"""One form of a full recheck laid beside its record; what follows where they differ, see `checked_homes`."""

from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.consent import Channel
from deliberate.domain.errors import N_, NotFound, Stale
from deliberate.domain.permissions import Action, Actor, account_of, require
from deliberate.domain.spot_check import FormShows
from deliberate.models import Consent, FormCheck, RollEntry
from deliberate.queries import counts, form_checks, spot_checks, subjects
from deliberate.queries.tallies import stands

from . import journal
from .checked_homes import put_right
from .full_rechecks import NotRechecked


def check_form(
    session: Session, actor: Actor, consent_id: int, shows: FormShows, *, key: bytes, now: datetime
) -> FormCheck:
    """What the form itself shows. Its home is put right once all of its forms have been checked."""
    consent = session.get(Consent, consent_id)
    if consent is None:
        raise NotFound()
    already = form_checks.check_of(session, consent_id)
    if already is not None and (already.shows, already.by_id) == (shows, actor.account_id):
        return already
    require(actor, Action.CHECK_FORM, subjects.of_case(session, consent.roll_entry_id))
    if already is not None:
        raise Stale(what=N_("没有保存。"), why=N_("这张意见表已经有人核对过了。"))
    _refuse_outside(session, consent)
    made = FormCheck(
        community_id=consent.community_id,
        consent_round_id=consent.consent_round_id,
        consent_id=consent_id,
        shows=shows,
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    journal.note(session, actor, consent.community_id, "form_checked", "consent", consent_id, now=now)
    put_right(session, actor, session.get_one(RollEntry, consent.roll_entry_id), key=key, now=now)
    return made


def _refuse_outside(session: Session, consent: Consent) -> None:
    if (
        spot_checks.recheck_of(session, consent.consent_round_id) is None
        or spot_checks.rechecked(session, consent.consent_round_id)
        or counts.outcome_of(session, consent.consent_round_id) is not None
        or consent.channel is not Channel.PAPER
        or consent.deed not in form_checks.FORMS
        or not stands(session, consent)
        or form_checks.was_corrected(session, consent.id)
    ):
        raise NotRechecked(
            what=N_("没有保存。"),
            why=N_("现在不在全面复核，或者这张意见表已经不计入。"),
            next_step=N_("请回到复核页，看下一张。"),
        )
