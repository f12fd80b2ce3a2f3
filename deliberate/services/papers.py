"""Paper consents: entered by a canvasser on duty, numbered, signed, with evidence (rules 8, 9, 10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.consent import Answer, Channel, Deed
from deliberate.domain.errors import N_, BadInput
from deliberate.domain.permissions import Action, Actor, require
from deliberate.domain.round import EvidenceRole, Relation
from deliberate.domain.rules import Electorate
from deliberate.domain.tablet_record import Form
from deliberate.models import Consent, ConsentRound, Crew, Duty
from deliberate.queries.on_roll import Entry

from .answerable import NotNow, PlanChanged, clocks_of, refuse_closed
from .book import Book, NewPaper
from .duties import together
from .exhibits import Exhibit
from .form_numbers import refuse_unissued
from .ledger_events import Signing
from .recording import Draft, Receipt, Recorder
from .straight_book import Straight


@dataclass(frozen=True, slots=True)
class Paper:
    """One matter on one signed form, as it was read off the paper."""

    answer: Answer
    serial: str
    signed_at: datetime
    signer_name: str
    relation: Relation
    request_id: str
    plan_sha256: str
    exhibits: tuple[Exhibit, ...]
    replaces: tuple[str, ...] = ()
    """Form numbers or receipt codes that the signer names as replaced."""
    language: str = ""
    helped_by: str = ""
    note: str = ""
    visit_id: int | None = None
    overruled: bool = False
    """A person has looked at it, though its crew is stopped."""


class CrewStopped(NotNow):
    """A crew under suspicion registers nothing; what its tablets deliver waits for a person."""

    default_why = N_("您的小组已经暂停登记，正在核查。")
    default_next = N_("请把签好的意见表交给社区主持人。")


class SerialUsed(BadInput):
    """A form number serves one household, once for each matter."""

    default_what = N_("这份意见表没有登记。")


class SpoiltForm(SerialUsed):
    """Somebody at the desk declared the form spoilt; somebody else may say that it is not."""

    default_why = N_("这个表号已经作废。")
    default_next = N_(
        "请核对表号。其实没有作废的，请主持人或者领表小组里的另一个人，"
        "在“录入一叠意见表”的“作废的表”里恢复它。"
    )


class NothingReplaced(BadInput):
    """The paper names an earlier record that the household does not have."""

    default_what = N_("这份意见表没有登记。")


def misread(why: str, next_step: str, **params: object) -> BadInput:
    """A fault of what was read off the paper."""
    return BadInput(what=N_("这份意见表没有登记。"), why=why, next_step=next_step, **params)


def record_paper(
    session: Session, actor: Actor, entry_id: int, paper: Paper, *, key: bytes, now: datetime
) -> Receipt:
    """Register a signed form. One that comes too late is stored and never counted."""
    return register_paper(Straight(session), actor, entry_id, paper, key=key, now=now)


def register_paper(
    book: Book, actor: Actor, entry_id: int, paper: Paper, *, key: bytes, now: datetime
) -> Receipt:
    """The same in a book that is open already."""
    entry, consent_round = book.entry_now(entry_id)
    require(actor, Action.RECORD_PAPER, book.subject(entry))
    if again := book.repeated(entry_id, paper.request_id, key):
        return again
    refuse_closed(consent_round)
    if paper.plan_sha256 != consent_round.plan_sha256:
        raise PlanChanged()
    number = _check(book, entry, consent_round, paper, now)
    duty, crew = on_duty(book, actor, consent_round, overruled=paper.overruled)
    canvassers = together(book.members_of_crew(crew))
    late = not clocks_of(consent_round).paper_counts(paper.signed_at, now)
    named = frozenset() if late else _named_for_sure(book, entry, paper.replaces, key)
    draft = Draft(
        deed=Deed.CHANGE if named else Deed.ANSWER,
        answer=paper.answer,
        channel=Channel.PAPER,
        request_id=paper.request_id,
        by=Recorder(actor.account_id),
        supersedes=named,
        late=late,
        duty_id=duty.id,
        visit_id=paper.visit_id,
        serial=serials.printed(number),
        signed_at=paper.signed_at,
        signing=signing(paper.signer_name.strip(), paper.relation, canvassers, paper.exhibits),
    )
    new = NewPaper(entry, consent_round, draft, _signed(paper, canvassers), paper.exhibits)
    return book.add_paper(actor, new, key=key, now=now)


def _signed(paper: Paper, canvassers: str) -> dict[str, Any]:
    """Who signed and before whom, as it is kept beside the record."""
    return {
        "signer_name": paper.signer_name.strip(),
        "relation": paper.relation,
        "canvassers": canvassers,
        "language": paper.language,
        "helped_by": paper.helped_by.strip(),
        "note": paper.note.strip() or None,
    }


def signing(name: str, relation: Relation, canvassers: str, exhibits: Iterable[Exhibit]) -> Signing:
    """What the ledger holds of a paper's signing."""
    return Signing(f"{name}, {relation}", canvassers, tuple(exhibit.sha256 for exhibit in exhibits))


