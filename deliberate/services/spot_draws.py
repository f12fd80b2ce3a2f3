"""The draw of a spot check: a seed from public dice names the homes, and shares out their doors."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain import spot_check as rules
from deliberate.domain.consent import Standing, standing
from deliberate.domain.errors import N_, Stale
from deliberate.domain.permissions import Actor, account_of
from deliberate.domain.spot_check import CheckKind
from deliberate.models import (
    RollEntry,
    SpotCheck,
    SpotDraw,
    SpotSample,
)
from deliberate.queries import recorders, revisitors, spot_checks, spot_samples
from deliberate.queries.closing_heads import closing_head_anchored
from deliberate.queries.tallies import records_of_round

from .revisits import assign
from .spot_checks import NotChecked, by_scrutineer, note_step, signed_sheet


def draw(session: Session, actor: Actor, round_id: int, typed: str, *, now: datetime) -> SpotDraw:
    """Take the seed of the public dice, name the sample by it, and share out the doors; drawn once."""
    consent_round = by_scrutineer(session, actor, round_id)
    seed = rules.checked_seed(typed)
    check = spot_checks.latest(session, round_id)
    if already := spot_checks.draw_of(session, round_id):
        if already.seed == seed:
            return already
        raise Stale(what=N_("没有抽取。"), why=N_("这一轮已经抽取过了，种子只能用一次。"))
    if check is None or check.kind is CheckKind.FULL:
        raise NotChecked(
            why=N_("还没有定抽查方案，或者这一轮要全面复核。"), next_step=N_("请先看抽查页上的下一步。")
        )
    if signed_sheet(session, consent_round).id != check.count_sheet_id:
        raise NotChecked(
            why=N_("定方案以后统计表更正过。"), next_step=N_("请按更正后的统计表重新定抽查方案。")
        )
    if not closing_head_anchored(session, round_id):
        raise NotChecked(
            why=N_("结束统计时的存证还没有公布出去，现在掷骰子，别人无法相信名单不是事后挑的。"),
            next_step=N_("请先张贴或发出存证，再当众掷骰子。"),
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
    note_step(session, actor, check, "spot_check_drawn", "draw", {"seed": seed, "slots": slots}, now=now)
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
    crews = recorders.crews(session, [entry.id for entry in order])
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
    homes = spot_samples.asked(session, round_id)
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
        assign(session, actor, one, last, now=now)
    session.flush()
