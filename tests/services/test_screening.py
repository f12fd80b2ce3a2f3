"""Seconding, screening and merging: who may, what it needs, and whom it tells."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from deliberate.db import Database
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.models import (
    Letter,
    Second,
    StageChange,
)
from deliberate.queries import desk, people
from deliberate.queries import proposals as asked
from deliberate.services import proposals, screening, seconds
from tests import make
from tests.make import START
from tests.services.proposal_town import Town


@pytest.fixture
def town(database: Database) -> Iterator[Town]:
    with database.transaction() as tx:
        yield Town(tx.session)


def test_a_household_seconds_once_whoever_clicks(town: Town) -> None:
    made = town.submitted()
    town.second(made, 1)
    partner = make.actor(town.session, make.resident(town.session, town.homes[1]))
    seconds.second(town.session, partner, made.id, town.homes[1].id, now=START)
    assert town.session.scalar(select(func.count()).select_from(Second)) == 1
    seconds.take_back(town.session, partner, made.id, town.homes[1].id, now=START)
    seconds.take_back(town.session, partner, made.id, town.homes[1].id, now=START)
    assert town.session.scalar(select(func.count()).select_from(Second)) == 0


def test_a_letter_can_second(town: Town) -> None:
    made = town.submitted()
    letter = Letter(
        community_id=town.community.id, household_id=town.homes[2].id, code_hash="0" * 64, issued_at=START,
        delivered_at=START,
    )  # fmt: skip
    town.session.add(letter)
    town.session.flush()
    holder = people.actor(town.session, letter_id=letter.id)
    seconds.second(town.session, holder, made.id, town.homes[2].id, now=START)
    assert asked.seconding_homes(town.session, made.id, [town.homes[2].id]) == {town.homes[2].id}


def test_who_cannot_second(town: Town) -> None:
    made = town.submitted()
    with pytest.raises(Refusal, match="您家提出"):
        town.second(made, 0)
    for actor, home in (
        (town.people[1], town.homes[2]),
        (town.stranger, town.stranger_home),
        (town.stranger, town.homes[1]),
    ):
        with pytest.raises(NotAllowed):
            seconds.second(town.session, actor, made.id, home.id, now=START)
    with pytest.raises(WrongStage):
        town.second(town.draft(1), 2)


def test_acceptance_needs_the_seconds(town: Town) -> None:
    made = town.submitted()
    town.second(made, 1, 2)
    with pytest.raises(WrongStage):
        screening.accept(town.session, town.moderator, made.id, now=START)
    assert made.stage is Stage.SUBMITTED
    town.second(made, 3)
    screening.accept(town.session, town.moderator, made.id, now=START)
    assert made.stage is Stage.ACCEPTED
    assert town.told(town.people[0]) == ["proposal_accepted"]
    assert town.told(town.people[3]) == ["seconded_accepted"]
    with pytest.raises(WrongStage):
        seconds.take_back(town.session, town.people[3], made.id, town.homes[3].id, now=START)


def test_a_refusal_needs_its_reason_and_tells_both(town: Town) -> None:
    made = town.submitted()
    town.second(made, 1)
    with pytest.raises(BadInput):
        screening.return_to_author(town.session, town.moderator, made.id, "  ", now=START)
    screening.return_to_author(town.session, town.moderator, made.id, "请写清数量。", now=START)
    proposals.edit(town.session, town.people[0], made.id, make.draft(body="38扇门。"), version=1, now=START)
    proposals.submit(town.session, town.people[0], made.id, now=START)
    screening.decline(town.session, town.moderator, made.id, "已列入改造。", now=START)
    assert town.told(town.people[0]) == ["proposal_returned", "proposal_declined"]
    assert town.told(town.people[1]) == ["seconded_returned", "seconded_changed", "seconded_declined"]
    reasons = town.session.scalars(select(StageChange.reason).order_by(StageChange.id)).all()
    assert reasons == [None, "请写清数量。", None, "已列入改造。"]


def test_a_text_that_was_changed_after_a_moderator_read_it_is_not_screened_by_their_page(town: Town) -> None:
    """One moderator returns it, the author writes it anew, and another still has the old page."""
    made = town.submitted()
    town.second(made, 1, 2, 3)
    at = {"version": made.version, "now": START}
    screening.return_to_author(town.session, town.moderator, made.id, "请写清数量。", **at)  # type: ignore[arg-type]
    text = make.draft(body="换成另一件事。")
    proposals.edit(town.session, town.people[0], made.id, text, version=made.version, now=START)
    proposals.submit(town.session, town.people[0], made.id, now=START)
    other = town.submitted(1)
    for screened in (
        lambda: screening.accept(town.session, town.moderator, made.id, **at),  # type: ignore[arg-type]
        lambda: screening.return_to_author(town.session, town.moderator, made.id, "改", **at),  # type: ignore[arg-type]
        lambda: screening.decline(town.session, town.moderator, made.id, "不办", **at),  # type: ignore[arg-type]
        lambda: screening.merge(town.session, town.moderator, made.id, other.number, "同", **at),  # type: ignore[arg-type]
    ):
        with pytest.raises(Stale):
            screened()
    assert made.stage is Stage.SUBMITTED
    screening.accept(town.session, town.moderator, made.id, version=2, now=START)


def test_the_desk_lists_what_is_due_first_and_says_how_much_more_there_is(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "MOST", 2)
    made = [town.submitted(n) for n in range(3)]
    for days, one in enumerate(made):
        one.submitted_at = START + timedelta(days=7 * (1 if days == 0 else 2 - days))
    town.session.flush()
    shown = desk.desk(town.session, town.community.id, None, START)
    assert [one.row.id for one in shown.to_screen] == [made[2].id, made[0].id]
    assert shown.more_to_screen == 1
    screening.decline(town.session, town.moderator, made[2].id, "不办。", now=START)
    assert desk.desk(town.session, town.community.id, None, START).more_to_screen == 0


def test_only_a_moderator_of_this_community_screens(town: Town) -> None:
    made = town.submitted()
    for actor in (town.people[0], town.people[1], town.other_moderator):
        with pytest.raises(NotAllowed):
            screening.decline(town.session, actor, made.id, "不办。", now=START)


def test_merging_tells_the_authors_and_keeps_the_link(town: Town) -> None:
    into, made = town.submitted(), town.submitted(1)
    town.second(made, 2)
    screening.merge(town.session, town.moderator, made.id, into.number, "同一件事。", now=START)
    assert (made.stage, made.merged_into_id) == (Stage.MERGED, into.id)
    assert town.told(town.people[1]) == ["proposal_merged"]
    assert town.told(town.people[2]) == ["seconded_merged"]
    assert [one.id for one in asked.matter(town.session, into).merged_here] == [made.id]


def test_what_nothing_can_be_merged_into(town: Town) -> None:
    made = town.submitted()
    with pytest.raises(NotFound):
        screening.merge(town.session, town.moderator, made.id, 99, "同一件事。", now=START)
    for other in (made, town.draft(1)):
        with pytest.raises(BadInput):
            screening.merge(town.session, town.moderator, made.id, other.number, "同一件事。", now=START)
    assert made.stage is Stage.SUBMITTED
