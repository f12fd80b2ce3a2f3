"""Accounts and roles: names that are one however typed, passwords that are hard, nobody their own judge."""

import pytest
from argon2 import PasswordHasher, extract_parameters

from deliberate.db import Database
from deliberate.domain.errors import BadInput, NotAllowed, NotFound, Refusal
from deliberate.domain.permissions import Actor, Role
from deliberate.models import Account, Community, JournalEntry, RoleGrant
from deliberate.queries import people
from deliberate.services import accounts, credentials, passwords, staff
from deliberate.services.credentials import WrongPassword
from tests import make

pytestmark = pytest.mark.usefixtures("dear_passwords")

GOOD = "five green doors"


def made(database: Database, name: str = "wang", telephone: str | None = None, **more: bool) -> Account:
    with database.transaction() as tx:
        return accounts.create(
            tx.session,
            user_name=name,
            display_name="测试王主任",
            password=GOOD,
            telephone=telephone,
            now=tx.now,
            **more,
        )


def verified(database: Database, name: str, password: str = GOOD) -> int:
    with database.reading() as session:
        return credentials.verify(session, name, password).id


@pytest.mark.parametrize("typed", ["wang", " WANG ", "Wang", "199-0000-0000", "+86 19900000000"])
def test_one_signs_in_by_user_name_or_telephone_however_typed(database: Database, typed: str) -> None:
    account = made(database, telephone="19900000000")
    assert verified(database, typed) == account.id


@pytest.mark.parametrize("shown", ["张三、李四", "张三，李四", "A;B", "A/B", "A\nB"])
def test_a_name_is_one_persons(database: Database, shown: str) -> None:
    """Names stand side by side on a paper: a list in one of them would read as further people."""
    account = made(database)
    with database.transaction() as tx, pytest.raises(BadInput) as refusal:
        accounts.rename(tx.session, make.actor(tx.session, account), shown, None)
    assert refusal.value.params["field"] == "display_name"


def test_a_wrong_name_and_a_wrong_password_are_refused_in_the_same_words(database: Database) -> None:
    made(database)
    with pytest.raises(WrongPassword) as wrong:
        verified(database, "wang", "five green door")
    with pytest.raises(WrongPassword) as unknown:
        verified(database, "li", GOOD)
    assert str(wrong.value) == str(unknown.value)


def test_an_unknown_name_costs_as_much_work_as_a_known_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(database)
    worked = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hash: str, password: str) -> bool:
        worked.append(extract_parameters(hash))
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for name in ("wang", "li"):
        with pytest.raises(WrongPassword):
            verified(database, name, "wrong")
    assert worked[0] == worked[1]
    assert (worked[0].memory_cost, worked[0].time_cost, worked[0].parallelism) == (19 * 1024, 2, 1)


def test_a_disabled_account_opens_nothing(database: Database) -> None:
    account = made(database)
    with database.transaction() as tx:
        accounts.disable(tx.session, "wang", now=tx.now)
    with pytest.raises(WrongPassword):
        verified(database, "wang")
    with database.reading() as session:
        assert people.actor(session, account_id=account.id) == Actor()


@pytest.mark.parametrize("easy", ["short", "12345678", "password", "aaaaaaaaaaaa", "wang@example", "x" * 201])
def test_easy_passwords_are_refused(easy: str) -> None:
    with pytest.raises(BadInput):
        passwords.hashed(easy, "wang@example")


def test_full_width_letters_are_the_same_password() -> None:
    full_width = GOOD.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    assert full_width != GOOD
    assert passwords.matches(passwords.hashed(GOOD), full_width)


@pytest.mark.parametrize(
    "name",
    ["", "a", "19900000000", "199-0000-0000", "138.1234.5678", "a b", "王" * 41, "../etc", "名" * 10_000],
)
def test_names_that_cannot_be_user_names(database: Database, name: str) -> None:
    with pytest.raises(BadInput):
        made(database, name)


def test_a_name_or_a_telephone_is_taken_once(database: Database) -> None:
    made(database, telephone="19900000000")
    with pytest.raises(BadInput):
        made(database, "WANG")
    with pytest.raises(BadInput):
        made(database, "li", telephone="199 0000 0000")


def test_changing_the_password_ends_other_sessions(database: Database) -> None:
    account = made(database)
    with database.transaction() as tx:
        changed = credentials.change_password(
            tx.session, Actor(account_id=account.id), GOOD, "six blue windows"
        )
        assert changed.epoch == account.epoch + 1
    with pytest.raises(WrongPassword):
        verified(database, "wang", GOOD)
    with pytest.raises(BadInput), database.transaction() as tx:
        credentials.change_password(tx.session, Actor(account_id=account.id), "not mine", "seven red roofs")


