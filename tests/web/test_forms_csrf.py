"""Forms are ours, cookies are guarded, headers are on every answer, and a session ends when it should."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule

from deliberate.app import create_app
from deliberate.config import Config
from deliberate.db import Database
from deliberate.models import Account, Letter
from deliberate.services import passwords
from tests import make
from tests.web.places import Places, open_places

PASSWORD = "changlang-2026"


@pytest.fixture(scope="module")
def places(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    for opened in open_places(empty_store, tmp_path_factory.mktemp("csrf")):
        opened.app.config["WTF_CSRF_ENABLED"] = True
        yield opened


@dataclass(frozen=True)
class Answered:
    """What somebody got at one address."""

    rule: Rule | None
    url: str
    headers: Headers
    text: str


@pytest.fixture(scope="module")
def answers(places: Places) -> Callable[[str], list[Answered]]:
    """Whatever the stranger, or one of these people of here, gets at every address: asked once."""
    rules = [rule for rule in places.rules() if "GET" in (rule.methods or ())]
    asked: list[tuple[Rule | None, str]] = [(rule, places.url(rule, places.here.values)) for rule in rules]
    asked += [
        (None, url) for url in ("/nowhere", "/static/css/base.css", "/static/nowhere.css", "/c/nowhere/")
    ]

    def of(name: str) -> list[Answered]:
        client = places.browser(next(person for person in places.people if person.name == name))
        found = []
        for rule, url in asked:
            answer = client.get(url)
            page = answer.text if answer.mimetype == "text/html" else ""
            found.append(Answered(rule, url, answer.headers, page))
            answer.close()
        return found

    return cache(of)


SIGNED_THEMSELVES = {"public.cosign", "account.choose_less"}
"""What is sent carries a signature, or goes to an address that is a secret of its own; no session is looked at."""


def takes_forms(rule: Rule) -> bool:
    return "POST" in (rule.methods or ()) and rule.endpoint not in SIGNED_THEMSELVES


def test_no_form_is_taken_without_a_token(places: Places) -> None:
    """Everybody, every form: 400, our page, and nothing is done."""
    staff = [person for person in places.here.people if person.roles or person.wrote]
    for rule in filter(takes_forms, places.rules()):
        url = places.url(rule, places.here.values)
        for person in (staff[rule.endpoint.startswith("moderator")], *staff[2:3]):
            answer = places.browser(person).post(url, data={"csrf_token": "made up"})
            assert answer.status_code == 400, (rule.endpoint, answer.status_code)
            assert "不是从本网站提交的" in answer.text, rule.endpoint


def test_a_token_of_another_browser_is_not_taken(places: Places) -> None:
    somebody, another = places.app.test_client(), places.app.test_client()
    token = _token(somebody, "/account/sign-in")
    another.get("/account/sign-in")
    assert another.post("/account/sign-in", data={"csrf_token": token}).status_code == 400
    assert somebody.post("/account/sign-in", data={"csrf_token": token}).status_code == 422


def test_whose_letter_was_put_away_while_they_answered_is_asked_for_its_code(places: Places) -> None:
    here = places.here.values
    path = f"/c/{places.here.slug}/home/rounds/{here['round_id']}/answer/{here['entry_id']}"
    sent = places.app.test_client().post(path, data={"answer": "agree", "csrf_token": "of a session gone"})
    assert sent.status_code == 400
    assert "您的意见还没有提交" in sent.text
    assert 'href="/account/letter"' in sent.text


@pytest.mark.parametrize("choice", [("view", "elder"), ("language", "en")])
def test_a_stranger_chooses_without_a_token_or_a_cookie_of_a_session(
    places: Places, choice: tuple[str, str]
) -> None:
    """The choice is kept in the browser alone; another site may not choose where the browser names it."""
    name, wish = choice
    stranger = places.app.test_client()
    assert "csrf_token" not in stranger.get(f"/c/{places.here.slug}/").text
    data = {"view": wish, "lang": wish, "next": "/"}
    for elsewhere in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        refused = stranger.post(f"/account/{name}", data=data, headers=elsewhere)
        assert refused.status_code == 400
        assert "Set-Cookie" not in refused.headers
    for ours in ({}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}):
        assert stranger.post(f"/account/{name}", data=data, headers=ours).status_code == 302
    assert stranger.get_cookie("session") is None


def test_who_is_signed_in_chooses_with_a_token(places: Places) -> None:
    """Their choice is kept with their account."""
    staff = next(person for person in places.here.people if person.roles)
    browser = places.browser(staff)
    page = browser.get(f"/c/{places.here.slug}/").text
    forms = re.findall(r'action="/account/(?:view|language)">\s*<input[^>]*name="(\w+)"', page)
    assert len(forms) >= 3
    assert set(forms) == {"csrf_token"}
    data = {"view": "elder", "next": "/"}
    assert browser.post("/account/view", data=data).status_code == 400
    token = _token(browser, f"/c/{places.here.slug}/")
    assert browser.post("/account/view", data={**data, "csrf_token": token}).status_code == 302


def _token(client: FlaskClient, url: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(url).text)
    assert found, url
    return found[1]


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


@pytest.mark.parametrize("name", ["stranger", "moderator"])
def test_headers_are_on_every_answer(answers: Callable[[str], list[Answered]], name: str) -> None:
    """Pages, errors, files, redirects; strangers and staff."""
    for one in answers(name):
        for header, value in HEADERS.items():
            assert one.headers[header] == value, (one.url, header)
        policy = one.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert policy == "default-src 'none'" or "frame-ancestors 'none'" in policy, one.url


SAME_FOR_ALL = ("offline.shell", "offline.worker", "offline.words")
"""The tablet's shell: the same bytes for everybody, and nothing of anybody in them."""


