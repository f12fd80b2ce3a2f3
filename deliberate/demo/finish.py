"""How a round ends in the demo."""

from .stage import Stage


def conclude(stage: Stage, round_id: int, proposal_id: int, *, closed: float) -> None:
    """Count."""


def execute(stage: Stage, proposal_id: int) -> None:
    """Carry out."""
