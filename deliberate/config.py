"""Settings: environment variables `DELIBERATE_…`, read once and checked at start."""

import hashlib
import os
import re
import secrets
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .logs import JSON, TEXT
from .whole_files import made_once

OFFLINE = "offline"


class ConfigError(Exception):
    """A setting that cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Config:
    """What the operator decides; everything else is a setting of the community."""

    database_url: str
    secret_key: str
    instance_dir: Path
    secure_cookies: bool = True
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    development: bool = False
    public_url: str = ""
    """How residents reach the pages, for links in messages; empty for none."""
    origin: str = "deliberate.local"
    """The first part of the name of every ledger here; never changed once a head is signed."""
    signer: str = ""
    """Who signs heads: empty for this process, `offline`, or the socket of another process."""
    smtp_url: str = ""
    """Where mail goes; empty for files in `outbox`."""
    storage: str = ""
    """Where evidence and other files are: empty for `instance_dir`, or `s3://bucket/prefix`."""
    receipt_key: str = ""
    """The key of receipts, 32 bytes in base64, the same on every machine; empty for the one in `instance_dir`."""
    metrics_token: str = ""
    """What a reader of `/metrics` shows; empty for no metrics."""
    log: str = TEXT
    """How is logged: `text`, or `json`, a line per request without personal data."""
    registrar_database_url: str | None = None
    """The same store through the registrar's role, for deeds on the roll (docs/database.md)."""

    @property
    def signs_offline(self) -> bool:
        """Whether heads wait for somebody who carries them to the key."""
        return self.signer == OFFLINE

    @property
    def code_key(self) -> bytes:
        """The key under which codes of letters and receipts are hashed; of its own, not the cookies'."""
        return hashlib.sha256(b"codes|" + self.secret_key.encode()).digest()


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    value = env.get(f"DELIBERATE_{name}", "").strip().lower()
    if value not in ("", "0", "1", "true", "false", "yes", "no"):
        raise ConfigError(f"DELIBERATE_{name} must be 1 or 0, not {value!r}")
    return default if value == "" else value in ("1", "true", "yes")


def _kept_secret(instance_dir: Path) -> str:
    """The secret of this installation, made at first start, readable by its user alone."""
    path = instance_dir / "secret_key"
    return made_once(path, lambda: secrets.token_urlsafe(48).encode()).decode().strip()


def _public_url(env: Mapping[str, str]) -> str:
    url = env.get("DELIBERATE_PUBLIC_URL", "").rstrip("/")
    if url and not url.startswith(("https://", "http://")):
        raise ConfigError("DELIBERATE_PUBLIC_URL must begin with https:// or http://")
    return url


def _origin(env: Mapping[str, str]) -> str:
    name = env.get("DELIBERATE_ORIGIN") or "deliberate.local"
    if "+" in name or "/" in name or not name.isprintable() or any(one.isspace() for one in name):
        raise ConfigError("DELIBERATE_ORIGIN must be a name like example.org, without spaces, + or /")
    return name


def _smtp_url(env: Mapping[str, str]) -> str:
    url = env.get("DELIBERATE_SMTP_URL", "")
    if url and not url.startswith(("smtp://", "smtps://")):
        raise ConfigError("DELIBERATE_SMTP_URL must begin with smtp:// or smtps://")
    return url


def _shared(env: Mapping[str, str]) -> tuple[str, str]:
    """A bucket is there for many machines, and those have their keys in common."""
    storage, key = env.get("DELIBERATE_STORAGE", ""), env.get("DELIBERATE_RECEIPT_KEY", "")
    if storage and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/[\w./-]*)?", storage, re.ASCII):
        raise ConfigError("DELIBERATE_STORAGE must be s3://bucket or s3://bucket/prefix")
    if storage and not (key and env.get("DELIBERATE_SECRET_KEY")):
        raise ConfigError(
            "with DELIBERATE_STORAGE set DELIBERATE_SECRET_KEY and DELIBERATE_RECEIPT_KEY, the same on every machine"
        )
    try:
        fit = not key or len(b64decode(key, validate=True)) == 32
    except ValueError:
        fit = False
    if not fit:
        raise ConfigError("DELIBERATE_RECEIPT_KEY must be 32 bytes in base64: openssl rand -base64 32")
    return storage, key


def _metrics_token(env: Mapping[str, str]) -> str:
    token = env.get("DELIBERATE_METRICS_TOKEN", "")
    if token and not (len(token) >= 20 and token.isascii() and token.isprintable() and " " not in token):
        raise ConfigError(
            "DELIBERATE_METRICS_TOKEN must have at least 20 letters and digits: openssl rand -hex 20"
        )
    return token


def _log(env: Mapping[str, str]) -> str:
    kind = env.get("DELIBERATE_LOG") or TEXT
    if kind not in (TEXT, JSON):
        raise ConfigError(f"DELIBERATE_LOG must be {TEXT} or {JSON}, not {kind!r}")
    return kind


def read_config(env: Mapping[str, str] | None = None) -> Config:
    """The settings of this process; ConfigError names the one at fault."""
    env = os.environ if env is None else env
    instance_dir = Path(env.get("DELIBERATE_INSTANCE_DIR", "instance")).resolve()
    instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = env.get("DELIBERATE_SECRET_KEY") or _kept_secret(instance_dir)
    if len(secret) < 32:
        raise ConfigError("DELIBERATE_SECRET_KEY must have at least 32 characters")
    storage, receipt_key = _shared(env)
    hops = env.get("DELIBERATE_PROXY_HOPS", "0")
    if not hops.isdigit():
        raise ConfigError("DELIBERATE_PROXY_HOPS must be a whole number")
    return Config(
        database_url=env.get("DELIBERATE_DATABASE_URL") or f"sqlite:///{instance_dir}/deliberate.db",
        secret_key=secret,
        instance_dir=instance_dir,
        secure_cookies=_flag(env, "SECURE_COOKIES", True),
        trusted_hosts=tuple(h for h in env.get("DELIBERATE_TRUSTED_HOSTS", "").split(",") if h),
        proxy_hops=int(hops),
        development=_flag(env, "DEVELOPMENT", False),
        public_url=_public_url(env),
        origin=_origin(env),
        signer=env.get("DELIBERATE_SIGNER", "").strip(),
        smtp_url=_smtp_url(env),
        storage=storage,
        receipt_key=receipt_key,
        metrics_token=_metrics_token(env),
        log=_log(env),
        registrar_database_url=env.get("DELIBERATE_REGISTRAR_DATABASE_URL") or None,
    )
