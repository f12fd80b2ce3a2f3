"""What anyone may read: communities, matters, meetings, notices, pictures, results."""

from . import communities, matters, meetings, notices, pictures
from .blueprint import bp

__all__ = ["bp", "communities", "matters", "meetings", "notices", "pictures"]
