"""A plan's hash is over its very content: the same content the same hash, any other another."""

import json
import unicodedata
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.errors import BadInput
from deliberate.domain.plan import (
    Plan,
    chosen_rules,
    household_percent,
    plan_bytes,
    plan_sha256,
    settled,
)
from deliberate.domain.rules import CC278_MAJ, RC80, household_rule
from deliberate.domain.scope import Scope, ScopeKind

PLAN = Plan("修好单元门", "更换38樘。\n先修3号楼。", 45_600_00, "惠民资金", "5月", Scope(), (RC80,))
texts = st.text(max_size=60)


def test_the_bytes_are_json_with_sorted_keys_and_no_spaces() -> None:
    data = plan_bytes(PLAN)
    assert data.startswith(b'{"body":"')
    assert json.loads(data)["law"] == "deliberate-plan-1"
    assert list(json.loads(data)) == sorted(json.loads(data))
    assert plan_sha256(PLAN) == sha256(data).hexdigest()


def test_the_hash_never_changes() -> None:
    """Printed on notices: a change of this number is a break with everything published."""
    assert plan_sha256(PLAN) == "3531a4cfb5d6015392c3ad66f21eeffc882c3cdbae6e5f4091c2c13cac901cc1"


@given(texts, texts)
def test_form_and_line_ends_do_not_matter(title: str, body: str) -> None:
    one = replace(PLAN, title=unicodedata.normalize("NFC", title), body=body.replace("\r", ""))
    two = replace(PLAN, title=unicodedata.normalize("NFD", title), body=one.body.replace("\n", "\r\n"))
    assert plan_sha256(one) == plan_sha256(two)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "修好单元门。"},
        {"body": "更换39樘。\n先修3号楼。"},
        {"budget": 45_600_01},
        {"funding": "住户自付"},
        {"schedule": "6月"},
        {"scope": Scope(ScopeKind.GRIDS, (1,))},
        {"rules": (household_rule(85, 100),)},
        {"rules": (RC80, CC278_MAJ)},
    ],
)
def test_any_other_content_is_another_hash(change: dict[str, object]) -> None:
    assert plan_sha256(replace(PLAN, **change)) != plan_sha256(PLAN)  # type: ignore[arg-type]


@given(
    st.recursive(
        texts | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20
    )
)
def test_settling_twice_is_settling_once(value: object) -> None:
    assert settled(settled(value)) == settled(value)


def test_the_households_rule_is_always_there_and_never_lower() -> None:
    assert chosen_rules(["CC278_MAJ", "RC80"], 80) == (RC80, CC278_MAJ)
    assert chosen_rules(["RC80"], 90) == (household_rule(90, 100),)
    for names, percent in ([], 80), (["CC278_ORD"], 80), (["RC80"], 79), (["RC80"], 101), (["RC50"], 80):
        with pytest.raises(BadInput):
            chosen_rules(names, percent)


@pytest.mark.parametrize("percent", range(80, 101))
def test_the_percentage_that_was_chosen_is_found_again(percent: int) -> None:
    """A revised plan begins with the rules of the one before, not with weaker ones."""
    assert household_percent(chosen_rules(["CC278_ORD", "RC80"], percent)) == percent


def test_without_a_households_rule_the_lowest_is_offered() -> None:
    assert household_percent((CC278_MAJ,)) == 80
