"""Calendar files (RFC 5545): moments in UTC, texts escaped, lines folded at 75 bytes without splitting a sign."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Event:
    """Something with a time. `uid` stays the same when it is asked for again, so that a calendar replaces it."""

    uid: str
    starts: datetime
    lasts: timedelta
    title: str
    place: str
    text: str
    url: str
    made: datetime


def calendar_file(name: str, events: Sequence[Event], at: datetime) -> str:
    """A whole calendar."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Deliberate//Deliberate//ZH",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for event in events:
        lines += _event(event, at)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(event: Event, at: datetime) -> list[str]:
    said = [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{_moment(at)}",
        f"CREATED:{_moment(event.made)}",
        f"DTSTART:{_moment(event.starts)}",
        f"DTEND:{_moment(event.starts + event.lasts)}",
        f"SUMMARY:{_text(event.title)}",
        f"LOCATION:{_text(event.place)}",
        f"URL:{event.url}",
    ]
    if event.text:
        said.append(f"DESCRIPTION:{_text(event.text)}")
    return [*said, "END:VEVENT"]


def _moment(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    plain = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    lines = plain.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\\n".join("".join(sign for sign in line if sign >= " ") for line in lines)


def _folded(line: str) -> Iterator[str]:
    part, size = "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > 75:
            yield part
            part, size = " ", 1
        part, size = part + sign, size + width
    yield part
