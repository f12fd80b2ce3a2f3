"""Importing the roll: upload, look at what it would do, then all of it or nothing."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.queries import rolls as roll_queries
from deliberate.services import roll_answers, rolls

from ..access import allow, current_actor
from ..forms.fields import show_refusal
from ..forms.registrar import UploadForm
from ..store import files, reader, roll_transaction
from .blueprint import bp
from .uploads import Uploads


@bp.get("/import")
@allow(Action.CHANGE_ROLL)
def upload() -> ResponseReturnValue:
    """Choose a file; the latest imports are below."""
    return _upload_page(UploadForm())


@bp.post("/import")
@allow(Action.CHANGE_ROLL)
def take_upload() -> ResponseReturnValue:
    """Read the file once; what is no table comes back at its field, everything else goes to its preview."""
    form = UploadForm()
    if not form.validate():
        return _upload_page(form), 422
    actor, data = current_actor(), form.file.data.read()
    try:
        look = rolls.preview(reader(), actor, g.community.id, data)
    except BadInput as refusal:
        refusal.params = {**refusal.params, "field": "file"}
        status = show_refusal(form, refusal)
        return _upload_page(form), status
    name = form.file.data.filename or ""
    kept = Uploads(files()).keep(data, g.community.id, actor.account_id or 0, name, look.state)
    return redirect(url_for(".preview", token=kept.token))


@bp.get("/import/<token>")
@allow(Action.CHANGE_ROLL)
def preview(token: str) -> ResponseReturnValue:
    """What the file says, what is wrong with it, and what importing it would do."""
    uploads = Uploads(files())
    kept, data = uploads.take(token, g.community.id, current_actor().account_id)
    look = rolls.preview(reader(), current_actor(), g.community.id, data)
    if look.state != kept.state:
        uploads.restate(kept, look.state)
    answer = roll_answers.answer(look, _)
    return render_template("registrar/import_preview.html", look=look, answer=answer, upload=kept)


@bp.post("/import/<token>")
@allow(Action.CHANGE_ROLL)
def import_now(token: str) -> ResponseReturnValue:
    """Import the whole file, if the roll is still the one that the preview was made of."""
    uploads = Uploads(files())
    kept, data = uploads.take(token, g.community.id, current_actor().account_id)
    with roll_transaction() as tx:
        made, _look = rolls.import_roll(
            tx.session,
            current_actor(),
            g.community.id,
            data,
            file_name=kept.file_name,
            seen=kept.state,
            now=tx.now,
        )
    uploads.drop(kept)
    flash(
        _(
            "户册导入好了:新增 %(added)s 户,更新 %(changed)s 户。",
            added=f"{made.added:,}",
            changed=f"{made.changed:,}",
        )
    )
    return redirect(url_for(".overview"))


@bp.post("/import/<token>/drop")
@allow(Action.CHANGE_ROLL)
def drop_upload(token: str) -> ResponseReturnValue:
    """Not this file."""
    uploads = Uploads(files())
    kept, _data = uploads.take(token, g.community.id, current_actor().account_id)
    uploads.drop(kept)
    flash(_("没有导入,文件已经删除。"))
    return redirect(url_for(".upload"))


def _upload_page(form: UploadForm) -> str:
    imports = roll_queries.imports(reader(), g.community.id)
    return render_template("registrar/import.html", form=form, imports=imports)
