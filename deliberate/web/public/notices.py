"""Public notices."""

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from deliberate.domain.errors import NotFound
from deliberate.domain.notice import NoticeKind
from deliberate.domain.permissions import Action, Subject, may
from deliberate.queries import notices as posted
from deliberate.queries import places, postings

from ..access import allow, current_actor
from ..notice_words import text_of
from ..store import reader
from .blueprint import bp


@bp.get("/c/<slug>/notices")
@allow(Action.READ_PUBLIC)
def notices() -> ResponseReturnValue:
    """All notices, newest first."""
    wish = request.args.get("kind", "")
    kind = NoticeKind(wish) if wish in set(NoticeKind) else None
    older = request.args.get("older", type=int)
    found, older_than = posted.listing(reader(), g.community.id, kind=kind, older_than=older)
    return render_template(
        "public/notices.html",
        notices=found,
        kind=kind,
        kinds=list(NoticeKind),
        older=older,
        older_than=older_than,
    )


@bp.get("/c/<slug>/notices/<int:notice_id>")
@allow(Action.READ_PUBLIC)
def notice(notice_id: int) -> ResponseReturnValue:
    """One notice; what it says stands in the template of its kind."""
    found = posted.one(reader(), g.community.id, notice_id)
    if found is None:
        raise NotFound()
    known = places.of(reader(), g.community.id)
    return render_template(
        "public/notice.html",
        posted=found,
        post=found.notice,
        until=postings.shown_until(reader(), found.notice),
        boards=postings.of_notice(reader(), notice_id),
        may_post=may(current_actor(), Action.PUBLISH, Subject(g.community.id)),
        places=known,
        words=text_of(found.notice.kind, found.notice.data, found.notice.until, known, g.community.telephone),
    )
