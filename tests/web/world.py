"""A world in which every page has something to show: two communities alike, and everybody who could come by.

Built once, through the deeds themselves. `here` is the community whose pages are asked for; `there` is its
twin, whose people and things must open nothing here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.domain.consent import Answer
from deliberate.domain.contact import ContactWay, OutgoingKind
from deliberate.domain.discussion import MeetingKind, Stance
from deliberate.domain.permissions import Actor, Role
from deliberate.domain.round import VisitOutcome, VisitWish
from deliberate.models import (
    Account,
    Consent,
    Contact,
    Evidence,
    FormIssue,
    Household,
    Letter,
    Membership,
    Notice,
    Outgoing,
    Proposal,
)
from deliberate.services import (
    cases,
    comments,
    consents,
    contacts,
    council,
    devices,
    discussion,
    letter_issuing,
    letter_jobs,
    letters,
    news,
    outgoing,
    pictures,
    plans,
    proposals,
    recordings,
    visits,
)
from deliberate.services.comments import Remark
from deliberate.services.council import Call
from deliberate.services.visits import VisitNote, Wish
from deliberate.storage import Folder
from tests import make, make_ledger, make_round
from tests.make_round import KEY, OpenRound
from tests.web import counted, delivered
from tests.web.uploads import TOKEN, keep_photo, keep_upload, png, sound

NOW = make.START + timedelta(days=3)
SAY = (Answer.DISAGREE, Answer.AGREE)


@dataclass(frozen=True)
class Person:
    """Somebody who asks for pages: what the browser's session holds, and what a reviewer knows of them."""

    name: str
    session: Mapping[str, object] = field(default_factory=dict)
    account_id: int | None = None
    place: str = "here"
    roles: frozenset[Role] = frozenset()
    lives_in: int | None = None
    """The home they belong to, or whose letter is in their hand."""
    owns: int | None = None
    letter: bool = False
    wrote: bool = False
    on_duty: bool = False
    recorded: bool = False
    holds_case: bool = False
    gave_code: bool = False
    """Of the tablets of the place."""
    token: str = ""
    """Of a tablet: it speaks by this alone, and has no cookie."""
    revoked: bool = False


@dataclass
class Town:
    """One community with its things, by the names that addresses give them."""

    slug: str
    home: int
    other_home: int
    values: dict[str, object]
    matters: dict[str, int]
    """Numbers of matters by where they stand."""
    other_values: dict[str, object]
    """The same kinds of thing, of the neighbour's household."""
    people: list[Person]


def build(
    session: Session, instance: Path, *, homes: int = 12, neighbours_say: tuple[Answer, Answer] = SAY
) -> tuple[Town, Town]:
    """Both communities; the two neighbours' answers are as told."""
    keep_photo(instance)
    return (
        _town(session, make_round.open_round(session, homes), instance, "here", "a", neighbours_say),
        _town(session, make_round.open_round(session, 11, matter=900), instance, "there", "b", SAY),
    )


def _town(
    session: Session, at: OpenRound, instance: Path, place: str, mark: str, say: tuple[Answer, Answer]
) -> Town:
    home, neighbour, third = at.homes[:3]
    who = _residents(session, at)
    matters = _matters(session, at, who["author"], third)
    values = _things(session, at, who, matters, instance)
    values |= keep_upload(instance, at.community.id, at.staff.registrar.id, mark)
    others = _answers(session, at, who, say)
    others |= {"household_id": neighbour.id, "entry_id": at.entries[1].id}
    others["letter_id"] = _letter(session, at, neighbour)
    others["contact_id"] = _contact(session, make.actor(session, who["neighbour"]), neighbour)
    others["membership_id"] = session.scalars(
        select(Membership.id).where(Membership.account_id == who["neighbour"].id)
    ).one()
    values |= {"consent_id": _paper_of(session, at), "evidence_id": _evidence(session, at)}
    values["outgoing_id"] = _given_up(session, home)
    values["language"] = "en"
    values["link"] = _link_of_a_letter(session, who["resident"])
    values["differing_entry"] = at.entries[8].id
    values |= counted.furnish(session, at, who["resident"], matters)
    values["receipt_id"] = others.pop("own_consent_id")
    values |= make_ledger.watched(session, at.community, make.actor(session, at.staff.moderator), now=NOW)
    matters["open"] = at.proposal.number
    people = _people(session, at, who, place, int(str(values["letter_id"])))
    people += _tablets(session, at, place)
    values |= delivered.lost_tablets_record(session, at, place)
    values["suspended_id"] = delivered.suspended_paper(session, at)
    values["picture_id"] = delivered.stacked_picture(session, at, instance)
    return Town(at.community.slug, home.id, neighbour.id, values, matters, others, people)


