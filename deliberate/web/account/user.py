"""The signed-in person, as Flask-Login wants to see it."""

from flask_login import UserMixin

from deliberate.queries import people

from ..store import reader


class User(UserMixin):  # type: ignore[misc]
    """An account by its id and epoch: raising the epoch ends every session."""

    def __init__(self, person: people.Person) -> None:
        self.id = person.id
        self.epoch = person.epoch
        self.display_name = person.display_name
        self.language = person.language
        self.view = person.view
        self.person = person
        """As this request has found it, so that who acts is not asked for twice."""

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
