"""Builders for rounds of consent: each writes what the deeds would write, in the order in which they do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer, Channel, Deed, Record, standing
from deliberate.domain.lifecycle import Stage
from deliberate.domain.notice import NoticeKind
from deliberate.domain.objection import Finding, ObjectionKind
from deliberate.domain.permissions import Role
from deliberate.domain.proposal import Category
from deliberate.domain.round import DutyKind, RoundStatus, SheetRole, TallyVisibility
from deliberate.domain.rules import RC80, Electorate, Outcome, Rule, to_data
from deliberate.domain.settings import Settings
from deliberate.domain.spot_check import CheckKind, CheckResult, FormShows, Said, Way
from deliberate.models import (
    Account,
    Community,
    Consent,
    ConsentRound,
    CountSheet,
    CountSignature,
    DiscussionRound,
    Duty,
    EntryStanding,
    FormCheck,
    FullRecheck,
    Household,
    Notice,
    Objection,
    OutcomeRecord,
    PlanVersion,
    Proposal,
    RollCertificate,
    RollEntry,
    SpotCheck,
    SpotDraw,
    SpotSample,
    SpotVerdict,
    SpotVisit,
    Supersession,
)
from deliberate.services.ledger_events import ONLINE, consent_recorded
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
    talk = DiscussionRound(
        community_id=at.community.id,
        proposal_id=proposal.id,
        n=1,
        question="怎么改?",
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
        n=1,
        title=proposal.title,
        body=proposal.body,
        budget=8_000_000,
        funding="惠民资金",
        schedule="三个月",
        scope={},
        rules=to_data(rules),
        sha256=f"{number:064x}",
        fixed_at=after(-10),
        fixed_by_id=at.staff.moderator.id,
        notice_until=after(-3),
    )
    at.session.add(plan)
    at.session.flush()
    return proposal, plan


def prepared(at: Place, number: int, rules: Sequence[Rule] = (RC80,)) -> Round:
    """A round that is only prepared, with its duties."""
    proposal, plan = fixed_plan(at, number, rules)
    row = ConsentRound(
        community_id=at.community.id,
        proposal_id=proposal.id,
        plan_version_id=plan.id,
        plan_sha256=plan.sha256,
        n=1,
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


def says(
    at: Place,
    made: Round,
    entry: int,
    answer: Answer | None,
    *,
    by: Account | None = None,
    supersedes: Sequence[Consent] = (),
    deed: Deed | None = None,
    serial: str | None = None,
    day: float = 1,
    **more: Any,
) -> Consent:
    """The entry of this number (from 1) answers: on paper when there is a serial, else online."""
    n = next(_number)
    of = made.entries[entry - 1]
    record = Consent(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        roll_entry_id=of.id,
        plan_sha256=made.row.plan_sha256,
        deed=deed or (Deed.CHANGE if supersedes else Deed.ANSWER),
        answer=answer,
        channel=Channel.PAPER if serial else Channel.ONLINE,
        recorded_at=after(day),
        recorded_by_id=(by or (at.staff.canvasser if serial else at.residents[(entry - 1) % 10])).id,
        serial=serial,
        signed_at=after(day) if serial else None,
        receipt_hash=f"{n:064x}",
        request_id=f"request-{n}",
        **more,
    )
    at.session.add(record)
    at.session.flush()
    for old in supersedes:
        at.session.add(
            Supersession(
                superseded_id=old.id,
                by_consent_id=record.id,
                community_id=at.community.id,
                consent_round_id=made.row.id,
            )
        )
    at.session.flush()
    stand(at, of, after(day))
    consent_recorded(at.session, record, of.slot, ONLINE, frozenset(old.id for old in supersedes))
    return record


def stand(at: Place, entry: RollEntry, now: datetime) -> None:
    """Write down where the entry stands, by the rules of the domain."""
    rows = at.session.query(Consent).filter_by(roll_entry_id=entry.id).all()
    pairs = at.session.query(Supersession).filter_by(consent_round_id=entry.consent_round_id).all()
    stands = standing(
        Record(
            row.id,
            row.deed,
            row.answer,
            row.channel,
            frozenset(p.superseded_id for p in pairs if p.by_consent_id == row.id),
            row.late,
        )
        for row in rows
    )
    kept = at.session.get(EntryStanding, entry.id)
    if kept is None:
        kept = EntryStanding(
            roll_entry_id=entry.id,
            community_id=entry.community_id,
            consent_round_id=entry.consent_round_id,
            standing=stands,
            since=now,
        )
        at.session.add(kept)
    kept.standing, kept.since = stands, now
    at.session.flush()


def agreed(at: Place, made: Round, agree: int, disagree: int = 0) -> Round:
    """The first so many agree, the next so many disagree, the rest are silent; owners likewise."""
    for electorate in Electorate:
        own = [n for n, entry in enumerate(made.entries, 1) if entry.electorate is electorate]
        for place_on_roll, n in enumerate(own):
            if place_on_roll < agree + disagree:
                says(at, made, n, Answer.AGREE if place_on_roll < agree else Answer.DISAGREE)
    return made


def counting(at: Place, made: Round) -> Round:
    """Answering is over."""
    made.row.status = RoundStatus.COUNTING
    made.matter.stage = Stage.COUNTING
    at.session.flush()
    return made


def closed(at: Place, made: Round) -> Round:
    """Counted and closed by its moderator."""
    counting(at, made)
    made.row.status = RoundStatus.CLOSED
    made.row.closed_at, made.row.closed_by_id = SETTLE, at.staff.moderator.id
    at.session.flush()
    return made


def sheet(at: Place, made: Round, *roles: SheetRole, n: int = 1) -> CountSheet:
    """A count sheet, signed in these capacities."""
    made_sheet = CountSheet(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        n=n,
        figures={},
        sha256=f"{made.row.id * 100 + n:064x}",
        made_at=SETTLE,
        made_by_id=at.staff.moderator.id,
        reason="复核" if n > 1 else None,
    )
    at.session.add(made_sheet)
    at.session.flush()
    for role in roles:
        duty = made.duties[DutyKind(role.value)]
        at.session.add(
            CountSignature(
                community_id=at.community.id,
                count_sheet_id=made_sheet.id,
                role=role,
                account_id=duty.account_id,
                duty_id=duty.id,
                sha256=made_sheet.sha256,
                at=SETTLE,
            )
        )
    made.matter.stage = Stage.OBJECTION
    at.session.flush()
    return made_sheet


def objection(
    at: Place, made: Round, entry: int, voids: Consent | None, finding: Finding | None
) -> Objection:
    """An objection of that entry; decided by the registrar when there is a finding."""
    filed = Objection(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        household_id=made.entries[entry - 1].household_id,
        roll_entry_id=made.entries[entry - 1].id,
        kind=ObjectionKind.NOT_US,
        statement="不是我们家填的。",
        filed_at=after(19),
        due_at=after(22),
    )
    at.session.add(filed)
    at.session.flush()
    if finding is not None:
        filed.finding, filed.reply, filed.voided_consent_id = finding, "已核对。", voids.id if voids else None
        filed.decided_at, filed.decided_by_id = after(20), at.staff.registrar.id
        at.session.flush()
    return filed


def outcome(at: Place, made: Round, of: CountSheet, is_: Outcome) -> OutcomeRecord:
    """The outcome on record, and the matter's stage after it."""
    record = OutcomeRecord(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        proposal_id=made.matter.id,
        count_sheet_id=of.id,
        outcome=is_,
        tests=[],
        at=after(27),
        by_id=at.staff.moderator.id,
    )
    at.session.add(record)
    at.session.flush()
    made.matter.stage = Stage(is_.value)
    at.session.flush()
    return record


