"""The voice of a plan: recordings that staff upload for people who would rather listen."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput, NotFound
from deliberate.domain.permissions import Action, Subject
from deliberate.domain.recordings import MOST_BYTES
from deliberate.queries import communities, proposals, recordings
from deliberate.services import recordings as deeds

from .. import read_aloud
from ..access import allow, current_actor
from ..forms.fields import show_refusal, text
from ..forms.recordings import LANGUAGES, RecordingForm
from ..matters import about_matter, the_matter
from ..store import files, reader, transaction
from .blueprint import bp


def _plan_of(number: int) -> proposals.PlanVersion:
    """The newest plan of the matter."""
    found = proposals.matter(reader(), the_matter(number))
    if found.plan is None:
        raise NotFound()
    return found.plan


def _form() -> RecordingForm:
    form = RecordingForm()
    offered = communities.settings(reader(), g.community.id).languages
    form.language.choices = [(code, name) for code, name in LANGUAGES.items() if code in offered]
    return form


def _page(number: int, form: RecordingForm) -> str:
    plan = _plan_of(number)
    played = recordings.playing(reader(), plan.id)
    return render_template(
        "moderator/recordings.html",
        number=number,
        plan=plan,
        form=form,
        played=[(row, read_aloud.of(row), LANGUAGES.get(code, code)) for code, row in played.items()],
    )


@bp.get("/matters/<int:number>/recordings")
@allow(Action.PUBLISH, about=about_matter)
def recordings_of(number: int) -> ResponseReturnValue:
    """What is played now, and a place for a new recording."""
    return _page(number, _form())


@bp.post("/matters/<int:number>/recordings")
@allow(Action.PUBLISH, about=about_matter)
def keep_recording(number: int) -> ResponseReturnValue:
    """Keep a recording."""
    form = _form()
    if not form.validate():
        return _page(number, form), 422
    try:
        _keep(_plan_of(number).id, form)
    except BadInput as refusal:
        status = show_refusal(form, refusal)
        return _page(number, form), status
    flash(_("录音已经保存,住户现在就能听。"))
    return redirect(url_for(".recordings_of", number=number))


def _keep(plan_id: int, form: RecordingForm) -> None:
    with form.recording.data.stream as sent:
        data = sent.read(MOST_BYTES + 1)
    said = {"language": text(form.language), "read_by": text(form.read_by)}
    with transaction() as tx:
        deeds.keep_recording(tx.session, current_actor(), plan_id, data, files(), now=tx.now, **said)


def about_recording(recording_id: int, **_args: object) -> Subject:
    """The recording of the address, if of this community."""
    found = reader().get(recordings.PlanRecording, recording_id)
    if found is None or found.community_id != g.community.id:
        raise NotFound()
    return Subject(community_id=found.community_id)


@bp.post("/recordings/<int:recording_id>/end")
@allow(Action.PUBLISH, about=about_recording)
def end_recording(recording_id: int) -> ResponseReturnValue:
    """Take a recording away."""
    with transaction() as tx:
        ended = deeds.end_recording(tx.session, current_actor(), recording_id, now=tx.now)
        plan_version_id = ended.plan_version_id
    number = recordings.number_of(reader(), plan_version_id)
    flash(_("录音已经撤下。"))
    return redirect(url_for(".recordings_of", number=number))
