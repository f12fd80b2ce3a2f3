"""What a preview answers, as plain data in the asker's language; page and command line say the same."""

from collections.abc import Callable, Mapping
from typing import Any

from deliberate.domain.roll_columns import TITLES
from deliberate.domain.roll_diff import HouseholdChange
from deliberate.domain.roll_faults import Fault

from .rolls import RollPreview, plain

Translate = Callable[[str], str]


def answer(look: RollPreview, translate: Translate = str) -> Mapping[str, Any]:
    """The households by place, every fault with its row, cell and remedy, and what an import would do."""
    summary = look.parsed.summary
    return {
        "sheet": look.sheet,
        "sha256": look.sha256,
        "importable": look.importable,
        "households": summary.households,
        "rows_meant": look.parsed.household_rows,
        "stated_total": look.parsed.stated_total,
        "by_grid": dict(summary.by_grid),
        "by_estate": dict(summary.by_estate),
        "by_building": [
            {"estate": estate, "building": building, "households": number}
            for (estate, building), number in summary.by_building.items()
        ],
        "ignored_columns": list(look.parsed.ignored_columns),
        "faults": [fault_said(fault, translate) for fault in look.parsed.faults],
        "added": len(look.difference.added),
        "changed": [_change(one, translate) for one in look.difference.changed],
        "returned": [_change(one, translate) for one in look.returned],
        "unchanged": look.difference.unchanged,
        "renumbered": len(look.difference.renumbered),
        "missing": [_home(home.key) for home in look.difference.missing],
    }


def fault_said(fault: Fault, translate: Translate) -> Mapping[str, Any]:
    """One fault in words. Of its parameters only `column`, the name of a field, is a message itself."""
    params = {
        name: translate(str(value)) if name == "column" else value for name, value in fault.params.items()
    }
    what, next_step = translate(fault.what), translate(fault.next_step)
    return {
        "row": fault.sheet_row,
        "column": fault.column,
        "header": fault.header,
        "cell": fault.cell,
        "severity": fault.severity.value,
        "kind": fault.kind.value,
        "what": what % params if params else what,
        "next_step": next_step % params if params else next_step,
    }


def _change(one: HouseholdChange, translate: Translate) -> Mapping[str, Any]:
    return {
        "home": _home(one.existing.key),
        "fields": [
            {
                "field": change.field.value,
                "name": translate(TITLES[change.field]),
                "before": plain(change.before),
                "after": plain(change.after),
            }
            for change in one.fields
        ],
    }


def _home(key: tuple[str, str, str, str]) -> str:
    """`中华巷一号院 3-2-501`."""
    estate, *door = key
    return " ".join(part for part in (estate, "-".join(part for part in door if part)) if part)
