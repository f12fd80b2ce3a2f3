"""Forms of accounts and letters."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import InputRequired, Length, Optional

from deliberate.domain.contact import ContactWay
from deliberate.domain.words import word

MUST = InputRequired(_l("请填写这一项。"))


def at_most(number: int) -> Length:
    """The length that a field takes."""
    return Length(max=number, message=_l("内容太长，请缩短。"))


class SignInForm(FlaskForm):  # type: ignore[misc]
    """User name or telephone, and password."""

    name_or_telephone = StringField(_l("用户名或手机号"), [MUST, at_most(100)])
    password = PasswordField(_l("密码"), [MUST, at_most(200)])
    next = HiddenField()


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A password of one's own in place of one that was given."""

    password = PasswordField(_l("新密码"), [MUST, at_most(200)], description=_l("至少8个字符，越长越好。"))


class ChangePasswordForm(FlaskForm):  # type: ignore[misc]
    """The present password and the new one."""

    current = PasswordField(_l("现在的密码"), [MUST, at_most(200)])
    password = PasswordField(
        _l("新密码"), [MUST, at_most(200)], description=_l("至少8个字符。改好以后，其他设备上都要重新登录。")
    )


class NameForm(FlaskForm):  # type: ignore[misc]
    """The name that others see, and a telephone to sign in with."""

    display_name = StringField(
        _l("姓名"), [MUST, at_most(80)], description=_l("请写全名，工作人员和同一户的人会看到。")
    )
    telephone = StringField(
        _l("手机号（可以不填）"), [Optional(), at_most(40)], description=_l("可以用它登录。")
    )


class CodeForm(FlaskForm):  # type: ignore[misc]
    """The code on a household's letter."""

    code = StringField(
        _l("信函上的代码"),
        [MUST, at_most(60)],
        description=_l("12个字母和数字，分成三组。大小写、空格、横线都不要紧；没有字母 O、I、L。"),
    )
    join = BooleanField(_l("把这一户加入我的账号，以后登录就能看到"))


class RegisterForm(FlaskForm):  # type: ignore[misc]
    """An account, made with the letter in hand."""

    display_name = StringField(_l("姓名"), [MUST, at_most(80)], description=_l("请写全名。"))
    user_name = StringField(
        _l("用户名"), [MUST, at_most(40)], description=_l("登录时用；可以用汉字、字母和数字，不能全是数字。")
    )
    telephone = StringField(
        _l("手机号（可以不填）"), [Optional(), at_most(40)], description=_l("填了以后也可以用手机号登录。")
    )
    password = PasswordField(_l("密码"), [MUST, at_most(200)], description=_l("至少8个字符，越长越好。"))


class ContactForm(FlaskForm):  # type: ignore[misc]
    """Where a household wishes to be told."""

    way = RadioField(
        _l("怎样通知"),
        [InputRequired(_l("请选一项。"))],
        choices=lambda: [(way.value, _(word(way))) for way in ContactWay],
    )
    address = StringField(_l("邮箱或手机号"), [MUST, at_most(120)])
