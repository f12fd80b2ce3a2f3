"""Duties, crews and forms of a round."""

import pytest
from sqlalchemy import select

from deliberate.domain.consent import Answer
from deliberate.domain.errors import BadInput, Stale, WrongStage
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, RoundStatus
from deliberate.models import Account, ConsentPaper, Crew, JournalEntry
from deliberate.services import accounts, duties, forms, staff
from deliberate.services.answerable import NotNow
from deliberate.services.rounds import RoundNotReady
from tests import make, make_count
from tests.make import Clock
from tests.make_round import open_round, paper
from tests.services.prepared_rounds import Begin, bare, certify, prepared, try_to_open


@pytest.mark.parametrize("missing", list(DutyKind))
def test_every_duty_must_be_held(transaction: Begin, missing: DutyKind) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        moderator = make.actor(tx.session, at.staff.moderator)
        crew = duties.make_crew(tx.session, moderator, at.round.id, "一组", {}, "志愿者", now=tx.now)
        for kind in set(DutyKind) - {missing}:
            person = getattr(at.staff, kind.value)
            number = crew.id if kind is DutyKind.CANVASSER else None
            duties.assign(tx.session, moderator, at.round.id, person.id, kind, number, now=tx.now)
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)
        certify(tx.session, at, Role.SCRUTINEER, at.staff.scrutineer, tx.now)
        with pytest.raises(WrongStage, match="还没有分别安排好"):
            try_to_open(tx.session, at, now=tx.now)


def test_a_crew_of_one_is_short_unless_a_volunteer_goes_along(transaction: Begin) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        at.crew.volunteer = None
        tx.session.flush()
        with pytest.raises(WrongStage, match="还没有分别安排好"):
            try_to_open(tx.session, at, now=tx.now)
        at.crew.volunteer = "测试志愿者"
        tx.session.flush()
        try_to_open(tx.session, at, now=tx.now)
        assert at.round.status is RoundStatus.OPEN


def test_who_left_a_crew_is_neither_counted_nor_named(transaction: Begin) -> None:
    """By a role taken away, or an account that is disabled; a substitute makes them two again."""
    with transaction() as tx:
        at = open_round(tx.session, 12)
        moderator = make.actor(tx.session, at.staff.moderator)
        crew = tx.session.get_one(Crew, at.crew.id)
        crew.volunteer = None
        second = make.staff(tx.session, at.community, Role.CANVASSER, name="第二人")
        duties.assign(tx.session, moderator, at.round.id, second.id, DutyKind.CANVASSER, crew.id, now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)
        registrar = make.actor(tx.session, at.staff.registrar)
        staff.revoke(tx.session, registrar, at.community.id, second.id, Role.CANVASSER, now=tx.now)
        with pytest.raises(NotNow, match="只有一个人"):
            paper(tx.session, at, at.entries[1], Answer.AGREE, 2, now=tx.now)
        third = make.staff(tx.session, at.community, Role.CANVASSER, name="第三人")
        duties.assign(tx.session, moderator, at.round.id, third.id, DutyKind.CANVASSER, crew.id, now=tx.now)
        paper(tx.session, at, at.entries[1], Answer.AGREE, 2, now=tx.now)
        named = tx.session.scalars(select(ConsentPaper.canvassers).order_by(ConsentPaper.consent_id)).all()
        assert named == ["测试入户、第二人", "测试入户、第三人"]
        accounts.disable(tx.session, third.user_name, now=tx.now)
        with pytest.raises(NotNow, match="只有一个人"):
            paper(tx.session, at, at.entries[2], Answer.AGREE, 3, now=tx.now)


def test_a_comma_in_a_name_makes_no_second_person(transaction: Begin) -> None:
    """However it came there."""
    with transaction() as tx:
        at = open_round(tx.session, 12)
        tx.session.get_one(Crew, at.crew.id).volunteer = None
        tx.session.get_one(Account, at.staff.canvasser.id).display_name = "张三、李四"
        tx.session.flush()
        with pytest.raises(NotNow, match="只有一个人"):
            paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)


def test_one_canvasser_registers_where_the_community_asks_for_one(transaction: Begin) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        at.crew.volunteer = None
        at.round.periods = {**at.round.periods, "canvassers": 1}
        tx.session.flush()
        try_to_open(tx.session, at, now=tx.now)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 1, now=tx.now)


def test_a_round_does_not_open_with_a_crew_whose_second_has_left(transaction: Begin) -> None:
    with transaction() as tx:
        at = prepared(tx.session)
        moderator = make.actor(tx.session, at.staff.moderator)
        at.crew.volunteer = None
        second = make.staff(tx.session, at.community, Role.CANVASSER)
        crew = at.crew.id
        duties.assign(tx.session, moderator, at.round.id, second.id, DutyKind.CANVASSER, crew, now=tx.now)
        second.disabled_at = tx.now
        tx.session.flush()
        with pytest.raises(WrongStage, match="还没有分别安排好"):
            try_to_open(tx.session, at, now=tx.now)


