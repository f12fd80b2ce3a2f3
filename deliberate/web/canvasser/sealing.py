"""From the form of a door to the deed: what was typed, as the service wants it, and the files kept first."""

from collections.abc import Sequence
from datetime import datetime

from flask import request
from flask_babel import gettext as _

from deliberate.db import Lock
from deliberate.domain.consent import Answer
from deliberate.domain.errors import BadInput
from deliberate.domain.round import EvidenceRole, Relation
from deliberate.queries.door_matters import Door, Matter
from deliberate.services import evidence, stacks
from deliberate.services.door import Said, Sealed, SignedForm, seal_door
from deliberate.services.exhibits import Exhibit
from deliberate.services.visits import VisitNote

from ..access import current_actor
from ..forms.canvasser import DoorForm, PaperForm, ReadForm, sent
from ..forms.fields import text
from ..store import config, files, now, transaction


def answers_typed(matters: Sequence[Matter]) -> dict[int, str]:
    """The answer read off the paper, by roll entry; what was left open is not there."""
    typed = {one.entry_id: request.form.get(f"answer-{one.entry_id}", "") for one in matters if not one.own}
    return {entry_id: word for entry_id, word in typed.items() if word in set(Answer)}


def exhibits_of(form: ReadForm) -> tuple[Exhibit, ...]:
    """The files, kept for good before anything names them; a refusal is shown at its field."""
    kept = []
    photo = [(form.photo, EvidenceRole.PHOTO)] if isinstance(form, PaperForm) else []
    for field, role in (*photo, (form.authority, EvidenceRole.AUTHORITY)):
        if not sent(field):
            continue
        try:
            kept.append(evidence.keep_exhibit(files(), role, field.data.read()))
        except BadInput as refusal:
            why, then = (refusal.fill(_(said)) for said in (refusal.why, refusal.next_step))
            field.errors = [*field.errors, f"{why} {then}"]
    return tuple(kept)


def signed_form(form: ReadForm, matters: Sequence[Matter], signed_at: datetime) -> SignedForm | None:
    """The paper of the form; None when a file was refused."""
    exhibits = exhibits_of(form)
    if form.errors:
        return None
    said = {
        entry_id: Said(Answer(word), request.form.get(f"plan-{entry_id}", ""))
        for entry_id, word in answers_typed(matters).items()
    }
    return SignedForm(
        said=said,
        serial=text(form.serial) if isinstance(form, PaperForm) else "",
        signed_at=signed_at,
        signer_name=text(form.signer_name),
        relation=Relation(form.relation.data),
        exhibits=exhibits,
        replaces=tuple(named for named in [text(form.replaces)] if named.strip()),
        language=text(form.language),
        note=text(form.paper_note),
    )


def visit_of(form: DoorForm) -> VisitNote | None:
    """The visit of the form; without an outcome there was none."""
    if form.visited is None:
        return None
    return VisitNote(
        form.visited,
        form.at_door.moment or now(),
        f"{form.request_id.data}-visit",
        form.come_back_at.moment,
        text(form.note),
    )


def seal(door: Door, request_id: str, visit: VisitNote | None, forms: Sequence[SignedForm]) -> Sealed:
    """All of it in one transaction, under the locks of every entry on the papers."""
    actor = current_actor()
    with transaction(_lock(door, forms)) as tx:
        return seal_door(
            tx.session,
            actor,
            door.line.household_id,
            door.crew_id,
            visit,
            forms,
            request_id=request_id,
            key=config().code_key,
            now=tx.now,
        )


def register(door: Door, request_id: str, picture_id: int, form: SignedForm) -> Sealed:
    """The paper of a picture of the stack, under the same locks."""
    actor = current_actor()
    with transaction(_lock(door, [form])) as tx:
        return stacks.register(
            tx.session,
            actor,
            picture_id,
            door.line.household_id,
            door.crew_id,
            form,
            request_id=request_id,
            key=config().code_key,
            now=tx.now,
        )


def _lock(door: Door, forms: Sequence[SignedForm]) -> Lock:
    rounds = {one.entry_id: one.serving.round_id for one in door.matters}
    return Lock.answers([(rounds[entry_id], entry_id) for form in forms for entry_id in form.said])
