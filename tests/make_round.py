"""Builders of consent rounds: through the deeds themselves, so that a test starts from a lawful state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from deliberate.domain import rules as decision
from deliberate.domain.consent import Answer
from deliberate.domain.lifecycle import Stage
from deliberate.domain.permissions import Role
from deliberate.domain.proposal import Category
from deliberate.domain.round import DutyKind, EvidenceRole, Relation
from deliberate.domain.rules import RC80, Rule
from deliberate.domain.serial import printed
from deliberate.models import (
    Account,
    Community,
    Consent,
    ConsentRound,
    Crew,
    DiscussionRound,
    Household,
    Owner,
    PlanVersion,
    Proposal,
    RollEntry,
)
from deliberate.queries import contradictions as disputes
from deliberate.services import (
    cases,
    consents,
    contradictions,
    duties,
    forms,
    papers,
    rolls_of_rounds,
    rounds,
)
from deliberate.services.consents import OnlineAnswer
from deliberate.services.contradictions import Settlement
from deliberate.services.exhibits import Exhibit
from deliberate.services.papers import Paper
from deliberate.services.secrets import keyed_hash
from tests import make
from tests.replayed import replayed

KEY = b"a key of the tests"
PHOTO = Exhibit(EvidenceRole.PHOTO, "ab" * 32, "image/jpeg", 200_000)


@dataclass
class Staff:
    """One person for each job, and a second canvasser."""

    moderator: Account
    registrar: Account
    scrutineer: Account
    canvasser: Account
    other_moderator: Account


@dataclass
class OpenRound:
    """A round and everything around it."""

    community: Community
    homes: list[Household]
    staff: Staff
    proposal: Proposal
    plan: PlanVersion
    round: ConsentRound
    crew: Crew
    entries: list[RollEntry] = field(default_factory=list)


def staff(session: Session, community: Community) -> Staff:
    """The people of a round."""
    return Staff(
        moderator=make.staff(session, community, Role.MODERATOR, name="测试主持"),
        registrar=make.staff(session, community, Role.REGISTRAR, name="测试户册"),
        scrutineer=make.staff(session, community, Role.SCRUTINEER, name="测试监票"),
        canvasser=make.staff(session, community, Role.CANVASSER, name="测试入户"),
        other_moderator=make.staff(session, community, Role.MODERATOR, name="测试主持二"),
    )


def fixed_plan(
    session: Session,
    community: Community,
    author: Account,
    *rules: Rule,
    now: datetime,
    number: int = 1,
    text: Mapping[str, Any] | None = None,
) -> tuple[Proposal, PlanVersion]:
    """A matter whose plan is fixed and whose notice has run; `text` is what it says where that matters."""
    said = {
        "title": f"测试议题{number}",
        "body": "方案全文",
        "budget": 1_000_00,
        "funding": "惠民资金",
        "schedule": "45天",
        **(text or {}),
    }
    proposal = Proposal(
        community_id=community.id,
        number=number,
        stage=Stage.PLAN_FIXED,
        category=Category.FACILITIES,
        title=said["title"],
        body="正文",
        budget=1_000_00,
        scope={"kind": "community"},
        author_id=author.id,
        created_at=now,
        submitted_at=now,
        changed_at=now,
    )
    session.add(proposal)
    session.flush()
    discussion = DiscussionRound(
        community_id=community.id,
        proposal_id=proposal.id,
        n=1,
        question="问题",
        opened_at=now,
        opened_by_id=author.id,
        deadline=now,
        closed_at=now,
        closed_by_id=author.id,
        agreed="达成的",
        disputed="有争议的",
        goes_on="继续的",
    )
    session.add(discussion)
    session.flush()
    plan = PlanVersion(
        community_id=community.id,
        proposal_id=proposal.id,
        discussion_round_id=discussion.id,
        n=1,
        **said,
        scope=proposal.scope,
        rules=decision.to_data(rules or (RC80,)),
        sha256=f"{number:064x}",
        fixed_at=now,
        fixed_by_id=author.id,
        notice_until=now,
    )
    session.add(plan)
    session.flush()
    return proposal, plan


def prepared(
    session: Session, people: Staff, proposal: Proposal, *, now: datetime
) -> tuple[ConsentRound, Crew]:
    """A round about the matter with its people on duty, and the crew that walks all of it."""
    moderator = make.actor(session, people.moderator)
    made = rounds.prepare_round(session, moderator, proposal.id, now=now)
    duties.assign(session, moderator, made.id, people.moderator.id, DutyKind.MODERATOR, now=now)
    duties.assign(session, moderator, made.id, people.scrutineer.id, DutyKind.SCRUTINEER, now=now)
    crew = duties.make_crew(session, moderator, made.id, "第一组", {}, "测试志愿者", now=now)
    duties.assign(session, moderator, made.id, people.canvasser.id, DutyKind.CANVASSER, crew.id, now=now)
    return made, crew


def certified(session: Session, people: Staff, round_id: int, *, now: datetime) -> None:
    """The round's roll, by both who must."""
    for role, person in ((Role.REGISTRAR, people.registrar), (Role.SCRUTINEER, people.scrutineer)):
        rolls_of_rounds.certify(session, make.actor(session, person), round_id, role, now=now)


