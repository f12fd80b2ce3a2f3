"""The walk of this request: the rounds in which the person serves, and doors as components show them."""

from typing import Any

from flask import g
from flask_babel import gettext as _

from deliberate.domain.canvass import Answered, Unwelcome
from deliberate.domain.errors import N_, NotFound, Refusal
from deliberate.domain.permissions import Subject
from deliberate.domain.round import VisitOutcome
from deliberate.queries import crews, door_matters, subjects
from deliberate.queries.crews import Serving
from deliberate.queries.door_matters import Door
from deliberate.queries.doors import DoorLine

from ..access import current_actor
from ..store import reader


class NotMyDoor(NotFound):
    """No running round in which the person serves asks this door anything."""

    default_what = N_("不能登记这一户。")
    default_why = N_("您不在正在征求意见的入户小组里，或者这一户不在这一轮的名册上。")
    default_next = N_("请回到入户首页查看您的小组；有疑问请联系主持人。")


def serving() -> list[Serving]:
    """The person's crews in this community; asked once a request."""
    if "serving" not in g:
        g.serving = crews.of_canvasser(reader(), current_actor().account_id, g.community.id)
    found: list[Serving] = g.serving
    return found


def of_home(household_id: int, **_rest: Any) -> Subject:
    """The subject of pages about one door; not found when it is another community's."""
    return subjects.of_household(reader(), household_id, g.community.id)


def the_door(household_id: int) -> Door:
    """The door with what it is asked in the person's rounds."""
    found = door_matters.door(reader(), serving(), household_id, g.community.id, current_actor())
    if found is None:
        raise NotMyDoor()
    return found


def state_of(line: DoorLine) -> str:
    """The state of a door as the components name it: that it has answered, never how."""
    if line.answered is Answered.ALL:
        return "answered"
    if line.unwelcome is Unwelcome.ASKED_NOT_TO:
        return "do_not_visit"
    if line.last is not None and line.last.outcome is not VisitOutcome.ANSWERED:
        return str(line.last.outcome)
    return "some" if line.answered is Answered.SOME else "none"


def told(refusal: Refusal | None) -> dict[str, str] | None:
    """A refusal in the reader's language, to be shown above the form with all that was typed."""
    if refusal is None:
        return None
    return {name: refusal.fill(_(getattr(refusal, name))) for name in ("what", "why", "next_step")}
