"""The world as an application serves it: addresses of every page, browsers of everybody, and a store to put back."""

import shutil
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from deliberate.db import Database
from tests import lending
from tests.app import new_app
from tests.make import Clock
from tests.pages import typed_by_people
from tests.web import world
from tests.web.forms_of_pages import Form, forms_of
from tests.web.policy import Address, allows
from tests.web.world import Person, Town

STRANGER = Person("stranger")
ABROAD = (
    "letter_holder",
    "author",
    "moderator",
    "other_moderator",
    "canvasser",
    "scrutineer",
    "registrar",
    "observer",
    "tablet",
)
MATTER_OF = {
    "resident.edit": "draft",
    "resident.submit": "draft",
    "resident.withdraw": "draft",
    "resident.second": "submitted",
    "resident.take_back_second": "submitted",
    "resident.comment": "discussing",
    "moderator.screen": "submitted",
    "moderator.take_down_remark": "discussing",
    "moderator.open_round": "discussing",
    "moderator.close_round": "discussing",
    "moderator.run_discussion": "discussing",
    "moderator.fix_plan": "discussing",
    "moderator.revise_plan": "plan_fixed",
    "moderator.translate_plan": "plan_fixed",
    "public.plan": "plan_fixed",
    "public.plan_file": "plan_fixed",
}
"""The matter that a page is about; of all others, the one whose round is open."""
for _name in ("execution", "add_task", "publish_progress", "complete", "close_evaluation", "archive"):
    MATTER_OF[f"moderator.{_name}"] = "carried_out"
MATTER_OF |= {"resident.evaluate": "carried_out", "resident.rate": "carried_out"}
ROUND_OF = {
    "moderator.open_consent": "prepared_round",
    "moderator.open_consent_now": "prepared_round",
    "moderator.drop_round": "prepared_round",
    "moderator.drop_round_now": "prepared_round",
    "registrar.certify_round": "prepared_round",
    "registrar.certify_now": "prepared_round",
    "registrar.left_out": "prepared_round",
    "registrar.leave_out": "prepared_round",
    "registrar.put_back": "prepared_round",
    "scrutineer.certify_round": "prepared_round",
    "scrutineer.certify_now": "prepared_round",
    "public.count_sheet": "shown_round",
    "public.bulletin": "shown_round",
    "moderator.count_sheet": "shown_round",
    "scrutineer.sheet": "shown_round",
    "scrutineer.sign_sheet": "shown_round",
    "scrutineer.count_sheet": "shown_round",
    "scrutineer.spot_check": "drawn_round",
    "scrutineer.draw_check": "drawn_round",
    "scrutineer.conclude_check": "drawn_round",
    "scrutineer.plan_check": "shown_round",
    "scrutineer.finish_recheck": "shown_round",
    "scrutineer.form_stack": "shown_round",
    "moderator.form_stack": "shown_round",
    "moderator.amend_sheet": "shown_round",
    "moderator.conclude": "shown_round",
    "moderator.show_result": "shown_round",
    "moderator.start_execution": "shown_round",
    "moderator.take_objection": "shown_round",
    "moderator.file_objection": "shown_round",
    "resident.object_to": "shown_round",
    "resident.file_objection": "shown_round",
}
"""The round that a page is about; of all others, the open one."""
ABOUT_DIFFERING = ("moderator.contradiction", "moderator.settle", "moderator.take_case")
"""Pages about the household whose answers differ; of all others, the first home."""
READ: dict[tuple[Path, str], list[tuple[str, str]]] = {}
"""What each person of a world found on its pages as it was built: read once in a process."""


