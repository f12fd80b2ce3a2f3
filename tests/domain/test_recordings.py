"""What is taken as a recording, by its first bytes."""

import pytest

from deliberate.domain.recordings import EXTENSIONS, LEAST_BYTES, MOST_BYTES, BadRecording, kind_of

REST = bytes(LEAST_BYTES)
MP3 = b"\xff\xfb\x90\x00" + REST
ID3 = b"ID3\x04\x00\x00\x00\x00\x00\x05" + b"hello"


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (MP3, "audio/mpeg"),
        (ID3 + MP3, "audio/mpeg"),
        (b"\x00\x00\x00\x20ftypM4A " + REST, "audio/mp4"),
        (b"OggS" + bytes(24) + b"OpusHead" + REST, "audio/ogg"),
        (b"OggS" + bytes(24) + b"\x01vorbis" + REST, "audio/ogg"),
    ],
)
def test_what_a_telephone_records_is_taken(data: bytes, mime: str) -> None:
    assert kind_of(data) == mime
    assert mime in EXTENSIONS


@pytest.mark.parametrize(
    "data",
    [
        b"",
        MP3[: LEAST_BYTES - 1],
        MP3 + bytes(MOST_BYTES),
        b"<html><script>alert(1)</script>" + REST,
        b"\xff\xd8\xff\xe0" + REST,
        b"OggS" + bytes(24) + b"\x80theora" + REST,
        b"\x00\x00\x00\x20ftypM4A " + REST + b"hdlr\0\0\0\0vide",
        b"\x00\x00\x00\x20ftypqt  " + REST,
        b"ID3\x04\x00\x00\x80\x00\x00\x05" + b"hello" + MP3,
        b"ID3\x04\x00\x00\x00\x00\x00\x05" + b"hello" + REST,
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + REST,
        b"\xff\xfb\xf0\x00" + REST,
        b"\xff\xfb\x9c\x00" + REST,
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(BadRecording):
        kind_of(data)
