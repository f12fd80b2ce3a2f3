"""What was typed when a session had ended: kept aside, and put back into its form once the person is here again.

Nothing is sent on anybody's behalf: the form is shown filled in, and the person presses its button. Only who was
signed in in this browser before gets it back (a signed cookie says who, the same that signing out removes); only
what this site's own pages sent is kept; secrets, codes and answers never are. It lies encrypted with a key
that is in the browser alone, at most twelve hours.
"""

import base64
import hashlib
import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from flask import Flask, after_this_request, current_app, request
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from deliberate.storage import StorageAway, begun

from .back import way_back
from .form_filling import Typed, fill
from .store import files

WHO, KEY = "who", "unfinished"
KEPT_SECONDS = 12 * 3600
MOST_BYTES, MOST_FILES = 200_000, 500
NEVER = frozenset(
    {
        "csrf_token",
        "password",
        "current",
        "repeat",
        "code",
        "receipt",
        "request_id",
        "version",
        "seen",
        "after_round",
        "answer",
        "replaces",
    }
)
"""Secrets, answers of a household, and what the page itself brings anew."""
ANSWERS = "answer-"
"""Begins the name of a field that says how the household of an entry answered."""
NEVER_FROM = frozenset({"account", "offline", "tablet", "canvasser"})


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A form as it was sent: where to, from which page, and its fields."""

    account_id: int
    action: str
    page: str
    typed: Typed


def keep() -> str | None:
    """Keep what this request typed; the page to come back to, or None when there is nothing to keep."""
    account_id = _who()
    typed = {
        name: values
        for name in request.form
        if name not in NEVER and not name.startswith(ANSWERS) and any(values := request.form.getlist(name))
    }
    if account_id is None or not typed or not _ours():
        return None
    page = _page()
    made = Unfinished(account_id, request.path, page, typed)
    data = json.dumps([made.account_id, made.action, made.page, made.typed]).encode()
    if len(data) > MOST_BYTES or not _room():
        return None
    key = f"{int(time.time()):08x}{secrets.token_urlsafe(32)}"
    try:
        files().keep(_name(key), BytesIO(Fernet(_fernet_key(key)).encrypt(data)))
    except StorageAway:
        return None
    after_this_request(lambda response: _set(response, KEY, key, KEPT_SECONDS))
    return page


def _ours() -> bool:
    """Sent by a page of this very site; a stranger's page must not fill our forms."""
    origin = urlsplit(request.headers.get("Origin", ""))
    blueprint = request.blueprint or ""
    return origin.netloc == request.host and blueprint not in NEVER_FROM


def _page() -> str:
    parts = urlsplit(request.referrer or "")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return (way_back(path) if parts.netloc == request.host else None) or request.path


def pending() -> Unfinished | None:
    """What waits for the person who is signed in."""
    key = request.cookies.get(KEY, "")
    if not key or not current_user.is_authenticated:
        return None
    try:
        if _is_over(_name(key)):
            return None
        with files().open(_name(key)) as kept:
            account_id, action, page, typed = json.loads(Fernet(_fernet_key(key)).decrypt(kept.read()))
    except (OSError, ValueError, InvalidToken, StorageAway):
        return None
    return Unfinished(account_id, action, page, typed) if account_id == current_user.id else None


def put_back(response: Response) -> Response:
    """Fill the form of the page that the person came back to; once it is sent, forget it."""
    if KEY not in request.cookies or not current_user.is_authenticated:
        return response
    if request.method == "POST":
        found = pending()
        if found and found.action == request.path and response.status_code in (302, 303):
            _drop(response)
        return response
    is_page = response.status_code == 200 and response.mimetype == "text/html" and not response.is_streamed
    found = pending() if is_page else None
    here = request.full_path.rstrip("?")
    if found and found.page in (here, request.path):
        response.set_data(fill(response.get_data(as_text=True), found.action, found.typed))
    return response


def know(account_id: int) -> None:
    """This person is signed in in this browser from now on."""
    signed = _signer().dumps(account_id)
    after_this_request(lambda response: _set(response, WHO, signed, 30 * 24 * 3600))


def forget() -> None:
    """They signed out: nothing of theirs is kept for whoever comes next."""
    after_this_request(_drop)
    after_this_request(lambda response: _unset(response, WHO))


def _who() -> int | None:
    try:
        found = _signer().loads(request.cookies.get(WHO, ""))
    except BadSignature:
        return None
    return found if isinstance(found, int) else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="who")


def _set(response: Response, name: str, value: str, seconds: int) -> Response:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="Lax", secure=secure)
    return response


def _unset(response: Response, name: str) -> Response:
    response.delete_cookie(name, httponly=True, samesite="Lax")
    return response


def _drop(response: Response) -> Response:
    key = request.cookies.get(KEY)
    if key:
        with suppress(ValueError, StorageAway):
            files().forget(_name(key))
        _unset(response, KEY)
    return response


def _name(key: str) -> str:
    """The first eight letters say when; the rest is known to the browser alone."""
    when = int(key[:8], 16)
    return f"unfinished/{when:08x}-{hashlib.sha256(key.encode()).hexdigest()}"


def _is_over(name: str) -> bool:
    since = begun(name)
    return since is not None and time.time() - since > KEPT_SECONDS


def _fernet_key(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"unfinished:" + key.encode()).digest())


def _room() -> bool:
    """Whether one more may lie here; those past their time go."""
    left = 0
    try:
        for name in list(files().names("unfinished")):
            if _is_over(name):
                files().forget(name)
            else:
                left += 1
    except StorageAway:
        return False
    return left < MOST_FILES


def install(app: Flask) -> None:
    """Look at every page that goes out, before it is packed."""
    app.after_request(put_back)
