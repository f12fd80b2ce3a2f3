"""Who may do what: one table from action to alternatives, each a tuple of predicates that must all hold.

Predicates are small pure functions over an actor and a subject. An action that is not in the table is
denied. The right is declared on every endpoint and checked again in every service.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .errors import NotAllowed


class Role(StrEnum):
    """A role in one community. A resident is whoever belongs to a household there."""

    RESIDENT = "resident"
    MODERATOR = "moderator"
    CANVASSER = "canvasser"
    SCRUTINEER = "scrutineer"
    REGISTRAR = "registrar"
    OBSERVER = "observer"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account, the holder of a letter, or anybody.

    `homes` and `owned` map the ids of households which the actor belongs to, or owns, to the id of their
    community; a letter puts its own home there.
    """

    account_id: int | None = None
    name: str = ""
    roles: frozenset[tuple[int, Role]] = frozenset()
    homes: Mapping[int, int] = field(default_factory=dict)
    owned: Mapping[int, int] = field(default_factory=dict)
    joined: frozenset[int] = frozenset()
    """The households which the account itself belongs to, not those that a letter opens."""
    owns: frozenset[int] = frozenset()
    """The homes which the account itself owns, in the same way."""
    letter_id: int | None = None
    device_id: int | None = None
    """The tablet that speaks for the account, by its token; no cookie ever makes such an actor."""
    device_revoked: bool = False
    operator: bool = False
    """Whoever runs the installation, at its command line; no page ever makes such an actor."""

    def has(self, role: Role, community_id: int | None) -> bool:
        """Whether the actor has the role there."""
        if role is Role.RESIDENT:
            return community_id is not None and (
                community_id in self.homes.values() or community_id in self.owned.values()
            )
        return (community_id, role) in self.roles


