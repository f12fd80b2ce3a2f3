"""What a proposal is about, and for whom: categories and scope."""

from enum import StrEnum


class Category(StrEnum):
    """What a matter concerns."""

    FUNDS = "funds"
    FACILITIES = "facilities"
    PARKING = "parking"
    FEES = "fees"
    ENVIRONMENT = "environment"
    OTHER = "other"
