"""The settings of a community, in plain words."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField, widgets
from wtforms.validators import InputRequired, NumberRange, Optional

from deliberate.domain.settings import OFFERS, RANGES

from .account import MUST, at_most
from .fields import PlacesCheckboxField
from .plans import RULE_LABELS

LABELS = {
    "screening_days": _l("审核议题，几个工作日内答复"),
    "seconds_needed": _l("议题要几户联名才审核"),
    "plan_notice_days": _l("方案公示几天"),
    "consent_days_small": _l("征求意见几天（不到300户）"),
    "consent_days_large": _l("征求意见几天（300户及以上）"),
    "register_days": _l("截止后，几个工作日内登记按时签的纸质意见表"),
    "settle_days": _l("登记结束后，再留几天核实不一致的意见"),
    "objection_days": _l("结果公示几天，可以提异议"),
    "objection_answer_days": _l("异议几天内答复"),
    "left_out_days": _l("空置房不计入名册的，公示几天"),
    "evaluation_days": _l("完工后评议几天"),
    "canvassers": _l("入户时几个人一组"),
    "visits": _l("一户最多上门几次"),
    "keep_years": _l("姓名和凭据保存几年（方案没有预算的）"),
    "keep_years_public_money": _l("姓名和凭据保存几年（方案有预算的）"),
    "spot_check_risk": _l("抽查回访：结果有错却没查出来的可能，最多百分之几"),
    "recheck_days": _l("全面复核时，请住户核对自己的记录，至少几天"),
    "household_percent": _l("要百分之几的住户同意（最低80）"),
}
"""The numbers, in the order of the page."""

GROUPS = {
    "languages": _l("网页提供哪些语言"),
    "presets": _l("定方案时可以选哪些规则"),
}
"""What is ticked, below the numbers."""

CHOICES = {
    "languages": {"zh-Hans": _l("中文（必选）"), "ug": _l("维吾尔文"), "en": _l("英文")},
    "presets": RULE_LABELS,
}


class SettingsForm(FlaskForm):  # type: ignore[misc]
    """Name, telephone, and every period and number."""

    name = StringField(_l("社区名称"), [MUST, at_most(80)])
    telephone = StringField(
        _l("社区电话"), [Optional(), at_most(40)], description=_l("印在每一页和每封信函上。")
    )
    seen = IntegerField(widget=widgets.HiddenInput())


def _number(name: str) -> IntegerField:
    least, most = RANGES[name]
    return IntegerField(
        LABELS[name],
        [
            InputRequired(_l("请填一个整数。")),
            NumberRange(least, most, _l("要从%(least)s到%(most)s。", least=least, most=most)),
        ],
        description=_l("从%(least)s到%(most)s", least=least, most=most),
    )


def _group(name: str) -> PlacesCheckboxField:
    return PlacesCheckboxField(
        GROUPS[name], choices=lambda: [(value, CHOICES[name][value]) for value in OFFERS[name]]
    )


for _name in LABELS:
    setattr(SettingsForm, _name, _number(_name))
for _name in GROUPS:
    setattr(SettingsForm, _name, _group(_name))
