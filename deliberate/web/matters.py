"""Finding a matter by the number in the address, for those who may see it."""

from flask import g

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import ANYBODY, Action, Subject, may
from deliberate.queries import proposals

from .access import current_actor
from .store import reader


def the_matter(number: int) -> proposals.Proposal:
    """The matter of this community, if the reader may see it: drafts are for author and moderators."""
    found = proposals.by_number(reader(), g.community.id, number)
    if found is None or not (proposals.is_public(found) or sees_drafts(found)):
        raise NotFound()
    return found


def subject_of(proposal: proposals.Proposal) -> Subject:
    """The matter, as far as rights go."""
    return Subject(community_id=proposal.community_id, author_id=proposal.author_id)


def may_propose() -> bool:
    """Whether to offer raising a matter: to residents, and to strangers, who are asked to sign in first."""
    actor = current_actor()
    return actor == ANYBODY or may(actor, Action.PROPOSE, Subject(community_id=g.community.id))


def sees_drafts(proposal: proposals.Proposal) -> bool:
    """Whether the reader sees what was written before it was submitted: the author and the moderators do."""
    actor = current_actor()
    author = actor.account_id is not None and actor.account_id == proposal.author_id
    return author or may(actor, Action.SEE_DESK, subject_of(proposal))


def about_matter(number: int, **_: object) -> Subject:
    """The subject of pages about one matter; NotFound when it is another community's."""
    return subject_of(the_matter(number))
