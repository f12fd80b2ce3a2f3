"""How the voices of an objection are called: the answer of who lives there, and that of whose home it is."""

from collections.abc import Sequence

from flask_babel import gettext as _

from deliberate.domain.rules import Electorate
from deliberate.queries.objectors import Voice

from .languages import set_off


def voice_words(electorate: Electorate) -> str:
    """Whose answer is meant, so that nobody need know what an electorate is."""
    if electorate is Electorate.OWNER:
        return str(_("业主的意见（房子的主人）"))
    return str(_("住户的意见（住在这里的人）"))


OFF_ROLL = "0"
"""Chosen for a home that the round does not ask, by somebody whom it asks for another."""


def choices(voices: Sequence[Voice], home_id: int) -> list[tuple[str, str]]:
    """By the number of the entry; with the door where the voices are of several homes."""
    homes = {one.home.id for one in voices}
    called = [(str(one.entry.id), _called(one, len(homes) > 1)) for one in voices]
    if voices and home_id not in homes:
        called.append((OFF_ROLL, _("都不是：我家不在这一轮的名册上")))
    return called


def _called(one: Voice, several: bool) -> str:
    said = voice_words(one.entry.electorate)
    if not several:
        return said
    door = "-".join(part for part in (one.home.building.name, one.home.unit, one.home.room) if part)
    return f"{said} {set_off(door)}"
