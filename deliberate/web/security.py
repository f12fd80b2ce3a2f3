"""Headers of a public service: no inline script or style, no framing, no sniffing."""

import time
from typing import Any

from flask import Flask, Request, Response, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import current_user
from itsdangerous import BadSignature

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "media-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

PERSONAL = {"letter_id", "household_id", "receipts", "choose_password_for"}
"""What makes a session somebody's, beside being signed in."""


HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), geolocation=(), microphone=()"),
)
SECURE = ("Strict-Transport-Security", "max-age=31536000")


def add_headers(response: Response) -> Response:
    """Set those that the page has not set itself; pages of a person are never kept by a cache."""
    headers = response.headers
    has = {name.lower() for name in headers.keys()}  # noqa: SIM118 - a header's pairs, not names, are iterated
    wanted = [*HEADERS, SECURE] if request.is_secure else [*HEADERS]
    if request.endpoint != "static" or response.status_code >= 400:  # an error's page names the reader
        wanted.append(("Cache-Control", "no-store" if is_personal() else "no-cache"))
    headers.extend([one for one in wanted if one[0].lower() not in has])
    return response


def is_personal() -> bool:
    """Whether the page may show what is only this person's: signed in, with a letter in hand, or a receipt."""
    return bool(current_user.is_authenticated or set(session) & PERSONAL)


RENEWED_AFTER = 600
"""Seconds: a session whose cookie is younger is not signed again. It lasts twelve hours, less these, from the last
page that was looked at."""


class Session(SecureCookieSession):
    """One that knows how old its cookie is."""

    signed_at: float | None = None
    """Seconds since 1970; None: it came without a cookie."""


class Sessions(SecureCookieSessionInterface):
    """Flask's own; what signs them is made once, not twice in every request, and not every page signs them anew."""

    session_class = Session

    def __init__(self) -> None:
        self._signers: dict[object, Any] = {}

    def get_signing_serializer(self, app: Flask) -> Any:
        """By the key, as long as there is no other."""
        if app.secret_key not in self._signers:
            self._signers = {app.secret_key: super().get_signing_serializer(app)}
        return self._signers[app.secret_key]

    def open_session(self, app: Flask, request: Request) -> Session | None:
        """As Flask opens it; the cookie's age is kept."""
        signer = self.get_signing_serializer(app)
        if signer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return Session()
        try:
            held, signed = signer.loads(cookie, app.permanent_session_lifetime.total_seconds(), True)
        except BadSignature:
            return Session()
        opened = Session(held)
        opened.signed_at = signed.timestamp()
        return opened

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """As Flask does; but what any cache may keep for everybody carries nobody's cookie."""
        if not response.cache_control.public:
            super().save_session(app, session, response)

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """What changed, or what would end too soon."""
        if session.modified or not session.permanent:
            return bool(session.modified)
        signed_at = getattr(session, "signed_at", None)
        return signed_at is None or time.time() - signed_at > RENEWED_AFTER


def protect(app: Flask) -> None:
    """Cookies, limits and headers."""
    app.session_interface = Sessions()
    app.after_request(add_headers)
