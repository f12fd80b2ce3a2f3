"""What a household fills in while a round runs: its answer, its receipt, its wish for a visit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional, StopValidation
from wtforms.widgets import HiddenInput

from deliberate.domain.consent import Answer
from deliberate.domain.round import VisitWish

from .fields import REQUEST_ID, at_most, must, must_choose, named_request, words_of

MOST_NAMED = 200
"""Characters of all the receipt codes and form numbers together."""


def _named_or_asked(form: "AnswerForm", field: Field) -> None:
    """Where the page asks which records are replaced, it asks once more about one that is not named."""
    if form.asked_once:
        raise StopValidation(
            _(
                "有一份没有写回执码或表号：如果和这次的意见不一样，就都不计入，要等核实。还是这样交，请再点一次下面的按钮。"
            )
        )


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """One household's answer to the text it was shown."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """The library would read its own catalogue anew for every form; ours are all our own words."""

        def get_translations(self, _form: FlaskForm) -> None:
            """None: what is shown stands in the fields."""

    answer = RadioField(
        _l("您家的意见是"), [must_choose()], choices=lambda: words_of(Answer), validate_choice=True
    )
    request_id = named_request()
    plan_sha256 = HiddenField(validators=[InputRequired()])
    replaces = StringField(
        _l("替换哪一份（回执码或表号）"), [_named_or_asked, Optional(), at_most(MOST_NAMED)]
    )
    once_more = HiddenField()

    @property
    def asked_once(self) -> bool:
        """Whether this was sent by a page that asks which records are replaced, and names too few."""
        return _too_few(names_in(self.replaces.data or ""), self.once_more.data or "")

    @property
    def said(self) -> Answer | None:
        """The answer chosen, if one was."""
        return Answer(self.answer.data) if self.answer.data in set(Answer) else None


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer as its page sends it."""

    answer: Answer
    plan_sha256: str
    request_id: str
    replaces: tuple[str, ...]


_ANSWERS = {answer.value: answer for answer in Answer}


def sent_whole(sent: Mapping[str, str]) -> Sent | None:
    """The answer, unless `AnswerForm` has something to say about it: a form is made only to be shown again."""
    answer = _ANSWERS.get(sent.get("answer", ""))
    plan, request_id = sent.get("plan_sha256", ""), sent.get("request_id", "")
    replaces = sent.get("replaces", "").strip()
    names = names_in(replaces)
    fits = (
        plan
        and not _too_few(names, sent.get("once_more", ""))
        and REQUEST_ID.match(request_id)
        and len(sent.get("replaces", "") if replaces else "") <= MOST_NAMED
    )
    return Sent(answer, plan, request_id, names) if answer and fits else None


def _too_few(names: tuple[str, ...], wanted: str) -> bool:
    """Whether fewer are named than the page says there are."""
    return len(wanted) < 3 and wanted.isdecimal() and len(names) < int(wanted)


def names_in(typed: str) -> tuple[str, ...]:
    """Several codes are set apart by commas, stops or lines; blanks and hyphens belong to a code."""
    return tuple(part.strip() for part in re.split(r"[,,、;;\n]+", typed) if part.strip())


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """Take the answer back."""

    request_id = named_request()
    receipt = StringField(
        _l("回执码"),
        [Optional(), at_most(60)],
        description=_l("线上回执上的，或者纸质意见表撕下的那一联上的12位代码；表号不行。"),
    )


class ReceiptForm(FlaskForm):  # type: ignore[misc]
    """Check an answer by its receipt."""

    receipt = StringField(
        _l("回执码"),
        [must(), at_most(60)],
        description=_l(
            "线上回执上的，或者纸质意见表撕下的那一联上的。12个字母和数字，大小写、空格、横线都不要紧。"
        ),
    )


class CheckedForm(FlaskForm):  # type: ignore[misc]
    """What the holder of a code says of the record: right, or wrong."""

    receipt = HiddenField(validators=[InputRequired(), at_most(60)])
    consent_id = IntegerField(validators=[InputRequired(), NumberRange(1, 2**31)], widget=HiddenInput())


LANGUAGES = (
    ("", _l("都可以")),
    ("zh", _l("普通话")),
    ("ug", _l("维吾尔语")),
    ("kk", _l("哈萨克语")),
    ("mn", _l("蒙古语")),
    ("hui", _l("当地方言")),
)


class VisitWishForm(FlaskForm):  # type: ignore[misc]
    """Ask for a call or a visit."""

    wish = RadioField(_l("您希望"), [must_choose()], choices=lambda: words_of(VisitWish), default="visit")
    language = SelectField(_l("用哪种语言"), choices=lambda: list(LANGUAGES), default="")
    by_woman = BooleanField(_l("希望女同志来"))
    evening = BooleanField(_l("希望晚上来"))
    question = TextAreaField(_l("想问什么（可以不填）"), [Optional(), at_most(2000)])
