"""Builders for rounds of consent: each writes what the deeds would write, in the order in which they do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Role
from deliberate.domain.proposal import Category
from deliberate.domain.round import DutyKind, RoundStatus, TallyVisibility
from deliberate.domain.rules import RC80, Electorate, Rule, to_data
from deliberate.domain.settings import Settings
from deliberate.models import (
    Account,
    Community,
    ConsentRound,
    DiscussionRound,
    Duty,
    Household,
    PlanVersion,
    Proposal,
    RollCertificate,
    RollEntry,
)
from tests import make
from tests.make import START

_number = count(1)


def after(days: float) -> datetime:
    """So many days after the rounds open."""
    return START + timedelta(days=days)


ANSWER, REGISTER, SETTLE = after(15), after(16), after(18)
"""The clocks of every round here."""


@dataclass
class Staff:
    """One person for each duty."""

    moderator: Account
    scrutineer: Account
    canvasser: Account
    registrar: Account


@dataclass
class Place:
    """A community with its staff and homes."""

    session: Session
    community: Community
    staff: Staff
    homes: list[Household]
    residents: list[Account]


@dataclass
class Round:
    """A round with its matter, its roll in order, and the duties in it."""

    row: ConsentRound
    matter: Proposal
    entries: list[RollEntry] = field(default_factory=list)
    duties: dict[DutyKind, Duty] = field(default_factory=dict)


def place(session: Session, homes: int = 10) -> Place:
    """A community of ten homes, an account in each."""
    community = make.community(session)
    staff = Staff(
        make.staff(session, community, Role.MODERATOR, name="主持甲"),
        make.staff(session, community, Role.SCRUTINEER, name="监票乙"),
        make.staff(session, community, Role.CANVASSER, name="入户丙"),
        make.staff(session, community, Role.REGISTRAR, name="户册丁"),
    )
    doors = make.households(session, community, homes)
    return Place(session, community, staff, doors, [make.resident(session, door) for door in doors])


def matter(at: Place, number: int) -> tuple[Proposal, PlanVersion]:
    """A matter with its plan fixed and shown, under RC80."""
    return fixed_plan(at, number, (RC80,))


def fixed_plan(at: Place, number: int, rules: Sequence[Rule]) -> tuple[Proposal, PlanVersion]:
    """A matter with its plan fixed and shown, under these rules."""
    proposal = Proposal(
        community_id=at.community.id,
        number=number,
        stage=Stage.PLAN_FIXED,
        category=next(iter(Category)),
        title=f"第{number}件事",
        body="把旧车棚改成长廊。",
        scope={},
        author_id=at.residents[0].id,
        created_at=after(-40),
        changed_at=after(-10),
    )
    at.session.add(proposal)
    at.session.flush()
    return proposal, _plan(at, proposal, rules)


def _plan(at: Place, proposal: Proposal, rules: Sequence[Rule], n: int = 1) -> PlanVersion:
    talk = DiscussionRound(
        community_id=at.community.id,
        proposal_id=proposal.id,
        n=n,
        question="怎么改？",
        opened_at=after(-30),
        opened_by_id=at.staff.moderator.id,
        deadline=after(-12),
        closed_at=after(-10),
        closed_by_id=at.staff.moderator.id,
        agreed="改",
        disputed="无",
        goes_on="长廊",
    )
    at.session.add(talk)
    at.session.flush()
    plan = PlanVersion(
        community_id=at.community.id,
        proposal_id=proposal.id,
        discussion_round_id=talk.id,
        n=n,
        title=proposal.title,
        body=proposal.body,
        budget=8_000_000,
        funding="惠民资金",
        schedule="三个月",
        scope={},
        rules=to_data(rules),
        sha256=f"{1000 * (n - 1) + proposal.number:064x}",
        fixed_at=after(-10),
        fixed_by_id=at.staff.moderator.id,
        notice_until=after(-3),
    )
    at.session.add(plan)
    at.session.flush()
    return plan


def prepared(at: Place, number: int, rules: Sequence[Rule] = (RC80,)) -> Round:
    """A round that is only prepared, with its duties."""
    return _prepared(at, *fixed_plan(at, number, rules))


def _prepared(at: Place, proposal: Proposal, plan: PlanVersion) -> Round:
    row = ConsentRound(
        community_id=at.community.id,
        proposal_id=proposal.id,
        plan_version_id=plan.id,
        plan_sha256=plan.sha256,
        n=plan.n,
        status=RoundStatus.PREPARED,
        scope={},
        rules=plan.rules,
        periods=Settings().to_data(),
        tally_visibility=TallyVisibility.DAILY,
        prepared_at=after(-2),
        prepared_by_id=at.staff.moderator.id,
    )
    at.session.add(row)
    at.session.flush()
    made = Round(row, proposal)
    for kind, person in (
        (DutyKind.MODERATOR, at.staff.moderator),
        (DutyKind.SCRUTINEER, at.staff.scrutineer),
        (DutyKind.CANVASSER, at.staff.canvasser),
    ):
        made.duties[kind] = Duty(
            community_id=at.community.id,
            consent_round_id=row.id,
            account_id=person.id,
            kind=kind,
            assigned_at=after(-2),
            assigned_by_id=at.staff.moderator.id,
        )
        at.session.add(made.duties[kind])
    at.session.flush()
    return made


def drawn(at: Place, made: Round) -> Round:
    """Its roll drawn up: every home; under an owners' rule every owner beside them."""
    units = {rule["unit"] for rule in made.row.rules}
    for unit in (Electorate.HOUSEHOLD, Electorate.OWNER):
        if unit is Electorate.OWNER and unit not in units:
            continue
        for home in at.homes:
            entry = RollEntry(
                community_id=at.community.id,
                consent_round_id=made.row.id,
                electorate=unit,
                household_id=home.id,
                building_id=home.building_id,
                area=home.area or 0,
                slot=f"{next(_number):032x}",
            )
            made.entries.append(entry)
            at.session.add(entry)
            at.session.flush()
    made.row.roll_size = len(at.homes)
    made.row.roll_sha256 = f"{made.row.id:064x}"
    at.session.flush()
    return made


