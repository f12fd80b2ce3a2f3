"""A plan read aloud by a person: what file is taken, told by its first bytes, never by its name."""

from .errors import N_, BadInput

MOST_BYTES = 8 * 1024 * 1024
"""A quarter of an hour of speech, and still bearable on a village line."""
LEAST_BYTES = 512
_TAG = 10
"""The head of an ID3 tag."""


class BadRecording(BadInput):
    """The file is not a recording that we take."""

    default_what = N_("录音没有收下。")
    default_why = N_("这个文件不是能播放的录音。")
    default_next = N_("请换一段 MP3、M4A 或 OGG 录音，最大8MB。手机自带的录音机一般就可以。")


def kind_of(data: bytes) -> str:
    """The type of a recording; BadRecording for anything that a browser could not play as one."""
    if len(data) > MOST_BYTES:
        raise BadRecording(why=N_("文件超过了8MB。"))
    if len(data) < LEAST_BYTES:
        raise BadRecording(why=N_("文件是空的，或者太短。"))
    if data[:4] == b"OggS" and (b"OpusHead" in data[:128] or b"\x01vorbis" in data[:128]):
        return "audio/ogg"
    if data[4:8] == b"ftyp" and data[8:12] in (b"M4A ", b"mp42", b"isom", b"mp41", b"M4B "):
        if b"vide" in data:
            raise BadRecording(why=N_("这是录像，不是录音。"))
        return "audio/mp4"
    if _is_mp3(data):
        return "audio/mpeg"
    raise BadRecording()


def _is_mp3(data: bytes) -> bool:
    """A frame of MPEG layer III at the start, or right after an ID3 tag."""
    start = 0
    if data[:3] == b"ID3":
        sizes = data[6:_TAG]
        if any(byte & 0x80 for byte in sizes):
            return False
        start = _TAG + sum(byte << (7 * place) for place, byte in enumerate(reversed(sizes)))
    head = data[start : start + 3]
    return (
        len(head) == 3
        and head[0] == 0xFF
        and head[1] & 0xE6 == 0xE2
        and head[2] & 0xF0 not in (0x00, 0xF0)
        and head[2] & 0x0C != 0x0C
    )


EXTENSIONS = {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/ogg": "ogg"}
