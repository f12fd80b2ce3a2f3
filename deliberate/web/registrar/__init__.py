"""What a registrar does: import and certify the roll, letters, people."""

from . import home
from .blueprint import bp

__all__ = ["bp", "home"]
