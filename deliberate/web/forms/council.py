"""Forms of the council: members, meetings, minutes."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from deliberate.domain.discussion import MeetingKind
from deliberate.domain.proposal import LONGEST_BODY
from deliberate.services.council import LONGEST_LINE, Call, Minutes

from .fields import BeijingTimeField, ChoiceRadioField, PlacesCheckboxField, at_most, must, once, words_of


class MemberForm(FlaskForm):  # type: ignore[misc]
    """A new member of the council."""

    name = StringField(_l("姓名"), [must(), at_most(LONGEST_LINE)], description=_l("请写全名。"))
    title = StringField(_l("身份"), [at_most(LONGEST_LINE)], description=_l("例如楼栋长、居民代表。"))


class MeetingForm(FlaskForm):  # type: ignore[misc]
    """A meeting to call."""

    kind = ChoiceRadioField(_l("会议形式"), choices=lambda: words_of(MeetingKind))
    title = StringField(_l("会议名称"), [must(), at_most(LONGEST_LINE)])
    place = StringField(_l("地点"), [must(), at_most(LONGEST_LINE)])
    starts_at = BeijingTimeField(_l("时间（北京时间）"), [must()])
    agenda = TextAreaField(_l("议程"), [must(), at_most(LONGEST_BODY)])
    matters = PlacesCheckboxField(_l("要商量的议题"), coerce=int, choices=[])
    request_id = once()

    def call(self) -> Call:
        """As typed; the form has been validated."""
        moment = self.starts_at.moment
        assert moment is not None  # noqa: S101 - the field is required
        return Call(
            kind=MeetingKind(self.kind.data),
            title=self.title.data or "",
            place=self.place.data or "",
            starts_at=moment,
            agenda=self.agenda.data or "",
            proposal_ids=tuple(self.matters.data or ()),
            request_id=self.request_id.data or None,
        )


class MinutesForm(FlaskForm):  # type: ignore[misc]
    """A meeting as it was held."""

    chair = StringField(_l("主持"), [must(), at_most(LONGEST_LINE)])
    recorder = StringField(_l("记录"), [must(), at_most(LONGEST_LINE)])
    present = PlacesCheckboxField(_l("到会人员"), coerce=int, choices=[])
    minutes = TextAreaField(
        _l("发言要点和修改意见"),
        [must(), at_most(LONGEST_BODY)],
        description=_l("会公开，请写观点和立场，不写住户的姓名和电话。"),
    )
    resolution = TextAreaField(_l("议决和下一步"), [must(), at_most(LONGEST_BODY)])
    ask_about = PlacesCheckboxField(_l("议决入户征求意见的议题"), coerce=int, choices=[])

    def held(self) -> Minutes:
        """As typed."""
        return Minutes(
            chair=self.chair.data or "",
            recorder=self.recorder.data or "",
            minutes=self.minutes.data or "",
            resolution=self.resolution.data or "",
            present=frozenset(self.present.data or ()),
            ask_about=frozenset(self.ask_about.data or ()),
        )
