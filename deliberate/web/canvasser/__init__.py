"""What a canvasser does with a signal: doors, visits, paper consents, households to ask again."""

from . import buildings, door, home, papers, plans, revisits, spoilt_form, stack, stack_paper, tablets, wishes
from .blueprint import bp

__all__ = [
    "bp",
    "buildings",
    "door",
    "home",
    "papers",
    "plans",
    "revisits",
    "spoilt_form",
    "stack",
    "stack_paper",
    "tablets",
    "wishes",
]