def _link_of_a_letter(session: Session, reader: Account) -> str:
    """Somebody left an address and proved it: the link in their letters, by which one chooses less."""
    actor = make.actor(session, reader)
    wish = news.leave_address(session, actor, f"reader{reader.id}@example.com", now=make.START)
    news.prove(session, actor, news.proof_code(wish, make.CODE_KEY), make.CODE_KEY, now=make.START)
    return news.less_token(wish, make.CODE_KEY)


def _residents(session: Session, at: OpenRound) -> dict[str, Account]:
    home, neighbour, third = at.homes[:3]
    owner = make.account(session, "测试业主")
    session.add(
        Membership(
            community_id=at.community.id,
            household_id=home.id,
            account_id=owner.id,
            as_owner=True,
            lives_there=False,
            joined_at=make.START,
        )
    )
    return {
        "resident": make.resident(session, home),
        "neighbour": make.resident(session, neighbour),
        "author": make.resident(session, third),
        "owner": owner,
        "canvasser_off": make.staff(session, at.community, Role.CANVASSER, name="测试入户二"),
        "scrutineer_off": make.staff(session, at.community, Role.SCRUTINEER, name="测试监票二"),
        "observer": make.staff(session, at.community, Role.OBSERVER, name="测试观察"),
    }


def _matters(session: Session, at: OpenRound, author: Account, home: Household) -> dict[str, int]:
    """Matters of one author, each left at another stage."""
    actor, moderator = make.actor(session, author), make.actor(session, at.staff.moderator)

    def begun(title: str) -> Proposal:
        text = make.draft(title)
        made = proposals.draft(session, actor, at.community.id, text, household_id=home.id, now=make.START)
        return made

    draft, submitted = begun("修好一号门"), begun("修好二号门")
    proposals.submit(session, actor, submitted.id, now=make.START)
    discussed = make.accepted(session, moderator, at.homes[3], at.homes[4:7])
    discussion.open_discussion(session, moderator, discussed.id, make.opening(), now=make.START)
    displayed = make.accepted(session, moderator, at.homes[3], at.homes[4:7])
    make.summarised(session, moderator, displayed)
    plans.fix_plan(session, moderator, displayed.id, make.plan_text(), now=make.START)
    return {
        "draft": draft.number,
        "submitted": submitted.number,
        "discussing": discussed.number,
        "plan_fixed": displayed.number,
    }


