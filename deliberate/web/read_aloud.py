"""What a page needs to read a plan aloud: a person's recording, else nothing but the text for the browser's voice."""

from dataclasses import dataclass

from flask import url_for

from deliberate.queries import recordings
from deliberate.services.recordings import file_name

from .languages import DEFAULT, language
from .store import reader


@dataclass(frozen=True, slots=True)
class Spoken:
    """A recording to play."""

    url: str
    mime: str
    language: str
    read_by: str


def spoken(plan_version_id: int) -> Spoken | None:
    """The plan's recording in the reader's language, else the Chinese one, if there is any."""
    known = recordings.playing(reader(), plan_version_id)
    found = known.get(language()) or known.get(DEFAULT)
    return of(found) if found else None


def of(found: recordings.PlanRecording) -> Spoken:
    """That recording, to play."""
    sound, _dot, kind = file_name(found.sha256, found.mime).partition(".")
    url = url_for("public.recording", sound=sound, kind=kind)
    return Spoken(url, found.mime, found.language, found.read_by)
