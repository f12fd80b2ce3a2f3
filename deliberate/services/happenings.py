"""What a transaction did, as numbers for whoever watches over the service: told once it is committed, else never.

A number has two words, what and of which kind (`answers`, `paper`), never a name, a place or an id.
"""

from collections import Counter

from sqlalchemy.orm import Session

_KEY = "deliberate.happenings"
Happenings = Counter[tuple[str, str]]
ANSWERS, VERDICTS = "answers", "verdicts"


def count(session: Session, what: str, kind: str, number: int = 1) -> None:
    """So many more, if the transaction is committed."""
    so_far(session)[what, kind] += number


def so_far(session: Session) -> Happenings:
    """Of the transaction under way."""
    found: Happenings = session.info.setdefault(_KEY, Counter())
    return found


def put_back(session: Session, before: Happenings) -> None:
    """A savepoint was undone, and what was counted in it."""
    session.info[_KEY] = before
