"""Every deed checks the right itself: whoever has no business there is refused, whatever page called it."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

import deliberate.services
from deliberate.domain.errors import NotAllowed, NotFound
from deliberate.domain.permissions import ANYBODY, Actor, Role
from deliberate.domain.proposal import Draft
from deliberate.services.contesting import Held
from tests import make
from tests.web.places import Places, open_places

NOWHERE = 10**6
"""Where the world has no such thing, there is none to be found."""
INNER = {
    "households.record_change",
    "journal.note",
    "journal.write",
    "journal.tell",
    "journal.take",
    "notices.publish",
    "steps.take_step",
    "preparations.drop",
    "preparations.drop_with_its_plan",
    "left_out.put_back_found",
    "left_out.put_back_found_in",
    "letters.freeze_all_of",
    "letter_deliveries.note_delivery",
    "clockwork.start_counting",
    "duties.crew_of",
    "counting.announce",
    "round_notices.announce",
    "round_notices.invite",
    "discussion.add_round",
    "papers.on_duty",
    "papers.register_paper",
    "household_news.note_and_tell",
    "naming.as_named",
    "naming.named_by",
    "visits.visit_door",
    "door.enter_door",
    "suspensions.forgery_proven",
    "recording.record",
    "revisits.assign",
    "spot_checks.note_step",
    "objections.keep",
    "observers.record",
    "full_rechecks.begin",
    "checked_homes.put_right",
    "full_rechecks.stand_behind",
    "sheets.make_sheet",
    "sheets.sign",
    "spot_checks.carry_over",
}
"""Parts of deeds, handed the rows of a deed that checked the right; the start of counting is asked for by the clock."""


@cache
def deeds() -> dict[str, Callable[..., Any]]:
    """Every public function of the services that is handed an actor."""
    found = {}
    for module in pkgutil.iter_modules(deliberate.services.__path__):
        loaded = import_module(f"deliberate.services.{module.name}")
        for name, deed in inspect.getmembers(loaded, inspect.isfunction):
            known = f"{module.name}.{name}"
            mine = deed.__module__ == loaded.__name__ and not name.startswith("_")
            if mine and "actor" in inspect.signature(deed).parameters and known not in INNER:
                found[known] = deed
    return found


@pytest.fixture(scope="module")
def places(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    yield from open_places(empty_store, tmp_path_factory.mktemp("deeds"))


def everything_elsewhere(places: Places) -> Actor:
    """All roles and a home in the other community; here nothing."""
    there = 2
    return Actor(
        account_id=10_000,
        name="别处的人",
        roles=frozenset((there, role) for role in Role),
        homes={places.there.home: there},
        owned={places.there.home: there},
        joined=frozenset({places.there.home}),
    )


def _arguments(deed: Callable[..., Any], session: Any, actor: Actor, places: Places) -> dict[str, Any]:
    """What the deed is about comes from here; what it should write is anything."""
    here: dict[str, Any] = {
        **places.here.values,
        "session": session,
        "actor": actor,
        "now": datetime(2026, 3, 5, 2, tzinfo=UTC),
        "community_id": 1,
        "key": b"key",
        "reason": "理由",
        "role": Role.MODERATOR,
        "crew_id": places.here.values["crew_id"],
        "sheet_id": 1,
        "part_id": 1,
        "device_id": NOWHERE,
        "record_id": NOWHERE,
        "suspended_id": NOWHERE,
        "quiet_id": NOWHERE,
        "held": Held(1, "ZZZZ-ZZZZ-ZZZZ", 1),
        "text": Draft("修门", "修门", next(iter(make.Category)), 0) if _is_draft(deed) else MagicMock(),
    }
    wanted = inspect.signature(deed).parameters
    return {
        name: here.get(name, MagicMock())
        for name, parameter in wanted.items()
        if parameter.default is inspect.Parameter.empty or name in ("session", "actor")
    }


def _is_draft(deed: Callable[..., Any]) -> bool:
    return "Draft" in str(inspect.signature(deed))


OWN = {
    "accounts.rename",
    "credentials.change_password",
    "accounts.end_sessions",
    "inbox.put_all_away",
    "inbox.put_away",
    "news.choose",
    "news.leave_address",
    "news.prove",
    "news.take_address_back",
}
"""About the actor's own account, whoever that is."""


@pytest.mark.parametrize("name", sorted(deeds()))
def test_a_stranger_does_nothing(places: Places, name: str) -> None:
    deed = deeds()[name]
    with places.database.reading() as session, pytest.raises((NotAllowed, NotFound)):
        deed(**_arguments(deed, session, ANYBODY, places))


@pytest.mark.parametrize("name", sorted(set(deeds()) - OWN))
def test_all_roles_elsewhere_do_nothing_here(places: Places, name: str) -> None:
    deed = deeds()[name]
    with places.database.reading() as session, pytest.raises((NotAllowed, NotFound)):
        deed(**_arguments(deed, session, everything_elsewhere(places), places))


def test_the_deeds_are_found() -> None:
    assert len(deeds()) > 60
