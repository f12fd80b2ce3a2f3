"""What a person is told of, how soon, and what nobody can switch off.

Every message waits in the app. Whoever left a mail address has it sent too: at once, or once a day with the others,
as they chose for its topic. What guards a household's voice or an account has no topic: it is sent at once, always.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from .calendar import BEIJING

DIGEST_HOUR = 18
"""From this hour in Beijing the day's letter is put together."""


class Pace(StrEnum):
    """How soon a person is told by mail."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    IN_APP = "in_app"


class Topic(StrEnum):
    """A kind of news that a person chooses a pace for."""

    OWN_MATTERS = "own_matters"
    SECONDED = "seconded"
    TALK = "talk"
    WORK = "work"


class NewsMailKind(StrEnum):
    """What a letter to a person is."""

    PROOF = "proof"
    NEWS = "news"


ANSWER_RECORDED = "answer_recorded"
ANSWERS_DIFFER = "answers_differ"
ANSWER_REPLACED = "answer_replaced"
STUB_LOOKED = "stub_looked"
CORRECTION_REFUSED = "correction_refused"
ALWAYS = frozenset(
    {
        ANSWER_RECORDED,
        ANSWERS_DIFFER,
        ANSWER_REPLACED,
        STUB_LOOKED,
        CORRECTION_REFUSED,
        "full_recheck",
        "objection_answered",
        "letter_frozen",
        "letter_replaced",
        "member_joined",
        "contact_added",
        "contact_ended",
        "membership_ended",
        "password_given",
        "tablet_code_given",
        "tablet_enrolled",
    }
)
"""Kinds that cannot be switched off: who does not hear of them cannot contest what was done in their name."""

TOPICS: Mapping[str, Topic] = {
    **dict.fromkeys(
        (
            "proposal_accepted",
            "proposal_returned",
            "proposal_declined",
            "proposal_merged",
            "discussion_opened",
            "plan_fixed",
            "plan_revised",
            "matter_adopted",
            "matter_rejected",
            "matter_no_valid_decision",
            "matter_terminated",
        ),
        Topic.OWN_MATTERS,
    ),
    **dict.fromkeys(
        (
            "seconded_accepted",
            "seconded_returned",
            "seconded_declined",
            "seconded_merged",
            "seconded_withdrawn",
            "seconded_changed",
        ),
        Topic.SECONDED,
    ),
    **dict.fromkeys(
        ("comment_replied", "comment_hidden", "suggestion_taken", "suggestion_not_taken"), Topic.TALK
    ),
    "duty": Topic.WORK,
}
"""By kind; what goes to the author and to those who seconded alike counts as a matter of theirs."""

USUAL: Mapping[Topic, Pace] = {
    Topic.OWN_MATTERS: Pace.DAILY,
    Topic.SECONDED: Pace.DAILY,
    Topic.TALK: Pace.DAILY,
    Topic.WORK: Pace.AT_ONCE,
}
"""Before anybody chose."""


def topic_of(kind: str) -> Topic | None:
    """The topic of a message; None for what is sent always."""
    return None if kind in ALWAYS else TOPICS.get(kind, Topic.OWN_MATTERS)


def pace_for(topic: Topic, chosen: Mapping[str, str]) -> Pace:
    """What the person chose, else what is usual."""
    return Pace(chosen.get(topic.value, USUAL[topic]))


def pace_of(kind: str, chosen: Mapping[str, str]) -> Pace:
    """How soon a message of this kind is sent."""
    topic = topic_of(kind)
    return Pace.AT_ONCE if topic is None else pace_for(topic, chosen)


def at_most(pace: Pace, chosen: Mapping[str, str]) -> dict[str, str]:
    """Every topic at this pace or a slower one that was chosen already."""
    slower = list(Pace)
    return {topic.value: max(pace, pace_for(topic, chosen), key=slower.index).value for topic in Topic}


def digest_day(now: datetime) -> date | None:
    """The day whose letter is due; None before its hour."""
    local = now.astimezone(BEIJING)
    return local.date() if local.hour >= DIGEST_HOUR else None
