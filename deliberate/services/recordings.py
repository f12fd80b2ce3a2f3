"""Reading a plan aloud: a person's voice, kept beside the text, which alone counts."""

from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, BadInput, NotFound
from deliberate.domain.permissions import Action, Actor, Subject, account_of, require
from deliberate.domain.recordings import EXTENSIONS, kind_of
from deliberate.models import PlanRecording, PlanVersion
from deliberate.queries import communities, recordings
from deliberate.storage import Storage, keep_once

from . import journal

LONGEST_NAME = 60


def keep_recording(
    session: Session,
    actor: Actor,
    plan_version_id: int,
    data: bytes,
    files: Storage,
    *,
    language: str,
    read_by: str,
    now: datetime,
) -> PlanRecording:
    """Keep a recording; it replaces an earlier one of the same language."""
    plan = session.get(PlanVersion, plan_version_id)
    if plan is None:
        raise NotFound()
    require(actor, Action.PUBLISH, Subject(community_id=plan.community_id))
    mime = kind_of(data)
    name = _checked(session, plan, language, read_by)
    digest = sha256(data).hexdigest()
    keep_once(files, place_of(digest, mime), data)
    before = recordings.spoken(session, plan.id, language)
    if before is not None:
        _end(before, actor, now)
    made = PlanRecording(
        community_id=plan.community_id,
        plan_version_id=plan.id,
        language=language,
        sha256=digest,
        mime=mime,
        size=len(data),
        read_by=name,
        at=now,
        by_id=account_of(actor),
    )
    session.add(made)
    session.flush()
    journal.note(
        session, actor, plan.community_id, "keep_recording", "plan_recording", made.id, now=now, sha256=digest
    )
    return made


def end_recording(session: Session, actor: Actor, recording_id: int, *, now: datetime) -> PlanRecording:
    """Take a recording away: it is played no more."""
    found = session.get(PlanRecording, recording_id)
    if found is None:
        raise NotFound()
    require(actor, Action.PUBLISH, Subject(community_id=found.community_id))
    if found.ended_at is None:
        _end(found, actor, now)
        journal.note(session, actor, found.community_id, "end_recording", "plan_recording", found.id, now=now)
    session.flush()
    return found


def file_name(digest: str, mime: str) -> str:
    """The name under which a recording is served."""
    return f"{digest}.{EXTENSIONS[mime]}"


def place_of(digest: str, mime: str) -> str:
    """The name under which it is kept."""
    return f"recordings/{file_name(digest, mime)}"


def _checked(session: Session, plan: PlanVersion, language: str, read_by: str) -> str:
    name = read_by.strip()
    if language not in communities.settings(session, plan.community_id).languages:
        raise BadInput(
            what=N_("录音没有收下。"),
            why=N_("本社区没有开放这种语言。"),
            next_step=N_("请另选一种语言,或者先在社区设置里打开它。"),
            field="language",
        )
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(
            what=N_("录音没有收下。"),
            why=N_("没有写明是谁读的,或者写得太长。"),
            next_step=N_("请写上朗读人,例如“社区工作人员”,不超过60个字。"),
            field="read_by",
        )
    return name


def _end(recording: PlanRecording, actor: Actor, now: datetime) -> None:
    recording.ended_at, recording.ended_by_id = now, account_of(actor)
