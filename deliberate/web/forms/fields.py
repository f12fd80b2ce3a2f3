"""What forms have in common: the text of a field, and a refusal shown at the field it is about."""

from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import Field

from deliberate.domain.errors import Refusal


def text(field: Field) -> str:
    """What was typed; empty when nothing was."""
    data: Any = field.data
    return data if isinstance(data, str) else ""


def show_at_field(form: FlaskForm, refusal: Refusal) -> int:
    """Put why and what to do at its field (else above the form); the status of the page.

    The form comes back with everything that was typed.
    """
    said = " ".join(refusal.fill(_(message)) for message in (refusal.why, refusal.next_step))
    field = getattr(form, str(refusal.params.get("field", "")), None)
    if isinstance(field, Field):
        field.errors = [*field.errors, said]
    else:
        form.form_errors.append(said)
    return refusal.status
