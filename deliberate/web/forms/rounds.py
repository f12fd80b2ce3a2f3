"""Forms of a consent round: the answer, the receipt, the wish for a visit, and the moderator's deeds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from deliberate.domain.consent import Answer
from deliberate.domain.round import DutyKind, TallyVisibility, VisitWish
from deliberate.domain.words import word

_MUST = InputRequired(_l("这一项要填写。"))
_CHOOSE = InputRequired(_l("请选一项。"))


def _at_most(number: int) -> Length:
    return Length(max=number, message=_l("文字太长,最多%(max)d个字。"))


def text(field: Field) -> str:
    """What was typed; empty when nothing was."""
    return field.data if isinstance(field.data, str) else ""


def choices_of(members: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Choices of an enum, in the words people read."""
    return [(member.value, _(word(member))) for member in members]


def new_request_id() -> str:
    """Made with the page, so that the page sent twice is one record."""
    return uuid4().hex


REQUEST_ID = re.compile(r"[0-9a-f]{32}\Z")
MOST_NAMED = 200
"""Characters of all the receipt codes and form numbers together."""
_REQUEST = Regexp(REQUEST_ID, message=_l("页面不完整,请重新打开再提交。"))


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """One household's answer to the text it was shown."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """The library would read its own catalogue anew for every form; ours are all our own words."""

        def get_translations(self, _form: FlaskForm) -> None:
            """None: what is shown stands in the fields."""

    answer = RadioField(
        _l("您家的意见是"), [_CHOOSE], choices=lambda: choices_of(Answer), validate_choice=True
    )
    request_id = HiddenField(validators=[InputRequired(), _REQUEST])
    plan_sha256 = HiddenField(validators=[InputRequired()])
    replaces = StringField(_l("替换哪一份(回执码或表号)"), [Optional(), _at_most(MOST_NAMED)])

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
    fits = (
        plan
        and REQUEST_ID.match(request_id)
        and len(sent.get("replaces", "") if replaces else "") <= MOST_NAMED
    )
    return Sent(answer, plan, request_id, names_in(replaces)) if answer and fits else None


def names_in(typed: str) -> tuple[str, ...]:
    """Several codes are set apart by commas, stops or lines; blanks and hyphens belong to a code."""
    return tuple(part.strip() for part in re.split(r"[,,、;;\n]+", typed) if part.strip())


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """Take the answer back."""

    request_id = HiddenField(validators=[InputRequired(), _REQUEST])
    receipt = StringField(
        _l("回执码"), [Optional(), _at_most(60)], description=_l("回执上的12位代码。登录的家庭成员不用填。")
    )


class ReceiptForm(FlaskForm):  # type: ignore[misc]
    """Check an answer by its receipt."""

    receipt = StringField(
        _l("回执码"),
        [_MUST, _at_most(60)],
        description=_l(
            "线上回执上的,或者纸质意见表撕下的那一联上的。12个字母和数字,大小写、空格、横线都不要紧。"
        ),
    )


class CheckedForm(FlaskForm):  # type: ignore[misc]
    """What the holder of a code says of the record: right, or wrong."""

    receipt = HiddenField(validators=[InputRequired(), _at_most(60)])
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

    wish = RadioField(_l("您希望"), [_CHOOSE], choices=lambda: choices_of(VisitWish), default="visit")
    language = SelectField(_l("用哪种语言"), choices=lambda: list(LANGUAGES), default="")
    by_woman = BooleanField(_l("希望女同志来"))
    evening = BooleanField(_l("希望晚上来"))
    question = TextAreaField(_l("想问什么(可以不填)"), [Optional(), _at_most(2000)])


class PrepareForm(FlaskForm):  # type: ignore[misc]
    """How the running number of consents is shown."""

    visibility = RadioField(
        _l("同意户数"), [_CHOOSE], choices=lambda: choices_of(TallyVisibility), default="daily"
    )


class OpenForm(FlaskForm):  # type: ignore[misc]
    """The last day of answering."""

    last_day = DateField(_l("最后一天"), [_MUST], description=_l("当天北京时间24:00截止。"))


class ExtendForm(OpenForm):
    """A later last day, and why."""

    reason = TextAreaField(_l("理由"), [_MUST, _at_most(1000)], description=_l("会写进延期公示。"))


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """A deed that needs its reason."""

    reason = TextAreaField(_l("理由"), [_MUST, _at_most(1000)])


class DutyForm(FlaskForm):  # type: ignore[misc]
    """Give somebody a duty: `kind:account`, and a crew for those who go to the doors."""

    person = SelectField(_l("人员"), [_MUST])
    crew = SelectField(_l("小组(只有入户人员要选)"), choices=())

    def offer(self, people: Iterable[Any], crews: Iterable[Any]) -> None:
        """Fill in who may be chosen."""
        self.person.choices = [("", _("请选择"))] + [
            (f"{p.kind.value}:{p.account_id}", f"{p.name} · {_(word(p.kind))}") for p in people
        ]
        self.crew.choices = [("", _("不编组"))] + [(str(crew.id), crew.name) for crew in crews]

    @property
    def chosen(self) -> tuple[DutyKind, int, int | None]:
        """The duty, the account, the crew."""
        kind, _colon, account = str(self.person.data).partition(":")
        return DutyKind(kind), int(account), int(self.crew.data) if self.crew.data else None


def place_label(kind: str, estate: str, name: str) -> str:
    """A place as people name it."""
    bare = name[:1].isascii() and name != ""
    if kind == "grids" and bare:
        return str(_("第%(name)s网格", name=name))
    if kind == "buildings" and bare:
        return f"{estate} {_('%(name)s号楼', name=name)}".strip()
    return f"{estate} {name}".strip() or str(_("没有名称的院落"))


class CrewForm(FlaskForm):  # type: ignore[misc]
    """A crew and the doors it walks; nothing ticked is the whole round."""

    name = StringField(_l("小组名称"), [_MUST, _at_most(60)])
    volunteer = StringField(_l("志愿者姓名(没有账号的第二个人,可以不填)"), [Optional(), _at_most(120)])
    kind = RadioField(
        _l("负责哪些门"),
        choices=lambda: [
            ("community", _("这一轮的全部住户")),
            ("grids", _("下面勾选的网格")),
            ("estates", _("下面勾选的小区或院落")),
            ("buildings", _("下面勾选的楼栋")),
        ],
        default="community",
    )
    grids = SelectMultipleField(
        _l("网格"), coerce=int, choices=(), widget=ListWidget(), option_widget=CheckboxInput()
    )
    estates = SelectMultipleField(
        _l("小区或院落"), coerce=int, choices=(), widget=ListWidget(), option_widget=CheckboxInput()
    )
    buildings = SelectMultipleField(
        _l("楼栋"), coerce=int, choices=(), widget=ListWidget(), option_widget=CheckboxInput()
    )

    def offer(self, places: Mapping[str, Iterable[tuple[int, str, str]]]) -> None:
        """Fill in the community's own places."""
        self.grids.choices = [(n, place_label("grids", "", name)) for n, _in, name in places["grids"]]
        self.estates.choices = [(n, place_label("estates", "", name)) for n, _in, name in places["estates"]]
        self.buildings.choices = [
            (n, place_label("buildings", estate, name)) for n, estate, name in places["buildings"]
        ]

    @property
    def scope(self) -> dict[str, Any]:
        """As stored."""
        kind = str(self.kind.data)
        return {"kind": kind, "ids": [] if kind == "community" else list(self[kind].data or ())}

    def validate(self, extra_validators: Any = None) -> bool:
        """A part of the round names at least one place."""
        fine = bool(super().validate(extra_validators))
        if fine and self.kind.data != "community" and not self.scope["ids"]:
            self.kind.errors = [_("请至少勾选一处,或者选“这一轮的全部住户”。")]
            return False
        return fine


