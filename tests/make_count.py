"""Builders from the end of answering to the archive: each takes a round one deed further."""

from datetime import date, timedelta
from itertools import cycle

from deliberate.db import Transaction
from deliberate.domain.consent import Answer
from deliberate.domain.execution import Rating
from deliberate.domain.rules import Electorate, Rule
from deliberate.models import CountSheet, Execution, Household, OutcomeRecord, Task
from deliberate.services import (
    closing,
    counting,
    evaluation,
    execution,
    forms,
    outcomes,
    tasks,
)
from deliberate.services.tasks import NewReport, NewTask
from tests import make
from tests.make import Clock
from tests.make_check import checked
from tests.make_round import OpenRound, open_round, paper, say
from tests.replayed import replayed

LATER = timedelta(days=30)
"""After the last clock of a round that was open for 15 days."""


@replayed
def answered(
    tx: Transaction,
    number: int,
    agree: int,
    disagree: int = 0,
    abstain: int = 0,
    *rules: Rule,
    on_paper: int = 0,
) -> OpenRound:
    """A round of so many households with so many answers, the first of them on paper."""
    at = open_round(tx.session, number, *rules, now=tx.now)
    answers = [Answer.AGREE] * agree + [Answer.DISAGREE] * disagree + [Answer.ABSTAIN] * abstain
    households = [e for e in at.entries if e.electorate is Electorate.HOUSEHOLD]
    for n, (entry, answer) in enumerate(zip(households, answers, strict=False), start=1):
        if n <= on_paper:
            paper(tx.session, at, entry, answer, n, now=tx.now)
        else:
            say(tx.session, at, entry, answer, now=tx.now)
    return at


def over(at: OpenRound, tx: Transaction, clock: Clock) -> OpenRound:
    """Its clocks have run, and the crew has handed the other forms back."""
    moderator = make.actor(tx.session, at.staff.moderator)
    held = forms.balance_of(tx.session, at.crew).missing
    forms.return_forms(tx.session, moderator, at.crew.id, date(2026, 3, 20), held, 0, now=tx.now)
    clock.at += LATER
    return at


def closed(at: OpenRound, tx: Transaction, clock: Clock) -> CountSheet:
    """Closed by its moderator."""
    over(at, tx, clock)
    return closing.close_round(
        tx.session, make.actor(tx.session, at.staff.moderator), at.round.id, now=clock.at
    )


def signed(at: OpenRound, tx: Transaction, clock: Clock) -> CountSheet:
    """And its sheet signed by its scrutineer."""
    sheet = closed(at, tx, clock)
    actor = make.actor(tx.session, at.staff.scrutineer)
    return counting.sign_sheet(tx.session, actor, sheet.id, sheet.sha256, now=clock.at)


def shown(at: OpenRound, tx: Transaction, clock: Clock) -> CountSheet:
    """And the preliminary result shown, and its spot check done."""
    sheet = signed(at, tx, clock)
    counting.show_result(tx.session, make.actor(tx.session, at.staff.moderator), at.round.id, now=clock.at)
    checked(tx.session, at, now=clock.at)
    return sheet


def concluded(at: OpenRound, tx: Transaction, clock: Clock) -> OutcomeRecord:
    """And, when the objection period was over, concluded."""
    shown(at, tx, clock)
    clock.forward(days=8)
    return outcomes.conclude(
        tx.session, make.actor(tx.session, at.staff.moderator), at.round.id, now=clock.at
    )


def started(at: OpenRound, tx: Transaction, clock: Clock) -> Execution:
    """And its execution begun."""
    concluded(at, tx, clock)
    return execution.start(
        tx.session, make.actor(tx.session, at.staff.moderator), at.proposal.id, now=clock.at
    )


def task(at: OpenRound, tx: Transaction, clock: Clock, title: str = "修路灯", budget: int = 40_000) -> Task:
    """A task of the execution."""
    new = NewTask(title, "测试物业公司", clock.at.date() + timedelta(days=20), budget)
    return tasks.add_task(
        tx.session, make.actor(tx.session, at.staff.moderator), at.proposal.id, new, now=clock.at
    )


def completed(at: OpenRound, tx: Transaction, clock: Clock) -> None:
    """And carried out, with the accounts shown."""
    started(at, tx, clock)
    done = task(at, tx, clock)
    actor = make.actor(tx.session, at.staff.moderator)
    tasks.report(tx.session, actor, done.id, NewReport(100, 38_000, "装好12盏灯"), now=clock.at)
    execution.complete(tx.session, actor, at.proposal.id, "已经验收，账目如上。", now=clock.at)


def rated(at: OpenRound, tx: Transaction, clock: Clock, number: int) -> None:
    """So many households say what they think."""
    for entry, rating in zip(at.entries[:number], cycle(Rating), strict=False):
        home = tx.session.get_one(Household, entry.household_id)
        member = make.actor(tx.session, make.resident(tx.session, home))
        evaluation.rate(tx.session, member, at.proposal.id, home.id, rating, "", now=clock.at)
