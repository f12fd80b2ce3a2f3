"""Vacant homes on a posted list: a home found occupied is on the roll, and owners are asked for every home (rule 2)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer
from deliberate.domain.errors import NotAllowed, Stale
from deliberate.domain.permissions import Role
from deliberate.domain.roll_cells import Occupancy
from deliberate.domain.rules import CC278_ORD, RC80, Electorate
from deliberate.models import Household, JournalEntry, Notice, RollEntry, RollLeftOut
from deliberate.queries import posted, postings, roll_preview
from deliberate.queries import rounds as round_pages
from deliberate.services import consents, households, left_out, rolls, rolls_of_rounds, rounds
from deliberate.services import postings as boards
from deliberate.services.rounds import RoundNotReady
from tests import make, make_round
from tests.services.prepared_rounds import Begin, bare, certify
from tests.services.roll_office import HEAD

LATER = timedelta(days=3)


def listed(session: Session, now: datetime, number: int = 2) -> make_round.OpenRound:
    """A prepared round with so many of its 12 homes on the list of vacant ones."""
    at = bare(session, now)
    for home in at.homes[:number]:
        home.occupancy = Occupancy.VACANT
    session.flush()
    registrar = make.actor(session, at.staff.registrar)
    left_out.leave_out(
        session, registrar, at.round.id, [home.id for home in at.homes[:number]], "停水", now=now
    )
    return at


def say(session: Session, at: make_round.OpenRound, home: Household, what: Occupancy, now: datetime) -> None:
    """The registrar corrects how a home is lived in."""
    seen = households.newest_change(session, home.id)
    facts = households.Facts(home.grid_id, home.unit, home.room, "", "测试户主", "", "80", what, "")
    registrar = make.actor(session, at.staff.registrar)
    households.correct(session, registrar, home.id, facts, "邻居来说有人住", seen=seen, now=now)


def on_roll(session: Session, at: make_round.OpenRound) -> set[int]:
    entries = session.query(RollEntry).filter_by(consent_round_id=at.round.id, electorate="household")
    return {entry.household_id for entry in entries}


def test_a_home_found_occupied_while_the_list_is_posted_is_on_the_roll(transaction: Begin) -> None:
    with transaction() as tx:
        at = listed(tx.session, tx.now)
        say(tx.session, at, at.homes[0], Occupancy.SELF_OCCUPIED, tx.now + timedelta(days=1))
        assert [room.household_id for room in posted.left_out_rooms(tx.session, at.round.id)] == [
            at.homes[1].id
        ]
        look = roll_preview.preview(tx.session, at.round)
        assert (look.homes, look.left_out) == (11, 1)
        make_round.certified(tx.session, at.staff, at.round.id, now=tx.now + LATER)
        assert at.round.roll_size == 11
        assert at.homes[0].id in on_roll(tx.session, at)
        noted = tx.session.query(JournalEntry).filter_by(what="homes_put_back").one()
        assert noted.data == {"number": 1, "household_ids": [at.homes[0].id]}


def test_a_home_that_is_called_vacant_again_is_posted_again(transaction: Begin) -> None:
    with transaction() as tx:
        at = listed(tx.session, tx.now)
        for what in (Occupancy.RENTED, Occupancy.VACANT):
            say(tx.session, at, at.homes[0], what, tx.now + timedelta(days=1))
        make_round.certified(tx.session, at.staff, at.round.id, now=tx.now + LATER)
        assert at.homes[0].id in on_roll(tx.session, at)


def test_whatever_took_the_vacancy_away_the_roll_has_the_home(transaction: Begin) -> None:
    """Looked at once more when the roll is drawn up."""
    with transaction() as tx:
        at = listed(tx.session, tx.now)
        at.homes[0].occupancy = Occupancy.UNKNOWN
        tx.session.flush()
        make_round.certified(tx.session, at.staff, at.round.id, now=tx.now + LATER)
        assert at.round.roll_size == 11
        assert round_pages.left_out(tx.session, at.round.id) == 1


def test_a_new_table_of_the_office_puts_a_home_back(transaction: Begin) -> None:

    with transaction() as tx:
        at = listed(tx.session, tx.now)
        home = at.homes[0]
        row = f"1,,{home.building.name},{home.unit},{home.room},测试户主,,80,自住,\n"
        registrar = make.actor(tx.session, at.staff.registrar)
        rolls.import_roll(
            tx.session, registrar, at.community.id, (HEAD + row).encode(), file_name="x.csv", now=tx.now
        )
        left = tx.session.query(RollLeftOut.household_id).filter_by(consent_round_id=at.round.id)
        assert [one for (one,) in left] == [at.homes[1].id]


def test_a_home_that_is_gone_is_no_longer_counted_as_left_out(transaction: Begin) -> None:
    with transaction() as tx:
        at = listed(tx.session, tx.now)
        registrar = make.actor(tx.session, at.staff.registrar)
        households.mark_gone(tx.session, registrar, at.homes[0].id, "已拆除", now=tx.now)
        assert round_pages.left_out(tx.session, at.round.id) == 1


def test_the_registrar_puts_a_home_back_until_the_roll_is_certified(transaction: Begin) -> None:
    with transaction() as tx:
        at = listed(tx.session, tx.now)
        registrar, moderator = (
            make.actor(tx.session, one) for one in (at.staff.registrar, at.staff.moderator)
        )
        with pytest.raises(NotAllowed):
            left_out.put_back(tx.session, moderator, at.round.id, at.homes[0].id, now=tx.now)
        left_out.put_back(tx.session, registrar, at.round.id, at.homes[0].id, now=tx.now)
        with pytest.raises(Stale, match="不在空置名单里"):
            left_out.put_back(tx.session, registrar, at.round.id, at.homes[0].id, now=tx.now)
        noted = tx.session.query(JournalEntry).filter_by(what="homes_put_back").one()
        assert (noted.subject_id, noted.account_id) == (at.round.id, at.staff.registrar.id)
        make_round.certified(tx.session, at.staff, at.round.id, now=tx.now + LATER)
        assert at.round.roll_size == 11
        with pytest.raises(RoundNotReady, match="核定以后就不能再改"):
            left_out.put_back(tx.session, registrar, at.round.id, at.homes[1].id, now=tx.now)


def test_a_list_from_which_every_home_went_back_holds_nothing_up(transaction: Begin) -> None:
    with transaction() as tx:
        at = listed(tx.session, tx.now, 1)
        registrar = make.actor(tx.session, at.staff.registrar)
        left_out.put_back(tx.session, registrar, at.round.id, at.homes[0].id, now=tx.now)
        assert postings.left_out_shown_until(tx.session, at.round.id) is None
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, tx.now)
        assert at.round.roll_size == 12


def test_a_home_that_is_occupied_later_stays_on_the_list_of_a_certified_roll(transaction: Begin) -> None:
    """What two people signed stays as they signed it, and the pages say so."""
    with transaction() as tx:
        at = listed(tx.session, tx.now)
        make_round.certified(tx.session, at.staff, at.round.id, now=tx.now + LATER)
        say(tx.session, at, at.homes[0], Occupancy.SELF_OCCUPIED, tx.now + LATER)
        assert round_pages.left_out(tx.session, at.round.id) == 2


def test_a_list_that_hung_later_on_a_board_holds_the_certificate_up_as_its_notice_says(
    transaction: Begin,
) -> None:
    with transaction() as tx:
        at = listed(tx.session, tx.now)
        notice = tx.session.query(Notice).filter_by(kind="left_out").one()
        moderator = make.actor(tx.session, at.staff.moderator)
        hung = tx.now + timedelta(days=2)
        boards.record_posting(tx.session, moderator, notice.id, "1号楼门口", hung, now=hung)
        shown = postings.shown_until(tx.session, notice)
        assert shown == tx.now + timedelta(days=5)
        with pytest.raises(RoundNotReady, match="张贴3天"):
            certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, shown - timedelta(seconds=1))
        certify(tx.session, at, Role.REGISTRAR, at.staff.registrar, shown)


def test_owners_are_asked_for_every_home_vacant_or_not(transaction: Begin) -> None:
    """Civil Code art. 278 counts all owners: leaving empty homes off would lower its thresholds."""
    with transaction() as tx:
        community = make.community(tx.session)
        homes = make.households(tx.session, community, 12)
        for home in homes[:4]:
            home.occupancy = Occupancy.VACANT
        people = make_round.staff(tx.session, community)
        proposal, plan = make_round.fixed_plan(
            tx.session, community, people.moderator, RC80, CC278_ORD, now=tx.now
        )
        made, _crew = make_round.prepared(tx.session, people, proposal, now=tx.now)
        registrar = make.actor(tx.session, people.registrar)
        ids = [home.id for home in homes[:4]]
        left_out.leave_out(tx.session, registrar, made.id, ids, "空置一年", now=tx.now)
        homes[0].area = None
        tx.session.flush()
        assert roll_preview.preview(tx.session, made).without_area == 1
        with pytest.raises(RoundNotReady, match="还有1户没有登记面积"):
            rolls_of_rounds.certify(tx.session, registrar, made.id, Role.REGISTRAR, now=tx.now + LATER)
        homes[0].area = 8000
        tx.session.flush()
        make_round.certified(tx.session, people, made.id, now=tx.now + LATER)
        rounds.open_round(tx.session, make.actor(tx.session, people.moderator), made.id, now=tx.now + LATER)
        invitation = tx.session.query(Notice).filter_by(kind="invitation").one()
        assert (invitation.data["roll"], invitation.data["left_out"]) == (8, 4)
        assert invitation.data["owners"] == [12, 12 * 8000]
        _answers(tx.session, homes[0], plan, made.id, tx.now + LATER)
    with transaction() as tx:
        shown = round_pages.view(tx.session, community.id, made.id, now=tx.now + LATER)
        assert (shown.owners, shown.answered, shown.round.roll_size) == ((1, 12), 0, 8)


def _answers(
    session: Session, home: Household, plan: make_round.PlanVersion, round_id: int, now: datetime
) -> None:
    """The owner of a vacant home answers, and only as its owner."""

    owner = make.actor(session, make.resident(session, home, as_owner=True))
    [entry] = session.query(RollEntry).filter_by(consent_round_id=round_id, household_id=home.id).all()
    assert entry.electorate is Electorate.OWNER
    said = make_round.online(Answer.AGREE, plan, "as-the-owner")
    consents.answer_online(session, owner, entry.id, said, key=make_round.KEY, now=now)