@pytest.mark.parametrize("name", ["张三、李四", "张三，李四", "A, B", "A;B", "A/B", "A\nB", "ئا، ب"])
def test_a_volunteer_is_one_person(transaction: Begin, name: str) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        moderator = make.actor(tx.session, at.staff.moderator)
        with pytest.raises(BadInput, match="分不清") as refusal:
            duties.make_crew(tx.session, moderator, at.round.id, "第二组", {}, name, now=tx.now)
        assert refusal.value.params["field"] == "volunteer"


def test_one_person_has_one_duty_for_which_they_have_the_role(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        moderator = make.actor(tx.session, at.staff.moderator)
        many = make.staff(tx.session, at.community, Role.MODERATOR, Role.SCRUTINEER)
        duties.assign(tx.session, moderator, at.round.id, many.id, DutyKind.SCRUTINEER, now=tx.now)
        with pytest.raises(RoundNotReady, match="已经有一项职责"):
            duties.assign(tx.session, moderator, at.round.id, many.id, DutyKind.MODERATOR, now=tx.now)
        with pytest.raises(BadInput, match="没有相应的身份"):
            duties.assign(
                tx.session, moderator, at.round.id, at.staff.registrar.id, DutyKind.MODERATOR, now=tx.now
            )
        with pytest.raises(BadInput, match="不同的名称"):
            duties.make_crew(tx.session, moderator, at.round.id, "第一组", {}, now=tx.now)


def test_forms_handed_back_are_written_down_once_and_put_right(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        moderator, day = make.actor(tx.session, at.staff.moderator), tx.now.date()
        back = lambda number, seen: forms.return_forms(  # noqa: E731
            tx.session, moderator, at.crew.id, day, number, 0, seen=seen, now=tx.now
        )
        less = lambda blank, spoilt, reason, seen=None: forms.correct_return(  # noqa: E731
            tx.session, moderator, at.crew.id, day, blank, spoilt, reason, seen=seen, now=tx.now
        )
        first = back(30, 0)
        assert back(30, 0).id == first.id
        with pytest.raises(Stale):
            back(10, 0)
        second = back(30, first.id)
        assert forms.balance_of(tx.session, at.crew).blank == 60
        for blank, spoilt in ((61, 0), (0, 1), (-1, 0), (0, 0)):
            with pytest.raises(BadInput, match="空白60张、作废0张"):
                less(blank, spoilt, "多登记了")
        with pytest.raises(BadInput, match="写明原因"):
            less(30, 0, " ")
        for _click in range(2):
            made = less(30, 0, "同一叠登记了两次", second.id)
        assert (made.blank, made.note, made.by_id) == (-30, "同一叠登记了两次", at.staff.moderator.id)
        assert forms.balance_of(tx.session, at.crew).missing == 70
        noted = select(JournalEntry.data).where(JournalEntry.what == "forms_return_corrected")
        assert tx.session.scalars(noted).all() == [{"blank": -30, "spoilt": 0}]
        less(30, 0, "都还在手里")
        assert forms.balance_of(tx.session, at.crew).blank == 0


def test_no_form_is_handed_out_or_back_once_the_round_is_closed(transaction: Begin, clock: Clock) -> None:
    with transaction() as tx:
        at = make_count.answered(tx, 10, 9)
        make_count.closed(at, tx, clock)
        moderator = make.actor(tx.session, at.staff.moderator)
        crew, day = (tx.session, moderator, at.crew.id), clock.at.date()
        for deed in (
            lambda: forms.issue_forms(*crew, 1, now=clock.at),
            lambda: forms.return_forms(*crew, day, 1, 0, now=clock.at),
            lambda: forms.correct_return(*crew, day, 1, 0, "晚了", now=clock.at),
        ):
            with pytest.raises(BadInput, match="已经结束"):
                deed()


def test_forms_balance_per_crew(transaction: Begin) -> None:
    with transaction() as tx:
        at = open_round(tx.session, 12)
        moderator = make.actor(tx.session, at.staff.moderator)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 7, now=tx.now)
        day = tx.now.date()
        with pytest.raises(BadInput, match="手里还有99张"):
            forms.return_forms(tx.session, moderator, at.crew.id, day, 99, 1, now=tx.now)
        with pytest.raises(BadInput):
            forms.return_forms(tx.session, moderator, at.crew.id, day, -1, 5, now=tx.now)
        with pytest.raises(BadInput):
            forms.issue_forms(tx.session, moderator, at.crew.id, 0, now=tx.now)
        with pytest.raises(RoundNotReady, match="99张意见表没有对上"):
            forms.refuse_unbalanced(tx.session, at.round.id)
        forms.return_forms(tx.session, moderator, at.crew.id, day, 97, 2, now=tx.now)
        [balance] = forms.balance(tx.session, at.round.id)
        assert (balance.issued, balance.registered, balance.blank, balance.spoilt) == (100, 1, 97, 2)
        forms.refuse_unbalanced(tx.session, at.round.id)
        with pytest.raises(BadInput, match="没有发给任何一个小组"):
            paper(tx.session, at, at.entries[1], Answer.AGREE, 101, now=tx.now)
