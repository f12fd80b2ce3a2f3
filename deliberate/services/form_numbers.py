"""Which numbered forms may be registered: those handed out for a round that still runs (rule 9).

One form may carry every matter that is open at the time. With the round for which it was handed out it is accounted
for, and serves no later one: there it would stand in no balance. What was on record by then stands in that balance,
and may still be entered for another matter that was open when it was signed.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.errors import N_, BadInput
from deliberate.domain.round import RUNNING, RoundStatus
from deliberate.models import ConsentRound, FormIssue


class NotIssued(BadInput):
    """A form that no crew was ever given."""

    default_what = N_("这份意见表没有登记。")


class OtherRound(NotIssued):
    """A form of a round that is over, or has not begun."""


def issued_for(session: Session, community_id: int, number: int) -> RoundStatus | None:
    """How the round stands for which the form was handed to a crew; None when none was given it."""
    return session.scalar(
        select(ConsentRound.status)
        .join(FormIssue, FormIssue.consent_round_id == ConsentRound.id)
        .where(
            FormIssue.community_id == community_id,
            FormIssue.first_serial <= number,
            FormIssue.last_serial >= number,
        )
    )


def signed_while_both_ran(
    session: Session, community_id: int, number: int, round_id: int, signed_at: datetime
) -> bool:
    """Whether the form was signed before its own round closed, when the other that is asked for was open already.

    That it was signed after the other had opened is asked of every paper.
    """
    own = (
        select(ConsentRound.closed_at)
        .join(FormIssue, FormIssue.consent_round_id == ConsentRound.id)
        .where(
            FormIssue.community_id == community_id,
            FormIssue.first_serial <= number,
            FormIssue.last_serial >= number,
            ConsentRound.status == RoundStatus.CLOSED,
        )
    )
    closed_at, opened_at = session.scalar(own), session.get_one(ConsentRound, round_id).opened_at
    return closed_at is not None and opened_at is not None and opened_at <= signed_at < closed_at


def refuse_unissued(issued: RoundStatus | None, number: int) -> None:
    """A form that was handed to no crew of this community is not one of ours; one of another time serves no more."""
    if issued is None:
        raise NotIssued(
            why=N_("表号%(serial)s没有发给任何一个小组。"),
            next_step=N_("请核对表号；确实没有发放过的表不能用。"),
            serial=serials.printed(number),
        )
    if issued not in RUNNING:
        raise OtherRound(
            why=N_("表号%(serial)s不是为正在征求意见的议题发放的。"),
            next_step=N_("请核对表号；以前的表不能再用，请住户在这一轮发放的表上重新填写签字。"),
            serial=serials.printed(number),
        )
