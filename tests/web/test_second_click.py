"""Every form sent twice, as by a double click: the second changes nothing more, and is answered in words."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.web.forms_of_pages import Form
from tests.web.places import Places, open_places
from tests.web.uploads import png
from tests.web.world import Person

PARTS = 6
WHO = ("resident", "author", "moderator", "other_moderator", "canvasser", "scrutineer", "registrar")
GROWS = {"journal_entry", "inbox_message", "attempt"}
"""What is written about deeds, and counted of tries."""
FILLED = {
    "title": "另一件事",
    "body": "门关不严。",
    "budget": "100",
    "reason": "核对以后更正",
    "question": "先修哪一栋？",
    "deadline": "2026-03-20T18:00",
    "starts_at": "2026-03-20T18:00",
    "appointed_at": "2026-03-20T18:00",
    "due_on": "2026-05-01",
    "last_day": "2026-04-20",
    "name": "第二组",
    "user_name": "另一人",
    "display_name": "另一人",
    "telephone": "",
    "number": "10",
    "blank": "1",
    "spoilt": "0",
    "progress": "50",
    "spent": "10",
    "scope": "community",
}
"""Words for fields into which one types; every other field gets a sentence."""


@pytest.fixture(scope="module")
def places(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    yield from open_places(empty_store, tmp_path_factory.mktemp("twice"))


def _rows(places: Places) -> dict[str, int]:
    with places.database.reading() as session:
        tables = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        named = [name for name in tables if name not in GROWS]
        counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in named)
        return dict(zip(named, session.execute(text(f"SELECT {counts}")).one(), strict=True))


def _fill(form: Form) -> dict[str, object]:
    sent: dict[str, object] = dict(form.values)
    for name in form.free:
        if not sent.get(name):
            sent[name] = FILLED.get(name, "一句话。")
    return sent


def _send(places: Places, person: Person, form: Form) -> int:
    sent = _fill(form) | {name: (io.BytesIO(png()), "a.png") for name in form.files}
    kind = "multipart/form-data" if form.files else "application/x-www-form-urlencoded"
    answer = places.browser(person).post(form.action, data=sent, content_type=kind)
    answer.get_data()
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("part", [0, *(pytest.param(n, marks=pytest.mark.whole) for n in range(1, PARTS))])
def test_a_second_click_makes_nothing_twice(places: Places, part: int) -> None:
    """Every sixth of the forms in every run, the others in a whole one."""
    twice, done = [], 0
    for person, form in places.forms(WHO)[part::PARTS]:
        first = _send(places, person, form)
        if first < 400:
            before = _rows(places)
            second = _send(places, person, form)
            after = _rows(places)
            more = {name: after[name] - before[name] for name in after if after[name] != before[name]}
            done += 1
            if second >= 500 or more:
                twice.append((person.name, form.action, second, more))
        places.put_back()
    assert twice == []
    assert done > 8
