"""The payload of a tablet's record, read from its exact bytes; fields that nobody knows are passed over.

What cannot be read is `Malformed`, which names the field; the bytes are kept all the same.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .consent import Answer
from .round import EvidenceRole, Relation, VisitOutcome
from .sync import LARGEST_EVIDENCE, Kind
from .tablet_clock import Load, Stamp
from .tablet_fields import Fields, Malformed


@dataclass(frozen=True, slots=True)
class Head:
    """What every payload begins with."""

    version: int
    kind: Kind
    record_id: str
    device_id: str
    seq: int
    prev_sha256: str
    sealed: Stamp
    load: Load
    app_build: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of evidence that the record declares, by the hash under which the tablet knows it."""

    sha256: str
    size: int
    mime: str
    role: EvidenceRole


@dataclass(frozen=True, slots=True)
class Said:
    """The answer on one matter, and the text that was put before the signer."""

    entry_id: int
    answer: Answer
    plan_sha256: str


@dataclass(frozen=True, slots=True)
class Form:
    """One signed paper, or one signature on the screen."""

    serial: str
    signer_name: str
    relation: Relation
    signed: Stamp
    language: str
    helped_by: str
    note: str
    replaces: tuple[str, ...]
    photo_follows: bool
    said: tuple[Said, ...]
    evidence: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What happened at the door."""

    outcome: VisitOutcome
    at_door: Stamp
    come_back_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Payload:
    """A record. Which fields it has follows from its kind; the others are empty."""

    head: Head
    household_id: int = 0
    crew_id: int = 0
    desk: bool = False
    visit: Attempt | None = None
    forms: tuple[Form, ...] = ()
    about: str | None = None
    """The record that it completes, corrects or takes back."""
    reason: str = ""
    serial: str = ""
    evidence: tuple[Shown, ...] = ()

    @property
    def entries(self) -> tuple[int, ...]:
        """The roll entries that it answers for."""
        return tuple(said.entry_id for form in self.forms for said in form.said)

    @property
    def declared(self) -> tuple[tuple[str, Shown], ...]:
        """Every piece of evidence with the serial of its form."""
        own = tuple((self.serial, shown) for shown in self.evidence)
        return own + tuple((form.serial, shown) for form in self.forms for shown in form.evidence)


def decode(data: bytes) -> Fields:
    """The fields of a payload, whatever its version."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("json") from error
    return Fields(value)


def read_head(fields: Fields) -> Head:
    """What is common to all kinds."""
    return Head(
        version=fields.number("v", least=1),
        kind=fields.word("kind", Kind),
        record_id=fields.uuid("record_id"),
        device_id=fields.uuid("device_id"),
        seq=fields.number("seq", least=1),
        prev_sha256=fields.text("prev_sha256", 64),
        sealed=Stamp(fields.moment("sealed_at"), fields.count("mono_ms")),
        load=Load(
            fields.uuid("boot_id"),
            fields.moment_or_none("server_time"),
            fields.count_or_none("mono_at_server_time"),
        ),
        app_build=fields.text("app_build", 60, default=""),
    )


def read_payload(data: bytes) -> Payload:
    """A record of a version that this server knows; Malformed names what is wrong with it."""
    fields = decode(data)
    head = read_head(fields)
    return _READERS[head.kind](head, fields)


def _door(head: Head, fields: Fields) -> Payload:
    attempt = fields.part_or_none("visit")
    return Payload(
        head,
        household_id=fields.number("household_id"),
        crew_id=fields.number("crew_id"),
        desk=fields.one_of("mode", ("door", "desk"), default="door") == "desk",
        visit=_attempt(attempt) if attempt else None,
        forms=tuple(_form(one) for one in fields.parts("forms", most=10)),
    )


def _supplement(head: Head, fields: Fields) -> Payload:
    return Payload(
        head,
        about=fields.uuid("about"),
        serial=fields.text("serial", 20),
        evidence=tuple(_shown(one) for one in fields.parts("evidence", least=1, most=10)),
    )


def _correction(head: Head, fields: Fields) -> Payload:
    door, void = _door(head, fields), _void(head, fields)
    return Payload(
        head,
        household_id=door.household_id,
        crew_id=door.crew_id,
        desk=door.desk,
        visit=door.visit,
        forms=door.forms,
        about=void.about,
        reason=void.reason,
    )


def _void(head: Head, fields: Fields) -> Payload:
    return Payload(head, about=fields.uuid("supersedes"), reason=fields.text("reason", 500, least=1))


_READERS: dict[Kind, Callable[[Head, Fields], Payload]] = {
    Kind.DOOR: _door,
    Kind.SUPPLEMENT: _supplement,
    Kind.CORRECTION: _correction,
    Kind.VOID: _void,
}


def _attempt(fields: Fields) -> Attempt:
    return Attempt(
        fields.word("outcome", VisitOutcome),
        Stamp(fields.moment("at_door"), fields.count_or_none("at_door_mono_ms")),
        fields.moment_or_none("come_back_at"),
        fields.text("note", 2000, default=""),
    )


def _form(fields: Fields) -> Form:
    return Form(
        serial=fields.text("serial", 20, least=1),
        signer_name=fields.text("signer_name", 120, least=1),
        relation=fields.word("relation", Relation),
        signed=Stamp(fields.moment("signed_at"), fields.count_or_none("signed_mono_ms")),
        language=fields.text("language", 16, default=""),
        helped_by=fields.text("helped_by", 120, default=""),
        note=fields.text("note", 1000, default=""),
        replaces=fields.texts("replaces", most=5, longest=40),
        photo_follows=fields.truth("photo_follows"),
        said=_all_said(fields),
        evidence=tuple(_shown(one) for one in fields.parts("evidence", most=10)),
    )


def _all_said(fields: Fields) -> tuple[Said, ...]:
    said = tuple(
        Said(one.number("entry_id"), one.word("answer", Answer), one.sha256("plan_sha256"))
        for one in fields.parts("said", least=1, most=20)
    )
    if len({one.entry_id for one in said}) < len(said):
        raise Malformed("said")
    return said


def _shown(fields: Fields) -> Shown:
    return Shown(
        fields.sha256("sha256"),
        fields.number("size", least=1, most=LARGEST_EVIDENCE),
        fields.text("mime", 40, default=""),
        fields.word("role", EvidenceRole),
    )


def head_of(data: bytes) -> dict[str, Any]:
    """What can be made out of a payload that cannot be read whole: its fields, or nothing."""
    try:
        return decode(data).data
    except Malformed:
        return {}