@replayed
def open_round(
    session: Session,
    number: int = 10,
    *rules: Rule,
    now: datetime = make.START,
    days: int = 15,
    opened: bool = True,
    matter: int = 1,
    text: Mapping[str, Any] | None = None,
    buildings: int = 1,
    one_owner_of: int = 0,
) -> OpenRound:
    """A community of so many households in each building with a round that is open (or ready to be opened).

    The first `one_owner_of` homes belong to one owner.
    """
    community = make.community(session, slug=f"c{now:%s}{number}")
    homes = [
        home
        for name in range(1, buildings + 1)
        for home in make.households(session, community, number, building_name=str(name))
    ]
    if one_owner_of:
        owner = Owner(community_id=community.id, name="测试业主")
        session.add(owner)
        session.flush()
        for home in homes[:one_owner_of]:
            home.owner_id = owner.id
    people = staff(session, community)
    proposal, plan = fixed_plan(
        session, community, people.moderator, *rules, now=now, number=matter, text=text
    )
    moderator = make.actor(session, people.moderator)
    made, crew = prepared(session, people, proposal, now=now)
    forms.issue_forms(session, moderator, crew.id, 100, now=now)
    certified(session, people, made.id, now=now)
    if opened:
        last = date.fromordinal((now + timedelta(hours=8)).date().toordinal() + days)
        rounds.open_round(session, moderator, made.id, last, now=now)
    entries = list(session.query(RollEntry).filter_by(consent_round_id=made.id).order_by(RollEntry.id))
    return OpenRound(community, homes, people, proposal, plan, made, crew, entries)


def online(answer: Answer, plan: PlanVersion, request_id: str, *replaces: str) -> OnlineAnswer:
    """An online answer to the plan."""
    return OnlineAnswer(answer, plan.sha256, request_id, replaces)


def say(
    session: Session, at: OpenRound, entry: RollEntry, answer: Answer, *, now: datetime, tag: str = ""
) -> str:
    """A new member of the entry's household answers online; gives the receipt code."""
    home = session.get_one(Household, entry.household_id)
    member = make.actor(session, make.resident(session, home, as_owner=True))
    said = online(answer, at.plan, f"say-{entry.id}-{tag or member.account_id}")
    return consents.answer_online(session, member, entry.id, said, key=KEY, now=now).code


def paper(
    session: Session,
    at: OpenRound,
    entry: RollEntry,
    answer: Answer,
    number: int,
    *,
    now: datetime,
    signed_at: datetime | None = None,
    replaces: tuple[str, ...] = (),
    tag: str = "",
    key: bytes = KEY,
) -> str:
    """The crew registers a signed form; gives the receipt code."""
    form = Paper(
        answer=answer,
        serial=printed(number),
        signed_at=signed_at or now,
        signer_name="测试签字人",
        relation=Relation.HEAD,
        request_id=f"paper-{at.round.id}-{number}{tag}",
        plan_sha256=at.plan.sha256,
        exhibits=(PHOTO,),
        replaces=replaces,
    )
    actor = make.actor(session, at.staff.canvasser)
    return papers.record_paper(session, actor, entry.id, form, key=key, now=now).code


def settle(
    session: Session,
    moderator: Account,
    entry: RollEntry,
    stands: Answer | None,
    *,
    now: datetime,
    tag: str = "",
    seen: frozenset[int] | None = None,
) -> str:
    """The moderator takes the case of a contradiction, looks at it and settles it; gives the receipt code."""
    actor = make.actor(session, moderator)
    cases.take_case(session, actor, entry.id, now=now)
    shown = frozenset(side.consent_id for side in disputes.sides(session, entry.id))
    said = Settlement(stands, "电话核实", shown if seen is None else seen)
    request_id = f"settle-{entry.id}{tag}"
    return contradictions.settle(session, actor, entry.id, said, request_id=request_id, key=KEY, now=now).code


def the_record(session: Session, code: str) -> Consent:
    """What a receipt code was given for."""
    return session.query(Consent).filter_by(receipt_hash=keyed_hash(code, KEY)).one()


def another_matter(
    session: Session,
    at: OpenRound,
    *rules: Rule,
    number: int = 2,
    now: datetime,
    text: Mapping[str, Any] | None = None,
) -> OpenRound:
    """A second matter of the same community, open to the same homes with the same people."""
    moderator = make.actor(session, at.staff.moderator)
    author = at.staff.moderator
    proposal, plan = fixed_plan(session, at.community, author, *rules, now=now, number=number, text=text)
    made, crew = prepared(session, at.staff, proposal, now=now)
    certified(session, at.staff, made.id, now=now)
    rounds.open_round(session, moderator, made.id, now=now)
    entries = list(session.query(RollEntry).filter_by(consent_round_id=made.id).order_by(RollEntry.id))
    return OpenRound(at.community, at.homes, at.staff, proposal, plan, made, crew, entries)
