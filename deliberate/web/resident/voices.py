"""The reader's voices in a round: which entries are theirs, and whether an address names one."""

from typing import Any

from flask import g

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Subject
from deliberate.queries import answers, subjects
from deliberate.queries.answers import OwnEntry

from ..access import current_actor
from ..store import now, reader


def my_voice(round_id: int, **_args: Any) -> Subject:
    """The reader's first entry in the round; nobody's when there is none."""
    subjects.of_round(reader(), round_id, g.community.id)
    mine = answers.entries_of(reader(), current_actor(), g.community.id, round_id)
    return subjects.of_voice(reader(), mine[0]) if mine else Subject(g.community.id)


def this_voice(round_id: int, entry_id: int, **_args: Any) -> Subject:
    """The entry of the address, which must be of this round and community."""
    return subjects.of_voice_in(reader(), g.community.id, round_id, entry_id)


def voices_in(round_id: int) -> list[OwnEntry]:
    """Each entry of the reader, with what was recorded for it."""
    actor = current_actor()
    mine = answers.entries_of(reader(), actor, g.community.id, round_id)
    return [answers.own(reader(), actor, entry, now=now()) for entry in mine]


def voice_in(round_id: int, entry_id: int) -> OwnEntry:
    """That entry of the reader; NotFound when it is not theirs."""
    for voice in voices_in(round_id):
        if voice.entry.id == entry_id:
            return voice
    raise NotFound()
