"""What the form library says by itself, in our words: its own catalogues know Chinese, but no Uyghur."""

from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm

from deliberate.domain.errors import N_

SAID = {
    "This field is required.": N_("请填写这一项。"),
    "Not a valid integer value.": N_("请填一个整数。"),
    "Not a valid decimal value.": N_("请填一个数字。"),
    "Not a valid float value.": N_("请填一个数字。"),
    "Not a valid date value.": N_("请填写日期，例如 2026-03-20。"),
    "Not a valid datetime value.": N_("请填写日期和时间，例如 2026-03-20 18:00。"),
    "Number must be at least %(min)s.": N_("最小是%(min)s。"),
    "Number must be at most %(max)s.": N_("最大是%(max)s。"),
    "Number must be between %(min)s and %(max)s.": N_("要从%(min)s到%(max)s。"),
}
"""Its sentences that a person can bring about; of a choice that is none, only a forged form."""
ANYTHING_ELSE = N_("填写的内容有误。")


class _Words:
    """Answers for the library's translations."""

    def gettext(self, text: str) -> str:
        return str(_(SAID.get(text, ANYTHING_ELSE)))

    def ngettext(self, _one: str, _many: str, _n: int) -> str:
        return str(_(ANYTHING_ELSE))


def install() -> None:
    """For every form of the application."""

    def ours(_meta: Any, _form: Any) -> _Words:
        return _Words()

    FlaskForm.Meta.get_translations = ours
