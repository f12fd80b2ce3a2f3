"""What no machine does alone: taking a tablet's record back, and exchanging the paper that it was about.

A person decides who recorded none of it; each change is a record of its own that names the old one (rule 6).
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.consent import Channel, Deed
from deliberate.domain.permissions import Actor
from deliberate.domain.sync import Kind, Reason
from deliberate.domain.tablet_record import Form
from deliberate.models import Consent, ConsentPaper, ConsentRound, RollEntry, TabletRecord
from deliberate.queries import devices
from deliberate.queries.tallies import stands

from . import papers
from .answerable import clocks_of, entry_of, refuse_closed
from .exhibits import Exhibit
from .paper_corrections import keep_signer
from .papers import signing
from .quarantining import Quarantine
from .recording import Draft, Recorder, record
from .settling import give_way
from .straight_book import hold
from .tablet_doors import Delivered, Done, consents_of
from .tablet_evidence import Exhibits


def in_force(session: Session, record_: TabletRecord) -> dict[int, Consent]:
    """By entry, what the record brought, itself or before it was a correction of another."""
    if record_.kind is not Kind.CORRECTION or record_.about is None:
        return consents_of(session, record_)
    earlier = devices.original(session, record_.about)
    return (in_force(session, earlier) if earlier else {}) | consents_of(session, record_)


def take_back(session: Session, at: Delivered, decider: Actor) -> Done:
    """Every answer that the record brought and that still stands is voided; what waits for a person waits no more."""
    wrong = devices.original(session, at.payload.about or "")
    doors = (Kind.DOOR, Kind.CORRECTION, None)
    if wrong is None or wrong.community_id != at.record.community_id or wrong.kind not in doors:
        raise Quarantine(Reason.BY_HAND)
    if wrong.replaced_by not in (None, at.record.record_id):
        raise Quarantine(Reason.BY_HAND)
    brought = in_force(session, wrong)
    hold(session, brought)
    for consent in brought.values():
        void(session, at, decider, consent)
    give_way(session, wrong, at.record.record_id, at.now)
    return Done()


def void(session: Session, at: Delivered, decider: Actor, consent: Consent) -> None:
    """One record, by the person who decided; one that stands no longer is left as it is."""
    entry, consent_round = entry_of(session, consent.roll_entry_id)
    refuse_closed(consent_round)
    if not stands(session, consent):
        return
    draft = Draft(
        Deed.VOIDING,
        None,
        Channel.PAPER,
        f"{at.record.record_id}-v-{consent.roll_entry_id}",
        Recorder(decider.account_id),
        frozenset({consent.id}),
        visit_id=consent.visit_id,
        serial=consent.serial,
        reason=at.payload.reason,
    )
    record(session, decider, entry, draft, key=at.key, now=at.now)


def exchange_papers(
    session: Session, at: Delivered, decider: Actor, recorded: Mapping[int, Consent], exhibits: Exhibits
) -> dict[int, Consent]:
    """Matters that are gone are voided, those on another paper exchanged; the rest, to be corrected as usual."""
    after = {said.entry_id: form for form in at.payload.forms for said in form.said}
    rest = {}
    for entry_id, consent in recorded.items():
        form = after.get(entry_id)
        if form is None:
            void(session, at, decider, consent)
        elif _other_paper(session, consent, form):
            _exchange(session, at, decider, consent, form, exhibits.get(form.serial, ()))
        else:
            rest[entry_id] = consent
    return rest


def _other_paper(session: Session, consent: Consent, form: Form) -> bool:
    paper = session.get_one(ConsentPaper, consent.id)
    number = serials.read(form.serial)
    same = number is not None and serials.printed(number) == consent.serial
    return not same or (paper.signer_name, paper.relation) != (form.signer_name.strip(), form.relation)


def _exchange(
    session: Session,
    at: Delivered,
    decider: Actor,
    consent: Consent,
    form: Form,
    shown: tuple[Exhibit, ...],
) -> None:
    """The answer on the right paper: a correction with its number, its signer and its evidence."""
    entry, consent_round = entry_of(session, consent.roll_entry_id)
    refuse_closed(consent_round)
    _refuse_untimely(at, consent, consent_round)
    number = papers.check_exchanged(session, entry, consent, form, shown)
    (said,) = (one for one in form.said if one.entry_id == consent.roll_entry_id)
    old = session.get_one(ConsentPaper, consent.id)
    draft = Draft(
        Deed.CORRECTION,
        said.answer,
        Channel.PAPER,
        f"{at.record.record_id}-p-{consent.roll_entry_id}",
        Recorder(decider.account_id),
        frozenset({consent.id}),
        duty_id=consent.duty_id,
        visit_id=consent.visit_id,
        serial=number,
        signed_at=consent.signed_at,
        reason=at.payload.reason,
        signing=signing(form.signer_name.strip(), form.relation, old.canvassers, shown),
    )
    receipt = record(session, decider, entry, draft, key=at.key, now=at.now)
    keep_signer(session, old, receipt.consent_id, form.signer_name.strip(), form.relation, shown, at.now)


def _refuse_untimely(at: Delivered, consent: Consent, consent_round: ConsentRound) -> None:
    """Only what counts is exchanged, before registering has ended."""
    if consent.late or at.now >= clocks_of(consent_round).register_until:
        raise Quarantine(Reason.BY_HAND)


def entries_taken_back(session: Session, record_: TabletRecord) -> list[tuple[int, int]]:
    """Round and entry of what the record that this one names brought, to be locked before."""
    named = devices.original(session, record_.about) if record_.about else None
    if named is None or named.community_id != record_.community_id:
        return []
    found = in_force(session, named)
    rows = [session.get_one(RollEntry, entry_id) for entry_id in found]
    return [(entry.consent_round_id, entry.id) for entry in rows]
