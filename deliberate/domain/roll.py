"""Placeholder of the roll's vocabulary until the parser lands."""

from enum import StrEnum


class Occupancy(StrEnum):
    """Who lives there."""

    SELF_OCCUPIED = "self_occupied"
    RENTED = "rented"
    VACANT = "vacant"
    UNKNOWN = "unknown"
