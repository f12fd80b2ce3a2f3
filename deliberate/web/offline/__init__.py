"""The tablet's own page: its shell, its service worker and its texts; what it sends and gets is the API's."""

from . import shell, words
from .blueprint import bp

__all__ = ["bp", "shell", "words"]
