"""Writing a matter, for residents and for staff who write one down: form, pictures, similar matters."""

from collections.abc import Callable
from typing import TypeVar

from flask import g, request
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput, Stale
from deliberate.queries import places, proposals

from . import uploads
from .forms.fields import begin_anew, show_refusal
from .forms.proposals import ProposalForm, scope_values
from .store import reader

Form = TypeVar("Form", bound=ProposalForm)
SIMILAR = "similar"
SUBMIT = "submit"


def wish() -> str:
    """Which button was pressed."""
    return request.form.get("do", "")


def blank(form_class: type[Form]) -> Form:
    """A form with the community's places; begun anew, or as it was sent."""
    form = form_class(follows=request.args.get("follows", ""))
    form.offer(places.of(reader(), g.community.id))
    return form


def filled(proposal: proposals.Proposal) -> ProposalForm:
    """The form of a matter as it stands; or as it was sent."""
    budget = f"{proposal.budget // 100}" + (f".{proposal.budget % 100:02d}" if proposal.budget % 100 else "")
    form = ProposalForm(
        title=proposal.title,
        body=proposal.body,
        category=proposal.category.value,
        budget=budget if proposal.budget else "",
        version=str(proposal.version),
        **scope_values(proposal.scope),
    )
    form.offer(places.of(reader(), g.community.id))
    return form


def take(form: Form, deed: Callable[[Form], int], newer: Callable[[Form], None]) -> int | None:
    """Keep pictures, check, do the deed: the number of the matter, or None with the errors in the form.

    `newer`: once the person was told that there is a newer text, the form may take its place. Never before.
    """
    try:
        form.body.data = (form.body.data or "") + uploads.keep(form.pictures.data or [])
    except BadInput as refusal:
        form.validate()
        form.pictures.errors = [refusal.fill(_(refusal.why)), refusal.fill(_(refusal.next_step))]
        return None
    if wish() == SIMILAR or not form.validate():
        return None
    try:
        return deed(form)
    except BadInput as refusal:
        show_refusal(form, refusal)
    except Stale as refusal:
        show_refusal(form, refusal)
        newer(form)
    return None


def another(form: ProposalForm) -> None:
    """They were told that this form made a matter before: sent again, it makes another."""
    begin_anew(form.request_id)


def similar_to(form: ProposalForm, apart_from: int | None = None) -> list[proposals.Row]:
    """Matters like the one being written."""
    title, body = form.title.data or "", form.body.data or ""
    return proposals.similar(reader(), g.community.id, title, body, apart_from=apart_from)


def follows_id(form: ProposalForm) -> int | None:
    """The earlier matter that is raised again, by the number in the form."""
    number = form.follows.data or ""
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        return None
    earlier = proposals.by_number(reader(), g.community.id, int(number))
    return earlier.id if earlier is not None else None
