"""What goes wrong in a turn of the worker: said by its kind, counted, and never in the way of anything else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deliberate.domain.errors import Refusal
from deliberate.logs import refused, say

Say = Callable[[str], None]


@dataclass
class Troubles:
    """Of one turn; `number` of them is kept with the turn, for whoever watches over the service."""

    say: Say = say
    number: int = 0

    @contextmanager
    def net(self, what: str) -> Iterator[None]:
        """Whatever happens to one thing stays with it. Only its kind is said: its words may be anybody's."""
        try:
            yield
        except Exception as error:
            self.note(what, error)

    def note(self, what: str, error: Exception) -> None:
        """One more."""
        self.number += 1
        why = f" {error.what} {error.why}" if isinstance(error, Refusal) else ""
        self.say(f"{what}: {refused(error)}{why}")
