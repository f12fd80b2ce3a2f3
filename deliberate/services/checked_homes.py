"""What the forms of one home show otherwise than recorded, put right in a full recheck.

A home is judged once, when none of its forms is left to be checked: the same findings give the same count,
whatever their order, and whoever finds one form may check the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer, Channel, Deed, Standing, standing
from deliberate.domain.permissions import Actor
from deliberate.domain.spot_check import CheckKind, FormShows
from deliberate.domain.words import word
from deliberate.models import Consent, ConsentPaper, RollEntry
from deliberate.queries import form_checks
from deliberate.queries.form_checks import Unlike
from deliberate.queries.tallies import records_of_entry

from .paper_corrections import copy_paper, exhibits_of
from .papers import signing
from .recording import Draft, Recorder, record


@dataclass(frozen=True, slots=True)
class _Home:
    """The home that is put right, by whom and when."""

    session: Session
    actor: Actor
    entry: RollEntry
    key: bytes
    now: datetime


def put_right(session: Session, actor: Actor, entry: RollEntry, *, key: bytes, now: datetime) -> None:
    """Corrections to what the forms show; without a form a voiding, but of no side of a contradiction.

    Corrections that end a contradiction also void what stands there without a form. Nothing while a form waits.
    """
    found = form_checks.unlike_of(session, entry.id)
    if not found or form_checks.waits(session, entry):
        return
    home = _Home(session, actor, entry, key, now)
    missing = [one for one in found if one.shows is FormShows.MISSING]
    disputed = _contradicts(home)
    if not disputed:
        _void(home, missing)
    for one in found:
        if one.shows is not FormShows.MISSING:
            _correct(home, one)
    if disputed and not _contradicts(home):
        _void(home, missing)


def _contradicts(home: _Home) -> bool:
    return standing(records_of_entry(home.session, home.entry.id)) is Standing.CONTRADICTION


def _correct(home: _Home, one: Unlike) -> None:
    consent = one.consent
    paper = home.session.get_one(ConsentPaper, consent.id)
    shown = exhibits_of(home.session, consent.id)
    draft = replace(
        _draft(Deed.CORRECTION, one),
        answer=Answer(one.shows.value),
        serial=consent.serial,
        signed_at=consent.signed_at,
        signing=signing(paper.signer_name, paper.relation, paper.canvassers, shown),
    )
    receipt = record(home.session, home.actor, home.entry, draft, key=home.key, now=home.now)
    copy_paper(home.session, paper, receipt.consent_id, shown, home.now)


def _void(home: _Home, missing: Iterable[Unlike]) -> None:
    for one in missing:
        record(home.session, home.actor, home.entry, _draft(Deed.VOIDING, one), key=home.key, now=home.now)


def _draft(deed: Deed, one: Unlike) -> Draft:
    """By whoever laid that form beside its record."""
    consent: Consent = one.consent
    return Draft(
        deed,
        None,
        Channel.PAPER,
        f"form-check-{consent.id}",
        Recorder(one.by_id),
        frozenset({consent.id}),
        visit_id=consent.visit_id,
        reason=word(CheckKind.FULL),
    )
