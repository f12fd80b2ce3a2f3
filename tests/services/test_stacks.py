"""A stack of papers at the desk: matched by serial, entered once, exempt from the signs of speed; on both stores."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer, Channel
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal, Stale
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, EvidenceRole, Relation
from deliberate.domain.serial import printed
from deliberate.domain.signs import FAST, SignKind
from deliberate.domain.stack import Match, PictureState
from deliberate.domain.suspicion import Reach
from deliberate.models import (
    Account,
    Consent,
    Evidence,
    JournalEntry,
    Membership,
    StackPicture,
    TabletRecord,
)
from deliberate.queries import crew_checks
from deliberate.queries import stacks as queries
from deliberate.services import duties, forms, quarantine, rounds, stacks, suspensions
from deliberate.services.door import OwnDoor, Said, SignedForm
from deliberate.services.exhibits import Exhibit
from deliberate.services.papers import SerialUsed
from deliberate.services.quarantine import StillRefused
from deliberate.services.stacks import Brought, Intake
from tests import make
from tests.make import CODE_KEY, Clock
from tests.make_round import fixed_plan
from tests.make_tablet import Tablet


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def scan(n: int) -> Exhibit:
    return Exhibit(EvidenceRole.PHOTO, f"{n:064x}", "image/jpeg", 100_000 + n)


def bring(store: Database, tablet: Tablet, n: int, serial: str, who: Account | None = None) -> Brought:
    with store.transaction() as tx:
        actor = make.actor(tx.session, who or tablet.at.staff.canvasser)
        return stacks.bring(tx.session, actor, tablet.at.community.id, scan(n), serial, now=tx.now)


def brought(store: Database, tablet: Tablet, n: int, serial: str = "") -> int:
    picture = bring(store, tablet, n, serial).picture
    assert picture is not None
    return picture.id


def register(store: Database, tablet: Tablet, picture: int, place: int, request_id: str = "") -> bool:
    """Enter the paper for the home at that place; whether it had been entered before."""
    entry = tablet.at.entries[place]
    with store.transaction() as tx:
        form = SignedForm(
            {entry.id: Said(Answer.AGREE, tablet.at.plan.sha256)},
            "",
            tx.now - timedelta(minutes=1),
            "测试签字人",
            Relation.HEAD,
            (),
        )
        actor = make.actor(tx.session, tablet.at.staff.canvasser)
        where = entry.household_id, tablet.at.crew.id
        asked = request_id or f"stack-{picture}"
        sealed = stacks.register(
            tx.session, actor, picture, *where, form, request_id=asked, key=CODE_KEY, now=tx.now
        )
        return sealed.repeated


def leads(store: Database, picture: int) -> Match:
    with store.reading() as session:
        return queries.found(session, queries.picture(session, picture)).match


def aside(store: Database, tablet: Tablet, picture: int, state: PictureState, why: str = "没有签字") -> None:
    with store.transaction() as tx:
        actor = make.actor(tx.session, tablet.at.staff.canvasser)
        stacks.put_aside(tx.session, actor, picture, state, why, now=tx.now)


@pytest.mark.both
def test_a_picture_is_matched_by_its_serial_and_entered_without_a_visit(
    store: Database, tablet: Tablet
) -> None:
    one = brought(store, tablet, 1, printed(1))
    assert leads(store, one) is Match.FREE
    assert register(store, tablet, one, 0) is False
    assert register(store, tablet, one, 0) is True, "a second click is the same paper"
    assert leads(store, one) is Match.REGISTERED
    with pytest.raises(SerialUsed):
        register(store, tablet, one, 0, "another request")
    with pytest.raises(SerialUsed):
        register(store, tablet, one, 1, "another home")
    with store.reading() as session:
        (consent,) = session.scalars(select(Consent)).all()
        assert (consent.channel, consent.visit_id, consent.serial) == (Channel.PAPER, None, printed(1))
        assert session.scalars(select(Evidence.sha256)).all() == [scan(1).sha256]
        assert queries.picture(session, one).state is PictureState.REGISTERED
        assert queries.waiting(session, tablet.at.community.id) == []
        found = queries.found(session, queries.picture(session, one))
        assert (found.household_id, found.place is not None) == (tablet.at.homes[0].id, True)


@pytest.mark.both
def test_one_picture_brought_twice_is_one(store: Database, tablet: Tablet) -> None:
    first, again = bring(store, tablet, 1, printed(1)), bring(store, tablet, 1, printed(2))
    assert (first.intake, again.intake) == (Intake.NEW, Intake.AGAIN)
    assert first.picture is not None
    assert again.picture is not None
    assert (again.picture.id, again.picture.serial) == (first.picture.id, printed(1))
    tablet.deliver(tablet.answered(tablet.at.entries[3], Answer.AGREE, 9))
    with store.transaction() as tx:
        kept = tx.session.scalars(select(Evidence)).one()
        shown = Exhibit(EvidenceRole.PHOTO, kept.sha256, kept.mime, kept.size)
        actor = make.actor(tx.session, tablet.at.staff.canvasser)
        told = stacks.bring(tx.session, actor, tablet.at.community.id, shown, printed(9), now=tx.now)
        assert told == Brought(Intake.ON_RECORD)


def test_another_picture_of_a_registered_form_is_not_entered_again(store: Database, tablet: Tablet) -> None:
    one, two = brought(store, tablet, 1, printed(1)), brought(store, tablet, 2, printed(1))
    register(store, tablet, one, 0)
    assert leads(store, two) is Match.REGISTERED
    with pytest.raises(SerialUsed):
        register(store, tablet, two, 0)
    with pytest.raises(BadInput):
        aside(store, tablet, two, PictureState.SPOILT)
    aside(store, tablet, two, PictureState.LEFT_OUT, "又拍了一次")
    with pytest.raises(Stale):
        register(store, tablet, two, 0)


@pytest.mark.parametrize("typed", ["0000-001-0", "123", "", printed(5000)])
def test_a_wrong_check_digit_or_a_form_never_handed_out_is_refused(
    store: Database, tablet: Tablet, typed: str
) -> None:
    assert printed(1) != "0000-001-0"
    one = brought(store, tablet, 1, typed)
    assert leads(store, one) is Match.UNREAD
    with store.transaction() as tx:
        actor = make.actor(tx.session, tablet.at.staff.canvasser)
        with pytest.raises(BadInput):
            stacks.name_serial(tx.session, actor, one, typed, now=tx.now)
        with pytest.raises(BadInput):
            stacks.put_aside(tx.session, actor, one, PictureState.SPOILT, "没有表号", now=tx.now)
        stacks.name_serial(tx.session, actor, one, printed(4).replace("-", " "), now=tx.now)
    assert leads(store, one) is Match.FREE


def test_what_has_no_serial_is_not_entered(store: Database, tablet: Tablet) -> None:
    one = brought(store, tablet, 1)
    with pytest.raises(BadInput):
        register(store, tablet, one, 0)


def test_a_spoilt_form_is_not_entered_by_another_picture(store: Database, tablet: Tablet) -> None:
    one, two = brought(store, tablet, 1, printed(1)), brought(store, tablet, 2, printed(1))
    with pytest.raises(BadInput):
        aside(store, tablet, one, PictureState.SPOILT, " ")
    with pytest.raises(BadInput):
        aside(store, tablet, one, PictureState.REGISTERED)
    aside(store, tablet, one, PictureState.SPOILT)
    assert leads(store, two) is Match.SPOILT
    with pytest.raises(BadInput):
        register(store, tablet, two, 0)


def test_a_form_of_another_round_is_not_entered(store: Database, tablet: Tablet) -> None:
    at = tablet.at
    with store.transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        matter, _plan = fixed_plan(tx.session, at.community, at.staff.moderator, now=tx.now, number=2)
        other = rounds.prepare_round(tx.session, moderator, matter.id, now=tx.now)
        crew = duties.make_crew(tx.session, moderator, other.id, "另一组", {}, "测试志愿者", now=tx.now)
        first = forms.issue_forms(tx.session, moderator, crew.id, 5, now=tx.now).first_serial
    one = brought(store, tablet, 1, printed(first))
    assert leads(store, one) is Match.OTHER_ROUND
    with pytest.raises(BadInput):
        register(store, tablet, one, 0)


def without_photograph(tablet: Tablet, place: int, number: int, becomes: str = "pending_evidence") -> None:
    entry = tablet.at.entries[place]
    form = tablet.form({entry: Answer.AGREE}, number, photo_follows=True) | {"evidence": []}
    record = tablet.door(entry.household_id, tablet.visit(), [form])
    assert tablet.states(record) == [becomes]


def complete(store: Database, tablet: Tablet, picture: int) -> str:
    with store.transaction() as tx:
        actor = make.actor(tx.session, tablet.at.staff.canvasser)
        assert stacks.lock_of(tx.session, picture)
        return stacks.complete(tx.session, actor, picture, key=CODE_KEY, now=tx.now).verdict.value


def test_the_photograph_that_was_to_follow_completes_the_tablets_record(
    store: Database, tablet: Tablet
) -> None:
    without_photograph(tablet, 2, 7)
    one, other = brought(store, tablet, 1, printed(7)), brought(store, tablet, 2, printed(8))
    assert leads(store, one) is Match.AWAITED
    with pytest.raises(BadInput):
        register(store, tablet, one, 2)
    with store.transaction() as tx:
        actor = make.actor(tx.session, tablet.at.staff.canvasser)
        assert stacks.lock_of(tx.session, other) == []
        with pytest.raises(Stale):
            stacks.complete(tx.session, actor, other, key=CODE_KEY, now=tx.now)
    assert complete(store, tablet, one) == "accepted"
    with pytest.raises(Stale):
        aside(store, tablet, one, PictureState.LEFT_OUT)
    with store.reading() as session:
        consent = session.scalars(select(Consent)).one()
        assert consent.visit_id is not None, "it was signed at the door"
        assert session.scalars(select(Evidence.sha256)).all() == [scan(1).sha256]
    assert leads(store, one) is Match.REGISTERED


def test_a_record_that_somebody_decides_on_gets_its_photograph_before(
    store: Database, tablet: Tablet
) -> None:
    """Its crew was under suspicion when it came; the photograph comes back to the office all the same."""
    at, crew = tablet.at, tablet.at.crew.id
    with store.transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        suspensions.suspend_crew(tx.session, moderator, crew, "核查", Reach.NONE, key=CODE_KEY, now=tx.now)
    without_photograph(tablet, 2, 7, "quarantined")
    with store.transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        suspensions.lift_suspension(tx.session, moderator, crew, "查清了", now=tx.now)
        record = tx.session.scalars(select(TabletRecord.id)).one()
    with pytest.raises(StillRefused) as refused:
        accept(store, tablet, record)
    assert "还没有送到" in refused.value.why
    one = brought(store, tablet, 1, printed(7))
    assert leads(store, one) is Match.AWAITED
    assert complete(store, tablet, one) == "quarantined", "a picture decides nothing"
    assert accept(store, tablet, record) == "accepted"
    with store.reading() as session:
        assert session.scalars(select(Evidence.sha256)).all() == [scan(1).sha256]


def accept(store: Database, tablet: Tablet, record: int) -> str:
    with store.transaction() as tx:
        actor = make.actor(tx.session, tablet.at.staff.other_moderator)
        quarantine.take_case(tx.session, actor, record, now=tx.now)
        quarantine.decide(tx.session, actor, record, True, "问过那一户", key=CODE_KEY, now=tx.now)
        return tx.session.get_one(TabletRecord, record).verdict.value


def test_nobody_completes_the_record_of_their_own_home(store: Database, tablet: Tablet) -> None:
    without_photograph(tablet, 2, 7)
    with store.transaction() as tx:
        tx.session.add(
            Membership(
                community_id=tablet.at.community.id,
                household_id=tablet.at.homes[2].id,
                account_id=tablet.at.staff.canvasser.id,
                as_owner=False,
                lives_there=True,
                joined_at=tx.now,
            )
        )
    one = brought(store, tablet, 1, printed(7))
    with pytest.raises(OwnDoor):
        complete(store, tablet, one)


def test_a_form_that_waits_for_a_decision_is_left_to_it(store: Database, tablet: Tablet) -> None:
    tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.AGREE, 1))
    entry = tablet.at.entries[1]
    forms_of_door = [tablet.form({entry: Answer.AGREE}, 1), tablet.form({entry: Answer.AGREE}, 2)]
    tablet.deliver(tablet.door(entry.household_id, tablet.visit(), forms_of_door))
    one = brought(store, tablet, 1, printed(2))
    assert leads(store, one) is Match.DELIVERED
    with pytest.raises(BadInput):
        register(store, tablet, one, 1)


def test_only_its_holder_sees_a_picture_and_only_canvassers_on_duty_hold_one(
    store: Database, tablet: Tablet
) -> None:
    at = tablet.at
    told = bring(store, tablet, 1, printed(1), at.staff.moderator)
    assert told.picture is not None
    assert told.picture.held_by_id is None
    one = told.picture.id
    with store.transaction() as tx:
        idle = make.staff(tx.session, at.community, Role.CANVASSER)
        second = make.staff(tx.session, at.community, Role.CANVASSER)
        moderator = make.actor(tx.session, at.staff.moderator)
        duties.assign(
            tx.session, moderator, at.round.id, second.id, DutyKind.CANVASSER, at.crew.id, now=tx.now
        )
    with store.transaction() as tx:
        for person in (at.staff.moderator, idle):
            with pytest.raises(NotAllowed):
                stacks.take(tx.session, make.actor(tx.session, person), one, now=tx.now)
        mine, theirs = make.actor(tx.session, at.staff.canvasser), make.actor(tx.session, second)
        with pytest.raises(NotAllowed):
            stacks.require_holder(tx.session, mine, one)
        stacks.take(tx.session, mine, one, now=tx.now)
        stacks.take(tx.session, mine, one, now=tx.now)
        assert stacks.require_holder(tx.session, mine, one).id == one
        stacks.take(tx.session, theirs, one, now=tx.now)
        with pytest.raises(NotAllowed):
            stacks.require_holder(tx.session, mine, one)
        assert queries.next_of(tx.session, theirs.account_id, at.community.id) == one
        noted = tx.session.scalars(select(JournalEntry.what)).all()
        assert noted.count("stack_picture_held") == 2
        with pytest.raises(NotFound):
            queries.picture(tx.session, one, at.community.id + 1)
        with pytest.raises(Refusal):
            stacks.bring(
                tx.session, make.actor(tx.session, at.staff.registrar), at.community.id, scan(5), now=tx.now
            )


def test_work_at_the_desk_is_exempt_from_pace_and_night(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    """As many in a minute of the night as would be two signs at doors, and are two there."""
    clock.at = clock.at.replace(hour=16) + timedelta(days=1)
    for n in range(FAST):
        register(store, tablet, brought(store, tablet, n + 1, printed(n + 1)), n)
    kinds = signs(store, tablet)
    assert not kinds & {SignKind.PACE, SignKind.NIGHT}
    with store.reading() as session:
        assert len(session.scalars(select(StackPicture.id)).all()) == FAST
    for n in range(FAST):
        tablet.deliver(tablet.answered(tablet.at.entries[n], Answer.AGREE, 20 + n))
    assert signs(store, tablet) >= {SignKind.PACE, SignKind.NIGHT}


def signs(store: Database, tablet: Tablet) -> set[SignKind]:
    with store.reading() as session:
        found = crew_checks.signs_of(session, [tablet.at.crew.id])
        return {one.kind for one in found[tablet.at.crew.id]}
