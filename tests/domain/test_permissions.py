"""Who may do what: each predicate, what is denied to everybody else, and the duties that must differ."""

import pytest

from deliberate.domain.errors import NotAllowed
from deliberate.domain.permissions import (
    ANYBODY,
    TABLE,
    Action,
    Actor,
    Role,
    Subject,
    may,
    require,
    speaks_by_account,
)

HERE, THERE = 1, 2
HOME, OTHER_HOME = 11, 12
OURS = Subject(community_id=HERE, household_id=HOME)


def who(*roles: Role, account: int | None = 7, community: int = HERE, **more: object) -> Actor:
    return Actor(account_id=account, roles=frozenset((community, r) for r in roles), **more)  # type: ignore[arg-type]


RESIDENT = who(homes={HOME: HERE})
OWNER = who(homes={OTHER_HOME: HERE}, owned={HOME: HERE})
LETTER = Actor(letter_id=3, homes={HOME: HERE})
STAFF = {role: who(role) for role in Role if role is not Role.RESIDENT}

FOR_ANYBODY = {Action.READ_PUBLIC, Action.SIGN_IN, Action.USE_LETTER, Action.ENROL_DEVICE}
BY_ROLE = {
    Role.MODERATOR: {
        Action.UPLOAD_PICTURE,
        Action.SEE_DESK,
        Action.SCREEN,
        Action.MODERATE,
        Action.TAKE_DOWN,
        Action.RUN_COUNCIL,
        Action.RUN_ROUND,
        Action.ASSIGN_DUTIES,
        Action.SETTLE,
        Action.HANDLE_OBJECTION,
        Action.CONCLUDE,
        Action.EXECUTE,
        Action.PUBLISH,
        Action.KEEP_OBSERVERS,
        Action.CHANGE_SETTINGS,
        Action.HANDLE_VISIT_REQUESTS,
        Action.READ_DOSSIER,
        Action.SEE_EVIDENCE,
        Action.CHECK_FORM,
        Action.READ_ROLL,
        Action.HELP_AT_DESK,
        Action.OBJECT,
        Action.ASK_VISIT,
        Action.MANAGE_DEVICES,
        Action.STOP_CREW,
        Action.DECIDE_DELIVERY,
        Action.BRING_STACK,
        Action.SPOIL_FORM,
        Action.RESTORE_FORM,
    },
    Role.SCRUTINEER: {
        Action.HANDLE_OBJECTION,
        Action.READ_DOSSIER,
        Action.SEE_EVIDENCE,
        Action.CHECK_FORM,
        Action.SCRUTINISE,
        Action.CERTIFY_AS_SCRUTINEER,
        Action.READ_ROLL,
    },
    Role.OBSERVER: {Action.READ_DOSSIER, Action.OBSERVE},
}


def test_every_action_is_in_the_table_and_an_unknown_one_is_denied() -> None:
    assert set(TABLE) == set(Action)
    assert not may(STAFF[Role.MODERATOR], "no such action", OURS)  # type: ignore[arg-type]


@pytest.mark.parametrize("action", Action)
def test_a_stranger_may_only_read_and_sign_in(action: Action) -> None:
    assert may(ANYBODY, action, OURS) is (action in FOR_ANYBODY)


@pytest.mark.parametrize("role", BY_ROLE)
def test_a_role_gives_what_it_is_for(role: Role) -> None:
    assert {a for a in Action if may(STAFF[role], a, OURS)} >= BY_ROLE[role]


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("action", sorted(set(Action) - FOR_ANYBODY - {Action.MANAGE_OWN_ACCOUNT}))
def test_a_role_of_another_community_gives_nothing(role: Role, action: Action) -> None:
    assert not may(who(role, community=THERE), action, OURS)


@pytest.mark.parametrize("action", [Action.SEE_DESK, Action.EXECUTE, Action.CONCLUDE, Action.SIGN_COUNT])
@pytest.mark.parametrize("actor", [RESIDENT, OWNER, LETTER, STAFF[Role.CANVASSER], STAFF[Role.OBSERVER]])
def test_what_is_the_councils_is_not_everybodys(action: Action, actor: Actor) -> None:
    assert not may(actor, action, OURS)


@pytest.mark.parametrize("action", [Action.ANSWER, Action.OBJECT, Action.EVALUATE, Action.SECOND])
def test_only_those_of_the_household_speak_for_it(action: Action) -> None:
    assert may(RESIDENT, action, OURS)
    assert may(LETTER, action, OURS)
    neighbour = Actor(account_id=8, homes={OTHER_HOME: HERE})
    assert not may(neighbour, action, OURS)
    assert not may(RESIDENT, action, Subject(community_id=THERE, household_id=HOME))
    assert not may(RESIDENT, action, Subject(community_id=HERE))


def test_an_owner_speaks_for_the_homes_they_own() -> None:
    asked = Subject(community_id=HERE, owned_ids=frozenset({HOME, 99}))
    assert may(OWNER, Action.ANSWER, asked)
    assert not may(RESIDENT, Action.ANSWER, asked)
    assert not may(OWNER, Action.ANSWER, Subject(community_id=THERE, owned_ids=frozenset({HOME})))


