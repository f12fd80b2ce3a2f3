"""What the office fills in for a round: its days, its people and crews, their forms, what it settles and promises."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from deliberate.domain.round import DutyKind, TallyVisibility
from deliberate.domain.words import word
from deliberate.queries.places import Places

from ..place_words import offered
from .fields import at_most, must, must_choose, named_request, renew, text, words_of


class PrepareForm(FlaskForm):  # type: ignore[misc]
    """How the running number of consents is shown."""

    visibility = RadioField(
        _l("同意户数"), [must_choose()], choices=lambda: words_of(TallyVisibility), default="daily"
    )


class OpenForm(FlaskForm):  # type: ignore[misc]
    """The last day of answering."""

    last_day = DateField(_l("最后一天"), [must()], description=_l("当天北京时间24:00截止。"))


class ExtendForm(OpenForm):
    """A later last day, and why."""

    reason = TextAreaField(_l("理由"), [must(), at_most(1000)], description=_l("会写进延期公示。"))


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """A deed that needs its reason."""

    reason = TextAreaField(_l("理由"), [must(), at_most(1000)])


class DutyForm(FlaskForm):  # type: ignore[misc]
    """Give somebody a duty: `kind:account`, and a crew for those who go to the doors."""

    person = SelectField(_l("人员"), [must()])
    crew = SelectField(_l("小组（只有入户人员要选）"), choices=())

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


class CrewForm(FlaskForm):  # type: ignore[misc]
    """A crew and the doors it walks; nothing ticked is the whole round."""

    name = StringField(_l("小组名称"), [must(), at_most(60)])
    volunteer = StringField(_l("志愿者姓名（没有账号的第二个人，可以不填）"), [Optional(), at_most(120)])
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

    def offer(self, places: Places) -> None:
        """Fill in the community's own places."""
        for kind in places.by_kind:
            self[kind.value].choices = offered(places, kind)

    @property
    def scope(self) -> dict[str, Any]:
        """As stored."""
        kind = str(self.kind.data)
        return {"kind": kind, "ids": [] if kind == "community" else list(self[kind].data or ())}

    def validate(self, extra_validators: Any = None) -> bool:
        """A part of the round names at least one place."""
        fine = bool(super().validate(extra_validators))
        if fine and self.kind.data != "community" and not self.scope["ids"]:
            self.kind.errors = [_("请至少勾选一处，或者选“这一轮的全部住户”。")]
            return False
        return fine


class IssueForm(FlaskForm):  # type: ignore[misc]
    """Hand numbered forms to a crew."""

    crew = SelectField(_l("小组"), [must()], coerce=int)
    number = IntegerField(_l("发放几张"), [must(), NumberRange(1, 5000, _l("一次可以发放1到5000张。"))])
    seen = IntegerField(validators=[Optional()], widget=HiddenInput())


class ReturnForm(FlaskForm):  # type: ignore[misc]
    """What a crew hands back in the evening."""

    crew = SelectField(_l("小组"), [must()], coerce=int)
    blank = IntegerField(
        _l("空白的交回几张"), [InputRequired(_l("没有就填0。")), NumberRange(0, 5000)], default=0
    )
    spoilt = IntegerField(
        _l("作废的交回几张"), [InputRequired(_l("没有就填0。")), NumberRange(0, 5000)], default=0
    )
    note = StringField(_l("说明（可以不填）"), [Optional(), at_most(200)])
    seen = IntegerField(validators=[Optional()], widget=HiddenInput())


class CorrectReturnForm(FlaskForm):  # type: ignore[misc]
    """What was written down too much of what a crew handed back."""

    crew = SelectField(_l("小组"), [must()], coerce=int)
    blank_less = IntegerField(
        _l("空白的多登记了几张"), [InputRequired(_l("没有就填0。")), NumberRange(0, 5000)], default=0
    )
    spoilt_less = IntegerField(
        _l("作废的多登记了几张"), [InputRequired(_l("没有就填0。")), NumberRange(0, 5000)], default=0
    )
    reason = StringField(_l("更正的原因"), [must(), at_most(200)])
    seen = IntegerField(validators=[Optional()], widget=HiddenInput())


class EveningForm(FlaskForm):  # type: ignore[misc]
    """What is counted by hand in the evening."""

    crew = SelectField(_l("小组"), [must()], coerce=int)
    in_hand = IntegerField(
        _l("手里没有用的还有几张"), [InputRequired(_l("没有就填0。")), NumberRange(0, 5000)], default=0
    )
    note = StringField(_l("对不上的原因（对上了不用填）"), [Optional(), at_most(200)])


class SettleForm(FlaskForm):  # type: ignore[misc]
    """Which answer stands, and on what ground."""

    stands = RadioField(_l("核实的结果"), [must_choose()])
    reason = TextAreaField(
        _l("核实的依据"),
        [must(), at_most(2000)],
        description=_l("例如：打电话向签字人本人核实，以纸质为准。不要写电话号码。"),
    )
    request_id = named_request()
    seen = HiddenField()

    def show(self, ids: Iterable[int]) -> None:
        """Keep with the page which records it shows."""
        renew(self.seen, " ".join(map(str, ids)))

    @property
    def seen_ids(self) -> frozenset[int]:
        """The records that the page showed."""
        return frozenset(int(one) for one in text(self.seen).split() if one.isdecimal() and len(one) < 19)


class AppointForm(FlaskForm):  # type: ignore[misc]
    """Take a wish and name a time."""

    appointed_at = DateTimeLocalField(_l("约定的时间"), [must()])


class FinishForm(FlaskForm):  # type: ignore[misc]
    """How a wish was met."""

    result = TextAreaField(_l("结果"), [must(), at_most(2000)])


class LeaveOutForm(FlaskForm):  # type: ignore[misc]
    """Vacant homes to be left off the roll, and why."""

    homes = SelectMultipleField(_l("空置的住房"), [must_choose()], coerce=int, choices=())
    reason = StringField(
        _l("理由"),
        [must(), at_most(200)],
        description=_l("会和房号一起张贴，不要写姓名和电话。例如：水电停用一年以上。"),
    )
