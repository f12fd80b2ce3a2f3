"""The script tells the language that somebody typed in."""

import pytest

from deliberate.domain.tongue import tongue_of


@pytest.mark.parametrize(
    ("text", "tongue"),
    [
        ("修好单元门", "zh-Hans"),
        ("WiFi 覆盖到每个单元 (free of charge)", "zh-Hans"),
        ("ئىشىكنى ئوڭشاش", "ug"),
        ("بىز 中华巷 مەھەللىسىدە ئولتۇرىمىز", "ug"),
        ("热依罕·吐尔逊 رەيھان", "zh-Hans"),
        ("Mend the door", "en"),
        ("3-2-501", None),
        ("A", None),
        ("", None),
    ],
)
def test_the_script_decides(text: str, tongue: str | None) -> None:
    assert tongue_of(text) == tongue
