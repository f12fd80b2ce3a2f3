"""How an address is written is made up at its first, and is what Werkzeug writes."""

import pytest
from flask import url_for
from werkzeug.routing import Rule

from deliberate.app import Application


def test_writing_is_compiled_at_the_first_address_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    compiling = Rule._compile_builder

    def counted(self: Rule, append_unknown: bool = True) -> object:
        compiled.append(append_unknown)
        return compiling(self, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", counted)
    app = Application("deliberate", static_folder=None)
    app.add_url_rule("/c/<slug>/rounds/<int:round_id>", "round", lambda: "")
    assert compiled == []
    with app.test_request_context():
        written = [url_for("round", slug="南园", round_id=n, page=2, _external=n == 3) for n in (1, 2, 3)]
    path = "/c/%E5%8D%97%E5%9B%AD/rounds"
    assert written == [f"{path}/1?page=2", f"{path}/2?page=2", f"http://localhost{path}/3?page=2"]
    assert compiled == [True]
