"""Mail: one connection for many letters, a fault of one letter is its own, a server that is away is said to be."""

import random
import smtplib
from pathlib import Path

import pytest

from deliberate.domain.contact import ContactWay, read_address
from deliberate.services.mail import FolderMailer, Letter, MailAway, MailFailed, SmtpMailer, _written
from tests.smtp import Smtp


def letter(to: str, name: str = "one") -> Letter:
    return Letter(to, "题目", "正文\n", name)


def test_one_connection_takes_all_letters_and_one_refused_is_its_own_fault(smtp: Smtp) -> None:
    smtp.refused = {"gone@example.org"}
    mail = SmtpMailer(smtp.url)
    mail.send(letter("a@example.org"))
    with pytest.raises(MailFailed) as refused:
        mail.send(letter("gone@example.org"))
    assert not isinstance(refused.value, MailAway)
    mail.send(letter("b@example.org"))
    mail.close()
    assert ([one["To"] for one in smtp.taken], smtp.calls) == (["a@example.org", "b@example.org"], 1)


def test_a_server_that_hung_up_between_two_letters_is_called_again(smtp: Smtp) -> None:
    smtp.most = 2
    mail = SmtpMailer(smtp.url)
    for number in range(5):
        mail.send(letter("a@example.org", str(number)))
    mail.close()
    assert (len(smtp.taken), smtp.calls) == (5, 3)


def test_nobody_there_is_away() -> None:
    with pytest.raises(MailAway):
        SmtpMailer("smtp://127.0.0.1:1").send(letter("a@example.org"))


@pytest.mark.parametrize("to", ["().@x.org", "a@b\nBcc: c@d"])
def test_what_no_message_can_be_made_of_has_failed(tmp_path: Path, smtp: Smtp, to: str) -> None:
    """Addresses of an older program may be in the store; whatever the library raises, it is this letter's."""
    for mail in (FolderMailer(tmp_path), SmtpMailer(smtp.url)):
        with pytest.raises(MailFailed):
            mail.send(letter(to))
    assert smtp.calls == 0


class _Taking(smtplib.SMTP):
    """Puts messages into the form in which they leave, and nothing more."""

    def __init__(self) -> None:
        self.esmtp_features, self.command_encoding = {"smtputf8": ""}, "ascii"

    def ehlo_or_helo_if_needed(self) -> None:
        """It is at hand."""

    def sendmail(self, *_: object, **__: object) -> dict[str, tuple[int, bytes]]:
        return {}


def test_every_address_that_is_taken_can_be_written_to() -> None:
    chance = random.Random(1)
    signs = "ab.()[]'`=?!#$%&*+-/^_{|}~张é\u200f\u202e\u0640\x7f\xad\u07ff\"\\"
    taken = 0
    for _ in range(4000):
        local = "".join(chance.choice(signs) for _ in range(chance.randint(1, 8)))
        address = read_address(ContactWay.EMAIL, f"{local}@x.org")
        if address is not None:
            _Taking().send_message(_written(letter(address), "council@example.org"))
            taken += 1
    assert taken > 300
