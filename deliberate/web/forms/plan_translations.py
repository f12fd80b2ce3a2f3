"""The form of a plan's translation."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField, TextAreaField

from deliberate.domain.proposal import LONGEST_BODY, LONGEST_TITLE
from deliberate.services.plan_translations import LONGER, TARGETS, Translation
from deliberate.services.plans import LONGEST_LINE

from .fields import at_most, must
from .settings import CHOICES


class PlanTranslationForm(FlaskForm):  # type: ignore[misc]
    """A plan in another language, field by field."""

    language = RadioField(
        _l("译成哪种语言"), [must()], choices=lambda: [(tag, CHOICES["languages"][tag]) for tag in TARGETS]
    )
    title = StringField(_l("方案名称"), [must(), at_most(LONGEST_TITLE * 2)])
    body = TextAreaField(_l("方案正文"), [must(), at_most(LONGEST_BODY * LONGER)])
    funding = StringField(_l("资金来源"), [must(), at_most(LONGEST_LINE)])
    schedule = StringField(_l("时间安排"), [must(), at_most(LONGEST_LINE)])

    def translation(self) -> Translation:
        """As typed."""
        return Translation(
            self.language.data or "",
            self.title.data or "",
            self.body.data or "",
            self.funding.data or "",
            self.schedule.data or "",
        )
