"""Forms about heads of the ledger and those who watch it."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, StringField
from wtforms.validators import Optional

from .fields import BeijingTimeField, at_most, must


class PostedForm(FlaskForm):  # type: ignore[misc]
    """A notice hangs on a board."""

    board = StringField(
        _l("贴在哪里"), [must(), at_most(80)], description=_l("例如：2号楼一单元门口公示栏。")
    )
    posted_at = BeijingTimeField(_l("什么时候贴的（北京时间）"), [must()])


class ObserverKeyForm(FlaskForm):  # type: ignore[misc]
    """The public part of an observer's key."""

    vkey = StringField(
        _l("观察员的公钥"), [must(), at_most(300)], description=_l("观察员脚本生成钥匙时打印的那一行。")
    )


class AddressForm(FlaskForm):  # type: ignore[misc]
    """An address to which heads go."""

    address = EmailField(_l("邮箱"), [must(), at_most(200)])


class OwnAddressForm(FlaskForm):  # type: ignore[misc]
    """An observer's own address; empty takes it back."""

    address = EmailField(
        _l("我的邮箱"), [Optional(), at_most(200)], description=_l("留空再保存，就不再发给您。")
    )
