"""Forms on the way from counting to the archive."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, StopValidation
from wtforms.widgets import HiddenInput

from deliberate.domain.execution import Rating

from .fields import ChoiceRadioField, YuanField, at_most, must, words_of


class AmendForm(FlaskForm):  # type: ignore[misc]
    """Why the count sheet is amended."""

    reason = TextAreaField(
        _l("更正的原因"),
        [must(), at_most(500)],
        description=_l("公示上会印出来。写明是哪一类复核引起的，不要写姓名和房号。"),
    )


class SignForm(FlaskForm):  # type: ignore[misc]
    """The sheet that was on the screen."""

    sha256 = HiddenField(validators=[InputRequired()])


class TaskForm(FlaskForm):  # type: ignore[misc]
    """A task of the execution."""

    title = StringField(_l("做什么"), [must(), at_most(200)])
    responsible = StringField(_l("负责单位"), [must(), at_most(120)])
    due_on = DateField(_l("完成日期"), [must()])
    budget = YuanField(_l("预算（元）"), description=_l("各项任务加起来不能超过方案的预算。"))


class SignedYuanField(YuanField):
    """Money that may be less than nothing, to correct an earlier report."""

    def pre_validate(self, form: Any) -> None:
        typed = (self.data or "").strip()
        minus = typed[:1] in ("-", "−", "-")
        self.data = typed[1:] if minus else typed
        try:
            super().pre_validate(form)
        except StopValidation:
            raise StopValidation(_("请填写金额，例如 12000 或 12000.50；更正多报的，前面加减号。")) from None
        finally:
            self.data = typed
        self.fen = -self.fen if minus else self.fen


class ReportForm(FlaskForm):  # type: ignore[misc]
    """How far a task is."""

    progress = IntegerField(
        _l("完成了百分之几"),
        [
            InputRequired(_l("这一项要填写。")),
            NumberRange(0, 100, message=_l("请填写0到100之间的数。")),
        ],
    )
    spent = SignedYuanField(
        _l("这次支出（元）"), description=_l("从上次报告以来花的钱；更正多报的，前面加减号。")
    )
    note = TextAreaField(_l("做了什么"), [must(), at_most(4000)])
    seen = IntegerField(validators=[Optional()], widget=HiddenInput())
    picture = FileField(_l("照片"), description=_l("可以不传。不要拍到人脸和车牌。"))


class CancelTaskForm(FlaskForm):  # type: ignore[misc]
    """Why a task is not carried out."""

    reason = TextAreaField(
        _l("为什么取消"),
        [must(), at_most(500)],
        description=_l("会和账目一起公示，不要写住户的姓名和房号。"),
    )


class TerminateForm(FlaskForm):  # type: ignore[misc]
    """Why an adopted matter is not carried out."""

    reason = TextAreaField(
        _l("为什么终止"),
        [must(), at_most(1000)],
        description=_l("会和账目一起公示，不要写住户的姓名和房号。"),
    )


class CompleteForm(FlaskForm):  # type: ignore[misc]
    """The statement beside the accounts."""

    statement = TextAreaField(
        _l("完工说明"),
        [must(), at_most(4000)],
        description=_l("做成了什么、谁验收的、钱花在哪里。会和账目一起公示。"),
    )


class RatingForm(FlaskForm):  # type: ignore[misc]
    """What a household thinks of the result."""

    rating = ChoiceRadioField(_l("您家对结果满意吗"), choices=lambda: words_of(Rating))
    remark = TextAreaField(_l("想说的话"), [at_most(1000)], description=_l("可以不填。"))
