"""What tests of pages share: pages of other parts that a page links to, where they are not built yet."""

import pytest
from flask import Flask

LINKED = {
    "account.sign_out": ("/account/sign-out", "POST"),
    "public.matter": ("/c/<slug>/matters/<int:number>", "GET"),
    "resident.object_to_round": ("/c/<slug>/home/rounds/<int:round_id>/object", "GET"),
}


@pytest.fixture
def linked_app(app: Flask) -> Flask:
    """The application with a place for every link."""
    for endpoint, (rule, method) in LINKED.items():
        if endpoint not in app.view_functions:
            app.add_url_rule(rule, endpoint, lambda **_: "", methods=[method])
    return app