def test_a_password_that_was_given_is_replaced_once(database: Database) -> None:
    account = made(database, once=True)
    with database.transaction() as tx:
        credentials.choose_password(tx.session, account.id, account.epoch, "six blue windows")
    with pytest.raises(WrongPassword), database.transaction() as tx:
        credentials.choose_password(tx.session, account.id, account.epoch, "seven red roofs")
    assert verified(database, "wang", "six blue windows") == account.id


class Office:
    def __init__(self, database: Database) -> None:
        self.database = database
        with database.transaction() as tx:
            self.community = make.community(tx.session)
            self.elsewhere = make.community(tx.session, "other", "别处社区")
            self.registrar = make.actor(tx.session, make.staff(tx.session, self.community, Role.REGISTRAR))
            self.person = make.account(tx.session)

    def grant(self, actor: Actor, account_id: int, role: Role, community: Community | None = None) -> None:
        community = community or self.community
        with self.database.transaction() as tx:
            staff.grant(tx.session, actor, community.id, account_id, role, now=tx.now)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_a_role_is_granted_once_taken_back_and_journalled(office: Office) -> None:
    for _ in range(2):
        office.grant(office.registrar, office.person.id, Role.CANVASSER)
    with office.database.transaction() as tx:
        assert tx.session.query(RoleGrant).filter_by(account_id=office.person.id).count() == 1
        assert make.actor(tx.session, office.person).has(Role.CANVASSER, office.community.id)
        staff.revoke(
            tx.session,
            office.registrar,
            office.community.id,
            office.person.id,
            Role.CANVASSER,
            now=tx.now,
        )
        assert make.actor(tx.session, office.person).roles == frozenset()
        assert [e.what for e in tx.session.query(JournalEntry)] == ["role_granted", "role_revoked"]
    with pytest.raises(NotFound), office.database.transaction() as tx:
        staff.revoke(
            tx.session, office.registrar, office.community.id, office.person.id, Role.CANVASSER, now=tx.now
        )


def test_nobody_grants_themselves_and_nobody_grants_elsewhere(office: Office) -> None:
    assert office.registrar.account_id is not None
    with pytest.raises(NotAllowed):
        office.grant(office.registrar, office.registrar.account_id, Role.CANVASSER)
    with pytest.raises(NotAllowed):
        office.grant(office.registrar, office.person.id, Role.MODERATOR, office.elsewhere)
    moderator = Actor(account_id=77, roles=frozenset({(office.community.id, Role.MODERATOR)}))
    with pytest.raises(NotAllowed):
        office.grant(moderator, office.person.id, Role.CANVASSER)
    with pytest.raises(Refusal):
        office.grant(office.registrar, office.person.id, Role.RESIDENT)


def test_no_one_person_makes_both_signers_of_a_roll(office: Office) -> None:
    """Rule 14: the registrar appoints no scrutineer, and nobody but the operator a registrar or moderator."""
    with office.database.transaction() as tx:
        moderator = make.actor(tx.session, make.staff(tx.session, office.community, Role.MODERATOR))
    for actor, roles in (
        (office.registrar, (Role.SCRUTINEER, Role.REGISTRAR, Role.MODERATOR)),
        (moderator, (Role.REGISTRAR, Role.MODERATOR, Role.CANVASSER)),
    ):
        for role in roles:
            with pytest.raises(NotAllowed):
                office.grant(actor, office.person.id, role)
    office.grant(moderator, office.person.id, Role.SCRUTINEER)
    office.grant(Actor(operator=True), office.person.id, Role.MODERATOR)


def test_nobody_at_a_desk_opens_a_signers_account_with_a_new_password(office: Office) -> None:
    office.grant(Actor(operator=True), office.person.id, Role.SCRUTINEER)
    with pytest.raises(NotAllowed), office.database.transaction() as tx:
        credentials.give_password(
            tx.session, office.registrar, office.community.id, office.person.id, now=tx.now
        )


def test_no_registrar_gives_a_password_to_somebody_of_another_community(office: Office) -> None:
    office.grant(office.registrar, office.person.id, Role.CANVASSER)
    with office.database.transaction() as tx:
        there = make.actor(tx.session, make.staff(tx.session, office.elsewhere, Role.REGISTRAR))
    with office.database.transaction() as tx:
        given = credentials.give_password(
            tx.session, office.registrar, office.community.id, office.person.id, now=tx.now
        )
    assert verified(office.database, office.person.user_name, given.password_once) == office.person.id
    office.grant(there, office.person.id, Role.CANVASSER, office.elsewhere)
    for actor, community in ((office.registrar, office.community), (there, office.elsewhere)):
        with pytest.raises(NotAllowed), office.database.transaction() as tx:
            credentials.give_password(tx.session, actor, community.id, office.person.id, now=tx.now)
