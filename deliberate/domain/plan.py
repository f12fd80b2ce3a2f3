"""A plan as bytes: whoever has the text can recompute its SHA-256, today and in ten years.

JSON with sorted keys, no spaces, UTF-8, every text in NFC with bare line ends. A field is never renamed,
reordered or dropped; a new one would make a new version of this law, named in `law`.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from typing import Any

from .errors import N_, BadInput
from .rules import LOWEST, PRESETS, RC80, Rule, check_attached, household_rule, threshold, to_data
from .scope import Scope

LAW = "deliberate-plan-1"


@dataclass(frozen=True, slots=True)
class Plan:
    """What households are asked to consent to; budget in fen."""

    title: str
    body: str
    budget: int
    funding: str
    schedule: str
    scope: Scope
    rules: tuple[Rule, ...]


def settled(value: Any) -> Any:
    """The same data with every text in NFC and bare line ends."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if isinstance(value, Mapping):
        return {settled(key): settled(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [settled(item) for item in value]
    return value


def plan_bytes(plan: Plan) -> bytes:
    """The bytes that are hashed and that anyone may download."""
    data = {
        "law": LAW,
        "title": plan.title,
        "body": plan.body,
        "budget": plan.budget,
        "funding": plan.funding,
        "schedule": plan.schedule,
        "scope": plan.scope.to_data(),
        "rules": to_data(plan.rules),
    }
    return json.dumps(settled(data), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def plan_sha256(plan: Plan) -> str:
    """SHA-256 over `plan_bytes`, in hexadecimal."""
    return sha256(plan_bytes(plan)).hexdigest()


def household_percent(rules: Sequence[Rule]) -> int:
    """The households' threshold as it was chosen, in whole percent."""
    return ceil((threshold(rules) or LOWEST) * 100)


def chosen_rules(names: Sequence[str], household_percent: int) -> tuple[Rule, ...]:
    """The presets of these names, the households' threshold at the percentage; BadInput otherwise."""
    unknown = [name for name in names if name not in PRESETS]
    if unknown:
        raise BadInput(why=N_("有一条规则认不出来。"), field="rules")
    rules = tuple(
        household_rule(household_percent, 100)
        if name == RC80.id and household_percent != 80
        else PRESETS[name]
        for name in PRESETS
        if name in names
    )
    check_attached(rules)
    return rules