ANYBODY = Actor()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted on, as far as rights go."""

    community_id: int | None = None
    household_id: int | None = None
    owned_ids: frozenset[int] = frozenset()
    """The homes of the owner who is asked; empty when the household is."""
    author_id: int | None = None
    recorder_ids: frozenset[int] = frozenset()
    duty_ids: frozenset[int] = frozenset()
    """Accounts that hold the duty which this act needs."""


class Action(StrEnum):
    """Everything that a person can ask of the application."""

    READ_PUBLIC = "read_public"
    SIGN_IN = "sign_in"
    MANAGE_OWN_ACCOUNT = "manage_own_account"
    USE_LETTER = "use_letter"
    # residents
    SEE_OWN_HOUSEHOLD = "see_own_household"
    PROPOSE = "propose"
    EDIT_PROPOSAL = "edit_proposal"
    WITHDRAW_PROPOSAL = "withdraw_proposal"
    SECOND = "second"
    COMMENT = "comment"
    ANSWER = "answer"
    OBJECT = "object"
    ASK_VISIT = "ask_visit"
    EVALUATE = "evaluate"
    UPLOAD_PICTURE = "upload_picture"
    # moderators
    SEE_DESK = "see_desk"
    SCREEN = "screen"
    MODERATE = "moderate"
    TAKE_DOWN = "take_down"
    RUN_COUNCIL = "run_council"
    RUN_ROUND = "run_round"
    CLOSE_ROUND = "close_round"
    ASSIGN_DUTIES = "assign_duties"
    SETTLE = "settle"
    HANDLE_OBJECTION = "handle_objection"
    CONCLUDE = "conclude"
    EXECUTE = "execute"
    PUBLISH = "publish"
    CHANGE_SETTINGS = "change_settings"
    HANDLE_VISIT_REQUESTS = "handle_visit_requests"
    TELL_HOUSEHOLD = "tell_household"
    READ_DOSSIER = "read_dossier"
    MANAGE_DEVICES = "manage_devices"
    STOP_CREW = "stop_crew"
    DECIDE_DELIVERY = "decide_delivery"
    # tablets
    ENROL_DEVICE = "enrol_device"
    DELIVER = "deliver"
    READ_WALK = "read_walk"
    KEEP_OBSERVERS = "keep_observers"
    # observers
    OBSERVE = "observe"
    # canvassers
    CANVASS = "canvass"
    RECORD_PAPER = "record_paper"
    BRING_STACK = "bring_stack"
    SPOIL_FORM = "spoil_form"
    RESTORE_FORM = "restore_form"
    SEE_EVIDENCE = "see_evidence"
    # scrutineers
    SCRUTINISE = "scrutinise"
    CERTIFY_AS_SCRUTINEER = "certify_as_scrutineer"
    SIGN_COUNT = "sign_count"
    SPOT_CHECK = "spot_check"
    REVISIT = "revisit"
    CHECK_FORM = "check_form"
    # registrars
    READ_ROLL = "read_roll"
    CHANGE_ROLL = "change_roll"
    CERTIFY_AS_REGISTRAR = "certify_as_registrar"
    MANAGE_LETTERS = "manage_letters"
    MANAGE_PEOPLE = "manage_people"
    APPOINT_STAFF = "appoint_staff"
    APPOINT_SCRUTINEER = "appoint_scrutineer"
    HELP_AT_DESK = "help_at_desk"


Predicate = Callable[[Actor, Subject], bool]


def anybody(actor: Actor, subject: Subject) -> bool:
    """No condition."""
    return True


def signed_in(actor: Actor, subject: Subject) -> bool:
    """Has an account."""
    return actor.account_id is not None


def resident(actor: Actor, subject: Subject) -> bool:
    """Belongs to a household (or is an owner) of the community."""
    return actor.has(Role.RESIDENT, subject.community_id)


def speaks_for_it(actor: Actor, subject: Subject) -> bool:
    """Belongs to this very household, or is this very owner."""
    if subject.owned_ids:
        return any(actor.owned.get(home, -1) == subject.community_id for home in subject.owned_ids)
    return subject.household_id is not None and (
        actor.homes.get(subject.household_id, -1) == subject.community_id
    )


def speaks_by_account(actor: Actor, subject: Subject) -> bool:
    """Speaks for it without any letter: the account itself belongs to the household, or is the owner."""
    if subject.owned_ids:
        return bool(actor.owns & subject.owned_ids)
    return subject.household_id in actor.joined


def not_own_household(actor: Actor, subject: Subject) -> bool:
    """A canvasser never records their own household (rule 9)."""
    mine = actor.homes.keys() | actor.owned.keys()
    return subject.household_id not in mine and not subject.owned_ids & mine


def author(actor: Actor, subject: Subject) -> bool:
    """Wrote it."""
    return actor.account_id is not None and actor.account_id == subject.author_id


def not_recorder(actor: Actor, subject: Subject) -> bool:
    """Recorded none of what is judged (rule 8)."""
    return actor.account_id is not None and actor.account_id not in subject.recorder_ids


def on_duty(actor: Actor, subject: Subject) -> bool:
    """Was assigned this duty in the round (rule 14)."""
    return actor.account_id is not None and actor.account_id in subject.duty_ids


def device(actor: Actor, subject: Subject) -> bool:
    """Is a tablet that was enrolled; a revoked one may still deliver."""
    return actor.device_id is not None


def device_in_force(actor: Actor, subject: Subject) -> bool:
    """Is a tablet that is not revoked."""
    return actor.device_id is not None and not actor.device_revoked


def operator(actor: Actor, subject: Subject) -> bool:
    """Runs the installation."""
    return actor.operator


def _role(role: Role) -> Predicate:
    def has_role(actor: Actor, subject: Subject) -> bool:
        return actor.has(role, subject.community_id)

    has_role.__name__ = role.value
    has_role.__doc__ = f"Is {role.value} of the community."
    return has_role


moderator = _role(Role.MODERATOR)
canvasser = _role(Role.CANVASSER)
scrutineer = _role(Role.SCRUTINEER)
registrar = _role(Role.REGISTRAR)
observer = _role(Role.OBSERVER)

_STAFF = ((moderator,), (canvasser,), (registrar,))

TABLE: Mapping[Action, tuple[tuple[Predicate, ...], ...]] = {
    Action.READ_PUBLIC: ((anybody,),),
    Action.SIGN_IN: ((anybody,),),
    Action.USE_LETTER: ((anybody,),),
    Action.MANAGE_OWN_ACCOUNT: ((signed_in,),),
    Action.SEE_OWN_HOUSEHOLD: ((speaks_for_it,),),
    Action.PROPOSE: ((signed_in, resident),),
    Action.EDIT_PROPOSAL: ((author, resident), (author, moderator)),
    Action.WITHDRAW_PROPOSAL: ((author, resident), (author, moderator)),
    Action.SECOND: ((speaks_for_it,),),
    Action.COMMENT: ((signed_in, resident), (moderator,)),
    Action.ANSWER: ((speaks_for_it,),),
    Action.OBJECT: ((speaks_for_it,), (not_own_household, moderator)),
    Action.ASK_VISIT: ((speaks_for_it,), (moderator,), (registrar,)),
    Action.EVALUATE: ((speaks_for_it,),),
    Action.UPLOAD_PICTURE: ((signed_in, resident), *_STAFF),
    Action.SEE_DESK: ((moderator,),),
    Action.SCREEN: ((moderator,),),
    Action.MODERATE: ((moderator,),),
    Action.TAKE_DOWN: ((moderator,),),
    Action.RUN_COUNCIL: ((moderator,),),
    Action.RUN_ROUND: ((moderator,),),
    Action.CLOSE_ROUND: ((moderator, on_duty),),
    Action.ASSIGN_DUTIES: ((moderator,),),
    Action.SETTLE: ((moderator, not_recorder, not_own_household),),
    Action.HANDLE_OBJECTION: (
        (moderator, not_recorder, not_own_household),
        (scrutineer, not_recorder, not_own_household),
    ),
    Action.CONCLUDE: ((moderator,),),
    Action.EXECUTE: ((moderator,),),
    Action.PUBLISH: ((moderator,),),
    Action.CHANGE_SETTINGS: ((moderator,),),
    Action.HANDLE_VISIT_REQUESTS: ((moderator,), (canvasser,)),
    Action.TELL_HOUSEHOLD: ((moderator, not_recorder, not_own_household),),
    Action.READ_DOSSIER: ((moderator,), (scrutineer,), (observer,)),
    Action.MANAGE_DEVICES: ((moderator,),),
    Action.STOP_CREW: ((moderator, not_recorder),),
    Action.DECIDE_DELIVERY: ((moderator, not_recorder, not_own_household),),
    Action.ENROL_DEVICE: ((anybody,),),
    Action.DELIVER: ((device,),),
    Action.READ_WALK: ((device_in_force, canvasser),),
    Action.KEEP_OBSERVERS: ((moderator,), (operator,)),
    Action.OBSERVE: ((observer,),),
    Action.CANVASS: ((canvasser,),),
    Action.RECORD_PAPER: ((canvasser, on_duty, not_own_household),),
    Action.BRING_STACK: ((canvasser,), (moderator,)),
    Action.SPOIL_FORM: ((canvasser, on_duty), (moderator,)),
    Action.RESTORE_FORM: ((canvasser, on_duty, not_recorder), (moderator, not_recorder)),
    Action.SEE_EVIDENCE: ((moderator, not_recorder), (scrutineer,)),
    Action.SCRUTINISE: ((scrutineer,),),
    Action.CERTIFY_AS_SCRUTINEER: ((scrutineer,),),
    Action.SIGN_COUNT: ((scrutineer, on_duty),),
    Action.SPOT_CHECK: ((scrutineer, on_duty),),
    Action.REVISIT: (
        (canvasser, on_duty, not_recorder, not_own_household),
        (scrutineer, on_duty, not_recorder, not_own_household),
    ),
    Action.CHECK_FORM: (
        (moderator, not_recorder, not_own_household),
        (scrutineer, not_recorder, not_own_household),
    ),
    Action.READ_ROLL: ((registrar,), (moderator,), (scrutineer,)),
    Action.CHANGE_ROLL: ((registrar,),),
    Action.CERTIFY_AS_REGISTRAR: ((registrar,),),
    Action.MANAGE_LETTERS: ((registrar,),),
    Action.MANAGE_PEOPLE: ((registrar,), (operator,)),
    Action.APPOINT_STAFF: ((operator,),),
    Action.APPOINT_SCRUTINEER: ((moderator,), (operator,)),
    Action.HELP_AT_DESK: ((registrar,), (moderator,)),
}


def may(actor: Actor, action: Action, subject: Subject) -> bool:
    """Whether some alternative of the action holds in full. Unknown actions are denied."""
    for alternative in TABLE.get(action, ()):
        for holds in alternative:
            if not holds(actor, subject):
                break
        else:
            return True
    return False


def require(actor: Actor, action: Action, subject: Subject) -> None:
    """Refuse with NotAllowed unless `may`."""
    if not may(actor, action, subject):
        raise NotAllowed()


def account_of(actor: Actor) -> int:
    """The account that signs a deed; a deed that needs one is refused to a letter."""
    if actor.account_id is None:
        raise NotAllowed()
    return actor.account_id
