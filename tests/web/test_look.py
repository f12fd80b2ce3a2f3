"""The living page of components: in every language and view, sound, and only where people develop."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from deliberate.app import create_app
from deliberate.db import Database
from tests.app import config_of
from tests.pages import faults


@pytest.fixture(scope="module")
def developing(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    store = Database(f"sqlite:///{empty_store}")
    config = replace(config_of(store, tmp_path_factory.mktemp("look")), development=True)
    return create_app(config, store)


@pytest.mark.parametrize("language", ["zh-Hans", "en", "ug"])
@pytest.mark.parametrize("view", ["normal", "elder-18", "elder-30"])
def test_every_component_in_every_language_and_view(developing: Flask, language: str, view: str) -> None:
    client = developing.test_client()
    client.set_cookie("language", language)
    client.set_cookie("view", view)
    page = client.get("/look")
    assert page.status_code == 200
    assert list(faults(page.text)) == []
    for part in (
        "tally-bar",
        "day-bars",
        "chart-bar",
        "error-summary",
        "building",
        "read-aloud",
        "terms",
        "timeline",
    ):
        assert f'class="{part}' in page.text, part


def test_a_service_for_residents_has_no_such_page(app: Flask) -> None:
    assert app.test_client().get("/look").status_code == 404
