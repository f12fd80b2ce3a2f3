"""Forms of a door: the visit, the signed paper, its correction. Times are typed in Beijing time."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional

from deliberate.domain import serial as serials
from deliberate.domain.consent import Answer
from deliberate.domain.round import Relation, VisitOutcome

from .fields import BeijingTimeField, at_most, once, text, words_of

OUTCOMES = (
    VisitOutcome.ANSWERED,
    VisitOutcome.NOT_HOME,
    VisitOutcome.REFUSED,
    VisitOutcome.PAPERS_LEFT,
    VisitOutcome.COME_BACK,
    VisitOutcome.INACCESSIBLE,
    VisitOutcome.LANGUAGE,
    VisitOutcome.VACANT,
    VisitOutcome.MOVED,
    VisitOutcome.DO_NOT_VISIT,
)
"""In the order in which they happen most."""
SPOKEN = {
    "zh-Hans": _l("汉语"),
    "ug": _l("维吾尔语"),
    "kk": _l("哈萨克语"),
    "other": _l("其他语言"),
}


def spoken() -> list[tuple[str, str]]:
    """Languages in which a plan is explained at the door, and nothing said about it."""
    return [("", _("没有记")), *((tag, str(name)) for tag, name in SPOKEN.items())]


class ChosenRadioField(RadioField):
    """One of several, or none yet; a word that is not among them is none."""

    def pre_validate(self, form: Any) -> None:
        if self.data not in {value for value, *_rest in self.iter_choices()}:
            self.data = None

    @property
    def chosen(self) -> str | None:
        """What was chosen."""
        return self.data or None


class ReadForm(FlaskForm):  # type: ignore[misc]
    """A signed paper as it is read off. Answers stand outside: one group of doors for each matter."""

    request_id = once()
    signer_name = StringField(
        _l("填写人姓名"), [Optional(), at_most(120)], description=_l("写全名，不要简写。")
    )
    relation = ChosenRadioField(_l("填写人是"), choices=lambda: words_of(Relation))
    signed_at = BeijingTimeField(_l("签字的时间（北京时间）"), [Optional()])
    language = SelectField(_l("用什么语言说明的"), [Optional()], choices=spoken)
    paper_note = TextAreaField(_l("表上的理由或建议（可以不填）"), [Optional(), at_most(2000)])
    replaces = StringField(
        _l("替换原来的哪一份（可以不填）"),
        [Optional(), at_most(60)],
        description=_l("住户要改意见时，表上会写明原来的表号或回执码。"),
    )
    authority = FileField(_l("委托书照片（代签时必须有）"), description=_l("委托书要写明对每个议题的意见。"))

    def check_read(self, *, answers: int, time_needed: bool) -> bool:
        """Everything that is read off a paper, each at its own field, all of them at once."""
        if not answers:
            said = _("还没有录入表上的意见。"), _("请至少录入一个议题；没有填表的，请选别的结果。")
            self.form_errors.append(" ".join(said))
        if not text(self.signer_name).strip():
            _add(self.signer_name, _("请写填写人的全名。"))
        if self.relation.chosen is None:
            _add(self.relation, _("请选填写人和这一户的关系。"))
        if time_needed and self.signed_at.data is None and not self.signed_at.errors:
            _add(self.signed_at, _("请按表上写的填签字时间。"))
        if self.relation.data == Relation.PROXY and not sent(self.authority):
            _add(self.authority, _("代签要有写明意见的书面委托。请拍下委托书；没有委托书的，请本人签。"))
        return not self.errors


class PaperForm(ReadForm):
    """The same with its serial and its photograph, which a stack has by the picture."""

    serial = StringField(
        _l("表号"), [Optional(), at_most(40)], description=_l("表右上角的8位数字，最后一位是校验位。")
    )
    photo = FileField(_l("意见表照片"), description=_l("拍全整张表，看得清表号和签字。每张不超过10MB。"))

    def check_paper(self, *, answers: int, time_needed: bool) -> bool:
        """Everything that a paper must have."""
        self.check_read(answers=answers, time_needed=time_needed)
        if serials.read(text(self.serial)) is None:
            _add(self.serial, _("表号的校验位不对，或者不是8位数字。请再看一遍表上的数字。"))
        if not sent(self.photo):
            _add(self.photo, _("请拍下签好的意见表。"))
        return not self.errors


class DoorForm(PaperForm):
    """One attempt at one door, and the paper that was signed there."""

    outcome = ChosenRadioField(_l("这次入户"), choices=lambda: words_of(OUTCOMES))
    at_door = BeijingTimeField(_l("到门口的时间（北京时间）"), [Optional()])
    come_back_at = BeijingTimeField(_l("约好什么时候再来（北京时间）"), [Optional()])
    note = TextAreaField(
        _l("给下一次入户的人（可以不填）"),
        [Optional(), at_most(2000)],
        description=_l("比如什么时候在家、要不要翻译。不要写住户怎么答的。"),
    )

    @property
    def visited(self) -> VisitOutcome | None:
        """How the attempt ended."""
        return next((one for one in OUTCOMES if one.value == self.outcome.data), None)

    def check_visit(self) -> bool:
        """An outcome, and a time for an appointment."""
        if self.visited is None:
            _add(self.outcome, _("请选这次入户的结果。"))
        if self.visited is VisitOutcome.COME_BACK and self.come_back_at.data is None:
            _add(self.come_back_at, _("请填约好的时间。"))
        return not self.errors


class CorrectionForm(FlaskForm):  # type: ignore[misc]
    """What the paper really says, and what was misread."""

    request_id = once()
    answer = ChosenRadioField(_l("表上的意见"), choices=lambda: words_of(Answer))
    reason = TextAreaField(
        _l("录错了什么"),
        [DataRequired(_l("更正要写明理由。")), at_most(2000)],
        description=_l("写明表上写的是什么、录的时候看错了什么。"),
    )

    def check_answer(self) -> bool:
        """One of the three answers was chosen."""
        if self.answer.chosen is None:
            _add(self.answer, _("请选表上的意见。"))
        return not self.errors


class WishForm(FlaskForm):  # type: ignore[misc]
    """How a household's wish was met."""

    result = TextAreaField(_l("怎样处理的"), [InputRequired(_l("要写明结果。")), at_most(2000)])


def sent(field: Field) -> bool:
    """Whether a file was chosen."""
    return bool(field.data and getattr(field.data, "filename", ""))


def _add(field: Field, said: str) -> None:
    field.errors = [*field.errors, said]
