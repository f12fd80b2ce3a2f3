"""What a council moderator does: screen, run rounds, fix the plan, settle, publish."""

from . import contradictions, home, round_forms, round_people, rounds, wishes
from .blueprint import bp

__all__ = ["bp", "contradictions", "home", "round_forms", "round_people", "rounds", "wishes"]