@pytest.mark.parametrize("name", ["moderator", "letter_holder"])
def test_pages_of_a_person_are_kept_by_no_cache(answers: Callable[[str], list[Answered]], name: str) -> None:
    shared = ("public.picture", "public.recording", "public.bulletin", "static", *SAME_FOR_ALL)
    for one in answers(name):
        if one.rule and one.rule.endpoint not in shared:
            assert one.headers["Cache-Control"] == "no-store", one.url


FORM = re.compile(r"<form\b[^>]*>")
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"|javascript:")


@pytest.mark.parametrize("name", ["stranger", "moderator", "letter_holder"])
def test_no_page_has_inline_script_or_style(answers: Callable[[str], list[Answered]], name: str) -> None:
    pages = [one for one in answers(name) if one.text]
    assert len(pages) > 20
    for one in pages:
        assert INLINE.search(one.text) is None, one.url


@pytest.mark.parametrize("name", ["stranger", "resident", "moderator", "letter_holder"])
def test_no_form_is_judged_by_the_browser(answers: Callable[[str], list[Answered]], name: str) -> None:
    """It speaks its own language, for a moment and in small letters; the page says what is wrong in the reader's."""
    forms = [(one.url, form) for one in answers(name) for form in FORM.findall(one.text)]
    assert len(forms) > 20
    assert [url for url, form in forms if "novalidate" not in form] == []


@pytest.fixture
def account(database: Database) -> Account:
    with database.transaction() as tx:
        return make.account(tx.session, password_hash=passwords.hashed(PASSWORD))


def _cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie("session")
    return cookie.value if cookie else ""


def _sign_in(client: FlaskClient, account: Account) -> None:
    form = {"name_or_telephone": account.user_name, "password": PASSWORD}
    assert client.post("/account/sign-in", data=form).status_code == 302


@pytest.mark.parametrize("secure", [True, False])
def test_the_session_cookie_is_guarded(database: Database, tmp_path: Path, secure: bool) -> None:
    config = Config(database.url, "a secret of the tests, long enough for it", tmp_path, secure)
    app = create_app(config, database)
    kept = (
        app.test_client().get("/account/sign-in", base_url="https://localhost").headers.getlist("Set-Cookie")
    )
    assert len(kept) == 1
    name, *flags = re.split(r"=|; ", kept[0])
    assert name == ("__Host-session" if secure else "session")
    assert {"HttpOnly", "SameSite", "Lax", "Path", "/"} <= set(flags)
    assert ("Secure" in flags) is secure
    assert "Domain" not in flags


def test_signing_in_begins_a_session_anew(client: FlaskClient, account: Account) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = _cookie(client)
    _sign_in(client, account)
    assert _cookie(client) != before
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent


def test_a_session_lasts_twelve_hours_from_the_last_look(
    client: FlaskClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its cookie is signed anew once ten minutes old, not with every page; one that nobody used has ended."""
    _sign_in(client, account)
    client.get("/account/")
    began, now = _cookie(client), time.time
    for minutes, renewed in ((0, False), (9, False), (11, True), (20, False)):
        before = _cookie(client)
        monkeypatch.setattr(time, "time", lambda after=minutes * 60: now() + after)
        assert client.get("/account/").status_code == 200
        assert (_cookie(client) != before) is renewed, minutes
    client.set_cookie("session", began)
    monkeypatch.setattr(time, "time", lambda: now() + 12 * 3600 + 60)
    assert client.get("/account/").status_code == 302


def test_signing_out_leaves_nothing(client: FlaskClient, account: Account) -> None:
    _sign_in(client, account)
    assert client.get("/account/").status_code == 200
    client.post("/account/sign-out")
    assert client.get("/account/").status_code == 302
    with client.session_transaction() as session:
        assert not {"_user_id", "letter_id", "household_id", "receipts", "offered"} & set(session)


def test_a_kept_cookie_ends_when_sessions_are_ended(client: FlaskClient, account: Account) -> None:
    _sign_in(client, account)
    stolen = client.application.test_client()
    stolen.set_cookie("session", _cookie(client))
    assert stolen.get("/account/").status_code == 200
    client.post("/account/end-sessions")
    assert stolen.get("/account/").status_code == 302
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("what", ["epoch", "disabled_at"])
def test_a_raised_epoch_or_a_disabled_account_ends_the_session(
    client: FlaskClient, account: Account, database: Database, what: str
) -> None:
    _sign_in(client, account)
    with database.transaction() as tx:
        kept = tx.session.get_one(Account, account.id)
        setattr(kept, what, kept.epoch + 1 if what == "epoch" else tx.now)
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("what", ["frozen_at", "replaced_at"])
def test_a_frozen_or_replaced_letter_opens_nothing_at_once(
    client: FlaskClient, database: Database, what: str
) -> None:
    with database.transaction() as tx:
        home = make.households(tx.session, make.community(tx.session), 1)[0]
        letter = Letter(
            community_id=home.community_id,
            household_id=home.id,
            code_hash="c" * 64,
            issued_at=tx.now,
            delivered_at=tx.now,
        )
        tx.session.add(letter)
        tx.session.flush()
    with client.session_transaction() as session:
        session["letter_id"] = letter.id
    assert client.get("/c/zhonghuaxiang/home/").status_code == 200
    with database.transaction() as tx:
        setattr(tx.session.get_one(Letter, letter.id), what, tx.now)
    assert client.get("/c/zhonghuaxiang/home/").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nX: y"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(
    client: FlaskClient, account: Account, target: str
) -> None:
    form = {"name_or_telephone": account.user_name, "password": PASSWORD, "next": target}
    answer = client.post("/account/sign-in", data=form)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"
    assert "X" not in answer.headers


def test_the_way_back_from_a_refusal_stays_here(client: FlaskClient) -> None:
    """A referrer of ours whose path would be another host."""
    page = client.get("/nowhere", headers={"Referer": "http://localhost//evil.example/x"})
    assert "//evil.example" not in page.text


def test_an_unknown_host_is_refused_where_hosts_are_named(database: Database, tmp_path: Path) -> None:
    config = Config(
        database.url,
        "a secret of the tests, long enough for it",
        tmp_path,
        secure_cookies=False,
        trusted_hosts=("community.example",),
    )
    client = create_app(config, database).test_client()
    assert client.get("/healthz", base_url="http://community.example").status_code == 200
    assert client.get("/healthz", base_url="http://evil.example").status_code == 400


def test_a_page_with_a_stale_token_shows_what_was_typed_but_no_password(places: Places) -> None:
    person = next(one for one in places.here.people if one.roles)
    typed = {"current": "six blue windows", "password": "seven green doors", "display_name": "阿依古丽"}
    refused = places.browser(person).post("/account/password", data=typed | {"csrf_token": "stale"})
    assert refused.status_code == 400
    assert typed["display_name"] in refused.text
    assert typed["current"] not in refused.text
    assert typed["password"] not in refused.text