def _things(
    session: Session, at: OpenRound, who: dict[str, Account], matters: dict[str, int], instance: Path
) -> dict[str, object]:
    """What addresses of the first home and its community name."""
    home, moderator = at.homes[0], make.actor(session, at.staff.moderator)
    resident = make.actor(session, who["resident"])
    discussed = session.scalars(
        select(Proposal).where(
            Proposal.community_id == at.community.id, Proposal.number == matters["discussing"]
        )
    ).one()
    remark = Remark("把门换成钢的。", Stance.SUGGESTION)
    said = comments.comment(session, resident, discussed.id, remark, now=make.START)
    member = council.add_member(session, moderator, at.community.id, "测试委员", now=make.START)
    meeting = council.call_meeting(
        session,
        moderator,
        at.community.id,
        Call(MeetingKind.HALL, "议事会", "二楼", make.START + timedelta(days=1), "议程", (discussed.id,)),
        now=make.START,
    )
    wish = visits.ask_visit(session, resident, home.id, Wish(VisitWish.CALL), now=make.START)
    picture = pictures.keep_picture(
        session, resident, at.community.id, png(), Folder(instance), now=make.START
    )
    spoken = recordings.keep_recording(
        session,
        moderator,
        at.round.plan_version_id,
        sound(),
        Folder(instance),
        language="zh-Hans",
        read_by="社区工作人员",
        now=make.START,
    )
    notice = session.scalars(select(Notice.id).where(Notice.community_id == at.community.id)).first()
    name, _dot, extension = pictures.file_name(picture.sha256, picture.mime).partition(".")
    return {
        "slug": at.community.slug,
        "number": at.proposal.number,
        "n": 1,
        "digest": name,
        "extension": extension,
        "sound": spoken.sha256,
        "kind": "mp3",
        "recording_id": spoken.id,
        "plan_version_id": spoken.plan_version_id,
        "meeting_id": meeting.id,
        "member_id": member.id,
        "notice_id": notice,
        "comment_id": said.id,
        "wish_id": wish.id,
        "request_id": wish.id,
        "proposal_id": session.scalars(
            select(Proposal.id).where(
                Proposal.community_id == at.community.id, Proposal.number == matters["plan_fixed"]
            )
        ).one(),
        "household_id": home.id,
        "building_id": home.building_id,
        "letter_id": _letter(session, at, home),
        "membership_id": session.scalars(
            select(Membership.id).where(Membership.account_id == who["resident"].id)
        ).one(),
        "account_id": make.staff(session, at.community, Role.CANVASSER).id,
        "scrutineer_id": at.staff.scrutineer.id,
        "role": Role.CANVASSER.value,
        "token": TOKEN,
        "round_id": at.round.id,
        "entry_id": at.entries[0].id,
        "crew_id": at.crew.id,
        "issue_id": session.scalars(select(FormIssue.id).where(FormIssue.crew_id == at.crew.id)).first(),
        "contact_id": _contact(session, resident, home),
        "job_id": _letter_job(session, at),
        "sha256": "ab" * 32,
    }


def _letter_job(session: Session, at: OpenRound) -> int:
    """Letters that were ordered for the homes without one, and that no worker has begun."""
    registrar = make.actor(session, at.staff.registrar)
    wish = letter_jobs.Order("ab" * 32, "zh-Hans", "https://shequ.example/account/letter")
    return letter_jobs.order(session, registrar, at.community.id, wish, now=make.START).id


def _contact(session: Session, resident: Actor, home: Household) -> int:
    left = contacts.leave(
        session, resident, home.id, ContactWay.EMAIL, f"h{home.id}@example.com", "zh-Hans", now=make.START
    )
    return left[0].id


def _given_up(session: Session, home: Household) -> int:
    """A message to the home that could not be sent for days."""
    message = session.scalars(
        select(Outgoing)
        .join(Contact, Contact.id == Outgoing.contact_id)
        .where(Contact.household_id == home.id, Outgoing.kind == OutgoingKind.CONSENT)
    ).one()
    message.tries, message.given_up_at = outgoing.MOST_TRIES, NOW
    session.flush()
    return message.id


def _tablets(session: Session, at: OpenRound, place: str) -> list[Person]:
    """The canvasser's tablet, and one that was lost."""
    moderator, found = make.actor(session, at.staff.moderator), []
    for name in ("tablet", "lost_tablet"):
        code = devices.issue_code(
            session, moderator, at.community.id, at.staff.canvasser.id, key=make.CODE_KEY, now=NOW
        )
        tablet = devices.Tablet(str(uuid5(NAMESPACE_URL, f"{place}/{name}")), name)
        enrolled = devices.enrol(session, code, tablet, key=make.CODE_KEY, now=NOW)
        lost = name == "lost_tablet"
        if lost:
            devices.revoke(session, moderator, enrolled.device.id, "丢了", now=NOW)
        found.append(Person(name, place=place, token=enrolled.token, revoked=lost))
    return found


