"""What a code opens: tries are counted, and a look by a stub's code alone is noted before anything is shown."""

from collections.abc import Sequence

from flask import g

from deliberate.queries import answers
from deliberate.services import contesting, naming

from ..access import current_actor
from ..store import config, reader, transaction
from .tries import counted


def opened_by(code: str) -> Sequence[answers.Found]:
    """The records of the code, for who holds it; else NotFound, or TooMany."""
    key = config().code_key
    held = counted(code, lambda: naming.find_by_code(reader(), g.community.id, code, key=key))
    if any(contesting.by_stub(consent, code, key) for consent in held):
        with transaction() as tx:
            for consent in held:
                look = contesting.Held(g.community.id, code, consent.id)
                contesting.note_look(tx.session, current_actor(), look, key=key, now=tx.now)
    return [answers.found(reader(), current_actor(), consent) for consent in held]