class IssueForm(FlaskForm):  # type: ignore[misc]
    """Hand numbered forms to a crew."""

    crew = SelectField(_l("小组"), [_MUST], coerce=int)
    number = IntegerField(_l("发放几张"), [_MUST, NumberRange(1, 5000, _l("一次可以发放1到5000张。"))])
    seen = IntegerField(validators=[Optional()], widget=HiddenInput())


class ReturnForm(FlaskForm):  # type: ignore[misc]
    """What a crew hands back in the evening."""

    crew = SelectField(_l("小组"), [_MUST], coerce=int)
    blank = IntegerField(
        _l("空白的交回几张"), [InputRequired(_l("没有就填0。")), NumberRange(0, 5000)], default=0
    )
    spoilt = IntegerField(
        _l("作废的交回几张"), [InputRequired(_l("没有就填0。")), NumberRange(0, 5000)], default=0
    )
    note = StringField(_l("说明(可以不填)"), [Optional(), _at_most(200)])


class EveningForm(FlaskForm):  # type: ignore[misc]
    """What is counted by hand in the evening."""

    crew = SelectField(_l("小组"), [_MUST], coerce=int)
    in_hand = IntegerField(
        _l("手里没有用的还有几张"), [InputRequired(_l("没有就填0。")), NumberRange(0, 5000)], default=0
    )
    note = StringField(_l("对不上的原因(对上了不用填)"), [Optional(), _at_most(200)])


class SettleForm(FlaskForm):  # type: ignore[misc]
    """Which answer stands, and on what ground."""

    stands = RadioField(_l("核实的结果"), [_CHOOSE])
    reason = TextAreaField(
        _l("核实的依据"),
        [_MUST, _at_most(2000)],
        description=_l("例如:打电话向签字人本人核实,以纸质为准。不要写电话号码。"),
    )
    request_id = HiddenField(validators=[InputRequired(), _REQUEST])


class AppointForm(FlaskForm):  # type: ignore[misc]
    """Take a wish and name a time."""

    appointed_at = DateTimeLocalField(_l("约定的时间"), [_MUST])


class FinishForm(FlaskForm):  # type: ignore[misc]
    """How a wish was met."""

    result = TextAreaField(_l("结果"), [_MUST, _at_most(2000)])


class LeaveOutForm(FlaskForm):  # type: ignore[misc]
    """Vacant homes to be left off the roll, and why."""

    homes = SelectMultipleField(_l("空置的住房"), [_CHOOSE], coerce=int, choices=())
    reason = StringField(
        _l("理由"),
        [_MUST, _at_most(200)],
        description=_l("会和房号一起张贴,不要写姓名和电话。例如:水电停用一年以上。"),
    )
