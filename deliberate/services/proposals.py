"""Raising a matter: draft, edit, submit, withdraw; taken down for somebody else; raised again."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotAllowed, Stale, WrongStage
from deliberate.domain.lifecycle import HIDDEN_FROM_PUBLIC, Stage, Step
from deliberate.domain.permissions import Action, Actor, Subject, account_of, require
from deliberate.domain.proposal import LONGEST_REASON, Draft, text_of
from deliberate.domain.scope import Scope, check_known
from deliberate.models import Community, Household, Proposal, ProposalVersion
from deliberate.queries import places

from . import audience, journal, preparations
from .steps import proposal_of, take_step

EDITABLE = frozenset({Stage.DRAFT, Stage.RETURNED})
"""Stages in which the author may change the text; seconds given later are given to a text that stands."""


def subject_of(proposal: Proposal) -> Subject:
    """The proposal, as far as rights go."""
    return Subject(community_id=proposal.community_id, author_id=proposal.author_id)


def draft(
    session: Session,
    actor: Actor,
    community_id: int,
    text: Draft,
    *,
    household_id: int,
    now: datetime,
    follows_id: int | None = None,
    request_id: str | None = None,
) -> Proposal:
    """A resident begins a matter for their household; the same form sent twice begins one.

    Sent again with another text, it changes the draft that it began; Stale when that cannot be.
    """
    require(actor, Action.PROPOSE, Subject(community_id=community_id))
    if community_id not in (actor.homes.get(household_id), actor.owned.get(household_id)):
        raise NotAllowed()
    return _begin(session, actor, community_id, text, household_id, None, follows_id, request_id, now)


def take_down(
    session: Session,
    actor: Actor,
    community_id: int,
    text: Draft,
    *,
    now: datetime,
    household_id: int | None = None,
    follows_id: int | None = None,
    request_id: str | None = None,
) -> Proposal:
    """Staff write a matter down for a person who doesn't write (代录), marked as such."""
    require(actor, Action.TAKE_DOWN, Subject(community_id=community_id))
    if household_id is not None:
        home = session.get(Household, household_id)
        if home is None or home.community_id != community_id or home.gone_at is not None:
            raise BadInput(why=N_("户册里没有这一户。"), field="household")
    taker = account_of(actor)
    return _begin(session, actor, community_id, text, household_id, taker, follows_id, request_id, now)


def _begin(
    session: Session,
    actor: Actor,
    community_id: int,
    text: Draft,
    household_id: int | None,
    taken_down_by_id: int | None,
    follows_id: int | None,
    request_id: str | None,
    now: datetime,
) -> Proposal:
    check_scope(session, community_id, text.scope)
    _check_follows(session, community_id, follows_id)
    begun = _same_form(session, actor, request_id, lock=True)
    number = 0 if begun else _next_number(session, community_id)
    again = begun or _same_form(session, actor, request_id)
    if again is not None:
        whose = (household_id, taken_down_by_id, follows_id)
        if (again.household_id, again.taken_down_by_id, again.follows_id) != whose:
            raise _begun_before()
        return _written_on(session, actor, again, text, may_change=begun is not None, now=now)
    proposal = Proposal(
        community_id=community_id,
        number=number,
        stage=Stage.DRAFT,
        author_id=account_of(actor),
        household_id=household_id,
        taken_down_by_id=taken_down_by_id,
        follows_id=follows_id,
        request_id=request_id,
        created_at=now,
        changed_at=now,
        version=1,
        category=text.category,
        title=text.title,
        body=text.body,
        budget=text.budget,
        scope=text.scope.to_data(),
    )
    session.add(proposal)
    session.flush()
    _keep_version(session, actor, proposal, now)
    journal.note(session, actor, community_id, "draft_proposal", "proposal", proposal.id, now=now)
    session.flush()
    return proposal


def _next_number(session: Session, community_id: int) -> int:
    """Counted under a lock of the community."""
    session.execute(select(Community.id).where(Community.id == community_id).with_for_update())
    last = session.scalar(select(func.max(Proposal.number)).where(Proposal.community_id == community_id))
    return (last or 0) + 1


def _same_form(
    session: Session, actor: Actor, request_id: str | None, *, lock: bool = False
) -> Proposal | None:
    """The matter that the same form has already made; locked before the community, as everywhere."""
    if not request_id:
        return None
    made = select(Proposal).where(Proposal.author_id == actor.account_id, Proposal.request_id == request_id)
    return session.scalar(made.with_for_update() if lock else made)


def _written_on(
    session: Session, actor: Actor, proposal: Proposal, text: Draft, *, may_change: bool, now: datetime
) -> Proposal:
    """The form that began this draft came again: nobody else's text is overwritten, and none is dropped."""
    if _stands_so(proposal, text):
        return proposal
    if not may_change or proposal.stage not in EDITABLE or proposal.version != 1:
        raise _begun_before()
    return _rewrite(session, actor, proposal, text, now)


