"""Whatever is sent, the answer is a clear sentence in the reader's language, and never a fault of ours."""

import io
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from pathlib import Path
from zlib import crc32

import pytest
from _pytest.mark import ParameterSet
from flask.testing import FlaskClient

from tests.web.forms_of_pages import Form
from tests.web.places import Places, open_places
from tests.web.world import Person

SOME_PEOPLE = ("resident", "moderator", "registrar")
BUSY = (*SOME_PEOPLE, "letter_holder", "author", "other_moderator", "canvasser", "scrutineer")
"""Whose forms are sent: of some in every run, of all these in a whole one."""
LANGUAGES = ("zh-CN", "en")
NOT_OURS = ("Bad Request", "Internal Server Error", "Traceback", "werkzeug", "sqlalchemy")

HOSTILE = {
    "a very long text": "长" * 10_000,
    "a NUL": "a\0b",
    "half a character": b"a\xed\xa0\x80b",
    "no UTF-8": b"\xff\xfe\xc3\x28",
    "a number beyond every column": str(2**70),
    "a number of 5,000 digits": "9" * 5_000,
    "less than nothing": "-1",
    "a fraction": "1e309",
    "markup": '"><script>alert(1)</script>{{ 7*7 }}%(n)s',
    "a formula": '=HYPERLINK("http://evil.example")',
    "a line break into a header": "x\r\nSet-Cookie: a=b",
    "a path": "../../../../etc/passwd",
    "white space": " \u3000\u200b\u202e ",
    "nothing": "",
}
TELLING = ("a number beyond every column", "markup")
"""In every run each form gets one of these; everything else in a whole one."""
SOME = ["some_forms", pytest.param("every_form", marks=pytest.mark.whole)]


def sample(all_of: Iterable[str], telling: Collection[str]) -> list[ParameterSet]:
    """All of them, those that tell most in every run."""
    return [
        pytest.param(one, marks=[] if one in telling else pytest.mark.whole, id=ascii(one)[:30])
        for one in all_of
    ]


