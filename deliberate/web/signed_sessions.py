"""The session in its cookie, as Flask signs it; the key of the signature is worked out once, not at every request."""

from functools import cache
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner, URLSafeTimedSerializer


class _Signer(TimestampSigner):
    """Holds nothing that a request changes, so that all requests may share it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.derive_key = cache(super().derive_key)  # type: ignore[method-assign]


class _Serializer(URLSafeTimedSerializer):
    """With one signer."""

    default_signer = _Signer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._signer = super().make_signer()

    def make_signer(self, salt: str | bytes | None = None) -> Any:
        return self._signer if salt in (None, self.salt) else super().make_signer(salt)


class SignedSessions(SecureCookieSessionInterface):
    """Reads and writes what Flask's own does."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], _Serializer] = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """One for each list of secrets."""
        if not app.secret_key:
            return None
        keys = (*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key)
        if keys not in self._made:
            how = {"key_derivation": self.key_derivation, "digest_method": self.digest_method}
            self._made[keys] = _Serializer(
                list(keys), salt=self.salt, serializer=self.serializer, signer_kwargs=how
            )
        return self._made[keys]
