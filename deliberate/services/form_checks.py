"""One form of a full recheck laid beside its record, and what follows where they differ."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer, Channel, Deed, Standing, standing
from deliberate.domain.errors import N_, NotFound, Stale
from deliberate.domain.permissions import Action, Actor, account_of, require
from deliberate.domain.spot_check import CheckKind, FormShows
from deliberate.domain.words import word
from deliberate.models import Consent, ConsentPaper, FormCheck, RollEntry
from deliberate.queries import counts, form_checks, spot_checks, subjects
from deliberate.queries.tallies import records_of_entry, stands

from . import journal
from .full_rechecks import NotRechecked
from .paper_corrections import copy_paper, exhibits_of
from .papers import signing
from .recording import Draft, Recorder, record


def check_form(
    session: Session, actor: Actor, consent_id: int, shows: FormShows, *, key: bytes, now: datetime
) -> FormCheck:
    """What the form itself shows. Shown otherwise than recorded, the record is put right or voided at once."""
    consent = session.get(Consent, consent_id)
    if consent is None:
        raise NotFound()
    already = form_checks.check_of(session, consent_id)
    if already is not None and (already.shows, already.by_id) == (shows, actor.account_id):
        return already
    require(actor, Action.CHECK_FORM, subjects.of_form(session, consent.roll_entry_id))
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
    if shows is FormShows.MISSING or consent.answer is not Answer(shows.value):
        _put_right(session, actor, consent, shows, key=key, now=now)
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


def _put_right(
    session: Session, actor: Actor, consent: Consent, shows: FormShows, *, key: bytes, now: datetime
) -> None:
    """A correction to what the form shows; without a form a voiding, but of no side of a contradiction.

    The correction that ends a contradiction also voids what stands there without a form.
    """
    entry = session.get_one(RollEntry, consent.roll_entry_id)
    if shows is FormShows.MISSING:
        if not _contradicts(session, entry):
            _void(session, actor, entry, consent, account_of(actor), key=key, now=now)
        return
    _correct(session, actor, entry, consent, Answer(shows.value), key=key, now=now)
    if not _contradicts(session, entry):
        for found in form_checks.without_form(session, entry.id):
            _void(session, actor, entry, found.consent, found.by_id, key=key, now=now)


def _contradicts(session: Session, entry: RollEntry) -> bool:
    return standing(records_of_entry(session, entry.id)) is Standing.CONTRADICTION


def _correct(
    session: Session,
    actor: Actor,
    entry: RollEntry,
    consent: Consent,
    answer: Answer,
    *,
    key: bytes,
    now: datetime,
) -> None:
    paper = session.get_one(ConsentPaper, consent.id)
    shown = exhibits_of(session, consent.id)
    draft = replace(
        _draft(Deed.CORRECTION, consent, account_of(actor)),
        answer=answer,
        serial=consent.serial,
        signed_at=consent.signed_at,
        signing=signing(paper.signer_name, paper.relation, paper.canvassers, shown),
    )
    receipt = record(session, actor, entry, draft, key=key, now=now)
    copy_paper(session, paper, receipt.consent_id, shown, now)


def _void(
    session: Session,
    actor: Actor,
    entry: RollEntry,
    consent: Consent,
    by_id: int,
    *,
    key: bytes,
    now: datetime,
) -> None:
    """By whoever found that there is no form."""
    record(session, actor, entry, _draft(Deed.VOIDING, consent, by_id), key=key, now=now)


def _draft(deed: Deed, consent: Consent, by_id: int) -> Draft:
    return Draft(
        deed,
        None,
        Channel.PAPER,
        f"form-check-{consent.id}",
        Recorder(by_id),
        frozenset({consent.id}),
        visit_id=consent.visit_id,
        reason=word(CheckKind.FULL),
    )
