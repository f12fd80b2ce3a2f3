"""Headers of a public service: no inline script or style, no framing, no sniffing."""

from flask import Flask, Response, request, session
from flask_login import current_user

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


def add_headers(response: Response) -> Response:
    """Set them on every response; pages of a person are never kept by a cache."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store" if is_personal() else "no-cache")
    return response


def is_personal() -> bool:
    """Whether the page may show what is only this person's: signed in, with a letter in hand, or a receipt."""
    return bool(current_user.is_authenticated or set(session) & PERSONAL)


def protect(app: Flask) -> None:
    """Cookies, limits and headers."""
    app.after_request(add_headers)
