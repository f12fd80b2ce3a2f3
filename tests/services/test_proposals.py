"""Raising, seconding and screening a matter: who may, when, and who is told."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal, Stale, WrongStage
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Actor, Role
from deliberate.domain.proposal import Draft
from deliberate.domain.scope import Scope, ScopeKind
from deliberate.models import (
    Grid,
    Household,
    InboxMessage,
    Letter,
    Proposal,
    ProposalVersion,
    Second,
    StageChange,
)
from deliberate.queries import people
from deliberate.queries import proposals as asked
from deliberate.services import proposals, screening, seconds
from tests import make
from tests.make import START


class Town:
    """A community of six homes with a resident each, a moderator, and a community next door."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.community = make.community(session)
        self.homes = make.households(session, self.community, 6)
        self.people = [make.actor(session, make.resident(session, home)) for home in self.homes]
        self.moderator = make.actor(session, make.staff(session, self.community, Role.MODERATOR))
        self.next_door = make.community(session, "beimen", "北门社区")
        self.stranger_home = make.households(session, self.next_door, 1)[0]
        self.stranger = make.actor(session, make.resident(session, self.stranger_home))
        self.other_moderator = make.actor(session, make.staff(session, self.next_door, Role.MODERATOR))

    def draft(self, who: int = 0, **other: object) -> Proposal:
        return proposals.draft(
            self.session,
            self.people[who],
            self.community.id,
            make.draft(**other),  # type: ignore[arg-type]
            household_id=self.homes[who].id,
            now=START,
        )

    def submitted(self, who: int = 0, **other: object) -> Proposal:
        return proposals.submit(self.session, self.people[who], self.draft(who, **other).id, now=START)

    def second(self, proposal: Proposal, *who: int) -> None:
        for n in who:
            seconds.second(self.session, self.people[n], proposal.id, self.homes[n].id, now=START)

    def told(self, who: Actor) -> list[str]:
        return list(
            self.session.scalars(
                select(InboxMessage.kind)
                .where(InboxMessage.account_id == who.account_id)
                .order_by(InboxMessage.id)
            )
        )


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
    assert kept == ["门关不严,冬天漏风。", "两扇门。"]


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


def test_households_gone_cannot_be_written_down(town: Town) -> None:
    home: Household = town.homes[5]
    home.gone_at = START
    town.session.flush()
    with pytest.raises(BadInput):
        proposals.take_down(
            town.session, town.moderator, town.community.id, make.draft(), household_id=home.id, now=START
        )
