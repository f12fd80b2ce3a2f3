"""Matters, as anyone may read them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from deliberate.domain.diff import compare as compare_texts
from deliberate.domain.errors import NotFound
from deliberate.domain.lifecycle import BEFORE_CONSENT, Stage
from deliberate.domain.path import PLACE, STOPPED, Group
from deliberate.domain.permissions import Action, Subject, may
from deliberate.domain.plan import plan_bytes
from deliberate.domain.proposal import Category
from deliberate.queries import communities, council, discussion, front, notices, places, proposals
from deliberate.queries.proposals import PlanVersion, ProposalVersion
from deliberate.services.plans import plan_of
from deliberate.services.proposals import EDITABLE

from .. import read_aloud, results
from ..access import allow, current_actor
from ..homes import my_household_id
from ..made_once import made_once
from ..matters import about_matter, may_propose, sees_drafts, subject_of, the_matter
from ..store import now, reader
from .blueprint import bp
from .rounds import round_of_matter

Word = TypeVar("Word", bound=StrEnum)


def _chosen(kind: type[Word], name: str) -> Word | None:
    """A filter of the address; an unknown word is no filter."""
    try:
        return kind(request.args.get(name, ""))
    except ValueError:
        return None


@bp.get("/c/<slug>/")
@allow(Action.READ_PUBLIC)
def matters() -> ResponseReturnValue:
    """All matters of the community."""
    return made_once(_matters_page)


def _matters_page() -> str:
    group, category = _chosen(Group, "group"), _chosen(Category, "category")
    search = request.args.get("q", "")[:60].strip()
    older = request.args.get("older", type=int)
    found = proposals.listing(
        reader(), g.community.id, group=group, category=category, search=search, older_than=older
    )
    return render_template(
        "public/matters.html",
        listing=found,
        group=group,
        category=category,
        search=search,
        older=older,
        groups=list(Group),
        categories=list(Category),
        seconds_needed=communities.settings(reader(), g.community.id).seconds_needed,
        may_propose=may_propose(),
        open_now=[] if older else front.open_now(reader(), g.community.id, now=now()),
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """What the reader of a matter can do here."""

    household_id: int | None
    seconded: bool
    can_second: bool
    can_comment: bool
    is_author: bool
    can_edit: bool
    can_withdraw: bool
    is_moderator: bool


def _reader_of(matter: proposals.Matter) -> Reader:
    actor, proposal, home = current_actor(), matter.proposal, my_household_id()
    seconding = proposals.seconding_homes(reader(), proposal.id, [home]) if home else set()
    asked = Subject(community_id=proposal.community_id, household_id=home)
    running = matter.running
    author = may(actor, Action.EDIT_PROPOSAL, subject_of(proposal))
    return Reader(
        household_id=home,
        seconded=home in seconding,
        can_second=proposal.stage is Stage.SUBMITTED
        and may(actor, Action.SECOND, asked)
        and proposal.household_id != home,
        can_comment=running is not None and now() < running.deadline and may(actor, Action.COMMENT, asked),
        is_author=author,
        can_edit=author and proposal.stage in EDITABLE,
        can_withdraw=author and proposal.stage in BEFORE_CONSENT,
        is_moderator=may(actor, Action.MODERATE, asked),
    )


@bp.get("/c/<slug>/matters/<int:number>")
@allow(Action.READ_PUBLIC, about=about_matter)
def matter(number: int) -> ResponseReturnValue:
    """One matter: its text, what was said, what was decided, every step it took."""
    return made_once(lambda: _matter_page(number))


def _matter_page(number: int) -> str:
    proposal = the_matter(number)
    found = proposals.matter(reader(), proposal, with_drafts=sees_drafts(proposal))
    said = discussion.comments(reader(), proposal)
    return render_template(
        "public/matter.html",
        matter=found,
        matter_round=round_of_matter(proposal.id),
        said=said,
        suggestions=discussion.suggestions(said),
        viewer=_reader_of(found),
        place=PLACE[proposal.stage],
        stopped=proposal.stage in STOPPED,
        places=places.of(reader(), g.community.id),
        seconds_needed=communities.settings(reader(), g.community.id).seconds_needed,
        may_propose=may_propose(),
        meetings=council.meetings_about(reader(), proposal.id),
        notices=notices.about(reader(), proposal.id),
        result=results.of_matter(proposal.id),
        spoken=read_aloud.spoken(found.plan.id) if found.plan else None,
    )


@bp.get("/c/<slug>/matters/<int:number>/compare")
@allow(Action.READ_PUBLIC, about=about_matter)
def compare(number: int) -> ResponseReturnValue:
    """Any two texts that the reader may see side by side; the two newest unless others are named."""
    proposal = the_matter(number)
    found = proposals.matter(reader(), proposal, with_drafts=sees_drafts(proposal))
    known: dict[str, ProposalVersion | PlanVersion] = {f"v{text.n}": text for text in found.versions}
    known |= {f"p{fixed.n}": fixed for fixed in found.plans}
    names = list(known)
    old = request.args.get("old", names[-2] if len(names) > 1 else names[-1])
    new = request.args.get("new", names[-1])
    if old not in known or new not in known:
        raise NotFound()
    left, right = known[old], known[new]
    return render_template(
        "public/compare.html",
        matter=found,
        texts=known,
        old=old,
        new=new,
        left=left,
        right=right,
        title_rows=compare_texts(left.title, right.title),
        body_rows=compare_texts(left.body, right.body),
    )


@bp.get("/c/<slug>/matters/<int:number>/plans/<int:n>")
@allow(Action.READ_PUBLIC, about=about_matter)
def plan(number: int, n: int) -> ResponseReturnValue:
    """One plan as it was fixed, with the suggestions that were taken into it."""
    proposal = the_matter(number)
    found = proposals.matter(reader(), proposal)
    fixed = _plan_of(found, n)
    rounds = {one.id for one in found.rounds if one.id <= fixed.discussion_round_id}
    said = discussion.comments(reader(), proposal)
    return render_template(
        "public/plan.html",
        matter=found,
        plan=fixed,
        suggestions=[one for one in discussion.suggestions(said) if one.round_id in rounds],
        places=places.of(reader(), g.community.id),
        spoken=read_aloud.spoken(fixed.id),
        may_translate=may(current_actor(), Action.MODERATE, subject_of(proposal)),
    )


def _plan_of(found: proposals.Matter, n: int) -> PlanVersion:
    plan = next((plan for plan in found.plans if plan.n == n), None)
    if plan is None:
        raise NotFound()
    return plan


@bp.get("/c/<slug>/matters/<int:number>/plans/<int:n>.json")
@allow(Action.READ_PUBLIC, about=about_matter)
def plan_file(number: int, n: int) -> ResponseReturnValue:
    """The very bytes under a plan's SHA-256, for anyone to recompute it."""
    found = proposals.matter(reader(), the_matter(number))
    return Response(plan_bytes(plan_of(_plan_of(found, n))), mimetype="application/json")
