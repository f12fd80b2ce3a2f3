"""Discussion: stances, the moderator's verdict on a suggestion, kinds of meetings."""

from enum import StrEnum


class Stance(StrEnum):
    """What a comment is."""

    FOR = "for"
    AGAINST = "against"
    QUESTION = "question"
    SUGGESTION = "suggestion"


class Verdict(StrEnum):
    """Whether a suggestion was taken into the plan."""

    TAKEN = "taken"
    NOT_TAKEN = "not_taken"


class MeetingKind(StrEnum):
    """Where and how the council meets."""

    HALL = "hall"
    MOBILE = "mobile"
    HEARING = "hearing"
    MEDIATION = "mediation"
    REVIEW = "review"
    EVENING = "evening"
