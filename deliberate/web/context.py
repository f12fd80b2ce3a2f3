"""What every page knows: the community of the address, the reader's language and view, where they can go."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from deliberate.domain.errors import NotFound
from deliberate.domain.permissions import ANYBODY, Role
from deliberate.queries import communities, inbox, plan_translations

from . import languages
from .access import current_actor
from .store import now, reader

ELDER_SIZES = (18, 22, 26, 30)
"""Text of the elder view, in pixels of an unchanged browser; the second is what one tap gives."""
VIEWS = ("normal", "elder", *(f"elder-{size}" for size in ELDER_SIZES))
VIEW_COOKIE = "view"


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the navigation."""

    label: str
    url: str
    active: bool


def take_community(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """`/c/<slug>/…`: find the community of the address, or refuse."""
    if values is None or "slug" not in values:
        return
    found = communities.by_slug(reader(), values.pop("slug"))
    if found is None:
        raise NotFound()
    g.community = found
    g.settings = communities.settings(reader(), found.id)
    languages.offer(g.settings.languages)


def give_community(endpoint: str, values: dict[str, Any]) -> None:
    """Links within a community need not name it."""
    wanted = current_app.url_map.is_endpoint_expecting(endpoint, "slug")
    if wanted and "slug" not in values and g.get("community") is not None:
        values["slug"] = g.community.slug


def view() -> str:
    """The elder view, when chosen: by the person who is signed in, else in this browser."""
    chosen = getattr(current_user, "view", None) or request.cookies.get(VIEW_COOKIE)
    return chosen if chosen in VIEWS else "normal"


def text_size() -> int:
    """The chosen size of the elder view's text."""
    size = view().partition("-")[2]
    return int(size) if size else ELDER_SIZES[1]


def _nav() -> list[Link]:
    community = g.get("community")
    if community is None:
        return []
    actor = current_actor()
    places = [("public.matters", _("议题")), ("public.notices", _("公示"))]
    if actor.has(Role.RESIDENT, community.id):
        places.append(("resident.home", _("我家")))
    for role, endpoint, label in (
        (Role.MODERATOR, "moderator.desk", _("工作台")),
        (Role.CANVASSER, "canvasser.home", _("入户")),
        (Role.SCRUTINEER, "scrutineer.home", _("监票")),
        (Role.REGISTRAR, "registrar.home", _("户册")),
    ):
        if actor.has(role, community.id):
            places.append((endpoint, label))
    here = (request.endpoint or "").partition(".")[0]
    return [
        Link(label, url_for(endpoint), endpoint == request.endpoint or _same_job(endpoint, here))
        for endpoint, label in places
    ]


def _could_be_resident() -> bool:
    """Whether to offer what residents do: to them, and to strangers, who are asked to sign in first."""
    community, actor = g.get("community"), current_actor()
    return actor == ANYBODY or (community is not None and actor.has(Role.RESIDENT, community.id))


def _same_job(endpoint: str, here: str) -> bool:
    """Whether the page open now belongs to the job of that place; public places are pages of their own."""
    job = endpoint.partition(".")[0]
    return job == here != "public"


def _to_call() -> Any:
    """Whose telephone stands on a page outside any community: one's own community's, else that of the only one."""
    actor = current_actor()
    mine = {*actor.homes.values(), *actor.owned.values(), *(community for community, _role in actor.roles)}
    return communities.by_id(reader(), min(mine)) if mine else communities.only(reader())


def page_context() -> dict[str, Any]:
    """Names that every template may use."""
    code = languages.language()
    return {
        "community": g.get("community"),
        "actor": current_actor(),
        "could_be_resident": _could_be_resident(),
        "lang": code,
        "dir": "rtl" if code in languages.RIGHT_TO_LEFT else "ltr",
        "view": view().partition("-")[0],
        "text_size": text_size(),
        "text_sizes": ELDER_SIZES,
        "languages": [(offered, languages.NAMES[offered]) for offered in languages.offered()],
        "nav": _nav(),
        "unread": inbox.unread(reader(), current_actor().account_id),
        "to_call": g.get("community") or _to_call(),
        "now": now(),
    }


def translation_of(plan: Any) -> Any:
    """A plan in the reader's language, when it was translated; None on Chinese pages."""
    code = languages.language()
    return None if code == languages.DEFAULT else plan_translations.newest(reader(), plan.id).get(code)


def template_folder() -> str:
    """Inside the package when installed from a wheel, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_templates"
    return str(packaged if packaged.is_dir() else package.parent / "templates")


def install(app: Flask) -> None:
    """Wire the context into the application."""
    app.url_value_preprocessor(take_community)
    app.url_defaults(give_community)
    app.context_processor(page_context)
    app.jinja_env.globals["translation_of"] = translation_of