@pytest.fixture(scope="module")
def places(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    yield from open_places(empty_store, tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def some_forms(places: Places) -> list[tuple[Person, Form]]:
    """Every form that one of these three finds on a page, once."""
    return places.forms(SOME_PEOPLE)


@pytest.fixture(scope="module")
def every_form(places: Places) -> list[tuple[Person, Form]]:
    """Every form that somebody of here finds on a page, once."""
    return places.forms(BUSY)


@pytest.fixture(params=SOME)
def forms(request: pytest.FixtureRequest) -> list[tuple[Person, Form]]:
    """In every run every other one of some people, not the same for each test; in a whole one everybody's.

    A form that takes a file is always among them.
    """
    found: list[tuple[Person, Form]] = request.getfixturevalue(request.param)
    if request.param == "every_form":
        return found
    left = crc32(request.function.__name__.encode()) % 2
    return [one for n, one in enumerate(found) if n % 2 == left or one[1].files]


@pytest.fixture(scope="module")
def pages(places: Places) -> list[tuple[Person, str]]:
    return [(person, url) for person, url, _ in places.pages(SOME_PEOPLE)]


def test_the_forms_are_found(some_forms: list[tuple[Person, Form]]) -> None:
    assert len(some_forms) > 40


@pytest.mark.whole
def test_every_form_is_found(every_form: list[tuple[Person, Form]]) -> None:
    assert len(every_form) > 60


def _ours(status: int, text: str, what: object) -> None:
    assert status < 500, what
    for word in NOT_OURS:
        assert word not in text, (what, word)


def _send(places: Places, person: Person, form: Form, name: str, language: str) -> None:
    """Every field into which one types, all at once, then what is chosen."""
    typed = dict.fromkeys(form.free, HOSTILE[name])
    chosen = {field: HOSTILE[name] for field in form.values if field not in form.free}
    for sent in ({**form.values, **typed}, {**form.values, **chosen}):
        answer = places.ask(person, "POST", form.action, sent, headers={"Accept-Language": language})
        said = answer.get_data().decode(errors="replace")  # sheets may come as PDF
        _ours(answer.status_code, said, (name, person.name, form.action, answer.status_code))
        assert "Set-Cookie: a=b" not in str(answer.headers)
        assert "<script>alert(1)" not in said


def test_no_form_breaks(places: Places, forms: list[tuple[Person, Form]]) -> None:
    for n, (person, form) in enumerate(forms):
        _send(places, person, form, TELLING[n % 2], LANGUAGES[n // 2 % 2])


@pytest.mark.whole
@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name.replace(" ", "-"))
def test_no_form_breaks_whatever_is_sent(
    places: Places, every_form: list[tuple[Person, Form]], name: str
) -> None:
    for n, (person, form) in enumerate(every_form):
        _send(places, person, form, name, LANGUAGES[n % 2])


SUMMARY = re.compile(r'id="error-summary".*?</div>', re.DOTALL)
AT_FIELDS = re.compile(r'class="field-error"(?:(?!</p>).)*<span>(.*?)</span>', re.DOTALL)


def test_what_is_wrong_at_a_field_is_in_the_summary_of_the_page(
    places: Places, forms: list[tuple[Person, Form]]
) -> None:
    summed_up = 0
    for person, form in forms:
        answer = places.ask(person, "POST", form.action, dict.fromkeys(form.free, ""))
        if not (summary := SUMMARY.search(answer.text)):
            continue
        summed_up += 1
        assert "<li>" in summary[0], (person.name, form.action)
        for said in AT_FIELDS.findall(answer.text):
            assert said.strip().split(" ")[0] in summary[0], (person.name, form.action, said)
    assert summed_up > 5


NUMBERS = [str(2**31), str(2**63), str(2**70), "0", str(10**400)]


@pytest.mark.parametrize("wrong", sample(NUMBERS, {str(2**31)}))
def test_no_number_in_an_address_breaks(places: Places, wrong: str) -> None:
    """Too large, nothing, of another alphabet: not found, or not ours to see."""
    moderator = next(person for person in places.here.people if person.name == "moderator")
    for rule in places.rules():
        numbers = [name for name in rule.arguments if isinstance(places.here.values[name], int)]
        for name in numbers:
            url = places.url(rule, {**places.here.values, name: 1234567}).replace("1234567", wrong)
            for method in sorted({"GET", "POST"} & set(rule.methods or ())):
                answer = places.ask(moderator, method, url)
                assert answer.status_code in (401, 403, 404, 405), (method, url[:90], answer.status_code)


QUERIES = ("older", "page", "after", "before", "grid", "estate", "building", "q", "group", "category")
QUERIES += ("kind", "old", "new", "state", "only", "reply", "follows", "title", "next", "parent", "print")


WRONG = [str(2**70), "-1", "%00", "%ED%A0%80", "x" * 3000, "9" * 5000, "../..", "²"]


@pytest.mark.parametrize("wrong", sample(WRONG, {str(2**70)}))
def test_no_question_in_an_address_breaks(
    places: Places, pages: list[tuple[Person, str]], wrong: str
) -> None:
    asked = "&".join(f"{name}={wrong}" for name in QUERIES)
    for person, url in pages:
        answer = places.ask(person, "GET", f"{url}?{asked}")
        _ours(answer.status_code, "", (person.name, url, wrong[:20], answer.status_code))


@cache
def _far_too_many() -> dict[str, str]:
    return {f"field{n}": "x" for n in range(3000)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_far_too_many_parts_are_refused_in_words(places: Places, language: str) -> None:
    resident = next(person for person in places.here.people if person.name == "resident")
    answer = places.ask(
        resident,
        "POST",
        f"/c/{places.here.slug}/home/propose",
        {**_far_too_many(), "file": (io.BytesIO(b"x"), "a.png")},
        headers={"Accept-Language": language},
    )
    assert answer.status_code == 413
    assert "<h1" in answer.text
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in answer.text


NO_FORMS = [("application/json", b'{"a": 1}'), ("text/xml", b"<a/>"), ("multipart/form-data", b"x")]


@pytest.mark.whole
def test_a_body_that_is_no_form_is_refused(places: Places, every_form: list[tuple[Person, Form]]) -> None:
    for person, form in every_form:
        for kind, body in NO_FORMS:
            answer = places.browser(person).post(form.action, data=body, content_type=kind)
            answer.close()
            if answer.status_code < 400:
                places.put_back()
            _ours(answer.status_code, answer.text, (kind, form.action, answer.status_code))


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/../deliberate.db",
        "/pictures/%2e%2e%2fdeliberate.db",
        "/pictures/..%5cdeliberate.db",
        "/pictures/" + "a" * 64 + ".db",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/c/..%2f..%2fetc/matters/1",
        "/c/%00/matters/1",
        "/c/here/roll/import/..%2f..%2fdeliberate.db",
        "/%ff%fe",
    ],
)
def test_no_path_leads_out(places: Places, path: str) -> None:
    registrar = next(person for person in places.here.people if person.name == "registrar")
    url = path.replace("/c/here", f"/c/{places.here.slug}")
    answer = places.ask(registrar, "GET", url, follow_redirects=True)
    assert answer.status_code == 404
    assert "SQLite" not in answer.text


NAMES = ("a\0.png", "../../x.png", "x.svg", "长" * 3000 + ".png", "")
DATA = (b"", b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\n" + b"0" * 50, b"%PDF-1.4")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        pytest.param(name, data, marks=[] if n % len(DATA) == kind else pytest.mark.whole)
        for n, name in enumerate(NAMES)
        for kind, data in enumerate(DATA)
    ],
)
def test_no_file_breaks(places: Places, forms: list[tuple[Person, Form]], name: str, data: bytes) -> None:
    for person, form in forms:
        for field in form.files:
            sent = {**form.values, field: (io.BytesIO(data), name)}
            answer = places.ask(person, "POST", form.action, sent, content_type="multipart/form-data")
            _ours(answer.status_code, answer.text, (form.action, name[:20], answer.status_code))


def test_a_field_sent_many_times_is_one_answer(places: Places, forms: list[tuple[Person, Form]]) -> None:
    for person, form in forms:
        sent = {name: [value, "x", value] for name, value in form.values.items()}
        answer = places.ask(person, "POST", form.action, sent)
        _ours(answer.status_code, answer.text, (form.action, answer.status_code))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [401, 403, 404, 405, 422])
