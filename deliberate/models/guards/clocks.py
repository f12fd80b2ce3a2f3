"""Guards of the roles on PostgreSQL: a record is stamped with the time it is made, a certificate by its own role.

They ask only those who sign in as the application or as the registrar: owners of the tables could take the guards
away anyhow, and tests that move the clock write as owners. `guard_clock` allows the time since the transaction
began (the clock is read once, after the locks), at most a minute, with five seconds between the two machines.
"""

from .guard import Guard
from .roles import APP, REGISTRAR, RETENTION

CLOCK = """
CREATE FUNCTION guard_clock(moment timestamptz) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $guard$
  SELECT moment BETWEEN greatest(transaction_timestamp() - interval '5 seconds',
    clock_timestamp() - interval '60 seconds') AND clock_timestamp() + interval '5 seconds'
$guard$
"""
_SIGNED_IN = f"current_user IN ('{APP}', '{REGISTRAR}', '{RETENTION}')"
_SAYS = "a record bears the time at which it is made"

STAMPED = {
    "consent": "recorded_at",
    "count_sheet": "made_at",
    "count_signature": "at",
    "duty": "assigned_at",
    "execution": "started_at",
    "journal_entry": "at",
    "ledger_batch": "at",
    "ledger_head": "at",
    "ledger_leaf": "at",
    "outcome_record": "at",
    "plan_version": "fixed_at",
    "roll_certificate": "at",
    "round_extension": "at",
    "stage_change": "at",
}
"""Which column says when the record was made."""

_OWN_ROLE = (
    f"(NEW.role = 'registrar' OR current_user <> '{REGISTRAR}') "
    f"AND (NEW.role <> 'registrar' OR current_user <> '{APP}')"
)

CLOCK_GUARDS = (
    *(
        Guard(
            f"{table}_stamped_now",
            table,
            "INSERT",
            f"guard_clock(NEW.{column})",
            _SAYS,
            when=_SIGNED_IN,
            only="postgresql",
        )
        for table, column in STAMPED.items()
    ),
    *(
        Guard(
            f"consent_round_{column.removesuffix('_at')}_now",
            "consent_round",
            "UPDATE",
            f"guard_clock(NEW.{column})",
            _SAYS,
            when=f"{_SIGNED_IN} AND NEW.{column} IS DISTINCT FROM OLD.{column}",
            only="postgresql",
        )
        for column in ("opened_at", "closed_at")
    ),
    Guard(
        "roll_certificate_by_its_role",
        "roll_certificate",
        "INSERT",
        _OWN_ROLE,
        "a certificate of the registrar comes through that role, one of a scrutineer through the application",
        only="postgresql",
    ),
)
