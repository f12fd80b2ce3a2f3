"""A plan read aloud: uploaded by the moderator, played to everybody, taken away again."""

import io
import re

import pytest
from flask.testing import FlaskClient

from deliberate.domain.recordings import LEAST_BYTES
from tests.app import SignIn
from tests.make import Clock
from tests.make_town import Town, town

MP3 = b"\xff\xfb\x90\x00" + bytes(range(256)) * 8


@pytest.fixture
def small_town(database: object, app: object, clock: Clock) -> Town:
    return town(database, clock, app.extensions["deliberate.config"].code_key)  # type: ignore[attr-defined, arg-type]


@pytest.fixture
def moderator(small_town: Town, signed_in: SignIn) -> FlaskClient:
    return signed_in(small_town.at.staff.moderator)


def upload(client: FlaskClient, at: Town, data: bytes, **more: str) -> tuple[int, str]:
    form = {
        "language": "zh-Hans",
        "read_by": "社区工作人员",
        "recording": (io.BytesIO(data), "voice.mp3"),
        **more,
    }
    address = f"/c/{at.slug}/desk/matters/{at.at.proposal.number}/recordings"
    answer = client.post(address, data=form)
    return answer.status_code, answer.text


def played(client: FlaskClient, at: Town) -> list[str]:
    page = client.get(f"/c/{at.slug}/matters/{at.at.proposal.number}").text
    return re.findall(r'<audio controls preload="none" src="([^"]+)"', page)


def test_it_is_played_to_everybody_until_it_is_taken_away(
    small_town: Town, moderator: FlaskClient, client: FlaskClient
) -> None:
    assert played(client, small_town) == []
    assert upload(moderator, small_town, MP3)[0] == 302
    (address,) = played(client, small_town)
    with client.get(address) as sound:
        assert (sound.data, sound.mimetype) == (MP3, "audio/mpeg")
    with client.get(address, headers={"Range": "bytes=0-99"}) as part:
        assert (part.status_code, len(part.data)) == (206, 100)
    assert upload(moderator, small_town, MP3 + b"newer")[0] == 302
    (newer,) = played(client, small_town)
    assert newer != address
    assert client.get(address).status_code == 404
    assert moderator.post(f"/c/{small_town.slug}/desk/recordings/2/end").status_code == 302
    assert played(client, small_town) == []
    assert client.get(newer).status_code == 404


@pytest.mark.parametrize(
    ("data", "more", "said"),
    [
        (b"<html>" + bytes(LEAST_BYTES), {}, "不是能播放的录音"),
        (MP3 * 3, {}, "超过了8MB"),
        (b"", {}, "录音"),
        (MP3, {"read_by": ""}, "这一项要填写"),
        (MP3, {"language": "xx"}, "请选一项"),
    ],
)
def test_what_is_refused_is_said_at_the_form(
    small_town: Town,
    moderator: FlaskClient,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    data: bytes,
    more: dict[str, str],
    said: str,
) -> None:
    monkeypatch.setattr("deliberate.domain.recordings.MOST_BYTES", 3 * len(MP3) - 1)
    status, page = upload(moderator, small_town, data, **more)
    assert status in (413, 422)
    assert said in page
    assert played(client, small_town) == []


def test_nobody_else_uploads(small_town: Town, signed_in: SignIn, client: FlaskClient) -> None:
    for person in ("resident", "canvasser", "registrar", "scrutineer"):
        status, _page = upload(signed_in(small_town.people[person]), small_town, MP3)
        assert status == 403, person
    assert upload(client, small_town, MP3)[0] == 401
    assert played(client, small_town) == []
