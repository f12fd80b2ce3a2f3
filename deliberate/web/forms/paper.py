"""Forms about paper: a board that carries a notice; letters of the whole community."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Optional

from .fields import BeijingTimeField, at_most, must


class PostingForm(FlaskForm):  # type: ignore[misc]
    """A notice hangs on a board."""

    place = StringField(
        _l("贴在哪里"), [must(), at_most(80)], description=_l("例如：2号楼一单元门口公示栏。")
    )
    posted_at = BeijingTimeField(_l("什么时候贴的（北京时间）"), [must()])
    picture = FileField(
        _l("照片"), [Optional()], description=_l("拍下贴好的公示栏，能看清标题；请不要拍到人。")
    )


class LetterJobForm(FlaskForm):  # type: ignore[misc]
    """Letters for every home that has none."""

    languages = SelectField(_l("信函的语言"))
    undelivered_too = BooleanField(_l("已经发放、还没有送达的也重新发"))


class PickUpForm(FlaskForm):  # type: ignore[misc]
    """The code that opens the parts of a job."""

    code = StringField(_l("取件码"), [must(), at_most(40)])
