"""The tablets' side of the application. The law of its wire is docs/tablet-protocol.md."""

from . import bringing, evidence, reading, refusals  # noqa: F401
from .blueprint import bp

__all__ = ["bp"]