def certified(at: Place, made: Round, *roles: Role) -> Round:
    """Signed by these; by registrar and scrutineer when none are named."""
    for role in roles or (Role.REGISTRAR, Role.SCRUTINEER):
        person = at.staff.registrar if role is Role.REGISTRAR else at.staff.scrutineer
        at.session.add(
            RollCertificate(
                community_id=at.community.id,
                consent_round_id=made.row.id,
                role=role,
                account_id=person.id,
                roll_sha256=made.row.roll_sha256 or "",
                roll_size=made.row.roll_size,
                at=after(-1),
            )
        )
    at.session.flush()
    return made


def opened(at: Place, made: Round) -> Round:
    """Opened, its clocks set."""
    row = made.row
    row.status, row.opened_at, row.opened_by_id = RoundStatus.OPEN, START, at.staff.moderator.id
    row.answer_until, row.register_until, row.settle_until = ANSWER, REGISTER, SETTLE
    made.matter.stage = Stage.CONSENT_OPEN
    at.session.flush()
    return made


def open_round(at: Place, number: int, rules: Sequence[Rule] = (RC80,)) -> Round:
    """A round that households are answering."""
    return opened(at, certified(at, drawn(at, prepared(at, number, rules))))


def asked_again(at: Place, first: Round, rules: Sequence[Rule] = (RC80,)) -> Round:
    """The matter of a round that was not carried, asked anew with another text."""
    for stage in (Stage.DISCUSSING, Stage.PLAN_FIXED):
        first.matter.stage = stage
        at.session.flush()
    made = _prepared(at, first.matter, _plan(at, first.matter, rules, n=2))
    return opened(at, certified(at, drawn(at, made)))
