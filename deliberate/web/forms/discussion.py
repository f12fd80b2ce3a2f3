"""Forms of a discussion: remarks, rounds, verdicts."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from deliberate.domain.discussion import Stance, Verdict
from deliberate.domain.proposal import LONGEST_BODY, LONGEST_REASON, LONGEST_REMARK
from deliberate.services.comments import LONGEST_NAME, Remark
from deliberate.services.discussion import Opening, Summary

from .fields import BeijingTimeField, ChoiceRadioField, at_most, must, once, words_of


class ReplyForm(FlaskForm):  # type: ignore[misc]
    """An answer to a remark."""

    body = TextAreaField(
        _l("您想说的话"),
        [must(), at_most(LONGEST_REMARK)],
        description=_l("最多2000个字。请对事不对人，不写别人的姓名和电话。"),
    )
    parent = HiddenField()
    request_id = once()

    def remark(self) -> Remark:
        """As typed."""
        parent = self.parent.data or ""
        return Remark(
            body=self.body.data or "",
            parent_id=int(parent) if parent.isascii() and parent.isdigit() and len(parent) < 12 else None,
            request_id=self.request_id.data or None,
        )


class CommentForm(ReplyForm):
    """A remark with its stance."""

    stance = ChoiceRadioField(_l("您的看法"), choices=lambda: words_of(Stance))

    def remark(self) -> Remark:
        """As typed."""
        return Remark(
            body=self.body.data or "",
            stance=Stance(self.stance.data),
            request_id=self.request_id.data or None,
        )


class RemarkForm(CommentForm):
    """What somebody said, written down for them."""

    spoken_by = StringField(
        _l("谁说的"),
        [must(), at_most(LONGEST_NAME)],
        description=_l("按本人愿意的称呼写；只有工作人员能看到，公开页面只写“工作人员代录”。"),
    )


class RoundForm(FlaskForm):  # type: ignore[misc]
    """What a round is to settle, and until when."""

    question = TextAreaField(
        _l("这一轮请大家商量什么"), [must(), at_most(LONGEST_BODY)], description=_l("写清要商量的问题。")
    )
    deadline = BeijingTimeField(_l("发言截止（北京时间）"), [must()])
    reason = TextAreaField(
        _l("为什么重新议事"),
        [at_most(LONGEST_REASON)],
        description=_l("没有通过或者没有形成决定的议题，要写明理由。"),
    )

    def opening(self) -> Opening:
        """As typed; the form has been validated."""
        moment = self.deadline.moment
        assert moment is not None  # noqa: S101 - the field is required
        return Opening(self.question.data or "", moment)


class CloseForm(FlaskForm):  # type: ignore[misc]
    """The summary of a round, in three parts, and what comes next."""

    agreed = TextAreaField(
        _l("商量好了什么"), [must(), at_most(LONGEST_BODY)], description=_l("没有就写“无”。")
    )
    disputed = TextAreaField(
        _l("还有什么分歧"), [must(), at_most(LONGEST_BODY)], description=_l("没有就写“无”。")
    )
    goes_on = TextAreaField(
        _l("下一步按什么文字继续"),
        [must(), at_most(LONGEST_BODY)],
        description=_l("写清采用哪些内容，是再议一轮还是定方案。"),
    )
    early = BooleanField(_l("还没有到截止时间，确实要提前结束"))
    then = ChoiceRadioField(
        _l("结束以后"),
        choices=lambda: [("plan", _("去定方案，或者以后再开一轮")), ("next", _("马上再议一轮"))],
        default="plan",
    )
    question = TextAreaField(
        _l("下一轮请大家商量什么"),
        [at_most(LONGEST_BODY)],
        description=_l("只在选“马上再议一轮”时填写。"),
    )
    deadline = BeijingTimeField(_l("下一轮发言截止（北京时间）"), [Optional()])
    seen = IntegerField(validators=[Optional()], widget=HiddenInput())

    def validate(self, extra_validators: object = None) -> bool:
        """The next round needs its question and its deadline."""
        fine = bool(super().validate(extra_validators))
        if self.then.data == "next":
            for field in (self.question, self.deadline):
                if not field.data and not field.errors:
                    field.errors = [_("这一项要填写。")]
                    fine = False
        return fine

    def summary(self) -> Summary:
        """As typed."""
        return Summary(self.agreed.data or "", self.disputed.data or "", self.goes_on.data or "")

    def opening(self) -> Opening | None:
        """The next round, when one follows at once."""
        moment = self.deadline.moment
        if self.then.data != "next" or moment is None:
            return None
        return Opening(self.question.data or "", moment)


class VerdictForm(FlaskForm):  # type: ignore[misc]
    """Whether a suggestion goes into the plan."""

    verdict = ChoiceRadioField(_l("这条建议"), choices=lambda: words_of(Verdict))
    reason = TextAreaField(_l("理由"), [must(), at_most(LONGEST_REASON)])
