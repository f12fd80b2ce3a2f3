"""Attacks in raw SQL, as one who holds the application's connection would try them, and what refuses each.

`{names}` are rows of `guarded_world`. Every statement but the last must succeed, so that what is refused is
the attack itself. Lawful statements of the same kind stand in `lawful.py`.
"""

from tests.services.attacks.around import AROUND
from tests.services.attacks.attack import Attack
from tests.services.attacks.on_consents import CONSENTS, STANDING, SUPERSEDING
from tests.services.attacks.on_ledger import LEDGER
from tests.services.attacks.on_outcomes import COUNTING, GATE, OUTCOMES
from tests.services.attacks.on_records import DELIVERING, REPLACING, REWRITING
from tests.services.attacks.on_rounds import DUTIES, LOCKED, OPENING, STEPS

ATTACKS: tuple[Attack, ...] = (
    *REWRITING,
    *REPLACING,
    *DELIVERING,
    *STEPS,
    *LOCKED,
    *OPENING,
    *DUTIES,
    *CONSENTS,
    *SUPERSEDING,
    *STANDING,
    *COUNTING,
    *OUTCOMES,
    *GATE,
    *LEDGER,
    *AROUND,
)
