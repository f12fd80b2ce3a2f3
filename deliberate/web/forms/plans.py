"""Forms of a plan: its text, its money, its rules; and taking it back to the table."""

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import NumberRange, Optional

from deliberate.domain.proposal import LONGEST_BODY, LONGEST_REASON, LONGEST_TITLE
from deliberate.domain.rules import PRESETS
from deliberate.services.plans import LONGEST_LINE, PlanText

from .discussion import RoundForm
from .fields import PlacesCheckboxField, YuanField, at_most, must
from .proposals import ScopeForm

RULE_LABELS = {
    "RC80": _l("全体住户80%以上同意（必选）"),
    "CC278_ORD": _l("另加：民法典第278条一般事项，业主人数和面积双过半"),
    "CC278_MAJ": _l("另加：民法典第278条重大事项，业主人数和面积双四分之三"),
}


class PlanForm(ScopeForm):
    """The plan that every household will be asked about."""

    title = StringField(_l("方案名称"), [must(), at_most(LONGEST_TITLE)])
    body = TextAreaField(_l("方案正文"), [must(), at_most(LONGEST_BODY)])
    budget = YuanField(_l("预算（元）"))
    funding = StringField(
        _l("资金来源"),
        [must(), at_most(LONGEST_LINE)],
        description=_l("钱从哪里来，住户出不出钱、出多少。"),
    )
    schedule = StringField(
        _l("时间安排"), [must(), at_most(LONGEST_LINE)], description=_l("什么时候开工，大约多少天。")
    )
    rules = PlacesCheckboxField(
        _l("按什么规则算通过"),
        choices=lambda: [(name, RULE_LABELS[name]) for name in PRESETS],
        default=["RC80"],
    )
    household_percent = IntegerField(
        _l("住户同意比例（%）"),
        [Optional(), NumberRange(80, 100, _l("请填写80到100之间的整数。"))],
        default=80,
        description=_l("可以高于80，不能低于80。"),
    )
    after_round = HiddenField()

    def offer_rules(self, names: Collection[str]) -> None:
        """Only the rules that the community offers."""
        self.rules.choices = [(name, label) for name, label in RULE_LABELS.items() if name in names]

    def plan(self) -> PlanText:
        """As typed; BadInput when the scope is none."""
        return PlanText(
            title=self.title.data or "",
            body=self.body.data or "",
            budget=self.budget.fen,
            funding=self.funding.data or "",
            schedule=self.schedule.data or "",
            scope=self.chosen_scope(),
            rules=tuple(self.rules.data or ()),
            household_percent=self.household_percent.data or 80,
        )


class ReviseForm(RoundForm):
    """Why a fixed plan goes back to the table, and the round that follows."""

    reason = TextAreaField(_l("为什么退回再议"), [must(), at_most(LONGEST_REASON)])
