"""/metrics: numbers for who has the token, of nobody in particular; without them the address does not exist."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from deliberate.app import create_app
from deliberate.commands import worker
from deliberate.config import ConfigError, read_config
from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.services import building_counts, happenings
from deliberate.web import metrics, warming
from tests.app import TEMPLATES, config_of
from tests.make import Clock
from tests.make_tablet import Tablet

TOKEN = "a-token-of-twenty-and-more"


@pytest.fixture
def tablet_store_kind() -> str:
    return "sqlite"


@pytest.fixture
def served(tablet_store: Database, tmp_path: Path) -> Flask:
    """The application where metrics are read."""
    return measured_app(tablet_store, tmp_path)


def measured_app(store: Database, folder: Path, token: str = TOKEN) -> Flask:
    made = create_app(replace(config_of(store, folder), metrics_token=token), store)
    made.jinja_env.bytecode_cache = TEMPLATES
    return made


def numbers(app: Flask) -> dict[str, float]:
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_what_was_committed_is_counted_and_nobody_is_named(
    served: Flask, tablet: Tablet, tablet_store: Database, tmp_path: Path, clock: Clock
) -> None:
    at = tablet.at
    tablet.deliver(*(tablet.answered(entry, Answer.AGREE, n + 1) for n, entry in enumerate(at.entries[:3])))
    again = tablet.answered(at.entries[4], Answer.AGREE, 1)
    assert tablet.deliver(again) == ["quarantined"], "a serial is used once"
    client = served.test_client()
    client.get(f"/c/{at.community.slug}/matters/1")
    client.get("/c/nowhere/13912345678")
    worker.turn(tablet_store, config_of(tablet_store, tmp_path))
    clock.forward(seconds=90)
    told = numbers(served)
    assert told['deliberate_happenings_total{kind="paper",what="answers"}'] == 3
    assert told['deliberate_happenings_total{kind="accepted",what="verdicts"}'] == 3
    assert told['deliberate_happenings_total{kind="quarantined",what="verdicts"}'] == 1
    assert told['deliberate_requests_total{endpoint="public.matter",method="GET",status="200"}'] == 1
    assert told['deliberate_requests_total{endpoint="none",method="GET",status="404"}'] == 1
    assert told['deliberate_request_seconds_bucket{endpoint="public.matter",le="+Inf"}'] == 1
    assert told["deliberate_worker_turn_age_seconds"] == told["deliberate_ledger_head_age_seconds"] == 90
    assert told["deliberate_messages_waiting"] == told["deliberate_worker_troubles"] == 0
    labels = set(re.findall(r'(\w+)="', " ".join(told)))
    assert labels == {"endpoint", "method", "status", "le", "what", "kind"}
    assert not re.search(rf"139123|{at.community.slug}", " ".join(told))


def test_pages_that_are_made_before_anybody_asks_are_not_counted(served: Flask) -> None:
    warming.warm(served)
    assert not [name for name in numbers(served) if name.startswith("deliberate_requests_total")]


def _counted_in_vain(session: Session) -> None:
    happenings.count(session, happenings.ANSWERS, "online")
    raise ZeroDivisionError


def test_what_was_rolled_back_is_not_counted(served: Flask, tablet_store: Database) -> None:
    with pytest.raises(ZeroDivisionError), tablet_store.transaction() as tx:
        _counted_in_vain(tx.session)
    with tablet_store.transaction() as tx:
        happenings.count(tx.session, happenings.ANSWERS, "online", 2)
        with pytest.raises(ZeroDivisionError), building_counts.savepoint(tx.session):
            _counted_in_vain(tx.session)
    assert numbers(served)['deliberate_happenings_total{kind="online",what="answers"}'] == 2


@pytest.mark.parametrize("given", ["", f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", "Bearer \xfc"])
def test_without_the_token_there_is_no_such_address(served: Flask, given: str) -> None:
    client = served.test_client()
    answer = client.get("/metrics", headers={"Authorization": given})
    assert (answer.status_code, "deliberate_" in answer.text) == (404, False)


def test_without_the_extra_or_the_setting_nothing_is_counted(
    tablet_store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = measured_app(tablet_store, tmp_path, token="")
    monkeypatch.setattr(metrics, "_library", None)
    without = measured_app(tablet_store, tmp_path)
    for app in (plain, without):
        hooks = [*app.before_request_funcs[None], *app.after_request_funcs[None]]
        assert not [one for one in hooks if one.__module__ == metrics.__name__]
        for given in (f"Bearer {TOKEN}", "Bearer "):
            assert app.test_client().get("/metrics", headers={"Authorization": given}).status_code == 404


def test_a_token_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    for token in ("short", "with a space in the middle of it", "字" * 30):
        with pytest.raises(ConfigError):
            read_config({"DELIBERATE_INSTANCE_DIR": str(tmp_path), "DELIBERATE_METRICS_TOKEN": token})