def spot_check(at: Place, made: Round, of: CountSheet, kind: CheckKind, sample: int = 0) -> SpotCheck:
    """A plan for the sheet, by its scrutineer."""
    check = SpotCheck(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        count_sheet_id=of.id,
        kind=kind,
        frame=8,
        wrong=1,
        allowed=0,
        sample=sample,
        enough=sample or 8,
        risk_limit=5,
        risk=500 if sample else 0,
        at=after(19),
        by_id=at.staff.scrutineer.id,
    )
    at.session.add(check)
    at.session.flush()
    return check


def draw(at: Place, made: Round, check: SpotCheck, *entries: int) -> list[SpotSample]:
    """The dice, and the entries of these numbers (from 1) that they name."""
    at.session.add(
        SpotDraw(
            community_id=at.community.id,
            consent_round_id=made.row.id,
            spot_check_id=check.id,
            seed="0" * 20,
            at=after(20),
            by_id=at.staff.scrutineer.id,
        )
    )
    at.session.flush()
    samples = [
        SpotSample(
            community_id=at.community.id,
            consent_round_id=made.row.id,
            spot_check_id=check.id,
            roll_entry_id=made.entries[entry - 1].id,
            place=place,
        )
        for place, entry in enumerate(entries, 1)
    ]
    at.session.add_all(samples)
    at.session.flush()
    return samples


def revisited(at: Place, sample: SpotSample, said: Said | None) -> SpotVisit:
    """The scrutineer asks there."""
    visit = SpotVisit(
        community_id=at.community.id,
        consent_round_id=sample.consent_round_id,
        spot_sample_id=sample.id,
        way=Way.VISIT,
        said=said,
        at=after(21),
        by_id=at.staff.scrutineer.id,
        request_id=f"revisit-{next(_number)}",
    )
    at.session.add(visit)
    at.session.flush()
    return visit


def recheck(at: Place, made: Round, check: SpotCheck) -> FullRecheck:
    """Every household told, the stack of forms opened."""
    notice = Notice(
        community_id=at.community.id,
        proposal_id=made.matter.id,
        consent_round_id=made.row.id,
        kind=NoticeKind.RECHECK,
        data={},
        published_at=after(22),
    )
    at.session.add(notice)
    at.session.flush()
    begun = FullRecheck(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        spot_check_id=check.id,
        notice_id=notice.id,
        at=after(22),
        by_id=at.staff.scrutineer.id,
    )
    at.session.add(begun)
    at.session.flush()
    return begun


def form_checked(at: Place, made: Round, consent: Consent, shows: FormShows) -> FormCheck:
    """Its form laid beside the record, by the scrutineer."""
    check = FormCheck(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        consent_id=consent.id,
        shows=shows,
        at=after(23),
        by_id=at.staff.scrutineer.id,
    )
    at.session.add(check)
    at.session.flush()
    return check


def verdict(at: Place, made: Round, check: SpotCheck, of: CountSheet, result: CheckResult) -> SpotVerdict:
    """What the check came to."""
    given = SpotVerdict(
        community_id=at.community.id,
        consent_round_id=made.row.id,
        spot_check_id=check.id,
        count_sheet_id=of.id,
        result=result,
        reached=0,
        differences=0,
        at=after(24),
        by_id=at.staff.scrutineer.id,
    )
    at.session.add(given)
    at.session.flush()
    return given


def rechecked(at: Place, made: Round, of: CountSheet) -> SpotVerdict:
    """A full recheck behind the sheet; its forms were checked before."""
    check = spot_check(at, made, of, CheckKind.FULL)
    recheck(at, made, check)
    return verdict(at, made, check, of, CheckResult.RECHECKED)
