"""An account that staff mean by a name or a number, looked at before it is joined to a home or given a role.

A person types the number of their account themselves, so it may be a neighbour's: the name and the homes are shown,
and the second request carries the account that was confirmed.
"""

from typing import Any

from flask import g
from flask_babel import gettext as _

from deliberate.queries import accounts as account_queries
from deliberate.queries.accounts import SeenAccount
from deliberate.services import accounts

from .forms.fields import text
from .store import reader


def seen(form: Any) -> SeenAccount | None:
    """The account that the form means; where there is none, it says so at its field."""
    found = accounts.find(reader(), text(form.name_or_telephone))
    if found is None or found.disabled_at is not None:
        form.name_or_telephone.errors = [_("没有找到这个用户名或手机号的账号。")]
        return None
    return account_queries.seen(reader(), g.community.id, found)
