"""A small community in which every page has something on it: matters at every stage, people for each job."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.domain.discussion import MeetingKind, Stance
from deliberate.domain.objection import ObjectionKind
from deliberate.domain.permissions import Actor
from deliberate.domain.round import VisitOutcome, VisitWish
from deliberate.models import Account, Proposal
from deliberate.services import (
    comments,
    council,
    forms,
    letter_issuing,
    letters,
    plans,
    proposals,
    screening,
    visits,
)
from deliberate.services.comments import Remark
from deliberate.services.council import Call, Minutes
from deliberate.services.objections import file_objection
from deliberate.services.visits import VisitNote, Wish
from tests import make, make_count, make_round
from tests.make import Clock
from tests.make_round import OpenRound
from tests.replayed import built_once


@dataclass
class Town:
    """Who is there, and the letter of a home that has not answered yet."""

    at: OpenRound
    resident: Account
    letter_code: str
    slug: str

    @property
    def people(self) -> dict[str, Account | None]:
        """By job; None is a stranger."""
        staff = self.at.staff
        return {
            "stranger": None,
            "resident": self.resident,
            "moderator": staff.moderator,
            "canvasser": staff.canvasser,
            "scrutineer": staff.scrutineer,
            "registrar": staff.registrar,
        }


@built_once
def town(database: Database, clock: Clock, key: bytes) -> Town:
    """Build it through the deeds; two days later everything is under way."""
    with database.transaction() as tx:
        session, now = tx.session, tx.now
        at = make_round.open_round(session, 12, now=now)
        make_round.another_matter(session, at, now=now)
        resident = make.resident(session, at.homes[0], name="测试居民")
        moderator = make.actor(session, at.staff.moderator)
        _answers(session, at, resident, now)
        _doors(session, at, now)
        _matters(session, at, make.actor(session, resident), moderator, now)
        _meeting(session, at, moderator, now)
        code = _letter(session, at, key, now)
    clock.forward(days=2)
    with database.transaction() as tx:
        held = Minutes("测试主席", "测试记录", "大家先看了三号楼的单元门。", "同意入户征求意见。")
        council.record_minutes(tx.session, moderator, 1, held, now=tx.now)
    return Town(at, resident, code, at.community.slug)


@built_once
def town_after_the_count(database: Database, clock: Clock) -> Town:
    """The same people later: one matter carried out and rated, another with its result under objection."""
    with database.transaction() as tx:
        at = make_count.answered(tx, 12, 11, on_paper=2)
        other = make_round.another_matter(tx.session, at, now=tx.now)
        moderator = make.actor(tx.session, at.staff.moderator)
        forms.issue_forms(tx.session, moderator, other.crew.id, 10, now=tx.now)
        resident = make.resident(tx.session, at.homes[0], name="测试居民")
        for entry in other.entries[:5]:
            make_round.say(tx.session, other, entry, Answer.DISAGREE, now=tx.now)
        make_count.completed(at, tx, clock)
        make_count.rated(at, tx, clock, 3)
        make_count.shown(other, tx, clock)
        mine, said = make.actor(tx.session, resident), "统计的户数和张贴的不一样。"
        kind = ObjectionKind.PROCEDURE
        file_objection(tx.session, mine, other.round.id, at.homes[0].id, kind, said, now=clock.at)
    return Town(at, resident, "", at.community.slug)


def _answers(session: Session, at: OpenRound, resident: Account, now: datetime) -> None:
    mine = make.actor(session, resident)
    first = make_round.online(Answer.AGREE, at.plan, "f" * 32)
    make_round.consents.answer_online(session, mine, at.entries[0].id, first, key=make_round.KEY, now=now)
    for entry in at.entries[1:4]:
        make_round.say(session, at, entry, Answer.AGREE, now=now)
    make_round.paper(session, at, at.entries[4], Answer.ABSTAIN, 1, now=now)
    make_round.paper(session, at, at.entries[5], Answer.AGREE, 2, now=now)
    make_round.say(session, at, at.entries[5], Answer.DISAGREE, now=now)


def _doors(session: Session, at: OpenRound, now: datetime) -> None:
    who = make.actor(session, at.staff.canvasser)
    for home, outcome in ((6, VisitOutcome.NOT_HOME), (7, VisitOutcome.PAPERS_LEFT)):
        note = VisitNote(outcome, now, f"visit-{home}", None, "傍晚在家")
        visits.record_visit(session, who, at.homes[home].id, at.crew.id, note, now=now)
    asking = make.actor(session, make.resident(session, at.homes[8]))
    wish = Wish(VisitWish.VISIT, "ug", by_woman=True, evening=True, question="想问工期多长")
    visits.ask_visit(session, asking, at.homes[8].id, wish, now=now)


def _matters(session: Session, at: OpenRound, author: Actor, moderator: Actor, now: datetime) -> None:
    """A draft, one to screen, one discussed with a comment, one whose plan is fixed, one declined."""
    home, others = at.homes[0], at.homes[1:4]

    def raised(title: str) -> Proposal:
        text = make.draft(title, "楼道里**没有灯**，老人上下楼不方便。")
        return proposals.draft(session, author, at.community.id, text, household_id=home.id, now=now)

    raised("楼道装声控灯")
    waiting = raised("院里修无障碍坡道")
    proposals.submit(session, author, waiting.id, now=now)
    make.seconded(session, waiting, others)
    declined = raised("给每家装地暖")
    proposals.submit(session, author, declined.id, now=now)
    make.seconded(session, declined, others)
    screening.decline(session, moderator, declined.id, "不是公共区域。", now=now)
    talked = make.accepted(session, moderator, home, others)
    make.discussion.open_discussion(session, moderator, talked.id, make.opening(now=now), now=now)
    said = comments.comment(
        session, author, talked.id, Remark("先修三号楼。", Stance.SUGGESTION, None, "c1"), now=now
    )
    comments.comment(session, moderator, talked.id, Remark("已经记下。", None, said.id, "c2"), now=now)
    fixed = make.accepted(session, moderator, at.homes[4], others)
    make.summarised(session, moderator, fixed, now=now)
    plans.fix_plan(session, moderator, fixed.id, make.plan_text("单元门更换方案"), now=now)


def _meeting(session: Session, at: OpenRound, moderator: Actor, now: datetime) -> None:
    council.add_member(session, moderator, at.community.id, "测试委员", title="楼栋长", now=now)
    when = now + timedelta(days=1)
    call = Call(MeetingKind.MOBILE, "院子里议事", "三号楼前", when, "单元门和坡道")
    council.call_meeting(session, moderator, at.community.id, call, now=now)


def _letter(session: Session, at: OpenRound, key: bytes, now: datetime) -> str:
    registrar = make.actor(session, at.staff.registrar)
    issued = letter_issuing.issue(session, registrar, at.homes[9].id, key, now=now)
    letters.record_delivery(session, registrar, issued.letter_id, "测试收件人", now=now)
    return issued.code
