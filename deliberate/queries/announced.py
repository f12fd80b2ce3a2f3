"""What the invitation to a round tells beside its locked terms: the owners it asks, and who watches the count."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.round import DutyKind
from deliberate.domain.rules import Electorate
from deliberate.models import Account, Duty, RollEntry


def owners(session: Session, round_id: int) -> tuple[int, int] | None:
    """Owners on the roll and their area in 0.01 m²; None when no rule asks owners."""
    heads, area = session.execute(
        select(func.count(RollEntry.id), func.coalesce(func.sum(RollEntry.area), 0)).where(
            RollEntry.consent_round_id == round_id, RollEntry.electorate == Electorate.OWNER
        )
    ).one()
    return (heads, int(area)) if heads else None


def scrutineers(session: Session, round_id: int) -> Sequence[str]:
    """Who is on duty to watch the count and sign its sheet; their names stand on the sheet as well."""
    return session.scalars(
        select(Account.display_name)
        .join(Duty, Duty.account_id == Account.id)
        .where(Duty.consent_round_id == round_id, Duty.kind == DutyKind.SCRUTINEER)
        .order_by(Duty.id)
    ).all()
