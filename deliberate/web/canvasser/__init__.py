"""What a canvasser does with a signal: doors, visits, paper consents."""

from . import buildings, door, home, papers, plans, wishes
from .blueprint import bp

__all__ = ["bp", "buildings", "door", "home", "papers", "plans", "wishes"]