@dataclass
class Places:
    """The application over the world, with its store kept aside."""

    app: Flask
    database: Database
    instance: Path
    kept: Path
    here: Town
    there: Town
    cookies: dict[str, str] = field(default_factory=dict)
    as_built: str | None = None
    """What the store said of itself when it was as built."""

    @property
    def people(self) -> list[Person]:
        """Everybody: a stranger, those of here, and of there one for each job."""
        abroad = [person for person in self.there.people if person.name in ABROAD]
        return [STRANGER, *self.here.people, *abroad]

    @cached_property
    def typed(self) -> list[str]:
        """Every text that people typed into the store, as it was when first asked."""
        with self.database.reading() as session:
            return typed_by_people(session)

    def every_rule(self) -> list[Rule]:
        """Every endpoint but the files, in a steady order."""
        found = {rule.endpoint: rule for rule in self.app.url_map.iter_rules() if rule.endpoint != "static"}
        return [found[name] for name in sorted(found)]

    def rules(self) -> list[Rule]:
        """Those that browsers ask for; tablets speak another language."""
        return [rule for rule in self.every_rule() if not rule.endpoint.startswith("tablet.")]

    def url(self, rule: Rule, values: Mapping[str, object]) -> str:
        """The address of a page with these things; each page is about the matter and round that suit it."""
        wanted = {name: values[name] for name in rule.arguments}
        mine = self.here.values
        if wanted.get("number") == mine["number"] and (matter := MATTER_OF.get(rule.endpoint)):
            wanted["number"] = self.here.matters[matter]
        if wanted.get("round_id") == mine["round_id"] and (other := ROUND_OF.get(rule.endpoint)):
            wanted["round_id"] = mine[other]
        if wanted.get("entry_id") == mine["entry_id"] and rule.endpoint in ABOUT_DIFFERING:
            wanted["entry_id"] = mine["differing_entry"]
        if wanted.get("sample_id") == mine["sample_id"] and rule.endpoint.startswith("scrutineer."):
            wanted["sample_id"] = mine["scrutineers_sample"]
        if rule.endpoint == "moderator.dismiss_scrutineer" and wanted["account_id"] == mine["account_id"]:
            wanted["account_id"] = values["scrutineer_id"]
        if rule.endpoint == "resident.receipt":
            wanted["consent_id"] = values["receipt_id"]
        with self.app.test_request_context():
            return self.app.url_map.bind("localhost").build(rule.endpoint, wanted)

    def cookie(self, person: Person) -> str:
        """What this person's browser keeps of them."""
        key = f"{person.place}.{person.name}"
        if key not in self.cookies:
            signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
            assert signer is not None
            self.cookies[key] = str(signer.dumps(dict(person.session)))
        return self.cookies[key]

    def browser(self, person: Person) -> FlaskClient:
        """A browser in which this person is signed in, or holds a letter, anew each time."""
        client = self.app.test_client()
        if person.session:
            client.set_cookie("session", self.cookie(person))
        if person.token:
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {person.token}"
        return client

    def pages(self, names: Collection[str]) -> Iterator[tuple[Person, str, str]]:
        """Every page that these people of here can open: who, its address, its text."""
        for person in (one for one in self.here.people if one.name in names):
            if (self.kept, person.name) not in READ:
                READ[self.kept, person.name] = list(self._pages_of(person))
            yield from ((person, url, text) for url, text in READ[self.kept, person.name])

    def readable(self, person: Person) -> Iterator[Rule]:
        """What the policy lets this person read, of their own home or another; `test_access` holds it to its word."""
        homes = [Address(self.here.home), Address(self.here.other_home)]
        for rule in self.rules():
            allowed = any(allows(rule.endpoint, person, home) for home in homes)
            if allowed and "GET" in (rule.methods or ()):
                yield rule

    def _pages_of(self, person: Person) -> Iterator[tuple[str, str]]:
        for rule in self.readable(person):
            url = self.url(rule, self.here.values)
            page = self.ask(person, "GET", url)
            if page.status_code == 200 and page.mimetype == "text/html":
                yield url, page.text

    def forms(self, names: Collection[str]) -> list[tuple[Person, Form]]:
        """Every form that one of these people finds on a page, once."""
        found: dict[str, tuple[Person, Form]] = {}
        for person, url, text in self.pages(names):
            for form in forms_of(url, text):
                found.setdefault(form.action, (person, form))
        return list(found.values())

    def ask(
        self, person: Person, method: str, url: str, data: Mapping[str, object] | None = None, **more: object
    ) -> TestResponse:
        """What the page answers; whatever a form changed is put back afterwards."""
        answer = self.browser(person).open(url, method=method, data=dict(data or {}), **more)
        answer.get_data()
        answer.close()
        if method == "POST" and (answer.status_code < 400 or answer.status_code == 429):
            self.put_back()
        return answer

    def put_back(self) -> None:
        """The store as it was built, where anything was committed since."""
        if self.database.version() == self.as_built:
            return
        lending.put_back(self.instance / "deliberate.db", _in_memory(self.kept / "deliberate.db"))
        shutil.copytree(self.kept / "uploads", self.instance / "uploads", dirs_exist_ok=True)
        self.as_built = self.database.version()


def open_places(empty_store: Path, folder: Path, kind: type[Database] = Database) -> Iterator[Places]:
    """A copy of the world, served; the world itself is built once in a process."""
    yield from serve(*_built(empty_store), folder, kind)


def other_places(empty_store: Path, folder: Path, **world_of: object) -> Iterator[Places]:
    """A world that differs from that of all other tests, built anew."""
    yield from serve(*build(empty_store, folder / "kept", **world_of), folder)


@cache
def _in_memory(store: Path) -> sqlite3.Connection:
    return lending.kept(store)


@cache
def _built(empty_store: Path) -> tuple[Path, Town, Town]:
    return build(empty_store, empty_store.parent / "world")


def build(empty_store: Path, kept: Path, **world_of: object) -> tuple[Path, Town, Town]:
    """The world in a copy of the empty store, with its files beside it."""
    kept.mkdir()
    path = kept / "deliberate.db"
    shutil.copyfile(empty_store, path)
    database = Database(f"sqlite:///{path}", Clock(world.NOW))
    with database.transaction() as tx:
        here, there = world.build(tx.session, kept, **world_of)  # type: ignore[arg-type]
    database.dispose()
    return kept, here, there


def serve(
    kept: Path, here: Town, there: Town, folder: Path, kind: type[Database] = Database
) -> Iterator[Places]:
    """The application over a copy of a world that was built."""
    instance = folder / "instance"
    shutil.copytree(kept, instance)
    database = kind(f"sqlite:///{instance / 'deliberate.db'}", Clock(world.NOW))
    app = new_app(database, instance)
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    places = Places(app, database, instance, kept, here, there)
    places.as_built = database.version()
    yield places
    database.dispose()
