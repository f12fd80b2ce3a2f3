"""Lists of matters: what is in them, how they are searched, and what they cost."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import event

from deliberate.db import Database
from deliberate.queries import proposals as asked
from deliberate.services import proposals, screening
from tests.make import START
from tests.services.proposal_town import Town


@pytest.fixture
def town(database: Database) -> Iterator[Town]:
    with database.transaction() as tx:
        yield Town(tx.session)


def test_drafts_are_in_no_list_and_search_finds_two_characters(town: Town) -> None:
    town.draft(0, title="没有提交的停车")
    returned = town.submitted(1, title="退回的停车")
    screening.return_to_author(town.session, town.moderator, returned.id, "请补充。", now=START)
    thrown_away = town.draft(2, title="撤回的停车")
    proposals.withdraw(town.session, town.people[2], thrown_away.id, now=START)
    shown = town.submitted(3, title="院内停车位划线", body="100%_公平")

    def found(search: str) -> list[int]:
        return [row.number for row in asked.listing(town.session, town.community.id, search=search).rows]

    assert found("停车") == found("") == found(str(shown.number)) == found("车位 公平") == [shown.number]
    assert found("100%_") == [shown.number]
    assert found("1%0") == found("绿化") == []
    assert [row.id for row in asked.similar(town.session, town.community.id, "停车", "")] == [shown.id]


def test_a_list_and_a_matter_ask_the_store_so_many_times_and_no_more(town: Town) -> None:
    asked_for: list[str] = []
    here = town.community.id
    engine = town.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *call: asked_for.append(call[2]))

    def count(question: Callable[[], object]) -> int:
        town.session.expire_all()
        asked_for.clear()
        question()
        return len(asked_for)

    def list_them() -> object:
        return asked.listing(town.session, here)

    def look() -> object:
        proposal = asked.by_number(town.session, here, 1)
        assert proposal
        return asked.matter(town.session, proposal)

    town.submitted()
    one = (count(list_them), count(look))
    for n in range(6):
        town.second(town.submitted(n), (n + 1) % 6)
    assert (count(list_them), count(look)) == one
    assert one[0] == 2


def test_a_long_list_is_turned_by_number(town: Town) -> None:
    for n in range(7):
        town.submitted(n % 3, title=f"第{n}件")
    town.session.flush()
    seen: list[int] = []
    older = None
    while True:
        leaf = asked.listing(town.session, town.community.id, older_than=older, size=3)
        seen += [row.number for row in leaf.rows]
        older = leaf.older_than
        if older is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]
    assert leaf.total == 7
