"""The form of a recording."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField

from deliberate.services.recordings import LONGEST_NAME

from .fields import ChoiceRadioField, at_most, must

LANGUAGES = {"zh-Hans": _l("中文"), "ug": _l("维吾尔文"), "en": _l("英文")}
"""What staff choose from, in the reader's own language."""


class RecordingForm(FlaskForm):  # type: ignore[misc]
    """A plan read aloud in one language."""

    language = ChoiceRadioField(_l("用哪种语言读的"), default="zh-Hans")
    read_by = StringField(
        _l("谁读的"), [must(), at_most(LONGEST_NAME)], description=_l("听的人会看到，例如“社区工作人员”。")
    )
    recording = FileField(
        _l("录音文件"),
        [FileRequired(_l("请选择一个录音文件。"))],
        description=_l("MP3、M4A 或 OGG，最大8MB。照着方案原文读，一字不改。"),
    )
