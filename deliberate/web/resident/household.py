"""Which household the resident is speaking for on this page."""

from ..homes import my_household, my_household_id

__all__ = ["my_household", "my_household_id"]
