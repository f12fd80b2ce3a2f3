"""What a tablet gave out as a file instead of sending it."""

from collections import Counter

from flask import g, render_template
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.services.tablet_export import Export
from deliberate.tablet_intake import take_export

from ..access import allow, current_actor
from ..forms.fields import show_refusal
from ..forms.tablets import ExportForm
from ..store import close_reader, config, database, files
from .blueprint import bp


@bp.get("/tablets/import")
@allow(Action.MANAGE_DEVICES)
def tablet_export() -> ResponseReturnValue:
    """Choose the file."""
    return render_template("moderator/tablet_import.html", form=ExportForm(formdata=None), verdicts=None)


@bp.post("/tablets/import")
@allow(Action.MANAGE_DEVICES)
def take_tablet_export() -> ResponseReturnValue:
    """Take it in, by the same path as a delivery; say what became of its records."""
    form, actor = ExportForm(), current_actor()
    if not form.validate():
        return render_template("moderator/tablet_import.html", form=form, verdicts=None), 422
    try:
        key = config().code_key
        export = Export(form.file.data.stream, key)
        close_reader()
        results = take_export(database(), files(), actor, g.community.id, export, key)
    except BadInput as refusal:
        refusal.params = {**refusal.params, "field": "file"}
        status = show_refusal(form, refusal)
        return render_template("moderator/tablet_import.html", form=form, verdicts=None), status
    verdicts = sorted(Counter(one.verdict for one in results).items())
    fresh = ExportForm(formdata=None)
    return render_template("moderator/tablet_import.html", form=fresh, verdicts=verdicts)
