"""Forms of the spot check and the full recheck."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from deliberate.domain.spot_check import AT_THE_DOOR, FormShows, Way

from .fields import ChoiceRadioField, must, words_of

NOBODY = "nobody"
"""Nobody was reached this time."""


class PlanForm(FlaskForm):  # type: ignore[misc]
    """How many differences are accepted, before anybody looks."""

    allowed = ChoiceRadioField(_l("允许几户不一致"), choices=[], default="0")


class SeedForm(FlaskForm):  # type: ignore[misc]
    """The digits of the public dice."""

    seed = StringField(
        _l("当众掷出的20个数字"),
        [must()],
        description=_l("用十面骰子当众掷20次，照顺序输入，可以空格。输入后不能再改。"),
    )


class AssignForm(FlaskForm):  # type: ignore[misc]
    """Who asks there."""

    account_id = ChoiceRadioField(_l("改由谁回访"), choices=[])


class RevisitForm(FlaskForm):  # type: ignore[misc]
    """What the household says now."""

    way = ChoiceRadioField(
        _l("怎样联系的"), choices=lambda: words_of((Way.VISIT, Way.CALL)), default=Way.VISIT.value
    )
    said = ChoiceRadioField(
        _l("住户怎么说"), choices=lambda: [*words_of(AT_THE_DOOR), (NOBODY, _l("这次没有联系上"))]
    )
    request_id = HiddenField(validators=[InputRequired(), Length(max=36)])


class FormCheckForm(FlaskForm):  # type: ignore[misc]
    """What the form itself shows."""

    shows = ChoiceRadioField(_l("意见表本身写的是什么"), choices=lambda: words_of(FormShows))
