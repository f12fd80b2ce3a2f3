"""A notice for the board of a building, and the same as a message for the residents' chat group."""

from flask import g, url_for
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import Action
from deliberate.queries import notices, places
from deliberate.queries.notices import Posted

from ..access import allow
from ..notice_words import NoticeText, text_of
from ..printing import sheet
from ..qr import qr_code
from ..store import reader
from .blueprint import bp


def the_notice(notice_id: int) -> Posted:
    """The notice of the address, if of this community."""
    found = notices.one(reader(), g.community.id, notice_id)
    if found is None:
        raise NotFound()
    return found


@bp.get("/notices/<int:notice_id>/poster")
@allow(Action.READ_PUBLIC)
def poster(notice_id: int) -> ResponseReturnValue:
    """The notice as a poster for the building; its QR code leads to the same notice."""
    posted = the_notice(notice_id)
    known = places.of(reader(), g.community.id)

    def told() -> NoticeText:
        post = posted.notice
        return text_of(post.kind, post.data, post.until, known, g.community.telephone)

    address = url_for("public.notice", notice_id=notice_id, _external=True)
    return sheet(
        "print/poster.html",
        f"notice-{notice_id}",
        posted=posted,
        post=posted.notice,
        told=told,
        address=address,
        qr=qr_code(address),
        back_url=url_for("public.notice", notice_id=notice_id),
    )
