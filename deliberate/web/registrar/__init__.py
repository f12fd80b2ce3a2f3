"""What a registrar does: import and certify the roll, letters, people."""

from . import certifying, home, leaving_out
from .blueprint import bp

__all__ = ["bp", "certifying", "home", "leaving_out"]
