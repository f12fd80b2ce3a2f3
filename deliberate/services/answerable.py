"""What stands before an answer is recorded: its entry on the roll, and a round that has opened and is not closed."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Clocks
from deliberate.domain.errors import N_, NotFound, Refusal, Stale
from deliberate.domain.round import RoundStatus
from deliberate.models import ConsentRound, RollEntry
from deliberate.queries import rounds
from deliberate.queries.on_roll import OnRoll, Round, RoundNow
from deliberate.queries.on_roll import found as find_on_roll

_ENTRY = (
    select(RollEntry, ConsentRound)
    .join(ConsentRound, ConsentRound.id == RollEntry.consent_round_id)
    .where(RollEntry.id == bindparam("entry_id"))
    .execution_options(populate_existing=True)
)


class NotNow(Refusal):
    """The round's clocks do not allow it."""

    default_what = N_("这次没有登记意见。")


class PlanChanged(Stale):
    """The text that was shown is not the text of this round."""

    default_what = N_("这次没有登记意见。")
    default_why = N_("您看到的方案文本和这一轮征求意见的文本不一致。")
    default_next = N_("请重新打开页面，看清方案后再提交。")


def entry_of(session: Session, entry_id: int) -> tuple[RollEntry, ConsentRound]:
    """The roll entry and its round as they stand now; NotFound when there is none."""
    found = session.execute(_ENTRY, {"entry_id": entry_id}).first()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def on_roll(session: Session, entry_id: int) -> tuple[OnRoll, RoundNow]:
    """The same without entities, for what happens most."""
    found = find_on_roll(session, entry_id)
    if found is None:
        raise NotFound()
    return found


def clocks_of(consent_round: Round) -> Clocks:
    """The times locked into the round; refused before it has opened."""
    clocks = rounds.clocks_of(consent_round)
    if clocks is None:
        raise NotNow(
            why=N_("这一轮征求意见还没有开始。"), next_step=N_("请等开始的公告，或拨打社区电话询问。")
        )
    return clocks


def refuse_closed(consent_round: Round) -> None:
    """Closed is never reopened."""
    if consent_round.status in (RoundStatus.CLOSED, RoundStatus.DROPPED):
        raise NotNow(
            why=N_("这一轮征求意见已经结束，不再登记意见。"),
            next_step=N_("如果结果里您家的意见有误，请在结果公示期内提出异议。"),
        )