def _letter(session: Session, at: OpenRound, home: Household) -> int:
    registrar = make.actor(session, at.staff.registrar)
    issued = letter_issuing.issue(session, registrar, home.id, KEY, now=make.START)
    letters.record_delivery(session, registrar, issued.letter_id, "测试签收人", now=make.START)
    return issued.letter_id


def _answers(
    session: Session, at: OpenRound, who: dict[str, Account], say: tuple[Answer, Answer]
) -> dict[str, object]:
    """The neighbour answers online, a few on paper; one household says two things; somebody takes its case."""
    given = []
    for name, entry, answer in (
        ("resident", at.entries[0], Answer.ABSTAIN),
        ("neighbour", at.entries[1], say[0]),
    ):
        said = make_round.online(answer, at.plan, f"{entry.id:032x}")
        speaker = make.actor(session, who[name])
        receipt = consents.answer_online(session, speaker, entry.id, said, key=KEY, now=NOW)
        given.append(receipt.consent_id)
    make_round.paper(session, at, at.entries[7], say[1], 1, now=NOW)
    make_round.say(session, at, at.entries[8], Answer.AGREE, now=NOW)
    make_round.paper(session, at, at.entries[8], Answer.DISAGREE, 2, now=NOW)
    holder = make.actor(session, at.staff.other_moderator)
    cases.take_case(session, holder, at.entries[8].id, now=NOW)
    seen = VisitNote(VisitOutcome.NOT_HOME, NOW, f"visit-{at.community.id}")
    canvasser = make.actor(session, at.staff.canvasser)
    visits.record_visit(session, canvasser, at.homes[9].id, at.crew.id, seen, now=NOW)
    return {"own_consent_id": given[0], "receipt_id": given[1]}


def _paper_of(session: Session, at: OpenRound) -> int:
    return session.scalars(select(Consent.id).where(Consent.roll_entry_id == at.entries[7].id)).one()


def _evidence(session: Session, at: OpenRound) -> int:
    """Of the household in contradiction."""
    return session.scalars(
        select(Evidence.id)
        .join(Consent, Consent.id == Evidence.consent_id)
        .where(Consent.roll_entry_id == at.entries[8].id)
    ).one()


def _people(
    session: Session, at: OpenRound, who: dict[str, Account], place: str, letter_id: int
) -> list[Person]:
    home, neighbour, third = (one.id for one in at.homes[:3])
    staff, letter = at.staff, session.get_one(Letter, letter_id)
    in_hand = {"letter_id": letter.id, "household_id": letter.household_id}

    def person(name: str, account: Account, **more: object) -> Person:
        signed_in = {"_user_id": f"{account.id}.{account.epoch}", "_fresh": True}
        also = in_hand if more.get("letter") else {}
        return Person(name, {**signed_in, **also}, account.id, place, **more)  # type: ignore[arg-type]

    def worker(name: str, account: Account, role: Role, **more: object) -> Person:
        return person(name, account, roles=frozenset({role}), **more)

    return [
        Person("letter_holder", in_hand, place=place, lives_in=home, letter=True),
        person("resident", who["resident"], lives_in=home),
        person("neighbour", who["neighbour"], lives_in=neighbour),
        person("author", who["author"], lives_in=third, wrote=True),
        person("owner", who["owner"], owns=home),
        worker("moderator", staff.moderator, Role.MODERATOR, on_duty=True, gave_code=True),
        worker("other_moderator", staff.other_moderator, Role.MODERATOR, holds_case=True),
        worker(
            "moderator_with_letter",
            staff.moderator,
            Role.MODERATOR,
            on_duty=True,
            lives_in=home,
            letter=True,
            gave_code=True,
        ),
        worker("canvasser", staff.canvasser, Role.CANVASSER, on_duty=True, recorded=True),
        worker("canvasser_off_duty", who["canvasser_off"], Role.CANVASSER),
        worker("scrutineer", staff.scrutineer, Role.SCRUTINEER, on_duty=True),
        worker("scrutineer_off_duty", who["scrutineer_off"], Role.SCRUTINEER),
        worker("registrar", staff.registrar, Role.REGISTRAR),
        worker("observer", who["observer"], Role.OBSERVER),
    ]
