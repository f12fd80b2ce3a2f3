"""Forms of the roll, its letters and its people."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    IntegerField,
    SearchField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import Length, Optional

from deliberate.domain import words
from deliberate.domain.permissions import Role
from deliberate.domain.roll_cells import Occupancy

from .account import MUST, at_most


class UploadForm(FlaskForm):  # type: ignore[misc]
    """The office's table."""

    file = FileField(
        _l("户册表格"),
        [FileRequired(_l("请选择文件。"))],
        description=_l(
            "Excel（XLSX、XLS）、ODS 或 CSV，不超过20MB。列名和顺序不限，社区原来的表格一般可以直接用。"
        ),
    )


class SearchForm(FlaskForm):  # type: ignore[misc]
    """A room, an address or a name. Sent by POST: no name belongs in an address or a log."""

    q = SearchField(
        _l("查找住户"), [at_most(200)], description=_l("房号、地址或姓名，例如 3-2-501 或 热依罕·吐尔逊")
    )


class CorrectionForm(FlaskForm):  # type: ignore[misc]
    """What is known of one household, and why it is corrected."""

    grid_id = SelectField(_l("网格"), coerce=int)
    unit = StringField(_l("单元"), [Optional(), at_most(20)])
    room = StringField(_l("房号"), [MUST, at_most(20)])
    floor = StringField(_l("楼层（不填则按房号推算）"), [Optional(), at_most(10)])
    head_name = StringField(_l("户主姓名"), [Optional(), at_most(120)])
    telephone = StringField(_l("联系电话"), [Optional(), at_most(40)])
    area = StringField(_l("建筑面积（平方米）"), [Optional(), at_most(20)])
    occupancy = SelectField(_l("居住状况"))
    note = StringField(_l("备注"), [Optional(), at_most(1000)])
    reason = TextAreaField(
        _l("更正的原因"),
        [MUST, at_most(500)],
        description=_l("例如：住户本人带房产证到社区更正。会一直保留。"),
    )
    seen = IntegerField(widget=widgets.HiddenInput())

    def offer(self, grids: list[tuple[int, str]]) -> None:
        """The choices, in the reader's language."""
        self.grid_id.choices = [(grid_id, _("第%(name)s网格", name=name)) for grid_id, name in grids]
        self.occupancy.choices = [(one.value, _(words.word(one))) for one in Occupancy]


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """Why."""

    reason = StringField(_l("原因"), [MUST, at_most(200)])


class OwnerForm(FlaskForm):  # type: ignore[misc]
    """Another home of the same owner."""

    address = StringField(
        _l("另一套房的地址"),
        [MUST, at_most(100)],
        description=_l("楼号、单元和房号，例如 3-2-501；有重名的小区时连小区名称一起写。"),
    )
    reason = StringField(_l("依据"), [MUST, at_most(200)], description=_l("例如：核对了两套房的产权证。"))


class DeliveryForm(FlaskForm):  # type: ignore[misc]
    """To whom the letter was given."""

    to_whom = StringField(_l("签收人"), [MUST, at_most(80)], description=_l("请写全名。"))


class AboutAccount(FlaskForm):  # type: ignore[misc]
    """A deed about an account, which is shown first and then confirmed."""

    account_id = IntegerField(validators=[Optional()], widget=widgets.HiddenInput())


class JoinForm(AboutAccount):
    """Somebody at the desk who has an account."""

    name_or_telephone = StringField(_l("本人的用户名或手机号"), [MUST, at_most(100)])
    lives_there = BooleanField(_l("住在这里"), default=True)
    as_owner = BooleanField(_l("是这套房的业主"))


class NewMemberForm(FlaskForm):  # type: ignore[misc]
    """Somebody at the desk who has none."""

    display_name = StringField(_l("姓名"), [MUST, at_most(80)], description=_l("请写全名。"))
    user_name = StringField(
        _l("用户名"), [MUST, at_most(40)], description=_l("汉字、字母和数字，不能全是数字。")
    )
    telephone = StringField(_l("手机号（可以不填）"), [Optional(), at_most(40)])
    lives_there = BooleanField(_l("住在这里"), default=True, id="new-lives-there")
    as_owner = BooleanField(_l("是这套房的业主"), id="new-as-owner")


STAFF_ROLES = (Role.CANVASSER, Role.OBSERVER)
"""Roles that a registrar gives; see services.accounts."""


class StaffForm(FlaskForm):  # type: ignore[misc]
    """A new account for a member of staff."""

    display_name = StringField(_l("姓名"), [MUST, at_most(80)], description=_l("请写全名。"))
    user_name = StringField(_l("用户名"), [MUST, at_most(40)], description=_l("登录时用，不能全是数字。"))
    telephone = StringField(_l("手机号（可以不填）"), [Optional(), at_most(40)])
    roles = SelectMultipleField(
        _l("职责"),
        [Length(min=1, message=_l("请至少选一项职责。"))],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )

    def offer(self) -> None:
        """The roles, in the reader's language."""
        self.roles.choices = [(role.value, _(words.word(role))) for role in STAFF_ROLES]


class AppointForm(AboutAccount):
    """Somebody who has an account."""

    name_or_telephone = StringField(_l("用户名或手机号"), [MUST, at_most(100)])


class GrantForm(AboutAccount):
    """A role for somebody who has an account."""

    name_or_telephone = StringField(_l("用户名或手机号"), [MUST, at_most(100)])
    role = SelectField(_l("职责"))

    def offer(self) -> None:
        """The roles, in the reader's language."""
        self.role.choices = [(role.value, _(words.word(role))) for role in STAFF_ROLES]