def _check(book: Book, entry: Entry, consent_round: ConsentRound, paper: Paper, now: datetime) -> int:
    """Everything that a paper must have (rule 9); the running number of its serial."""
    number = serials.read(paper.serial)
    if number is None:
        raise misread(N_("表号的校验位不对。"), N_("请再看一遍表上的8位数字。"))
    _refuse_unusable(book, entry, number, paper.signed_at)
    clocks = clocks_of(consent_round)
    if not clocks.opened_at <= paper.signed_at <= now:
        raise misread(N_("签字的时间不在这一轮开始以后，或者晚于现在。"), N_("请按表上写的时间改正。"))
    if not 1 <= len(paper.signer_name.strip()) <= 120:
        raise misread(N_("没有填写签字人的姓名，或者太长。"), N_("请写全名，最多120个字。"))
    _check_signer(entry, paper.relation, paper.exhibits)
    return number


def check_exchanged(
    session: Session,
    entry: Entry,
    instead_of: Consent,
    form: Form,
    shown: Iterable[Exhibit],
) -> str:
    """Everything that the right paper must have; its serial, printed. The wrong one may have borne the same."""
    number = serials.read(form.serial)
    if number is None:
        raise misread(N_("表号的校验位不对。"), N_("请再看一遍表上的8位数字。"))
    if serials.printed(number) != instead_of.serial:
        _refuse_unusable(Straight(session), entry, number)
    _check_signer(entry, form.relation, shown)
    return serials.printed(number)


def _refuse_unusable(book: Book, entry: Entry, number: int, signed_at: datetime | None = None) -> None:
    """A form is handed out for a round that runs, belongs to one home, or one owner, and serves once for each matter,
    whatever its round. One on record already still serves another matter that was open when it was signed."""
    serial = serials.printed(number)
    others = book.with_serial(entry.community_id, serial)  # holds the number: nobody declares it spoilt now
    if not (others and signed_at and book.signed_while_both_ran(entry, number, signed_at)):
        refuse_unissued(book.issued_for(entry.community_id, number), number)
    if book.spoilt(entry.community_id, serial):
        raise SpoiltForm()
    rounds = {other.consent_round_id for other in others}
    if rounds and book.matter_of(entry.consent_round_id) in {book.matter_of(one) for one in rounds}:
        raise SerialUsed(
            why=N_("这个表号在这个议题上已经登记过。"),
            next_step=N_("请核对表号；一张表在每个议题上只能用一次。"),
        )
    if others and any(not _homes(book, entry) & _homes(book, other) for other in others):
        raise SerialUsed(why=N_("这个表号已经登记在另一户。"), next_step=N_("请核对表号；一张表只属于一户。"))


def _homes(book: Book, entry: Entry) -> frozenset[int]:
    return book.voice(entry).owned_ids | {entry.household_id}


def _check_signer(entry: Entry, relation: Relation, exhibits: Iterable[Exhibit]) -> None:
    roles = {exhibit.role for exhibit in exhibits}
    if not roles & {EvidenceRole.PHOTO, EvidenceRole.SIGNATURE}:
        raise misread(N_("还没有意见表的照片或屏幕签名。"), N_("请拍下签好的意见表，或请本人在屏幕上签名。"))
    if relation is Relation.PROXY and EvidenceRole.AUTHORITY not in roles:
        raise misread(N_("代签要有写明意见的书面委托。"), N_("请拍下委托书；没有委托书的，请本人签。"))
    if entry.electorate is Electorate.OWNER and relation is Relation.TENANT:
        raise misread(N_("业主表决不能由租户填写。"), N_("请联系业主本人或受其书面委托的人。"))


def on_duty(
    book: Book, actor: Actor, consent_round: ConsentRound, *, overruled: bool = False
) -> tuple[Duty, Crew]:
    """The actor's duty as canvasser and crew in the round; refused when it is stopped or short of people."""
    found = book.crew_of(actor, consent_round.id)
    if found is None:
        raise NotNow(why=N_("您不在这一轮的入户小组里。"), next_step=N_("请联系主持人把您编入小组。"))
    duty, crew = found
    if not overruled and book.stopped(crew):
        raise CrewStopped()
    if len(book.members_of_crew(crew)) < book.settings(consent_round).canvassers:
        raise NotNow(
            why=N_("您的小组只有一个人，入户要两人同行。"),
            next_step=N_("请联系主持人补上另一位入户人员。"),
        )
    return duty, crew


def _named_for_sure(book: Book, entry: Entry, replaces: tuple[str, ...], key: bytes) -> frozenset[int]:
    """Standing records that the paper names; refused when the household has no such one."""
    found = book.replaced_by(entry, replaces, key)
    if any(text.strip() for text in replaces) and not found:
        raise NothingReplaced(
            why=N_("没有找到表上写的要替换的那一份。"),
            next_step=N_("请核对原来的表号或回执码；没有写的就留空。"),
        )
    return found
