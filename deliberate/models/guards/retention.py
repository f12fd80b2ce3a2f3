"""When names and pictures may be erased: the time of keeping that was locked into their round is over (DESIGN §3).

Written once for each store: they count years and take JSON apart differently, and only PostgreSQL knows who asks.
`deliberate.domain.retention` is the same rule for whoever wants to know beforehand.
"""

from collections.abc import Mapping

from deliberate.domain.ledger.leaf import PUBLIC

from .guard import Guard, Store
from .roles import RETENTION

_STORES: tuple[Store, ...] = ("sqlite", "postgresql")
_BY_ITS_ROLE: Mapping[Store, str] = {"sqlite": "TRUE", "postgresql": f"current_user = '{RETENTION}'"}
_COSTS = "(SELECT p.budget FROM plan_version p WHERE p.id = r.plan_version_id) > 0"
_YEARS: Mapping[Store, str] = {
    "sqlite": "json_extract(r.periods, '$.keep_years{0}')",
    "postgresql": "CAST(r.periods->>'keep_years{0}' AS integer)",
}
_LONGER: Mapping[Store, str] = {"sqlite": "max", "postgresql": "GREATEST"}
_KEPT: Mapping[Store, str] = {
    store: f"CASE WHEN {_COSTS} THEN {_LONGER[store]}({years.format('')}, {years.format('_public_money')}) "
    f"ELSE {years.format('')} END"
    for store, years in _YEARS.items()
}
_FINISHED = (
    "r.status = 'closed' "
    "AND EXISTS (SELECT 1 FROM outcome_record o WHERE o.consent_round_id = r.id) "
    "AND NOT EXISTS (SELECT 1 FROM objection j WHERE j.consent_round_id = r.id AND j.decided_at IS NULL)"
)
_OVER: Mapping[Store, str] = {
    "sqlite": f"datetime(r.closed_at, '+' || {_KEPT['sqlite']} || ' years') < datetime('now', '-1 day') "
    f"AND {_FINISHED}",
    "postgresql": f"r.closed_at + make_interval(years => {_KEPT['postgresql']}) "
    f"< clock_timestamp() - interval '1 day' AND {_FINISHED}",
}
"""With a day to spare, for clocks that differ and years that have one more."""

KEPT_LONG_ENOUGH: Mapping[Store, str] = {
    store: f"{_BY_ITS_ROLE[store]} AND EXISTS (SELECT 1 FROM consent c "
    f"JOIN consent_round r ON r.id = c.consent_round_id WHERE c.id = OLD.consent_id AND {_OVER[store]})"
    for store in _STORES
}
"""What belongs to one consent."""


def of_no_kept_round(column: str) -> Mapping[Store, str]:
    """What may show a paper of any round that had opened by the time in `column`: of all of these the time is over."""
    rounds = "SELECT 1 FROM consent_round r WHERE r.community_id = OLD.community_id"
    return {
        store: f"{_BY_ITS_ROLE[store]} AND EXISTS ({rounds} AND {_OVER[store]}) "
        f"AND NOT EXISTS ({rounds} AND r.opened_at <= OLD.{column} AND r.status <> 'dropped' "
        f"AND ({_OVER[store]}) IS NOT TRUE)"
        for store in _STORES
    }


_PUBLIC = ", ".join(f"'{name}'" for name in PUBLIC["consent"])
_OTHER: Mapping[Store, str] = {
    "sqlite": "n.value IS NOT json_extract(OLD.openings, '$.' || n.key)",
    "postgresql": "CAST(n.value AS text) IS DISTINCT FROM CAST(OLD.openings->n.key AS text)",
}
_GONE: Mapping[Store, str] = {
    "sqlite": "json_extract(NEW.openings, '$.' || o.key) IS NULL",
    "postgresql": "NEW.openings->o.key IS NULL",
}
ONLY_THINNED: Mapping[Store, str] = {
    store: f"{_BY_ITS_ROLE[store]} AND NEW.leaf_id = OLD.leaf_id AND NEW.community_id = OLD.community_id "
    "AND EXISTS (SELECT 1 FROM ledger_leaf l JOIN consent_round r ON r.id = l.consent_round_id "
    f"WHERE l.id = OLD.leaf_id AND l.kind = 'consent' AND {_OVER[store]}) "
    f"AND NOT EXISTS (SELECT 1 FROM json_each(NEW.openings) n WHERE {_OTHER[store]}) "
    f"AND NOT EXISTS (SELECT 1 FROM json_each(OLD.openings) o WHERE o.key IN ({_PUBLIC}) "
    f"AND {_GONE[store]})"
    for store in _STORES
}
"""Salts and values of personal fields are taken away; nothing is put in, and what is public stays."""

RETENTION_GUARDS = (
    Guard(
        "journal_entry_of_erasing",
        "journal_entry",
        "INSERT",
        "NEW.what = 'names_erased' AND NEW.account_id IS NULL AND NEW.letter_id IS NULL",
        "whoever erases notes that it did, and nothing else",
        when=f"current_user = '{RETENTION}'",
        only="postgresql",
    ),
)
"""Entries of the journal give rights: who took a case sees it."""
