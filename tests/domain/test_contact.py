"""Addresses that households leave: read as people write them, shown so that nobody else learns them."""

import pytest

from deliberate.domain.contact import ContactWay, read_address, veiled


@pytest.mark.parametrize(
    ("way", "typed", "kept"),
    [
        (ContactWay.EMAIL, " a.b+c@example.com ", "a.b+c@example.com"),
        (ContactWay.EMAIL, "阿依@example.com", "阿依@example.com"),
        (ContactWay.EMAIL, "o'neil_x-1@mail.example-1.co.uk", "o'neil_x-1@mail.example-1.co.uk"),
        (ContactWay.SMS, "199 0000-0001", "19900000001"),
        (ContactWay.SMS, "+86 19900000001", "+8619900000001"),
        (ContactWay.SMS, "199\uff10\uff10000001", "19900000001"),
    ],
)
def test_an_address_is_kept_as_it_is_meant(way: ContactWay, typed: str, kept: str) -> None:
    assert read_address(way, typed) == kept


@pytest.mark.parametrize(
    ("way", "typed"),
    [
        (ContactWay.EMAIL, ""),
        (ContactWay.EMAIL, "name"),
        (ContactWay.EMAIL, "a@b"),
        (ContactWay.EMAIL, "a..b@example.com"),
        (ContactWay.EMAIL, "a@example.com\nBcc: x@example.com"),
        (ContactWay.EMAIL, "<a@example.com>"),
        (ContactWay.EMAIL, "a@example.com,b@example.com"),
        (ContactWay.EMAIL, "长" * 121),
        (ContactWay.EMAIL, "().@x.org"),
        (ContactWay.EMAIL, "a(b)@x.org"),
        (ContactWay.EMAIL, ".a@x.org"),
        (ContactWay.EMAIL, "a.@x.org"),
        (ContactWay.EMAIL, "=?utf-8?q?x?=@x.org"),
        (ContactWay.EMAIL, "[a]@x.org"),
        (ContactWay.EMAIL, "a\u202e@x.org"),
        (ContactWay.EMAIL, "a@-x.org"),
        (ContactWay.EMAIL, "a@x..org"),
        (ContactWay.EMAIL, "a@1.2.3.4"),
        (ContactWay.EMAIL, "a" * 65 + "@x.org"),
        (ContactWay.SMS, "1990000"),
        (ContactWay.SMS, "call me"),
        (ContactWay.SMS, "1" * 16),
        (ContactWay.SMS, "19900000001;rm"),
    ],
)
def test_what_is_no_address_is_refused(way: ContactWay, typed: str) -> None:
    assert read_address(way, typed) is None


def test_an_address_is_shown_veiled() -> None:
    assert veiled(ContactWay.SMS, "19900000001") == "199****01"
    assert veiled(ContactWay.EMAIL, "somebody@example.com") == "so***@example.com"
