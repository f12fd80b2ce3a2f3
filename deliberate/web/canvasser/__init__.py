"""What a canvasser does with a signal: doors, visits, paper consents."""

from . import home
from .blueprint import bp

__all__ = ["bp", "home"]
