"""The roll of a round: drawn up, signed by two persons, posted, and the same when it opens."""

from datetime import timedelta

import pytest

from deliberate.db import Transaction
from deliberate.domain.errors import BadInput, NotAllowed
from deliberate.domain.lifecycle import Condition
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Role
from deliberate.domain.roll_cells import Occupancy
from deliberate.models import Household, HouseholdChange, Notice, RollEntry
from deliberate.queries import rounds as round_pages
from deliberate.services import left_out, rounds
from deliberate.services.rounds import RoundNotReady
from tests import make
from tests.services.prepared_rounds import Begin, bare, certify, prepared


def test_one_certificate_is_not_enough(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        for role, person in ((Role.REGISTRAR, at.staff.registrar), (Role.SCRUTINEER, at.staff.scrutineer)):
            assert Condition.ROLL_CERTIFIED not in rounds.facts_to_open(tx.session, at.round, tx.now)
            certify(tx.session, at, role, person, tx.now)
        assert Condition.ROLL_CERTIFIED in rounds.facts_to_open(tx.session, at.round, tx.now)


def test_the_scrutineer_signs_after_the_registrar_and_each_signs_once(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        with pytest.raises(RoundNotReady, match="户册管理员还没有拟定名册"):
            certify(tx.session, at, Role.SCRUTINEER, at.staff.scrutineer, tx.now)
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)
        with pytest.raises(RoundNotReady, match="已经有人核定过"):
            certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)


def test_one_person_with_both_roles_does_not_certify_twice(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        both = make.staff(tx.session, at.community, Role.REGISTRAR, Role.SCRUTINEER)
        certify(tx.session, at, Role.REGISTRAR, both, tx.now)
        with pytest.raises(RoundNotReady, match="必须是两个人"):
            certify(tx.session, at, Role.SCRUTINEER, both, tx.now)


def test_a_roll_is_frozen_by_its_certificate(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        at.homes[0].occupancy = Occupancy.VACANT
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)
        registrar = make.actor(tx.session, at.staff.registrar)
        with pytest.raises(RoundNotReady, match="核定以后就不能再改"):
            left_out.leave_out(tx.session, registrar, at.round.id, [at.homes[0].id], "空置", now=tx.now)
        make.households(tx.session, at.community, 5, building_name="9")
        certify(tx.session, at, Role.SCRUTINEER, at.staff.scrutineer, tx.now)
        assert at.round.roll_size == 12
        assert tx.session.query(RollEntry).filter_by(consent_round_id=at.round.id).count() == 12


def test_a_roll_that_is_not_the_certified_one_does_not_open(transaction: Begin) -> None:
    with transaction() as tx, tx.session.no_autoflush:
        at = prepared(tx.session)
        assert Condition.ROLL_CERTIFIED in rounds.facts_to_open(tx.session, at.round, tx.now)
        at.round.roll_sha256 = "0" * 64
        assert Condition.ROLL_CERTIFIED not in rounds.facts_to_open(tx.session, at.round, tx.now)
        tx.session.expire(at.round)


def test_an_empty_scope_has_no_roll(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        at.round.scope = {"kind": "buildings", "ids": [999]}
        tx.session.flush()
        with pytest.raises(RoundNotReady, match="这个范围里没有住户"):
            certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)


def test_the_page_that_posts_a_room_is_another_when_the_room_is_called_otherwise(transaction: Begin) -> None:
    """Its numbers say so, by which kept pages and browsers tell whether they are still true."""
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        registrar = make.actor(tx.session, at.staff.registrar)
        at.homes[0].occupancy = Occupancy.VACANT
        left_out.leave_out(tx.session, registrar, at.round.id, [at.homes[0].id], "停水", now=tx.now)

        def known() -> object:
            return round_pages.version(tx.session, at.community.id, at.round.id, now=tx.now)

        seen = known()
        _corrected(tx, at.homes[1])
        assert known() == seen
        _corrected(tx, at.homes[0])
        assert known() != seen


def _corrected(tx: Transaction, home: Household) -> None:
    tx.session.add(
        HouseholdChange(
            community_id=home.community_id,
            household_id=home.id,
            before={"room": "101"},
            after={"room": "102"},
            reason="写错了",
            at=tx.now,
        )
    )
    tx.session.flush()


def test_vacant_homes_are_posted_with_reasons_for_some_days_and_announced(transaction: Begin) -> None:
    with transaction() as tx:
        at = bare(tx.session, tx.now)
        registrar = make.actor(tx.session, at.staff.registrar)
        with pytest.raises(BadInput, match="登记为空置"):
            left_out.leave_out(tx.session, registrar, at.round.id, [at.homes[0].id], "空", now=tx.now)
        at.homes[0].occupancy = Occupancy.VACANT
        tx.session.flush()
        with pytest.raises(BadInput):
            left_out.leave_out(tx.session, registrar, at.round.id, [at.homes[0].id], " ", now=tx.now)
        moderator = make.actor(tx.session, at.staff.moderator)
        with pytest.raises(NotAllowed):
            left_out.leave_out(tx.session, moderator, at.round.id, [at.homes[0].id], "空", now=tx.now)
        for expected in (1, 0):
            ids = [at.homes[0].id]
            listed = left_out.leave_out(tx.session, registrar, at.round.id, ids, "停水", now=tx.now)
            assert listed == expected
        [notice] = tx.session.query(Notice).filter_by(kind=NoticeKind.LEFT_OUT).all()
        assert (notice.data["left_out"], notice.until) == (1, tx.now + timedelta(days=3))
        with pytest.raises(RoundNotReady, match="张贴3天"):
            certify(
                tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now + timedelta(days=3, seconds=-1)
            )
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now + timedelta(days=3))
        assert at.round.roll_size == 11
