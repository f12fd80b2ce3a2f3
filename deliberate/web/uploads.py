"""Pictures sent with a text: kept at once, and named in the text, so that an error loses none of them."""

from flask import g, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from deliberate.domain.pictures import MOST_BYTES, BadPicture
from deliberate.services import pictures

from .access import current_actor
from .store import files, transaction

MOST_AT_ONCE = 9


def keep(chosen: list[FileStorage]) -> str:
    """Keep the files and give the Markdown that shows them; BadPicture when one is refused."""
    sent = [file for file in chosen if file and file.filename]
    if len(sent) > MOST_AT_ONCE:
        raise BadPicture(why=_("一次最多上传9张。"))
    return "".join(_keep_one(file) for file in sent)


def _keep_one(file: FileStorage) -> str:
    data = file.stream.read(MOST_BYTES + 1)
    with transaction() as tx:
        kept = pictures.keep_picture(tx.session, current_actor(), g.community.id, data, files(), now=tx.now)
        name, _dot, extension = pictures.file_name(kept.sha256, kept.mime).partition(".")
    address = url_for("public.picture", digest=name, extension=extension)
    return f"\n\n![{_('照片')}]({address})"