def test_every_refusal_is_a_page_of_ours(places: Places, language: str, status: int) -> None:
    base, headers = f"/c/{places.here.slug}", {"Accept-Language": language}
    resident = next(person for person in places.here.people if person.name == "resident")
    stranger = places.people[0]
    asked = {
        401: (stranger, "POST", f"{base}/desk/settings"),
        403: (resident, "GET", f"{base}/desk/"),
        404: (resident, "GET", f"{base}/matters/99999"),
        405: (resident, "DELETE", f"{base}/"),
        422: (resident, "POST", "/account/name"),
    }[status]
    answer = places.ask(*asked, headers=headers)
    assert answer.status_code == status
    assert "<h1" in answer.text
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in answer.text


def test_a_browser_that_asks_for_nothing_gets_a_page(client: FlaskClient) -> None:
    assert client.get("/nowhere", headers={"Accept": "", "Accept-Language": "\x00;;q=x"}).status_code == 404


def test_what_is_too_large_is_heard_to_its_end_so_that_the_answer_arrives(client: FlaskClient) -> None:
    sent = io.BytesIO(b"x" * (26 << 20))
    length = str(26 << 20)
    answer = client.post(
        "/account/letter", input_stream=sent, content_type="text/plain", headers={"Content-Length": length}
    )
    assert (answer.status_code, sent.tell()) == (413, 26 << 20)
