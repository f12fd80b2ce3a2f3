"""A form declared spoilt by its own crew alone, and restored by somebody else (rules 9, 14, 15); on both stores."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Stale
from deliberate.domain.permissions import Role
from deliberate.domain.round import DutyKind, EvidenceRole, Relation
from deliberate.domain.serial import printed
from deliberate.domain.stack import Match, PictureState
from deliberate.models import Account, Consent, JournalEntry, TabletRecord
from deliberate.queries import spoilt as listing
from deliberate.queries import stacks as queries
from deliberate.services import closing, duties, forms, quarantine, spoilt, stacks
from deliberate.services.door import Said, SignedForm
from deliberate.services.exhibits import Exhibit
from deliberate.services.papers import SpoiltForm
from deliberate.services.rounds import RoundNotReady
from tests import make, make_count
from tests.make import CODE_KEY, Clock
from tests.make_round import paper
from tests.make_tablet import Tablet


@pytest.fixture
def store(tablet_store: Database) -> Database:
    return tablet_store


def in_crew(session: Session, tablet: Tablet, crew_id: int) -> Account:
    """One more canvasser of that crew."""
    moderator = make.actor(session, tablet.at.staff.moderator)
    person = make.staff(session, tablet.at.community, Role.CANVASSER)
    now, kind = tablet.clock(), DutyKind.CANVASSER
    duties.assign(session, moderator, tablet.at.round.id, person.id, kind, crew_id, now=now)
    return person


def other_crew(store: Database, tablet: Tablet, *also: Role) -> Account:
    """A canvasser of a second crew, with other roles besides."""
    with store.transaction() as tx:
        moderator = make.actor(tx.session, tablet.at.staff.moderator)
        crew = duties.make_crew(
            tx.session, moderator, tablet.at.round.id, "第二组", {}, "测试志愿者", now=tx.now
        )
        person = in_crew(tx.session, tablet, crew.id)
        for role in also:
            make.grant(tx.session, tablet.at.community, person, role)
        return person


def mate(store: Database, tablet: Tablet) -> Account:
    with store.transaction() as tx:
        return in_crew(tx.session, tablet, tablet.at.crew.id)


def pictured(store: Database, tablet: Tablet, number: int, who: Account, n: int = 1) -> int:
    """Any picture, with the number as this person types it."""
    with store.transaction() as tx:
        actor = make.actor(tx.session, who)
        scan = Exhibit(EvidenceRole.PHOTO, f"{n:064x}", "image/jpeg", 100_000)
        one = stacks.bring(tx.session, actor, tablet.at.community.id, scan, now=tx.now).picture
        assert one is not None
        stacks.name_serial(tx.session, actor, one.id, printed(number), now=tx.now)
        return one.id


def declare(store: Database, picture: int, who: Account, state: PictureState = PictureState.SPOILT) -> None:
    with store.transaction() as tx:
        stacks.put_aside(tx.session, make.actor(tx.session, who), picture, state, "撕坏了", now=tx.now)


def spoil(store: Database, tablet: Tablet, number: int, who: Account | None = None, n: int = 1) -> int:
    person = who or tablet.at.staff.canvasser
    picture = pictured(store, tablet, number, person, n)
    declare(store, picture, person)
    return picture


def restore(store: Database, picture: int, who: Account, reason: str = "看过纸表，签了字") -> None:
    with store.transaction() as tx:
        spoilt.restore(tx.session, make.actor(tx.session, who), picture, reason, now=tx.now)


def state(store: Database, picture: int) -> tuple[PictureState, Match]:
    with store.reading() as session:
        one = queries.picture(session, picture)
        return one.state, queries.found(session, one).match


def decided(store: Database, tablet: Tablet, *, accept: bool = True) -> None:
    """What waits of tablets, by the other moderator."""
    with store.transaction() as tx:
        actor = make.actor(tx.session, tablet.at.staff.other_moderator)
        record = tx.session.scalars(
            select(TabletRecord.id).where(TabletRecord.verdict == "quarantined")
        ).one()
        quarantine.take_case(tx.session, actor, record, now=tx.now)
        quarantine.decide(tx.session, actor, record, accept, "看过纸表", key=CODE_KEY, now=tx.now)


def test_nobody_declares_another_crews_form_spoilt_and_its_signed_paper_comes_into_force(
    store: Database, tablet: Tablet
) -> None:
    stranger = other_crew(store, tablet)
    picture = pictured(store, tablet, 7, stranger)
    with pytest.raises(NotAllowed):
        declare(store, picture, stranger)
    assert state(store, picture) == (PictureState.WAITING, Match.FREE)
    declare(store, picture, stranger, PictureState.LEFT_OUT)
    assert tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.DISAGREE, 7)) == ["accepted"]


def test_its_own_crew_and_a_moderator_declare_a_form_spoilt(store: Database, tablet: Tablet) -> None:
    for n, person in enumerate((mate(store, tablet), other_crew(store, tablet, Role.MODERATOR)), start=1):
        assert state(store, spoil(store, tablet, n, person, n)) == (PictureState.SPOILT, Match.SPOILT)


def test_a_form_that_a_tablet_has_delivered_is_not_declared_spoilt(store: Database, tablet: Tablet) -> None:
    """Neither while only its photograph is missing, nor while a person must decide, nor when it is on record."""
    at = tablet.at
    form = tablet.form({at.entries[0]: Answer.AGREE}, 1, photo_follows=True) | {"evidence": []}
    assert tablet.states(tablet.door(at.homes[0].id, tablet.visit(), [form])) == ["pending_evidence"]
    tablet.deliver(tablet.answered(at.entries[1], Answer.AGREE, 2))
    twice = [tablet.form({at.entries[2]: Answer.AGREE}, n) for n in (2, 3)]
    assert tablet.deliver(tablet.door(at.homes[2].id, tablet.visit(), twice)) == ["quarantined"]
    expected = {1: Match.AWAITED, 2: Match.REGISTERED, 3: Match.DELIVERED}
    for number, match in expected.items():
        picture = pictured(store, tablet, number, at.staff.canvasser, number)
        with pytest.raises(BadInput):
            declare(store, picture, at.staff.canvasser)
        assert state(store, picture) == (PictureState.WAITING, match)


def test_what_a_tablet_brought_of_a_spoilt_form_is_accepted_once_somebody_else_restored_it(
    store: Database, tablet: Tablet
) -> None:
    picture = spoil(store, tablet, 7)
    assert tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.DISAGREE, 7)) == ["quarantined"]
    with pytest.raises(quarantine.StillRefused) as refused:
        decided(store, tablet)
    assert refused.value.next_step == SpoiltForm.default_next
    restore(store, picture, tablet.at.staff.moderator)
    assert state(store, picture) == (PictureState.LEFT_OUT, Match.DELIVERED)
    decided(store, tablet)
    with store.reading() as session:
        assert session.scalars(select(Consent.serial)).all() == [printed(7)]
        one = queries.picture(session, picture)
        assert (one.why, one.restored_why) == ("撕坏了", "看过纸表，签了字")


def test_a_restored_form_waits_again_and_is_entered_from_its_own_picture(
    store: Database, tablet: Tablet
) -> None:
    picture, entry = spoil(store, tablet, 7), tablet.at.entries[0]
    restore(store, picture, tablet.at.staff.moderator)
    assert state(store, picture) == (PictureState.WAITING, Match.FREE)
    with store.transaction() as tx:
        actor = make.actor(tx.session, tablet.at.staff.canvasser)
        said = {entry.id: Said(Answer.AGREE, tablet.at.plan.sha256)}
        form = SignedForm(said, "", tx.now - timedelta(minutes=1), "测试签字人", Relation.HEAD, ())
        where = entry.household_id, tablet.at.crew.id
        stacks.take(tx.session, actor, picture, now=tx.now)
        stacks.register(tx.session, actor, picture, *where, form, request_id="r", key=CODE_KEY, now=tx.now)
    assert state(store, picture) == (PictureState.REGISTERED, Match.REGISTERED)


def test_the_photograph_of_a_restored_form_still_completes_what_a_tablet_brought_of_it(
    store: Database, tablet: Tablet
) -> None:
    picture = spoil(store, tablet, 7)
    form = tablet.form({tablet.at.entries[0]: Answer.AGREE}, 7, photo_follows=True) | {"evidence": []}
    tablet.deliver(tablet.door(tablet.at.homes[0].id, tablet.visit(), [form]))
    restore(store, picture, tablet.at.staff.moderator)
    assert state(store, picture) == (PictureState.WAITING, Match.AWAITED)


def test_a_form_is_restored_by_its_crew_or_a_moderator_and_never_by_who_declared_it_spoilt(
    store: Database, tablet: Tablet
) -> None:
    stranger, partner = other_crew(store, tablet), mate(store, tablet)
    declarer = tablet.at.staff.canvasser
    with store.transaction() as tx:
        make.grant(tx.session, tablet.at.community, declarer, Role.MODERATOR)
    one, two = spoil(store, tablet, 1), spoil(store, tablet, 2, n=2)
    for person in (declarer, stranger, tablet.at.staff.registrar, tablet.at.staff.scrutineer):
        with pytest.raises(NotAllowed):
            restore(store, one, person)
    restore(store, one, partner)
    restore(store, two, tablet.at.staff.moderator)
    assert {state(store, picture)[0] for picture in (one, two)} == {PictureState.WAITING}


def test_a_form_is_restored_once_with_a_reason_and_the_journal_names_both_people(
    store: Database, tablet: Tablet
) -> None:
    picture, moderator = spoil(store, tablet, 7), tablet.at.staff.moderator
    with pytest.raises(BadInput):
        restore(store, picture, moderator, "  ")
    assert state(store, picture)[0] is PictureState.SPOILT
    restore(store, picture, moderator)
    with pytest.raises(Stale):
        restore(store, picture, moderator)
    with store.reading() as session:
        noted = session.scalars(select(JournalEntry).filter_by(what="stack_form_restored")).one()
        assert (noted.account_id, noted.subject_id) == (moderator.id, picture)
        assert noted.data == {"declared_by": tablet.at.staff.canvasser.id}
        with pytest.raises(NotFound):
            spoilt.subject_of(session, picture, tablet.at.community.id + 1)


def test_the_forms_of_a_crew_balance_after_one_was_restored_and_entered(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    """Handed back as spoilt it was counted: closing is refused until the return is corrected."""
    at, picture = tablet.at, spoil(store, tablet, 7)
    with store.transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        held = forms.balance_of(tx.session, at.crew).missing
        today = clock.at.date()
        forms.return_forms(tx.session, moderator, at.crew.id, today, held - 1, 1, now=tx.now)
    restore(store, picture, at.staff.moderator)
    with store.transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        paper(tx.session, at, at.entries[0], Answer.AGREE, 7, now=tx.now, key=CODE_KEY)
        assert forms.balance_of(tx.session, at.crew).missing == -1
    clock.at += make_count.LATER

    def close() -> object:
        with store.transaction() as tx:
            actor = make.actor(tx.session, at.staff.moderator)
            return closing.close_round(tx.session, actor, at.round.id, now=tx.now).figures["forms"]

    with pytest.raises(RoundNotReady):
        close()
    with store.transaction() as tx:
        moderator = make.actor(tx.session, at.staff.moderator)
        day = clock.at.date()
        forms.correct_return(tx.session, moderator, at.crew.id, day, 0, 1, "没有作废", now=tx.now)
        assert forms.balance_of(tx.session, at.crew).missing == 0
    assert close()


def test_a_form_of_a_round_that_is_over_is_restored_no_more(
    store: Database, tablet: Tablet, clock: Clock
) -> None:
    at, picture = tablet.at, spoil(store, tablet, 7)
    with store.transaction() as tx:
        make_count.closed(at, tx, clock)
    with pytest.raises(Stale):
        restore(store, picture, at.staff.moderator)


def test_spoilt_forms_are_listed_with_who_may_restore_them_first_what_a_tablet_waits_for(
    store: Database, tablet: Tablet
) -> None:
    waited_for = spoil(store, tablet, 1)
    tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.AGREE, 1))
    only = spoil(store, tablet, 2, n=2)

    def lines(who: Account) -> list[tuple[int, bool, bool]]:
        with store.reading() as session:
            found = listing.listed(session, make.actor(session, who), tablet.at.community.id)
            return [(one.picture.id, one.delivered, one.restorable) for one in found]

    assert lines(tablet.at.staff.moderator) == [(waited_for, True, True), (only, False, True)]
    assert lines(tablet.at.staff.canvasser) == [(waited_for, True, False), (only, False, False)]
