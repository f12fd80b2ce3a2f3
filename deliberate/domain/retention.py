"""How long names and evidence of a round are kept: 3 years where money is spent, else 1, as locked in (DESIGN §3)."""

from datetime import datetime

from .settings import Settings


def years_kept(settings: Settings, budget: int) -> int:
    """Years from closing. Whether money is public is said in free words: a plan that costs any counts as if it were.

    `budget` in fen; `settings` as locked into the round.
    """
    if budget > 0:
        return max(settings.keep_years, settings.keep_years_public_money)
    return settings.keep_years


def kept_until(closed_at: datetime, years: int) -> datetime:
    """The same moment so many years later; the 29th of February becomes the 1st of March."""
    try:
        return closed_at.replace(year=closed_at.year + years)
    except ValueError:
        return closed_at.replace(year=closed_at.year + years, month=3, day=1)
