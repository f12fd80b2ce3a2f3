"""What a household says online: answer, change, withdraw."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer, Channel, Deed, Record, Standing, Window, heads, standing
from deliberate.domain.errors import N_, BadInput, Refusal, Stale
from deliberate.domain.permissions import Action, Actor, require, speaks_by_account
from deliberate.models import Consent
from deliberate.queries import people, subjects, suspended
from deliberate.queries.on_roll import Entry, OnRoll, Round, RoundNow
from deliberate.queries.on_roll import all_found as on_rolls
from deliberate.queries.tallies import records_of_entries, records_of_entry

from .answerable import NotNow, PlanChanged, clocks_of, entry_of, on_roll, refuse_closed
from .naming import as_named, hashed, named_by
from .recording import (
    Draft,
    First,
    Receipt,
    Recorder,
    receipt_code,
    record,
    record_first,
    recorded,
    repeated,
)


@dataclass(frozen=True, slots=True)
class OnlineAnswer:
    """What the page sends: the answer, the text it was given to, and the records it names as replaced."""

    answer: Answer
    plan_sha256: str
    request_id: str
    replaces: tuple[str, ...] = ()
    """Receipt codes or form numbers, as typed."""


def answer_online(
    session: Session, actor: Actor, entry_id: int, said: OnlineAnswer, *, key: bytes, now: datetime
) -> Receipt:
    """A household answers, or changes what it said (rules 1, 7, 8, 12)."""
    entry, consent_round = on_roll(session, entry_id)
    require(actor, Action.ANSWER, subjects.of_voice(session, entry))
    if again := repeated(session, entry_id, said.request_id, key):
        if session.get_one(Consent, again.consent_id).answer is not said.answer:
            raise _answered_before()
        return again
    _refuse_outdated(consent_round, said)
    records = records_of_entry(session, entry_id)
    draft = _drafted(session, actor, entry, consent_round, records, said, key, now)
    return record(session, actor, entry, draft, at=consent_round, known=records, key=key, now=now)


def _answered_before() -> Stale:
    """The page was gone back to, and another answer chosen: never is the old one shown for it."""
    return Stale(
        why=N_("用这一页已经提交过一份意见，这次选的和它不一样。"),
        next_step=N_("要改意见，请重新打开这一轮的页面，再选一次。"),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """One household's answer as it came, and who gives it."""

    actor: Actor
    entry_id: int
    said: OnlineAnswer


def answer_each(
    session: Session, every: Sequence[Asked], *, key: bytes, now: datetime
) -> list[Receipt | Refusal]:
    """Answers of several households that came at once: what becomes of each, as if it had come alone.

    First answers, of another entry each, are judged by the same rules and written together; any other on its own.
    Whoever answers is looked at again: since the page let them in, they have waited for others.
    """
    actors = people.as_they_are(session, [one.actor for one in every])
    every = [replace(one, actor=actor) for one, actor in zip(every, actors, strict=True)]
    fates = _fates_of_first(session, every, key, now)
    for place, one in enumerate(every):
        if place not in fates:
            try:
                fates[place] = answer_online(session, one.actor, one.entry_id, one.said, key=key, now=now)
            except Refusal as refusal:  # before anything of it was written
                fates[place] = refusal
    return [fates[place] for place in range(len(every))]


def _fates_of_first(
    session: Session, every: Sequence[Asked], key: bytes, now: datetime
) -> dict[int, Receipt | Refusal]:
    """What becomes of first answers, by their place among these."""
    fates: dict[int, Receipt | Refusal] = {}
    firsts: dict[RoundNow, dict[int, First]] = defaultdict(dict)
    for place, (entry, consent_round) in _first_of(session, every).items():
        one = every[place]
        try:
            require(one.actor, Action.ANSWER, subjects.of_voice(session, entry))
            _refuse_outdated(consent_round, one.said)
            draft = _drafted(session, one.actor, entry, consent_round, (), one.said, key, now)
        except Refusal as refusal:
            fates[place] = refusal
        else:
            firsts[consent_round][place] = First(one.actor, entry, draft)
    for consent_round in sorted(firsts, key=lambda one: one.id):
        of_round = firsts[consent_round]
        ids = record_first(session, consent_round, [*of_round.values()], key=key, now=now)
        for place, first in of_round.items():
            request_id = first.draft.request_id
            fates[place] = Receipt(ids[request_id], receipt_code(key, request_id))
    return fates


def _first_of(session: Session, every: Sequence[Asked]) -> Mapping[int, tuple[OnRoll, RoundNow]]:
    """Those for whose entry nothing is recorded, and of whose entry and request there is no other among these."""
    if len(every) == 1:
        return {}
    entries = Counter(one.entry_id for one in every)
    requests = Counter(one.said.request_id for one in every)
    found = on_rolls(session, entries)
    answered, known = records_of_entries(session, entries), recorded(session, requests)
    return {
        place: found[one.entry_id]
        for place, one in enumerate(every)
        if entries[one.entry_id] == requests[one.said.request_id] == 1
        and one.entry_id in found
        and one.entry_id not in answered
        and one.said.request_id not in known
    }


