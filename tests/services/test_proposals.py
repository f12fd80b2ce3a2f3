"""Raising, seconding and screening a matter: who may, when, and who is told."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from deliberate.db import Database
from deliberate.domain.errors import BadInput, NotAllowed, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.proposal import Draft
from deliberate.domain.scope import Scope, ScopeKind
from deliberate.models import (
    Grid,
    Household,
    Proposal,
    ProposalVersion,
    StageChange,
)
from deliberate.queries import proposals as asked
from deliberate.services import proposals, screening
from tests import make
from tests.make import START
from tests.services.proposal_town import Town


@pytest.fixture
def town(database: Database) -> Iterator[Town]:
    with database.transaction() as tx:
        yield Town(tx.session)


def test_numbers_count_in_each_community(town: Town) -> None:
    here = [town.draft().number, town.draft(1).number]
    there = proposals.draft(
        town.session,
        town.stranger,
        town.next_door.id,
        make.draft(),
        household_id=town.stranger_home.id,
        now=START,
    )
    assert (here, there.number) == ([1, 2], 1)


def test_nobody_raises_for_a_household_that_is_not_theirs(town: Town) -> None:
    for actor, home in (
        (town.people[0], town.homes[1]),
        (town.people[0], town.stranger_home),
        (town.moderator, town.homes[0]),
    ):
        with pytest.raises(NotAllowed):
            proposals.draft(
                town.session, actor, town.community.id, make.draft(), household_id=home.id, now=START
            )


def test_a_scope_of_another_community_is_refused(town: Town) -> None:
    grid = town.session.scalars(select(Grid.id).where(Grid.community_id == town.next_door.id)).one()
    text = Draft("修灯", "楼道灯坏了。", scope=Scope(ScopeKind.GRIDS, (grid,)))
    with pytest.raises(BadInput):
        proposals.draft(
            town.session, town.people[0], town.community.id, text, household_id=town.homes[0].id, now=START
        )


def test_every_text_is_kept_and_a_stale_one_refused(town: Town) -> None:
    made = town.draft()
    proposals.edit(town.session, town.people[0], made.id, make.draft(body="两扇门。"), version=1, now=START)
    with pytest.raises(Stale):
        proposals.edit(
            town.session, town.people[0], made.id, make.draft(body="三扇门。"), version=1, now=START
        )
    again = proposals.edit(
        town.session, town.people[0], made.id, make.draft(body="两扇门。"), version=1, now=START
    )
    assert again.version == 2
    kept = town.session.scalars(select(ProposalVersion.body).order_by(ProposalVersion.n)).all()
    assert kept == ["门关不严，冬天漏风。", "两扇门。"]


def test_only_the_author_changes_or_withdraws(town: Town) -> None:
    made = town.submitted()
    for actor in (town.people[1], town.stranger, town.moderator):
        with pytest.raises(NotAllowed):
            proposals.edit(town.session, actor, made.id, make.draft(), version=1, now=START)
        with pytest.raises(NotAllowed):
            proposals.withdraw(town.session, actor, made.id, now=START)


def test_a_submitted_text_stands(town: Town) -> None:
    made = town.submitted()
    with pytest.raises(WrongStage):
        proposals.edit(town.session, town.people[0], made.id, make.draft(body="别的。"), version=1, now=START)


def test_submitting_twice_is_one_step(town: Town) -> None:
    made = town.submitted()
    proposals.submit(town.session, town.people[0], made.id, now=START + timedelta(days=1))
    assert made.submitted_at == START
    assert town.session.scalar(select(func.count()).select_from(StageChange)) == 1


def test_withdrawing_tells_those_who_seconded(town: Town) -> None:
    made = town.submitted()
    town.second(made, 1)
    proposals.withdraw(town.session, town.people[0], made.id, reason="已经修好", now=START)
    assert made.stage is Stage.WITHDRAWN
    assert town.told(town.people[1]) == ["seconded_withdrawn"]


def test_taken_down_is_marked_and_needs_a_home_of_the_roll(town: Town) -> None:
    made = proposals.take_down(
        town.session,
        town.moderator,
        town.community.id,
        make.draft(),
        household_id=town.homes[4].id,
        now=START,
    )
    proposals.submit(town.session, town.moderator, made.id, now=START)
    voice = asked.matter(town.session, made).voice
    assert (made.taken_down_by_id, voice.taken_down, voice.building) == (town.moderator.account_id, True, "1")
    with pytest.raises(BadInput):
        proposals.take_down(
            town.session,
            town.moderator,
            town.community.id,
            make.draft(),
            household_id=town.stranger_home.id,
            now=START,
        )
    with pytest.raises(NotAllowed):
        proposals.take_down(town.session, town.people[0], town.community.id, make.draft(), now=START)


def test_raised_again_points_to_what_was_public(town: Town) -> None:
    earlier, hidden = town.submitted(), town.draft(1)

    def again(follows: int) -> Proposal:
        return proposals.draft(
            town.session, town.people[2], town.community.id, make.draft(),
            household_id=town.homes[2].id, follows_id=follows, now=START,
        )  # fmt: skip

    proposals.submit(town.session, town.people[2], again(earlier.id).id, now=START)
    assert len(asked.matter(town.session, earlier).raised_again) == 1
    with pytest.raises(BadInput):
        again(hidden.id)


def test_a_returned_matter_that_is_thrown_away_stays_between_author_and_moderators(town: Town) -> None:
    made, other = town.submitted(), town.draft(1)
    other.follows_id = made.id
    assert asked.matter(town.session, other).follows is made
    screening.return_to_author(town.session, town.moderator, made.id, "请去掉邻居的名字", now=START)
    assert asked.matter(town.session, other).follows is None
    proposals.withdraw(town.session, town.people[0], made.id, now=START)
    assert not asked.is_public(made)
    assert asked.listing(town.session, town.community.id).rows == []


def test_households_gone_cannot_be_written_down(town: Town) -> None:
    home: Household = town.homes[5]
    home.gone_at = START
    town.session.flush()
    with pytest.raises(BadInput):
        proposals.take_down(
            town.session, town.moderator, town.community.id, make.draft(), household_id=home.id, now=START
        )


def test_the_form_that_began_a_draft_changes_it_and_never_hands_another_text_in(town: Town) -> None:
    def send(body: str, who: int = 0, home: int = 0) -> Proposal:
        return proposals.draft(
            town.session,
            town.people[who],
            town.community.id,
            make.draft(body=body),
            household_id=town.homes[home].id,
            request_id="one",
            now=START,
        )

    made = send("第一稿")
    assert send("第一稿").version == 1
    again = send("第二稿")
    assert (again.id, again.body, again.version) == (made.id, "第二稿", 2)
    kept = town.session.scalars(select(ProposalVersion.body).order_by(ProposalVersion.n)).all()
    assert kept == ["第一稿", "第二稿"]
    with pytest.raises(Stale):
        send("第三稿，第二稿也许在别处改过")
    proposals.submit(town.session, town.people[0], made.id, now=START)
    assert send("第二稿").id == made.id
    with pytest.raises(Stale):
        send("第四稿")
    assert send("第四稿", 1, 1).id != made.id
    assert made.body == "第二稿"


def test_the_form_of_one_person_s_matter_makes_none_for_another(town: Town) -> None:
    def take_down(home: int | None) -> Proposal:
        return proposals.take_down(
            town.session,
            town.moderator,
            town.community.id,
            make.draft(),
            household_id=home,
            request_id="one",
            now=START,
        )

    assert take_down(town.homes[0].id).id == take_down(town.homes[0].id).id
    with pytest.raises(Stale):
        take_down(town.homes[1].id)
