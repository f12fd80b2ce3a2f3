"""A kept file on its way out: streamed from wherever files are, in parts where a player asks for parts."""

from flask import Response, request, send_file

from deliberate.domain.errors import NotFound

from .store import files


def sent(
    name: str, mime: str, *, etag: str | None = None, max_age: int = 0, called: str | None = None
) -> Response:
    """The file of that name, or NotFound; `called` is the name under which it is saved."""
    size = files().size(name)
    if size is None:
        raise NotFound()
    try:
        stream = files().open(name)
    except FileNotFoundError as gone:
        raise NotFound() from gone
    response: Response = send_file(
        stream,
        mimetype=mime,
        as_attachment=called is not None,
        download_name=called,
        conditional=False,
        etag=etag or False,
        max_age=max_age,
    )
    response.content_length = size
    response.make_conditional(request, accept_ranges=True, complete_length=size)
    return response


def sent_in_confidence(name: str, mime: str) -> Response:
    """For the few who may see it now: never kept by a cache, never taken for anything but a picture."""
    response = sent(name, mime)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response
