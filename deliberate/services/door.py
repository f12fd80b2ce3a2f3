"""One door, sealed in one go: the visit, and every matter on the papers that were signed there.

All of it is recorded or nothing. The caller holds `Lock.answers(…)` of every entry on the papers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer
from deliberate.domain.errors import N_, BadInput, NotAllowed, NotFound
from deliberate.domain.permissions import Action, Actor, Subject, not_own_household, require
from deliberate.domain.round import Relation, VisitOutcome
from deliberate.domain.rules import Electorate
from deliberate.models import Household
from deliberate.queries.on_roll import Entry

from .answerable import NotNow
from .book import Book
from .exhibits import Exhibit
from .papers import Paper, register_paper
from .recording import Receipt
from .straight_book import Straight
from .visits import VisitNote, visit_door


class WrongCrew(NotNow):
    """A door is sealed by those who are in the crew."""


class OwnDoor(NotAllowed):
    """Nobody records at their own door (rule 9)."""

    default_what = N_("这一户不能由您登记。")
    default_why = N_("这是您自己家，或者是您的房产；入户人员不能登记自己家的意见。")
    default_next = N_("请小组里的另一位，或者别的小组来登记这一户。")


@dataclass(frozen=True, slots=True)
class Said:
    """What the paper says on one matter, and the text that was put before the signer."""

    answer: Answer
    plan_sha256: str


@dataclass(frozen=True, slots=True)
class SignedForm:
    """One signed form: one serial, one signer, and an answer on each matter it carries, by roll entry."""

    said: Mapping[int, Said]
    serial: str
    signed_at: datetime
    signer_name: str
    relation: Relation
    exhibits: tuple[Exhibit, ...]
    replaces: tuple[str, ...] = ()
    language: str = ""
    helped_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What became of the door."""

    receipts: tuple[Receipt, ...] = ()
    late_rounds: frozenset[int] = frozenset()
    """For these some paper came too late: stored, and never counted."""

    @property
    def late(self) -> bool:
        """Whether some paper came too late."""
        return bool(self.late_rounds)

    @property
    def repeated(self) -> bool:
        """Whether all of it had been recorded before."""
        return bool(self.receipts) and all(receipt.repeated for receipt in self.receipts)


def _refused(why: str, next_step: str) -> BadInput:
    return BadInput(what=N_("这一户没有保存。"), why=why, next_step=next_step)


def seal_door(
    session: Session,
    actor: Actor,
    household_id: int,
    crew_id: int,
    visit: VisitNote | None,
    forms: Sequence[SignedForm],
    *,
    request_id: str,
    key: bytes,
    now: datetime,
    overruled: bool = False,
) -> Sealed:
    """Record a visit with the papers signed there, or papers handed in without a visit.

    `overruled`: a person has looked at it, though its crew is stopped.
    """
    return enter_door(
        Straight(session),
        actor,
        household_id,
        crew_id,
        visit,
        forms,
        request_id=request_id,
        key=key,
        now=now,
        overruled=overruled,
    )


def enter_door(
    book: Book,
    actor: Actor,
    household_id: int,
    crew_id: int,
    visit: VisitNote | None,
    forms: Sequence[SignedForm],
    *,
    request_id: str,
    key: bytes,
    now: datetime,
    overruled: bool = False,
) -> Sealed:
    """The same in a book that is open already."""
    home = book.home(household_id)
    if home is None:
        raise NotFound()
    require(actor, Action.CANVASS, Subject(home.community_id, household_id=household_id))
    if not not_own_household(actor, Subject(home.community_id, household_id=household_id)):
        raise OwnDoor()
    _refuse_other_crew(book, actor, crew_id)
    _refuse_half(visit, forms)
    visit_id = visit_door(book, actor, household_id, crew_id, visit, now=now) if visit else None
    receipts: list[Receipt] = []
    for place, form in enumerate(forms):
        papers = _papers_of(book, home, form, f"{request_id}-{place}", visit_id, key, overruled)
        receipts += [
            register_paper(book, actor, entry_id, paper, key=key, now=now) for entry_id, paper in papers
        ]
    return Sealed(tuple(receipts), book.late_rounds(receipts))


def _refuse_other_crew(book: Book, actor: Actor, crew_id: int) -> None:
    crew = book.crew(crew_id)
    mine = book.crew_of(actor, crew.consent_round_id) if crew else None
    if mine is None or mine[1].id != crew_id:
        raise WrongCrew(
            what=N_("这一户没有保存。"),
            why=N_("您不在这一轮的入户小组里。"),
            next_step=N_("请联系主持人把您编入小组。"),
        )


def _refuse_half(visit: VisitNote | None, forms: Sequence[SignedForm]) -> None:
    """A visit that says "filled in" comes with a paper, and a paper with no other outcome."""
    filled_in = visit is None or visit.outcome is VisitOutcome.ANSWERED
    if filled_in and not any(form.said for form in forms):
        raise _refused(N_("还没有录入表上的意见。"), N_("请至少录入一个议题；没有填表的，请选别的结果。"))
    if not filled_in and forms:
        raise _refused(
            N_("录入了意见，入户结果却不是“当场填写”。"),
            N_("收到了签好的表，请选“当场填写”；没有收到，请不要录入意见。"),
        )


def _entries_in_order(book: Book, home: Household, form: SignedForm) -> list[int]:
    """The entries on the form, all of this door; one form serves one voice of a matter."""
    rounds = set()
    for entry_id in sorted(form.said):
        entry = book.entry(entry_id)
        if entry is None or not at_this_door(entry, home):
            raise NotFound()
        if entry.consent_round_id in rounds:
            raise _refused(
                N_("同一个议题的住户意见和业主意见不能用同一张表。"),
                N_("请分两张表填写、分两次录入，每张表有自己的表号。"),
            )
        rounds.add(entry.consent_round_id)
    return sorted(form.said)


def at_this_door(entry: Entry, home: Household) -> bool:
    """Whether the entry is the home's own, or its owner's."""
    its_owner = entry.electorate is Electorate.OWNER and entry.owner_id is not None
    return entry.household_id == home.id or (its_owner and entry.owner_id == home.owner_id)


def _papers_of(
    book: Book,
    home: Household,
    form: SignedForm,
    request_id: str,
    visit_id: int | None,
    key: bytes,
    overruled: bool,
) -> list[tuple[int, Paper]]:
    """Each matter of the form as a paper of its own. What it replaces is looked up before any is recorded."""
    replaces = _replaces(book, form, key)
    return [
        (
            entry_id,
            Paper(
                answer=form.said[entry_id].answer,
                serial=form.serial,
                signed_at=form.signed_at,
                signer_name=form.signer_name,
                relation=form.relation,
                request_id=f"{request_id}-{entry_id}",
                plan_sha256=form.said[entry_id].plan_sha256,
                exhibits=form.exhibits,
                replaces=replaces[entry_id],
                language=form.language,
                helped_by=form.helped_by,
                note=form.note,
                visit_id=visit_id,
                overruled=overruled,
            ),
        )
        for entry_id in _entries_in_order(book, home, form)
    ]


def _replaces(book: Book, form: SignedForm, key: bytes) -> dict[int, tuple[str, ...]]:
    """By entry, the named records that concern it; if they concern none, all keep them, to be refused."""
    if not form.replaces:
        return dict.fromkeys(form.said, ())
    named = {}
    for entry_id in form.said:
        entry = book.entry(entry_id)
        named[entry_id] = bool(entry and book.replaced_by(entry, form.replaces, key))
    some = any(named.values())
    return {entry_id: form.replaces if found or not some else () for entry_id, found in named.items()}
