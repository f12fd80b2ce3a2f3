"""create_app(): the only module that knows all others."""

from collections.abc import Callable, MutableMapping
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.templating import Environment
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from .config import Config, read_config
from .db import Database
from .engines import is_near
from .web import (
    access,
    account,
    addresses,
    assets,
    canvass,
    canvasser,
    compiled_templates,
    compressing,
    context,
    errors,
    filters,
    kept,
    languages,
    look,
    made_once,
    metrics,
    moderator,
    offline,
    paper,
    plain,
    printing,
    public,
    registrar,
    request_log,
    resident,
    results,
    rule_words,
    scrutineer,
    security,
    sheet_words,
    store,
    tongues,
    turns,
    unfinished,
)
from .web.forms import built_in

MEGABYTE = 1024 * 1024


class Templates(Environment):
    """No template here has globals of its own; a chain of two maps would be walked at every import of every page."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class Application(Flask):
    """Without a look, at every call of a view or hook, whether it might be asynchronous: none is."""

    jinja_environment = Templates
    url_rule_class = addresses.Address

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(config: Config | None = None, database: Database | None = None) -> Flask:
    """The application. Tests hand in their own store."""
    config = config or read_config()
    app = Application(
        "deliberate",
        static_folder="static",
        template_folder=context.template_folder(),
    )
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=25 * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=2 * MEGABYTE,
        MAX_FORM_PARTS=2000,
        SESSION_COOKIE_NAME="__Host-session" if config.secure_cookies else "session",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        TRUSTED_HOSTS=list(config.trusted_hosts) or None,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(hours=1),
    )
    app.url_map.converters["int"] = plain.Number
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    compiled_templates.install(app)
    app.extensions["deliberate.config"] = config
    app.extensions["deliberate.db"] = database or Database(
        config.database_url, registrar_url=config.registrar_database_url
    )
    request_log.install(app)
    metrics.install(app, config)
    compressing.install(app)  # after-request functions run last to first
    unfinished.install(app)
    csrf = CSRFProtect(app)
    languages.install(app)
    built_in.install()
    _install_sign_in(app)
    context.install(app)
    app.before_request(plain.refuse_unfit)
    app.before_request(access.judge)
    security.protect(app)
    assets.install(app)
    errors.install(app)
    filters.install(app)
    kept.install(app)
    made_once.install(app)
    tongues.install(app)
    rule_words.install(app)
    sheet_words.install(app)
    results.install(app)
    printing.install(app)
    for job in (public, resident, moderator, canvasser, scrutineer, registrar, account, offline, paper):
        app.register_blueprint(job.bp)
    app.register_blueprint(canvass.bp)
    if config.development:
        look.install(app)
    csrf.exempt(canvass.bp)  # it reads no cookie (web/access.py)
    csrf.exempt(app.view_functions["public.cosign"])  # a script without a session; the signature says who
    for choice in ("account.set_language", "account.set_view"):  # the token is asked for of who is signed in
        csrf.exempt(app.view_functions[choice])
    csrf.exempt(app.view_functions["account.choose_less"])  # a mail program's own button; the link says whose
    app.teardown_appcontext(store.close_reader)
    together = 1 if is_near(config.database_url) else turns.PAGES
    app.wsgi_app = turns.Turns(app.wsgi_app, together)  # type: ignore[method-assign]
    if config.proxy_hops:
        hops = config.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _install_sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = "basic"
    manager.user_loader(account.load_user)
