"""What anyone may read: communities, matters, notices, results."""

from . import communities, matters, notices
from .blueprint import bp

__all__ = ["bp", "communities", "matters", "notices"]
