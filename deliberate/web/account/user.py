"""The signed-in person, as Flask-Login wants to see it."""

from flask_login import UserMixin

from deliberate.queries import people

from ..store import reader


class User(UserMixin):  # type: ignore[misc]
    """An account by its id and epoch: raising the epoch ends every session."""

    def __init__(self, account: people.Account) -> None:
        self.id = account.id
        self.epoch = account.epoch
        self.display_name = account.display_name
        self.language = account.language
        self.view = account.view
        self._account = account
        """Held, so that the reading session of this request finds it again without asking the store."""

    def get_id(self) -> str:
        return f"{self.id}.{self.epoch}"


def load_user(token: str) -> User | None:
    """The account of a session, unless it was disabled or its sessions were ended."""
    number, _, epoch = token.partition(".")
    if not (number.isdigit() and epoch.isdigit()):
        return None
    found = people.account(reader(), int(number))
    if found is None or found.epoch != int(epoch):
        return None
    return User(found)