def withdraw(
    session: Session,
    actor: Actor,
    entry_id: int,
    *,
    request_id: str,
    replaces: Sequence[str] = (),
    key: bytes,
    now: datetime,
) -> Receipt:
    """A household takes its answer back, until closing: a member what they see of it, all else by the code of its
    receipt or stub; a form's number is printed on what the crew holds, and opens nothing here. A paper that is
    suspended it takes back as well, and so it never counts again (rule 12)."""
    (actor,) = people.as_they_are(session, [actor])
    entry, consent_round = entry_of(session, entry_id)
    require(actor, Action.ANSWER, subjects.of_voice(session, entry))
    if again := repeated(session, entry_id, request_id, key):
        return again
    refuse_closed(consent_round)
    if clocks_of(consent_round).window(now) is Window.OVER:
        raise NotNow(
            what=N_("没有撤回。"),
            why=N_("撤回的时间已经过了。"),
            next_step=N_("如果意见有误，请在结果公示期内提出异议。"),
        )
    records = records_of_entry(session, entry_id)
    named = _taken_back(session, actor, entry, consent_round, records, hashed(replaces, key))
    if not named:
        raise BadInput(
            what=N_("没有撤回。"),
            why=N_("没有找到可以撤回的意见，或者回执码不对。"),
            next_step=N_("请核对回执上、或者意见表撕下那一联上的12位代码，也可以打社区电话。"),
        )
    by = _recorder(session, actor, entry)
    draft = Draft(Deed.WITHDRAWAL, None, Channel.ONLINE, request_id, by, named)
    return record(session, actor, entry, draft, known=records, key=key, now=now)


def _taken_back(
    session: Session,
    actor: Actor,
    entry: Entry,
    consent_round: Round,
    records: Sequence[Record],
    codes: frozenset[str | None],
) -> frozenset[int]:
    """What stands of the answers, and in the place of suspended papers, that they are shown or name by a code."""
    waiting = suspended.waiting(session, records)
    in_place = {paper.id: voiding_id for voiding_id, paper in waiting.items()}
    answers = [record for record in heads(records) if record.answer is not None]
    tops = as_named(session, actor, entry, consent_round, [*answers, *waiting.values()])
    named = (one.id for one in tops if one.seen or (one.hashes | one.put_aside) & codes)
    return frozenset(in_place.get(number, number) for number in named)


def _refuse_outdated(consent_round: Round, said: OnlineAnswer) -> None:
    """Closed is never reopened, and the answer is one to this very text."""
    refuse_closed(consent_round)
    if said.plan_sha256 != consent_round.plan_sha256:
        raise PlanChanged()


def _drafted(
    session: Session,
    actor: Actor,
    entry: Entry,
    consent_round: Round,
    records: Sequence[Record],
    said: OnlineAnswer,
    key: bytes,
    now: datetime,
) -> Draft:
    """The record to be made of it, after these."""
    named = named_by(session, actor, entry, consent_round, records, said.replaces, key)
    _refuse_untimely(consent_round, records, named, now)
    return Draft(
        deed=Deed.CHANGE if named else Deed.ANSWER,
        answer=said.answer,
        channel=Channel.ONLINE,
        request_id=said.request_id,
        by=_recorder(session, actor, entry),
        supersedes=named,
    )


def _refuse_untimely(
    consent_round: Round, records: Sequence[Record], named: frozenset[int], now: datetime
) -> None:
    """Online answering ends at the deadline; after it only a household in contradiction answers again."""
    window = clocks_of(consent_round).window(now)
    if window is Window.ANSWERING:
        return
    if standing(records) is Standing.CONTRADICTION and window is not Window.OVER:
        if named:
            return
        raise NotNow(
            why=N_("截止以后，只有意见不一致的住户可以再确认一次，并且要写明替换哪一份。"),
            next_step=N_("请填写要替换的那一份的回执码或表号。"),
        )
    raise NotNow(
        why=N_("征求意见已经截止。"),
        next_step=N_("如果您在截止前已经签了纸质意见表，请联系入户人员登记。"),
    )


def _recorder(session: Session, actor: Actor, entry: Entry) -> Recorder:
    """The member's account; else the letter that lets them speak for it, with the staff who helped at the desk."""
    if _is_member(session, actor, entry):
        return Recorder(actor.account_id)
    return Recorder(letter_id=actor.letter_id, helped_by_id=actor.account_id)


def _is_member(session: Session, actor: Actor, entry: Entry) -> bool:
    """Whether the account itself belongs to the household, or is the owner who is asked."""
    return speaks_by_account(actor, subjects.of_voice(session, entry))
