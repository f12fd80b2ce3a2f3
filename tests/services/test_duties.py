"""Duties, crews and forms of a round."""

import pytest

from deliberate.domain.consent import Answer
from deliberate.domain.errors import BadInput, WrongStage
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, RoundStatus
from deliberate.services import duties, forms
from deliberate.services.rounds import RoundNotReady
from tests import make
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
