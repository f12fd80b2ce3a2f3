"""Who may ask a household again: canvassers of other crews and the scrutineers, never one of the household."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.round import DutyKind
from deliberate.models import Account, Duty, Household, Membership

from . import recorders, spot_samples, subjects

_ASKING = (DutyKind.CANVASSER, DutyKind.SCRUTINEER)


def able(
    session: Session, round_id: int, homes: Sequence[spot_samples.Asked]
) -> Mapping[int, frozenset[int]]:
    """By home (of the sample) the accounts that may ask there."""
    duties = session.execute(
        select(Duty.account_id, Duty.crew_id)
        .join(Account, Account.id == Duty.account_id)
        .where(Duty.consent_round_id == round_id, Duty.kind.in_(_ASKING), Account.disabled_at.is_(None))
    ).all()
    entries = [one.entry for one in homes]
    crews = recorders.crews(session, [entry.id for entry in entries])
    recorded = subjects.of_entries(session, entries)
    living = _living(session, [one.home.id for one in homes])
    return {
        one.sample.id: frozenset(
            account_id
            for account_id, crew_id in duties
            if crew_id not in crews[one.entry.id]
            and account_id not in recorded[one.entry.id].recorder_ids | living[one.home.id]
        )
        for one in homes
    }


def _living(session: Session, household_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
    """Accounts that belong to a home, or to its owner's homes."""
    people: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        select(Membership.household_id, Membership.account_id)
        .join(Household, Household.id == Membership.household_id)
        .where(Membership.household_id.in_(household_ids), Membership.ended_at.is_(None))
    )
    for household_id, account_id in rows:
        people[household_id].add(account_id)
    return defaultdict(frozenset, {home: frozenset(who) for home, who in people.items()})


def names(session: Session, account_ids: frozenset[int]) -> list[tuple[int, str]]:
    """Accounts by name, to choose from."""
    rows = session.execute(
        select(Account.id, Account.display_name).where(Account.id.in_(account_ids)).order_by(Account.id)
    )
    return [(account_id, name) for account_id, name in rows]
