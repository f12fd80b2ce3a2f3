"""Where the serial on a picture leads: the first that holds."""

import pytest

from deliberate.domain.stack import ASIDE, Match, PictureState, match

NOTHING = {"spoilt": False, "registered": False, "awaited": False, "delivered": False, "running": True}


@pytest.mark.parametrize(
    ("holds", "leads"),
    [
        ({}, Match.FREE),
        ({"running": False}, Match.OTHER_ROUND),
        ({"awaited": True, "delivered": True}, Match.AWAITED),
        ({"delivered": True}, Match.DELIVERED),
        ({"spoilt": True, "awaited": True}, Match.SPOILT),
        ({"registered": True, "spoilt": True, "running": False}, Match.REGISTERED),
        ({"running": False, "awaited": True}, Match.OTHER_ROUND),
    ],
)
def test_a_serial_leads_to_what_is_known_of_its_form(holds: dict[str, bool], leads: Match) -> None:
    assert match(read=True, **{**NOTHING, **holds}) is leads
    assert match(read=False, **{**NOTHING, **holds}) is Match.UNREAD


def test_nobody_declares_a_picture_registered() -> None:
    assert set(ASIDE) == {PictureState.SPOILT, PictureState.LEFT_OUT}
