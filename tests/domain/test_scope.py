"""A scope is one kind of place and its ids, or it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.errors import BadInput
from deliberate.domain.scope import WHOLE, Scope, ScopeKind, check_known

PARTS = [kind for kind in ScopeKind if kind is not ScopeKind.COMMUNITY]
ids = st.lists(st.integers(1, 10**9), min_size=1, max_size=20)


@given(st.sampled_from(PARTS), ids)
def test_a_scope_survives_the_store_and_forgets_order(kind: ScopeKind, places: list[int]) -> None:
    scope = Scope(kind, tuple(places))
    assert Scope.from_data(scope.to_data()) == scope == Scope(kind, tuple(reversed(places)))
    assert list(scope.ids) == sorted(set(places))


def test_nothing_is_the_whole_community() -> None:
    assert Scope.from_data({}) == WHOLE == Scope.from_data(WHOLE.to_data())


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "community", "ids": [1]},
        {"kind": "grids", "ids": []},
        {"kind": "grids"},
        {"kind": "streets", "ids": [1]},
        {"kind": "grids", "ids": [0]},
        {"kind": "grids", "ids": [-3]},
        {"kind": "grids", "ids": ["1"]},
        {"kind": "grids", "ids": [True]},
        {"kind": "grids", "ids": 1},
        {"kind": None, "ids": [1]},
    ],
)
def test_what_is_no_scope_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(BadInput) as refused:
        Scope.from_data(data)
    assert refused.value.params["field"] == "scope"


def test_places_of_elsewhere_are_refused() -> None:
    check_known(WHOLE, set())
    check_known(Scope(ScopeKind.GRIDS, (1, 2)), {1, 2, 3})
    with pytest.raises(BadInput):
        check_known(Scope(ScopeKind.GRIDS, (1, 4)), {1, 2, 3})
