"""Forms of the office's side of the tablets: codes, decisions, quiet times, exports."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from deliberate.domain.suspicion import Finding, Reach
from deliberate.queries.accounts import StaffMember

from .fields import BeijingTimeField, ChoiceRadioField, at_most, must, text

ACCEPT, LEAVE, FORGED = "accept", "leave", "forged"


class CodeForm(FlaskForm):  # type: ignore[misc]
    """Whose tablet the next one becomes."""

    person = SelectField(_l("给哪位入户人员"), [must()])
    seen = IntegerField(validators=[Optional()], widget=HiddenInput())

    def offer(self, people: list[StaffMember], newest: int) -> None:
        """Fill in who may be chosen, and the newest code that this page knows of."""
        self.person.choices = [("", _("请选择"))] + [
            (str(one.account_id), one.display_name) for one in people
        ]
        if self.seen.data is None:
            self.seen.data = newest


class WhyForm(FlaskForm):  # type: ignore[misc]
    """A deed that needs its reason."""

    reason = TextAreaField(_l("理由"), [must(), at_most(200)])


class DecideForm(FlaskForm):  # type: ignore[misc]
    """What becomes of a record, and why."""

    decision = ChoiceRadioField(_l("怎样处理"))
    reason = TextAreaField(
        _l("理由"),
        [must(), at_most(1000)],
        description=_l("例如：打电话向签字人核实过。不要写电话号码，也不要写怎样表态。"),
    )

    @property
    def accepts(self) -> bool:
        """Whether it is to come into force."""
        return bool(self.decision.data == ACCEPT)

    @property
    def forged(self) -> bool:
        """Whether nobody at the door signed it."""
        return bool(self.decision.data == FORGED)


class WidenForm(FlaskForm):  # type: ignore[misc]
    """How far back a standing stop reaches from now on."""

    reach = ChoiceRadioField(
        _l("它已经登记的意见表"),
        choices=lambda: [
            (Reach.TODAY.value, _("今天登记的先不计入，逐份核实")),
            (Reach.ALL.value, _("登记过的全部先不计入，逐份核实")),
        ],
        default=Reach.ALL.value,
    )


class StopForm(WhyForm):
    """A crew is stopped: how far back, and why."""

    reach = ChoiceRadioField(_l("它已经登记的意见表"), default=Reach.TODAY.value)

    def offer(self) -> None:
        """How far back."""
        self.reach.choices = [
            (Reach.TODAY.value, _("今天登记的先不计入，逐份核实")),
            (Reach.ALL.value, _("登记过的全部先不计入，逐份核实")),
            (Reach.NONE.value, _("照常计入，只管以后送来的")),
        ]


class RecheckForm(FlaskForm):  # type: ignore[misc]
    """What the household said when it was asked about a suspended paper."""

    finding = ChoiceRadioField(_l("核实的结果"))
    reason = TextAreaField(
        _l("怎样核实的"),
        [must(), at_most(500)],
        description=_l("例如：另外两位工作人员上门问过本人。不要写姓名、电话号码，也不要写怎样表态。"),
    )

    def offer(self, judgeable: bool) -> None:
        """Genuine or forged, where the reader may say so; or nobody could be asked."""
        judged = [
            (Finding.GENUINE.value, _("是本人签的，重新计入")),
            (Finding.FORGED.value, _("不是本人签的，不计入")),
        ]
        unreached = (Finding.UNREACHED.value, _("几次都问不到本人，不计入"))
        self.finding.choices = [*judged, unreached] if judgeable else [unreached]


class QuietForm(FlaskForm):  # type: ignore[misc]
    """A span in which nobody is visited."""

    starts_at = BeijingTimeField(_l("从什么时候（北京时间）"), [must()])
    ends_at = BeijingTimeField(_l("到什么时候（北京时间）"), [must()])
    why = StringField(_l("原因"), [must(), at_most(200)], description=_l("例如：中考、节日、办丧事。"))

    @property
    def span(self) -> tuple[datetime, datetime, str]:
        """As typed; the form has been validated."""
        starts, ends = self.starts_at.moment, self.ends_at.moment
        assert starts is not None and ends is not None  # noqa: S101, PT018 - the fields are required
        return starts, ends, text(self.why)


class ExportForm(FlaskForm):  # type: ignore[misc]
    """What a tablet that cannot send gave out instead."""

    file = FileField(
        _l("平板导出的文件"),
        [FileRequired(_l("请选择文件。"))],
        description=_l("不超过20MB。同一个文件再传一次也不会重复登记。更大的文件请管理系统的人导入。"),
    )