def _begun_before() -> Stale:
    return Stale(
        why=N_("这一页已经存过一份，后来又改过或者已经提交，这次的文字和它不一样。"),
        next_step=N_("要改那一份，请打开已经存下的草稿；要另提一个议题，请再按一次。您填写的文字还在下面。"),
    )


def check_scope(session: Session, community_id: int, scope: Scope) -> None:
    """Refuse places of another community."""
    check_known(scope, places.ids(session, community_id, scope.kind))


def _check_follows(session: Session, community_id: int, follows_id: int | None) -> None:
    if follows_id is None:
        return
    earlier = session.get(Proposal, follows_id)
    if (
        earlier is None
        or earlier.community_id != community_id
        or earlier.submitted_at is None
        or earlier.stage in HIDDEN_FROM_PUBLIC
    ):
        raise BadInput(why=N_("没有找到以前的那个议题。"), field="follows")


def _keep_version(session: Session, actor: Actor, proposal: Proposal, now: datetime) -> None:
    session.add(
        ProposalVersion(
            community_id=proposal.community_id,
            proposal_id=proposal.id,
            n=proposal.version,
            title=proposal.title,
            body=proposal.body,
            budget=proposal.budget,
            scope=proposal.scope,
            at=now,
            by_id=account_of(actor),
        )
    )


def edit(
    session: Session, actor: Actor, proposal_id: int, text: Draft, *, version: int, now: datetime
) -> Proposal:
    """Change the text made from `version`; Stale when somebody changed it meanwhile. Every text is kept."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EDIT_PROPOSAL, subject_of(proposal))
    if proposal.stage not in EDITABLE:
        raise WrongStage(why=N_("议题已经提交，文字不能再改。"))
    if _stands_so(proposal, text):
        return proposal
    if proposal.version != version:
        raise Stale(next_step=N_("下面还是您填写的文字；再保存一次，就用它替换最新的文字。"))
    check_scope(session, proposal.community_id, text.scope)
    return _rewrite(session, actor, proposal, text, now)


def _rewrite(session: Session, actor: Actor, proposal: Proposal, text: Draft, now: datetime) -> Proposal:
    proposal.title, proposal.body, proposal.category = text.title, text.body, text.category
    proposal.budget, proposal.scope = text.budget, text.scope.to_data()
    proposal.version += 1
    proposal.changed_at = now
    _keep_version(session, actor, proposal, now)
    journal.note(session, actor, proposal.community_id, "edit_proposal", "proposal", proposal.id, now=now)
    session.flush()
    return proposal


def _stands_so(proposal: Proposal, text: Draft) -> bool:
    """Whether the matter already reads like this: the same form sent twice."""
    return (proposal.title, proposal.body, proposal.category, proposal.budget, proposal.scope) == (
        text.title,
        text.body,
        text.category,
        text.budget,
        text.scope.to_data(),
    )


def submit(
    session: Session, actor: Actor, proposal_id: int, *, now: datetime, version: int | None = None
) -> Proposal:
    """Hand the matter in for screening and seconding; Stale when its text is not the one looked at."""
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.EDIT_PROPOSAL, subject_of(proposal))
    if version is not None and proposal.version != version:
        raise Stale()
    if proposal.stage is Stage.SUBMITTED:
        return proposal
    again = proposal.stage is Stage.RETURNED
    take_step(session, actor, proposal, Step.SUBMIT, now=now)
    proposal.submitted_at = now
    if again:
        audience.tell_seconders(session, proposal, "seconded_changed", now=now)
    session.flush()
    return proposal


def withdraw(
    session: Session, actor: Actor, proposal_id: int, *, now: datetime, reason: str = ""
) -> Proposal:
    """The author takes the matter back, at any stage before consent opens.

    What screening had returned is then a draft thrown away: nobody else comes to see it by its withdrawal.
    """
    proposal = proposal_of(session, proposal_id)
    require(actor, Action.WITHDRAW_PROPOSAL, subject_of(proposal))
    if proposal.stage is Stage.WITHDRAWN:
        return proposal
    why = text_of(reason, LONGEST_REASON, "reason") if reason.strip() else None
    if proposal.stage is Stage.RETURNED:
        proposal.submitted_at = None
    take_step(session, actor, proposal, Step.WITHDRAW, now=now, reason=why)
    preparations.drop_with_its_plan(session, actor, proposal_id, why or "", now=now)
    audience.tell_seconders(session, proposal, "seconded_withdrawn", now=now)
    session.flush()
    return proposal
