"""Numbered paper forms: issued to crews, handed back blank or spoilt, and balanced each evening."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, distinct, func, select
from sqlalchemy.orm import Session

from deliberate.domain import serial as serials
from deliberate.domain.errors import N_, BadInput, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.domain.round import RoundStatus
from deliberate.models import Consent, Crew, FormIssue, FormReturn

from . import journal
from .rounds import RoundNotReady, round_of


@dataclass(frozen=True, slots=True)
class Balance:
    """Forms of one crew in one round: issued must equal registered + blank + spoilt."""

    crew: Crew
    issued: int
    registered: int
    blank: int
    spoilt: int

    @property
    def handed_back(self) -> int:
        return self.blank + self.spoilt

    @property
    def missing(self) -> int:
        """Forms that nobody has accounted for; negative when more came back than went out."""
        return self.issued - self.registered - self.blank - self.spoilt


def newest_serial(session: Session, community_id: int) -> int:
    """The last serial that was handed out in the community; 0 before the first."""
    return session.scalars(
        select(func.coalesce(func.max(FormIssue.last_serial), 0)).where(
            FormIssue.community_id == community_id
        )
    ).one()


def newest_return(session: Session, round_id: int) -> int:
    """The last return of the round, by which a page remembers what it showed; 0 before the first."""
    return session.scalars(
        select(func.coalesce(func.max(FormReturn.id), 0)).where(FormReturn.consent_round_id == round_id)
    ).one()


def _crew(session: Session, actor: Actor, crew_id: int, what: str) -> Crew:
    """The crew, for who hands out forms, while its round is not over."""
    crew = session.get_one(Crew, crew_id)
    require(actor, Action.ASSIGN_DUTIES, Subject(crew.community_id))
    if round_of(session, crew.consent_round_id).status in (RoundStatus.CLOSED, RoundStatus.DROPPED):
        raise BadInput(
            what=what,
            why=N_("这一轮已经结束，意见表的数目不能再改。"),
            next_step=N_("请查看意见统计表。"),
        )
    return crew


def issue_forms(
    session: Session, actor: Actor, crew_id: int, number: int, *, seen: int | None = None, now: datetime
) -> FormIssue:
    """Hand the next `number` serials of the community to a crew.

    `seen` is `newest_serial` of the page that asked: a second click hands out no further forms. The caller holds
    the lock of the community, so that two rounds never hand out the same ones.
    """
    crew = _crew(session, actor, crew_id, N_("没有发放意见表。"))
    last = newest_serial(session, crew.community_id)
    if seen not in (None, last):
        raise Stale(
            what=N_("没有发放意见表。"),
            why=N_("刚刚发放过意见表。"),
            next_step=N_("请刷新页面核对发放记录，还要发放的再填一次。"),
        )
    if not 1 <= number <= 5000 or last + number > serials.LARGEST:
        raise BadInput(
            what=N_("没有发放意见表。"),
            why=N_("一次可以发放1到5000张。"),
            next_step=N_("请改正张数。"),
        )
    issue = FormIssue(
        community_id=crew.community_id,
        consent_round_id=crew.consent_round_id,
        crew_id=crew_id,
        first_serial=last + 1,
        last_serial=last + number,
        at=now,
        by_id=actor.account_id,
    )
    session.add(issue)
    session.flush()
    journal.note(session, actor, crew.community_id, "forms_issued", "crew", crew_id, now=now, number=number)
    return issue


def return_forms(
    session: Session,
    actor: Actor,
    crew_id: int,
    day: date,
    blank: int,
    spoilt: int,
    note: str = "",
    *,
    seen: int | None = None,
    now: datetime,
) -> FormReturn:
    """Blank and spoilt forms that a crew hands back in the evening.

    `seen` is `newest_return` of the page that asked: a second click hands nothing back again.
    """
    crew = _crew(session, actor, crew_id, N_("没有登记交回。"))
    sent = _return(crew, actor, day, blank, spoilt, note, now)
    if again := _sent_before(session, sent, seen):
        return again
    held = balance_of(session, crew).missing
    if blank < 0 or spoilt < 0 or blank + spoilt == 0 or blank + spoilt > held:
        raise BadInput(
            what=N_("没有登记交回。"),
            why=N_("这一组手里还有%(held)s张意见表，交回的空白和作废加起来不能超过它。"),
            next_step=N_("请清点后再填。"),
            held=held,
        )
    return _keep(session, actor, sent, "forms_returned", now=now)


def correct_return(
    session: Session,
    actor: Actor,
    crew_id: int,
    day: date,
    blank: int,
    spoilt: int,
    reason: str,
    *,
    seen: int | None = None,
    now: datetime,
) -> FormReturn:
    """So many blank and spoilt forms were written down too much: taken off again, with the reason."""
    crew = _crew(session, actor, crew_id, N_("没有更正交回。"))
    sent = _return(crew, actor, day, -blank, -spoilt, reason, now)
    if again := _sent_before(session, sent, seen):
        return again
    known = balance_of(session, crew)
    if not 0 <= blank <= known.blank or not 0 <= spoilt <= known.spoilt or blank + spoilt == 0:
        raise BadInput(
            what=N_("没有更正交回。"),
            why=N_("这一组登记交回过空白%(blank)s张、作废%(spoilt)s张，更正的不能超过它们。"),
            next_step=N_("请清点后再填。"),
            blank=known.blank,
            spoilt=known.spoilt,
            field="blank_less",
        )
    if not sent.note:
        raise BadInput(
            what=N_("没有更正交回。"),
            why=N_("更正要写明原因。"),
            next_step=N_("请写明哪一次登记多了、为什么。"),
            field="reason",
        )
    return _keep(session, actor, sent, "forms_return_corrected", now=now)


def _return(
    crew: Crew, actor: Actor, day: date, blank: int, spoilt: int, note: str, now: datetime
) -> FormReturn:
    return FormReturn(
        community_id=crew.community_id,
        consent_round_id=crew.consent_round_id,
        crew_id=crew.id,
        day=day,
        blank=blank,
        spoilt=spoilt,
        note=note.strip()[:200],
        at=now,
        by_id=actor.account_id,
    )


def _sent_before(session: Session, sent: FormReturn, seen: int | None) -> FormReturn | None:
    """The last return, where this one is its second click; Stale where it is another."""
    newest = newest_return(session, sent.consent_round_id)
    if seen in (None, newest):
        return None
    last = session.get_one(FormReturn, newest)
    names = ("crew_id", "day", "blank", "spoilt", "note", "by_id")
    if all(getattr(last, name) == getattr(sent, name) for name in names):
        return last
    raise Stale(
        what=N_("没有登记交回。"),
        why=N_("您打开这一页以后，又登记过交回。"),
        next_step=N_("请看过现在的数目，再提交一次；您填写的内容还在下面。"),
    )


def _keep(session: Session, actor: Actor, made: FormReturn, what: str, *, now: datetime) -> FormReturn:
    session.add(made)
    session.flush()
    numbers = {"blank": made.blank, "spoilt": made.spoilt}
    journal.note(session, actor, made.community_id, what, "crew", made.crew_id, now=now, **numbers)
    return made


def balance(session: Session, round_id: int) -> Sequence[Balance]:
    """The balance of every crew of the round."""
    crews = session.scalars(select(Crew).where(Crew.consent_round_id == round_id).order_by(Crew.name))
    return [balance_of(session, crew) for crew in crews]


def balance_of(session: Session, crew: Crew) -> Balance:
    """Issued, registered, blank, spoilt of one crew. A serial on several matters is one form."""
    ranges = session.execute(
        select(FormIssue.first_serial, FormIssue.last_serial).where(FormIssue.crew_id == crew.id)
    ).all()
    # serials are of one length, so that they sort as they count
    registered = sum(
        session.scalars(
            select(func.count(distinct(Consent.serial))).where(
                Consent.community_id == crew.community_id,
                Consent.serial.between(serials.printed(first), serials.printed(last)),
            )
        ).one()
        for first, last in ranges
    )
    issued = sum(last - first + 1 for first, last in ranges)
    blank, spoilt = session.execute(
        select(
            func.coalesce(func.sum(FormReturn.blank), 0), func.coalesce(func.sum(FormReturn.spoilt), 0)
        ).where(FormReturn.crew_id == crew.id)
    ).one()
    return Balance(crew, issued, registered, int(blank), int(spoilt))


def hold_numbers(session: Session, community_id: int, numbers: Collection[int]) -> None:
    """Whoever else enters one of these forms now waits until this is done, and then sees it.

    Nothing in the store binds a form to its home: an open matter more may be on it, entered by another device. One
    writer at a time needs no lock.
    """
    if numbers and session.get_bind().dialect.name == "postgresql":
        each = func.unnest(sorted(numbers), type_=Integer).column_valued("number")
        session.execute(select(func.pg_advisory_xact_lock(community_id, each)))


def refuse_unbalanced(session: Session, round_id: int) -> None:
    """Closing needs every form accounted for."""
    round_of(session, round_id)
    open_crews = [b for b in balance(session, round_id) if b.missing]
    if open_crews:
        raise RoundNotReady(
            what=N_("还不能结束统计。"),
            why=N_("%(crew)s还有%(missing)s张意见表没有对上：发出的要等于登记、空白和作废之和。"),
            next_step=N_("请清点这一组的意见表，登记交回或作废；交回登记多了的，请更正交回。"),
            crew=open_crews[0].crew.name,
            missing=open_crews[0].missing,
        )
