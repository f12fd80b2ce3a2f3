"""Fields that speak the reader's language: choices of the rules' words, money in yuan, times in Beijing."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, Field, HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Regexp, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from deliberate.domain.errors import Refusal, Stale
from deliberate.domain.words import word

from ..languages import BEIJING, from_local

REQUEST_ID = re.compile(r"[0-9a-f]{32}\Z")


def must() -> InputRequired:
    """The field must be filled in."""
    return InputRequired(_l("这一项要填写。"))


def must_choose() -> InputRequired:
    """One of the choices must be taken."""
    return InputRequired(_l("请选一项。"))


def at_most(longest: int) -> Length:
    """At most so many characters."""
    return Length(max=longest, message=_l("文字太长，最多%(max)d个字。"))


def words_of(members: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Choices from an enum, in the words that people read."""
    return [(member.value, _(word(member))) for member in members]


class ChoiceRadioField(RadioField):
    """One of a few; nothing chosen is said once, in plain words. A must, and marked so where nothing is chosen yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.default is None:
            self.flags.required = True

    def pre_validate(self, form: Any) -> None:
        if self.data not in [value for value, *_rest in self.iter_choices()]:
            raise StopValidation(_("请选一项。"))


class PlacesCheckboxField(SelectMultipleField):
    """Several of many, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        known = {value for value, *_rest in self.iter_choices()}
        if not set(self.data or ()) <= known:
            raise StopValidation(_("有一处认不出来，请重新勾选。"))


class YuanField(StringField):
    """Money typed in yuan, held in fen as `fen`; empty is nothing."""

    fen: int = 0

    def pre_validate(self, form: Any) -> None:
        text = (self.data or "").strip().replace(",", "").replace(",", "").removesuffix("元")
        try:
            fen = Decimal(text or "0") * 100
        except InvalidOperation:
            raise StopValidation(_("请填写金额，例如 12000 或 12000.50。")) from None
        if not fen.is_finite() or fen != fen.to_integral_value() or not 0 <= fen < 10**13:
            raise StopValidation(_("请填写金额，例如 12000 或 12000.50。"))
        self.fen = int(fen)


class BeijingTimeField(DateTimeLocalField):
    """A time typed in Beijing time; `moment` is the moment meant."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(_("请填写日期和时间，例如 2026-03-20 18:00。")) from None

    def process_data(self, value: Any) -> None:
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(BEIJING).replace(tzinfo=None)
        super().process_data(value)

    @property
    def moment(self) -> datetime | None:
        """In UTC."""
        return from_local(self.data) if self.data else None


def once() -> HiddenField:
    """Names this filling-in of a form: sent twice, it makes one."""
    return HiddenField(default=lambda: str(uuid4()), validators=[Length(max=36)])


def begin_anew(field: Field) -> None:
    """The person was told that this form made something before: what they send now makes another."""
    renew(field, str(uuid4()))


def new_request_id() -> str:
    """Made with the page, so that the page sent twice is one record."""
    return uuid4().hex


def named_request() -> HiddenField:
    """What `new_request_id` made, as the page sends it back."""
    whole = Regexp(REQUEST_ID, message=_l("页面不完整，请重新打开再提交。"))
    return HiddenField(validators=[InputRequired(), whole])


def renew(field: Field, value: int | str | None) -> None:
    """What the page has just shown to the person takes the place of what the field was sent with."""
    field.data, field.raw_data = value, []


def text(field: Field) -> str:
    """What was typed; empty when nothing was."""
    data: Any = field.data
    return data if isinstance(data, str) else ""


def show_refusal(form: Any, refusal: Refusal) -> int:
    """Say why and what to do at the field it is about, else above the form; the status of the page.

    The form comes back with everything that was typed.
    """
    said = " ".join(refusal.fill(_(message)) for message in (refusal.why, refusal.next_step))
    field = form._fields.get(str(refusal.params.get("field", "")))
    if field is None:
        form.form_errors.append(said)
    else:
        field.errors = [*field.errors, said]
    return refusal.status


def show_refusal_once(form: Any, refusal: Refusal, request_id: Field) -> int:
    """As `show_refusal`; when the refusal was that this form made something before, it `begin_anew`s."""
    status = show_refusal(form, refusal)
    if isinstance(refusal, Stale):
        begin_anew(request_id)
    return status
