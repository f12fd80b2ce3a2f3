"""The words of letters of news: by community and matter, in the language that the person reads the pages in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from deliberate.domain.messages import sentence
from deliberate.domain.news import ALWAYS, NewsMailKind
from deliberate.queries.news import News, NewsLetter
from deliberate.services import news
from deliberate.services.mail import Letter
from deliberate.services.secrets import grouped

from .languages import locale_of, moment


@dataclass(slots=True)
class Matter:
    """What a letter says of one matter, or of none."""

    place: str
    number: int | None
    title: str
    url: str
    lines: list[tuple[str, str]] = field(default_factory=list)
    """Each with its moment."""


def compose(letter: NewsLetter, key: bytes) -> Letter | None:
    """The letter as it is sent, within an application context; None when it has become needless."""
    wish = letter.wish
    proof = letter.mail.kind is NewsMailKind.PROOF
    if wish is None or wish.address is None or wish.asked_at is None:
        return None
    if proof and (wish.proved_at is not None or wish.asked_at > letter.mail.made_at):
        return None
    if not proof and (wish.proved_at is None or not letter.news):
        return None
    base = current_app.extensions["deliberate.config"].public_url
    with force_locale(locale_of(letter.language)):
        less = f"{base}/account/less/{news.less_token(wish, key)}" if base and not proof else ""
        subject, text = _proof(news.proof_code(wish, key), base) if proof else _news(letter, base, less)
    return Letter(wish.address, subject, text, f"news-{letter.mail.id}", less=less)


def _proof(code: str, base: str) -> tuple[str, str]:
    text = _render("email/prove_address.txt", code=grouped(code), url=f"{base}/account/news" if base else "")
    return _("请确认您的邮箱"), text


def _news(letter: NewsLetter, base: str, less: str) -> tuple[str, str]:
    said = ngettext("%(num)s 条和您有关的消息", "%(num)s 条和您有关的消息", len(letter.news))
    places = {one.community.name for one in letter.news}
    text = _render(
        "email/news.txt",
        said=said,
        matters=_by_matter(letter.news, base),
        many_places=len(places) > 1,
        always=any(one.message.kind in ALWAYS for one in letter.news),
        telephones=sorted({(one.community.name, one.community.telephone) for one in letter.news}),
        messages_url=f"{base}/account/messages" if base else "",
        less_url=less,
    )
    subject = _("%(name)s：%(value)s", name=places.pop(), value=said) if len(places) == 1 else said
    return subject, text


def _by_matter(news_of_letter: Sequence[News], base: str) -> list[Matter]:
    """In the order of the first word about each; what is about no matter comes last in its community."""
    found: dict[tuple[str, int | None], Matter] = {}
    for one in sorted(news_of_letter, key=lambda one: (one.community.id, "number" not in one.message.data)):
        place, said = one.community, one.message.data
        number = said.get("number")
        url = f"{base}/c/{place.slug}/matters/{number}" if base and number else ""
        at = found.setdefault(
            (place.slug, number), Matter(place.name, number, str(said.get("title", "")), url)
        )
        at.lines.append((_(sentence(one.message.kind), **said), moment(one.message.at)))
    return list(found.values())


def _render(template: str, **shown: object) -> str:
    text = current_app.jinja_env.get_template(template).render(**shown)
    lines = [line.strip() for line in text.strip().splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept) + "\n"
