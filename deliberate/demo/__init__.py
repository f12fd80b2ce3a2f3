"""The demo community: 4,813 synthetic households, made-up people, six matters at six stages.

Everything is done by the deeds that the application does, at made-up moments of the last three months, so
what the demo shows is what the software does. Only the thousands of answers are written many at a time.
"""

from .build import Demo, build

__all__ = ["Demo", "build"]
