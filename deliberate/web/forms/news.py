"""Forms by which a person chooses how to be told."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired

from deliberate.domain.news import Pace, Topic, pace_for
from deliberate.domain.words import word

from .account import MUST, at_most

PLEASE = InputRequired(_l("请选一项。"))


def _paces() -> list[tuple[str, str]]:
    return [(pace.value, _(word(pace))) for pace in Pace]


class PacesForm(FlaskForm):  # type: ignore[misc]
    """A pace for each topic; the fields are named after the topics."""

    own_matters = RadioField(_l("我提出的议题"), [PLEASE], choices=_paces)
    seconded = RadioField(_l("我联名的议题"), [PLEASE], choices=_paces)
    talk = RadioField(_l("我的发言和建议"), [PLEASE], choices=_paces)
    work = RadioField(_l("安排给我的工作"), [PLEASE], choices=_paces)

    @property
    def chosen(self) -> dict[Topic, Pace]:
        """What was ticked."""
        return {topic: Pace(self[topic.value].data) for topic in Topic}

    @staticmethod
    def standing(chosen: Mapping[str, Any]) -> dict[str, str]:
        """What is ticked before: the choice so far."""
        return {topic.value: pace_for(topic, chosen).value for topic in Topic}


class AddressForm(FlaskForm):  # type: ignore[misc]
    """Where mail goes."""

    address = StringField(
        _l("邮箱"), [MUST, at_most(120)], description=_l("先发一封带代码的邮件,确认这是您的邮箱。")
    )


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The code from the mail."""

    code = StringField(
        _l("邮件里的代码"), [MUST, at_most(60)], description=_l("12个字母和数字,分成三组,3天内有效。")
    )


class LessForm:
    """What the page behind a letter's link offers."""

    @staticmethod
    def pace_of(said: str) -> Pace:
        """A letter a day where that was asked for; whatever else is sent means no letters."""
        return Pace.DAILY if said == Pace.DAILY.value else Pace.IN_APP
