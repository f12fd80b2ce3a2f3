"""The spot check (抽查回访): planned before the dice, drawn in public, asked again by others, judged once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from deliberate.domain import spot_check as rules
from deliberate.domain.consent import Standing, standing
from deliberate.domain.count import canonical
from deliberate.domain.errors import N_, BadInput, NotFound, Refusal, Stale
from deliberate.domain.permissions import Action, Actor, account_of, require
from deliberate.domain.round import DutyKind, RoundStatus
from deliberate.domain.rules import LOWEST, Electorate, Outcome, threshold
from deliberate.domain.spot_check import CheckKind, CheckResult, Said, Way
from deliberate.models import (
    ConsentRound,
    CountSheet,
    RollEntry,
    SpotAssignment,
    SpotCheck,
    SpotDraw,
    SpotSample,
    SpotVerdict,
    SpotVisit,
)
from deliberate.queries import counts, revisitors, spot_checks, subjects
from deliberate.queries.closing_heads import closing_head_anchored
from deliberate.queries.tallies import records_of_round, recount

from . import full_rechecks, journal, ledger, sheets
from .rounds import round_of, rules_of, settings_of


class NotChecked(Refusal):
    """A step of the spot check that may not be taken now."""

    default_what = N_("抽查回访没有进行这一步。")


def plan(session: Session, actor: Actor, round_id: int, *, allowed: int = 0, now: datetime) -> SpotCheck:
    """Fix sample and differences allowed for the signed sheet in force; planned again, it is the same plan.

    Where the sample would be more than half, the full recheck begins at once.
    """
    consent_round = _by_scrutineer(session, actor, round_id)
    last = spot_checks.latest(session, round_id)
    sheet = signed_sheet(session, consent_round)
    if last is not None and (
        last.count_sheet_id == sheet.id
        or spot_checks.draw_of(session, round_id)
        or spot_checks.recheck_of(session, round_id)
    ):
        return last
    made = _planned(session, actor, consent_round, sheet, allowed, now)
    session.add(made)
    session.flush()
    _note(session, actor, made, "spot_check_planned", "plan", _plan_data(made), now=now)
    if made.kind is CheckKind.FULL:
        full_rechecks.begin(session, actor, made, now=now)
    return made


def signed_sheet(session: Session, consent_round: ConsentRound) -> CountSheet:
    """The sheet in force, signed and equal to a recount now: nothing else is checked."""
    sheet = counts.latest(session, consent_round.id)
    if (
        consent_round.status is not RoundStatus.CLOSED
        or sheet is None
        or not counts.is_signed(session, sheet)
        or not sheets.holds(session, consent_round, sheet)
    ):
        raise NotChecked(
            why=N_("现在的意见统计表还没有由监票人签名,或者已经过时。"),
            next_step=N_("请先把统计表更正、签名,再继续抽查。"),
        )
    if counts.outcome_of(session, consent_round.id) is not None:
        raise NotChecked(why=N_("最终结果已经确定。"), next_step=N_("请查看结果公告。"))
    return sheet


def _by_scrutineer(session: Session, actor: Actor, round_id: int) -> ConsentRound:
    consent_round = round_of(session, round_id)
    require(actor, Action.SPOT_CHECK, subjects.of_round(session, round_id, duty=DutyKind.SCRUTINEER))
    return consent_round


def _planned(
    session: Session,
    actor: Actor,
    consent_round: ConsentRound,
    sheet: CountSheet,
    allowed: int,
    now: datetime,
) -> SpotCheck:
    limit = settings_of(consent_round).spot_check_risk
    planned = plan_of(session, consent_round, sheet, allowed)
    risk = planned.risk * 10000
    return SpotCheck(
        community_id=consent_round.community_id,
        consent_round_id=consent_round.id,
        count_sheet_id=sheet.id,
        kind=planned.kind,
        frame=planned.frame,
        wrong=planned.wrong,
        allowed=planned.allowed,
        sample=planned.sample,
        enough=planned.enough,
        risk_limit=limit,
        risk=-(-risk.numerator // risk.denominator),
        at=now,
        by_id=account_of(actor),
    )


def plan_of(session: Session, consent_round: ConsentRound, sheet: CountSheet, allowed: int) -> rules.Plan:
    """What a check of this sheet would ask, with so many differences allowed."""
    tally = recount(session, consent_round.id)[Electorate.HOUSEHOLD]
    return rules.plan(
        tally.roll.one,
        tally.agree.one,
        threshold(rules_of(consent_round)) or LOWEST,
        Outcome(sheet.figures["outcome"]),
        allowed=allowed,
        limit=Fraction(settings_of(consent_round).spot_check_risk, 100),
    )


def _plan_data(check: SpotCheck) -> dict[str, object]:
    names = ("frame", "wrong", "allowed", "sample", "enough", "risk_limit", "risk")
    return {"kind": check.kind.value, **{name: getattr(check, name) for name in names}}


def _note(
    session: Session,
    actor: Actor,
    check: SpotCheck,
    what: str,
    step: str,
    data: dict[str, object],
    *,
    now: datetime,
) -> None:
    """In the journal, and as a leaf of the ledger: of homes only their slots."""
    round_id = check.consent_round_id
    journal.note(session, actor, check.community_id, what, "consent_round", round_id, now=now)
    values = {"step": step, "data": canonical(data).decode()}
    ledger.append(session, check.community_id, "check", values, now=now, round_id=round_id)


def draw(session: Session, actor: Actor, round_id: int, typed: str, *, now: datetime) -> SpotDraw:
    """Take the seed of the public dice, name the sample by it, and share out the doors; drawn once."""
    consent_round = _by_scrutineer(session, actor, round_id)
    seed = rules.checked_seed(typed)
    check = spot_checks.latest(session, round_id)
    if already := spot_checks.draw_of(session, round_id):
        if already.seed == seed:
            return already
        raise Stale(what=N_("没有抽取。"), why=N_("这一轮已经抽取过了,种子只能用一次。"))
    if check is None or check.kind is CheckKind.FULL:
        raise NotChecked(
            why=N_("还没有定抽查方案,或者这一轮要全面复核。"), next_step=N_("请先看抽查页上的下一步。")
        )
    if signed_sheet(session, consent_round).id != check.count_sheet_id:
        raise NotChecked(
            why=N_("定方案以后统计表更正过。"), next_step=N_("请按更正后的统计表重新定抽查方案。")
        )
    if not closing_head_anchored(session, round_id):
        raise NotChecked(
            why=N_("结束统计时的存证还没有公布出去,现在掷骰子,别人无法相信名单不是事后挑的。"),
            next_step=N_("请先张贴或发出存证,再当众掷骰子。"),
        )
    made = SpotDraw(
        community_id=check.community_id,
        consent_round_id=round_id,
        spot_check_id=check.id,
        seed=seed,
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    slots = _name_sample(session, check, seed)
    _share_out(session, actor, round_id, now=now)
    _note(session, actor, check, "spot_check_drawn", "draw", {"seed": seed, "slots": slots}, now=now)
    return made


def _name_sample(session: Session, check: SpotCheck, seed: str) -> list[str]:
    """The first of the order are the sample; beside it homes of each crew, which count for nothing else."""
    records = records_of_round(session, check.consent_round_id)
    by_slot = {e.slot: e for e in spot_checks.household_frame(session, check.consent_round_id)}
    wanted = check.kind is CheckKind.CONSENTS
    agreeing = {s for s, e in by_slot.items() if standing(records.get(e.id, ())) is Standing.AGREE}
    order = rules.in_order(seed, agreeing if wanted else by_slot.keys() - agreeing)
    drawn = order[: check.sample]
    _add_sample(session, check, [(by_slot[slot].id, n, None) for n, slot in enumerate(drawn, 1)])
    if wanted:
        _add_probes(session, check, [by_slot[slot] for slot in order], {by_slot[slot].id for slot in drawn})
    session.flush()
    return drawn


def _add_sample(
    session: Session, check: SpotCheck, rows: Sequence[tuple[int, int | None, int | None]]
) -> None:
    session.add_all(
        SpotSample(
            community_id=check.community_id,
            consent_round_id=check.consent_round_id,
            spot_check_id=check.id,
            roll_entry_id=entry_id,
            place=place,
            crew_id=crew_id,
        )
        for entry_id, place, crew_id in rows
    )


def _add_probes(session: Session, check: SpotCheck, order: Sequence[RollEntry], drawn: set[int]) -> None:
    """For each crew so many of its homes as would show one forgery in ten; those drawn anyway are among them."""
    crews = spot_checks.crews_that_recorded(session, [entry.id for entry in order])
    by_crew: dict[int, list[int]] = defaultdict(list)
    for entry in order:
        for crew_id in crews[entry.id]:
            by_crew[crew_id].append(entry.id)
    taken = set(drawn)
    for crew_id, entries in sorted(by_crew.items()):
        probe = entries[: rules.probe_size(len(entries))]
        _add_sample(session, check, [(one, None, crew_id) for one in probe if one not in taken])
        taken |= set(probe)


def _share_out(session: Session, actor: Actor, round_id: int, *, now: datetime) -> None:
    """Doors next to each other go to one person where that may be, and everybody gets about as many."""
    homes = spot_checks.asked(session, round_id)
    able = revisitors.able(session, round_id, homes)
    everybody = frozenset().union(*able.values())
    fair = -(-len(homes) // max(1, len(everybody)))
    load: Counter[int] = Counter()
    last = 0
    for one in homes:
        people = able[one.sample.id]
        if not people:
            continue
        if last not in people or load[last] >= fair:
            last = min(people, key=lambda person: (load[person], person))
        load[last] += 1
        _assign(session, actor, one, last, now=now)
    session.flush()


def _assign(
    session: Session, actor: Actor, one: spot_checks.Asked, account_id: int, *, now: datetime
) -> None:
    session.add(
        SpotAssignment(
            community_id=one.sample.community_id,
            spot_sample_id=one.sample.id,
            account_id=account_id,
            at=now,
            by_id=actor.account_id,
        )
    )


def reassign(session: Session, actor: Actor, sample_id: int, account_id: int, *, now: datetime) -> None:
    """Somebody else asks there, of those who may."""
    one = _the_home(session, sample_id)
    _by_scrutineer(session, actor, one.sample.consent_round_id)
    able = revisitors.able(session, one.sample.consent_round_id, [one])[sample_id]
    if account_id not in able:
        raise BadInput(
            what=N_("没有改派。"),
            why=N_("登记这一户的小组、这一户的家人,都不能回访这一户。"),
            next_step=N_("请另选一个人。"),
            field="account_id",
        )
    if one.assigned_id != account_id:
        _assign(session, actor, one, account_id, now=now)
        session.flush()


def _the_home(session: Session, sample_id: int) -> spot_checks.Asked:
    sample = session.get(SpotSample, sample_id)
    one = spot_checks.one_asked(session, sample.community_id, sample_id) if sample else None
    if one is None:
        raise NotFound()
    return one


def keep_attempt(
    session: Session,
    actor: Actor,
    sample_id: int,
    way: Way,
    said: Said | None,
    *,
    request_id: str,
    now: datetime,
) -> SpotVisit | None:
    """One attempt by the person who asks there, blind; `said` None when nobody was reached."""
    one = _the_home(session, sample_id)
    require(actor, Action.REVISIT, spot_checks.subject(session, one))
    if any(visit.request_id == request_id for visit in one.visits):
        return None
    _refuse_settled(session, one)
    if way is Way.OWN_CHECK or (said is not None and said not in rules.AT_THE_DOOR):
        raise BadInput(why=N_("没有这样的回访结果。"), field="said")
    made = _attempt(one, way, said, actor.account_id, request_id, now)
    session.add(made)
    session.flush()
    journal.note(
        session, actor, one.sample.community_id, "household_revisited", "spot_sample", sample_id, now=now
    )
    return made


def _refuse_settled(session: Session, one: spot_checks.Asked) -> None:
    if one.settled or spot_checks.verdicts(session, one.sample.consent_round_id):
        raise NotChecked(
            what=N_("这次回访没有保存。"),
            why=N_("这一户已经回访完,或者抽查已经有结论。"),
            next_step=N_("请回到回访名单,看下一户。"),
        )


def _attempt(
    one: spot_checks.Asked, way: Way, said: Said | None, by_id: int | None, request_id: str, now: datetime
) -> SpotVisit:
    return SpotVisit(
        community_id=one.sample.community_id,
        consent_round_id=one.sample.consent_round_id,
        spot_sample_id=one.sample.id,
        way=way,
        said=said,
        at=now,
        by_id=by_id,
        request_id=request_id,
    )


def reached_by_own_check(session: Session, entry: RollEntry, *, right: bool, now: datetime) -> bool:
    """The household looked at its own record with its code and said whether it is right.

    The page has checked the code. Nothing happens, and False comes back, when the household is not waited for.
    """
    sample = spot_checks.pending_of_entry(session, entry.id)
    if sample is None:
        return False
    one = _the_home(session, sample.id)
    said = Said.AS_RECORDED if right else Said.NOT_AS_RECORDED
    session.add(_attempt(one, Way.OWN_CHECK, said, None, f"own-check-{sample.id}", now))
    session.flush()
    return True


def conclude_check(session: Session, actor: Actor, round_id: int, *, now: datetime) -> SpotVerdict:
    """Judge the sample once all of it is settled: confirmed, or everything is rechecked. Again, it is the same."""
    consent_round = _by_scrutineer(session, actor, round_id)
    check = spot_checks.latest(session, round_id)
    if check is None or spot_checks.draw_of(session, round_id) is None:
        raise NotChecked(why=N_("还没有抽取。"), next_step=N_("请先看抽查页上的下一步。"))
    if given := spot_checks.verdicts(session, round_id):
        return given[-1]
    return _judge(session, actor, check, signed_sheet(session, consent_round), now=now)


def _judge(
    session: Session, actor: Actor, check: SpotCheck, sheet: CountSheet, *, now: datetime
) -> SpotVerdict:
    drawn = [
        one for one in spot_checks.asked(session, sheet.consent_round_id) if one.sample.place is not None
    ]
    found = [it for _one, it in spot_checks.found(session, check, drawn)]
    result, wrong = rules.verdict(check.kind, check.allowed, found)
    if Outcome(sheet.figures["outcome"]) is not _CHECKED[check.kind]:
        result = CheckResult.RECHECK_NEEDED
    made = SpotVerdict(
        community_id=check.community_id,
        consent_round_id=check.consent_round_id,
        spot_check_id=check.id,
        count_sheet_id=sheet.id,
        result=result,
        reached=sum(it.said is not None for it in found),
        differences=wrong,
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    data: dict[str, object] = {"sheet": sheet.n, "result": result.value, "differences": wrong}
    _note(
        session, actor, check, "spot_check_concluded", "verdict", {**data, "reached": made.reached}, now=now
    )
    if result is CheckResult.RECHECK_NEEDED:
        full_rechecks.begin(session, actor, check, now=now)
    return made


_CHECKED = {CheckKind.CONSENTS: Outcome.ADOPTED, CheckKind.NON_CONSENTS: Outcome.REJECTED}
"""The outcome that a sample of this kind speaks for."""


def carry_over(session: Session, actor: Actor, sheet: CountSheet, *, now: datetime) -> None:
    """An amended sheet was signed: what was proved is judged anew for it.

    A consent of the sample that was voided since counts as wrong, so that nobody mends the sample alone.
    """
    given = spot_checks.verdicts(session, sheet.consent_round_id)
    if not given:
        return
    last = given[-1]
    if last.result is CheckResult.CONFIRMED:
        _judge(session, actor, session.get_one(SpotCheck, last.spot_check_id), sheet, now=now)
    elif last.result is CheckResult.RECHECKED:
        full_rechecks.stand_behind(session, actor, sheet, now=now)


def proven(session: Session, sheet: CountSheet | None) -> bool:
    """Whether a spot check confirmed this sheet, or a full recheck stands behind it."""
    return sheet is not None and spot_checks.proven(session, sheet.id) is not None
