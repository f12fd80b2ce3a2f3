"""Templates compiled at installation are shown as they are, never when they are older than their source."""

from pathlib import Path

import pytest
from flask import Flask, render_template

from deliberate.web import compiled_templates


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "page.html").write_text("{{ 2 + number }} of {% include 'part.txt' %}")
    (tmp_path / "part.txt").write_text("five")
    assert compiled_templates.compile_all(Flask("compiling", template_folder=str(tmp_path))) == 2
    return tmp_path


def shown(folder: Path, compiled: list[str]) -> str:
    """The page in a new process, and what had to be compiled for it."""
    app = Flask("serving", template_folder=str(folder))
    compiled_templates.install(app)
    compiling = app.jinja_env._compile

    def noted(source: str, filename: str) -> object:
        compiled.append(Path(filename).name)
        return compiling(source, filename)

    app.jinja_env._compile = noted  # type: ignore[assignment,method-assign]
    with app.app_context():
        return render_template("page.html", number=1)


def test_what_was_compiled_is_not_compiled_again(folder: Path) -> None:
    again: list[str] = []
    assert (shown(folder, again), again) == ("3 of five", [])


def test_what_was_changed_is_shown_as_it_is_now_and_kept_by_nobody_who_serves(folder: Path) -> None:
    (folder / "part.txt").write_text("nine")
    for _ in range(2):
        again: list[str] = []
        assert (shown(folder, again), again) == ("3 of nine", ["part.txt"])


def test_other_filters_than_they_were_compiled_with_make_them_old(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = tmp_path / "web"
    ours.mkdir()
    (ours / "filters.py").write_text("one")
    monkeypatch.setattr(compiled_templates, "_OURS", ours)
    again: list[str] = []
    assert (shown(folder, again), sorted(again)) == ("3 of five", ["page.html", "part.txt"])
