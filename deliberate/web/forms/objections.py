"""Forms of objections: filed by a household, at the desk for one, and answered."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField

from deliberate.domain.objection import Finding, ObjectionKind

from .fields import ChoiceRadioField, at_most, must, words_of

OF_WHICH = _l("说的是哪一份意见")
_COUNTED_APART = _l("这一轮住户一份、业主一份，分开统计。")


class ObjectionForm(FlaskForm):  # type: ignore[misc]
    """A household objects, or an owner; whose answer is meant is asked of who speaks for both."""

    voice: RadioField = ChoiceRadioField(OF_WHICH, choices=[], description=_COUNTED_APART)
    kind = ChoiceRadioField(_l("哪里不对"), choices=lambda: words_of(ObjectionKind))
    statement = TextAreaField(
        _l("请说明情况"),
        [must(), at_most(2000)],
        description=_l("写清楚哪里不对就可以，不用写身份证号和电话。"),
    )

    def __init__(self, voices: Sequence[tuple[str, str]] = (), **more: Any) -> None:
        super().__init__(**more)
        self.voice.choices = [*voices]
        if len(voices) < 2:
            del self.voice


class DeskObjectionForm(ObjectionForm):
    """Taken down at the desk for a household; whether its home is asked twice shows once it is named."""

    voice = RadioField(OF_WHICH, choices=[], validate_choice=False, description=_COUNTED_APART)
    home = StringField(_l("哪一户"), [must(), at_most(60)], description=_l("楼号-单元-房号，例如 3-2-501。"))


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """What the recheck found."""

    finding = ChoiceRadioField(_l("复核结论"), choices=lambda: words_of(Finding))
    method = StringField(_l("怎样复核的"), [must(), at_most(200)], description=_l("当面、电话、笔迹比对等。"))
    voided = ChoiceRadioField(_l("异议成立时，作废哪一份"), choices=[], default="0")
    reply = TextAreaField(
        _l("给住户的书面答复"), [must(), at_most(2000)], description=_l("住户会看到这段话。")
    )