def test_only_the_account_itself_speaks_without_a_letter() -> None:
    home, owner = Subject(HERE, household_id=HOME), Subject(HERE, owned_ids=frozenset({HOME, 99}))
    member, owns = Actor(7, homes={HOME: HERE}, joined=frozenset({HOME})), Actor(7, owns=frozenset({99}))
    assert speaks_by_account(member, home)
    assert not speaks_by_account(member, owner)
    assert speaks_by_account(owns, owner)
    assert not speaks_by_account(owns, home)
    by_letter = Actor(7, homes={HOME: HERE}, owned={HOME: HERE}, letter_id=1)
    assert not speaks_by_account(by_letter, home)
    assert not speaks_by_account(by_letter, owner)
    assert not speaks_by_account(member, Subject(HERE))


def test_nobody_on_the_staff_acts_on_their_own_household() -> None:
    at_home = who(Role.MODERATOR, Role.CANVASSER, homes={HOME: HERE}, owned={OTHER_HOME: HERE})
    duty = Subject(HERE, household_id=HOME, duty_ids=frozenset({7}))
    assert not may(at_home, Action.RECORD_PAPER, duty)
    assert not may(at_home, Action.SETTLE, duty)
    assert not may(at_home, Action.HANDLE_OBJECTION, duty)
    assert not may(at_home, Action.SETTLE, Subject(HERE, owned_ids=frozenset({OTHER_HOME})))
    assert may(who(Role.CANVASSER), Action.RECORD_PAPER, duty)


def test_who_recorded_does_not_judge() -> None:
    recorded = Subject(HERE, household_id=HOME, recorder_ids=frozenset({7}))
    for action in (Action.SETTLE, Action.HANDLE_OBJECTION, Action.CHECK_FORM):
        assert not may(who(Role.MODERATOR, Role.SCRUTINEER), action, recorded)
        assert may(who(Role.MODERATOR, account=8), action, recorded)
    assert not may(Actor(roles=frozenset({(HERE, Role.MODERATOR)})), Action.SETTLE, recorded)


@pytest.mark.parametrize("role", [Role.CANVASSER, Role.SCRUTINEER])
def test_a_household_is_asked_again_by_the_assigned_who_neither_recorded_it_nor_lives_there(
    role: Role,
) -> None:
    asked = Subject(HERE, household_id=HOME, duty_ids=frozenset({7}))
    assert may(who(role), Action.REVISIT, asked)
    assert not may(who(role, account=8), Action.REVISIT, asked)
    assert not may(who(role, homes={HOME: HERE}), Action.REVISIT, asked)
    recorded = Subject(HERE, household_id=HOME, duty_ids=frozenset({7}), recorder_ids=frozenset({7}))
    assert not may(who(role), Action.REVISIT, recorded)
    assert not may(who(Role.MODERATOR, Role.REGISTRAR), Action.REVISIT, asked)


@pytest.mark.parametrize(
    ("action", "role"),
    [
        (Action.CLOSE_ROUND, Role.MODERATOR),
        (Action.SIGN_COUNT, Role.SCRUTINEER),
        (Action.SPOT_CHECK, Role.SCRUTINEER),
        (Action.RECORD_PAPER, Role.CANVASSER),
    ],
)
def test_deeds_of_a_round_need_the_duty_and_the_role(action: Action, role: Role) -> None:
    on_duty = Subject(HERE, household_id=HOME, duty_ids=frozenset({7}))
    assert may(who(role), action, on_duty)
    assert not may(who(role, account=8), action, on_duty)
    others = [r for r in STAFF if r is not role]
    assert not may(who(*others), action, on_duty)


def test_the_author_edits_and_nobody_else() -> None:
    written = Subject(HERE, author_id=7)
    assert may(RESIDENT, Action.EDIT_PROPOSAL, written)
    assert not may(Actor(account_id=8, homes={HOME: HERE}), Action.EDIT_PROPOSAL, written)
    assert not may(LETTER, Action.EDIT_PROPOSAL, Subject(HERE))


def test_a_right_that_is_missing_is_refused() -> None:
    require(RESIDENT, Action.ANSWER, OURS)
    with pytest.raises(NotAllowed):
        require(ANYBODY, Action.ANSWER, OURS)


def test_a_resident_is_whoever_belongs_to_a_household_there() -> None:
    assert RESIDENT.has(Role.RESIDENT, HERE)
    assert OWNER.has(Role.RESIDENT, HERE)
    assert not RESIDENT.has(Role.RESIDENT, THERE)
    assert not RESIDENT.has(Role.RESIDENT, None)


def test_a_tablet_delivers_whoever_it_belongs_to_and_reads_only_for_a_canvasser() -> None:
    tablet = who(Role.CANVASSER, device_id=4)
    lost = who(Role.CANVASSER, device_id=4, device_revoked=True)
    dismissed = who(device_id=4)
    assert [may(one, Action.DELIVER, OURS) for one in (tablet, lost, dismissed)] == [True, True, True]
    assert [may(one, Action.READ_WALK, OURS) for one in (tablet, lost, dismissed)] == [True, False, False]
    assert not may(STAFF[Role.CANVASSER], Action.DELIVER, OURS)
    assert not may(STAFF[Role.CANVASSER], Action.READ_WALK, OURS)
    elsewhere = who(Role.CANVASSER, device_id=4, community=THERE)
    assert not may(elsewhere, Action.READ_WALK, OURS)


def test_who_recorded_a_delivery_does_not_decide_it() -> None:
    theirs = Subject(HERE, household_id=HOME, recorder_ids=frozenset({7}))
    assert not may(STAFF[Role.MODERATOR], Action.DECIDE_DELIVERY, theirs)
    assert may(who(Role.MODERATOR, account=8), Action.DECIDE_DELIVERY, theirs)
    assert not may(who(Role.MODERATOR, account=8, homes={HOME: HERE}), Action.DECIDE_DELIVERY, theirs)
