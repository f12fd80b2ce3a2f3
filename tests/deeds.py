"""Deeds for records made by chance."""

from deliberate.domain.consent import Deed

ANSWERING = frozenset({Deed.ANSWER, Deed.CHANGE, Deed.CORRECTION, Deed.SETTLEMENT})
"""Those that may carry an answer; a settlement may also leave none."""
