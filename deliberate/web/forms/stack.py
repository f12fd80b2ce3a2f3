"""Forms of the desk mode: pictures of a stack, a serial as it is read, and why a picture is put aside."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import MultipleFileField, StringField, TextAreaField

from deliberate.domain.stack import PictureState

from .fields import ChoiceRadioField, at_most, must


class StackForm(FlaskForm):  # type: ignore[misc]
    """Photographs or scans, many at once."""

    pictures = MultipleFileField(
        _l("意见表照片"),
        description=_l("一张表一张照片，看得清表号和签字。可以一次选很多张，一次最多40张、合计不超过25MB。"),
    )


class SerialForm(FlaskForm):  # type: ignore[misc]
    """The number as a person reads it."""

    serial = StringField(
        _l("表号"), [must(), at_most(40)], description=_l("表右上角的8位数字，最后一位是校验位。")
    )


class AsideForm(FlaskForm):  # type: ignore[misc]
    """A picture from which nothing is registered."""

    state = ChoiceRadioField(
        _l("为什么不录"),
        choices=lambda: [
            (PictureState.LEFT_OUT.value, _("照片没有用：重复、看不清、不是意见表")),
            (PictureState.SPOILT.value, _("这张表作废：没有签字、涂改、撕坏")),
        ],
        default=PictureState.LEFT_OUT.value,
    )
    reason = TextAreaField(_l("理由"), [must(), at_most(500)], description=_l("不要写住户怎么答的。"))


class RestoreForm(FlaskForm):  # type: ignore[misc]
    """Why a form is not spoilt after all."""

    reason = TextAreaField(
        _l("为什么没有作废"),
        [must(), at_most(500)],
        description=_l("例如：看过纸表，签了字，没有涂改。不要写住户怎么答的。"),
    )
