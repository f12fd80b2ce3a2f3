"""The living page: every component with sample data, at /look where the installation is one for development."""

from datetime import date, timedelta

from flask import Flask, render_template
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField, TextAreaField

from deliberate.domain.path import Group
from deliberate.domain.permissions import Action
from deliberate.queries.figures import Day

from .access import allow
from .forms.fields import at_most, must

FIRST = date(2026, 11, 4)
CAME = (0, 96, 210, 305, 333, 420, 512, 566, 601, 688, 760, 814, 887)


class SampleForm(FlaskForm):  # type: ignore[misc]
    """One field of each kind."""

    title = StringField(
        _l("题目"), [must(), at_most(60)], description=_l("一句话说清要办什么事，最多60个字。")
    )
    body = TextAreaField(_l("说明"), [must()])
    wish = RadioField(_l("您希望"), choices=lambda: [("call", _l("打电话")), ("visit", _l("上门"))])
    agreed = BooleanField(_l("希望晚上来"))


def _days() -> list[Day]:
    """A round of thirteen days whose consents were published on every second."""
    days, before = [], 0
    for n, answered in enumerate(CAME):
        agree = answered * 9 // 10 if n % 2 and answered > 100 else None
        days.append(Day(FIRST + timedelta(days=n), answered - before, answered, agree))
        before = answered
    return days


@allow(Action.READ_PUBLIC)
def look() -> str:
    """All components, one page; some fields of the form are wrong on purpose."""
    form = SampleForm(formdata=None, meta={"csrf": False})
    form.validate()
    by_group = dict(zip(Group, (1, 4, 2, 1, 0, 3, 9), strict=True))
    return render_template("public/look.html", form=form, days=_days(), by_group=by_group)


def install(app: Flask) -> None:
    """Show it; only where people develop."""
    app.add_url_rule("/look", "look", look)
