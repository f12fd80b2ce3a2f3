"""Pages leave compressed: on a slow line they are read seconds earlier.

A page may repeat what was asked for and hold a token too, which lets a patient listener guess the token from the
sizes of many answers. So every compressed page carries a name of random length in its header, which tells nothing
and is dropped when unpacked: the sizes say no more.
"""

import io
import secrets
from gzip import GzipFile

from flask import Flask, Request, Response, request

LEAST = 1024
"""Below this a packet is a packet."""
LONGEST_NAME = 64
_TEXTS = ("text/", "application/json", "application/problem+json", "image/svg+xml", "application/atom+xml")


def _pack(data: bytes) -> bytes:
    name = "x" * (1 + secrets.randbelow(LONGEST_NAME))
    target = io.BytesIO()
    with GzipFile(filename=name, mode="wb", compresslevel=6, fileobj=target, mtime=0) as file:
        file.write(data)
    return target.getvalue()


def taken(asked: Request) -> bool:
    """Whether whoever asks can unpack what is sent."""
    return asked.accept_encodings.quality("gzip") > 0


def _worth_it(response: Response) -> bool:
    return (
        (response.mimetype or "").startswith(_TEXTS)
        and not response.is_streamed
        and not response.direct_passthrough
        and not response.content_encoding
        and 200 <= response.status_code < 600
        and response.status_code not in (204, 206, 304)
    )


def compress(response: Response) -> Response:
    """Compress what is text, for who takes it."""
    if not _worth_it(response):
        return response
    response.vary.add("Accept-Encoding")
    data = response.get_data()
    if len(data) < LEAST or not taken(request):
        return response
    response.set_data(_pack(data))
    response.content_encoding = "gzip"
    etag, weak = response.get_etag()
    if etag and not weak:
        response.set_etag(etag, weak=True)
    return response


def install(app: Flask) -> None:
    """Wire it in, outermost: it must see the answer as it leaves."""
    app.after_request(compress)
