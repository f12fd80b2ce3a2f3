"""What a council moderator does: screen, run rounds, fix the plan, settle, publish."""

from . import home, settings
from .blueprint import bp

__all__ = ["bp", "home", "settings"]
