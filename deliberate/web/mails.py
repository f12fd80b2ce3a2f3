"""The words of messages to second channels, in the language of who left the address."""

from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from deliberate.domain.contact import ContactWay, OutgoingKind
from deliberate.domain.errors import N_
from deliberate.domain.words import word
from deliberate.queries.contacts import Message

from .languages import locale_of, moment

_SUBJECTS = {
    OutgoingKind.CONSENT: N_("您家登记了一份意见"),
    OutgoingKind.CONTACT_ADDED: N_("您家多了一个联系方式"),
    OutgoingKind.CONTACT_ENDED: N_("您家取消了一个联系方式"),
    OutgoingKind.MEMBER_JOINED: N_("有一个账号加入了您家"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A message as it is sent: one subject, and the text in lines or as one line."""

    subject: str
    text: str

    @property
    def short(self) -> str:
        """For a telephone."""
        return " ".join(self.text.split())


def compose(message: Message) -> Words:
    """The words of a message; within an application context."""
    with force_locale(locale_of(message.contact.language)):
        subject = f"{message.community.name}: {_(_SUBJECTS[message.outgoing.kind])}"
        # no request: what every page knows of its reader is not for a message
        text = current_app.jinja_env.get_template(f"email/{message.outgoing.kind.value}.txt").render(
            community=message.community,
            about=message.about,
            data=message.outgoing.data,
            check_url=_check_url(message),
            moment=moment,
            name=lambda member: _(word(member)),
            long=message.contact.way is ContactWay.EMAIL,
        )
    return Words(subject, "\n".join(line.strip() for line in text.splitlines() if line.strip()) + "\n")


def _check_url(message: Message) -> str:
    public_url = current_app.extensions["deliberate.config"].public_url
    return f"{public_url}/c/{message.community.slug}/home/check" if public_url else ""
