"""The tablets' protocol: envelopes, sequences, payloads of every kind, and what a wrong clock cannot spoil."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deliberate.domain.consent import Answer
from deliberate.domain.round import EvidenceRole, Relation, VisitOutcome
from deliberate.domain.sync import (
    ARRIVED,
    OVERRULED,
    STORED,
    Envelope,
    Kind,
    Reason,
    UploadState,
    Verdict,
    read_envelope,
    sequence,
    sha256_of,
    uuid_of,
)
from deliberate.domain.tablet_clock import (
    Load,
    Sending,
    Signed,
    Stamp,
    happened,
    printable,
    signed_when,
    skew,
)
from deliberate.domain.tablet_fields import Fields, Malformed
from deliberate.domain.tablet_record import decode, head_of, read_payload

ID = "0123abcd-0000-4000-8000-00000000000a"
OTHER = "0123abcd-0000-4000-8000-00000000000b"
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
HASH = "ab" * 32
HEAD = {
    "v": 1,
    "kind": "door",
    "record_id": ID,
    "device_id": OTHER,
    "seq": 3,
    "prev_sha256": "",
    "sealed_at": "2026-03-02T12:00:00+08:00",
    "mono_ms": 5,
    "boot_id": ID,
}
SAID = {"entry_id": 7, "answer": "agree", "plan_sha256": HASH}
SHOWN = {"sha256": HASH, "size": 9, "mime": "image/jpeg", "role": "photo"}
FORM = {
    "serial": "0004-571-6",
    "signer_name": "阿不都·热合曼",
    "relation": "spouse",
    "signed_at": "2026-03-02T11:59:00+08:00",
    "said": [SAID],
    "evidence": [SHOWN],
}
VISIT = {"outcome": "answered", "at_door": "2026-03-02T03:58:00Z"}
DOOR = {**HEAD, "household_id": 5, "crew_id": 2, "visit": VISIT, "forms": [FORM]}


def data(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def sent(**more: Any) -> dict[str, Any]:
    return {"record_id": ID, "seq": 3, "sha256": sha256_of(b"{}"), "payload": "{}", **more}


def test_an_envelope_is_read_with_its_exact_bytes() -> None:
    assert read_envelope(sent()) == Envelope(ID, 3, sha256_of(b"{}"), b"{}")
    assert Envelope(ID, 3, sha256_of(b"{}"), b"{}").intact
    assert not Envelope(ID, 3, HASH, b"{}").intact


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "text",
        [],
        sent(record_id="5"),
        sent(record_id=7),
        sent(record_id="x" * 36),
        sent(payload=""),
        sent(payload={}),
    ],
)
def test_what_names_no_record_is_no_envelope(wrong: Any) -> None:
    assert read_envelope(wrong) is None


def test_an_envelope_with_a_wrong_number_or_hash_is_still_one() -> None:
    for seq in (0, -1, True, "3", 2**31, None):
        envelope = read_envelope(sent(seq=seq, sha256=5, payload="\ud800"))
        assert envelope == Envelope(ID, None, "", b"?")


def test_a_uuid_has_one_written_form() -> None:
    assert uuid_of(ID.upper()) == ID
    assert uuid_of("0123abcd00004000800000000000000a----") is None


def test_words_of_the_protocol() -> None:
    assert set(STORED) == set(Verdict) - {Verdict.DUPLICATE, Verdict.RETRY}
    assert {UploadState.COMPLETE, UploadState.REFUSED} == ARRIVED
    assert {Reason.REVOKED_DEVICE, Reason.CREW_SUSPENDED, Reason.SIGNED_WHEN} == OVERRULED


@pytest.mark.parametrize(
    ("numbers", "high", "top", "gaps"),
    [
        ([], 0, 0, ()),
        ([1, 2, 3], 3, 3, ()),
        ([3, 1, 1], 1, 3, ((2, 2),)),
        ([5, 9], 0, 9, ((1, 4), (6, 8))),
    ],
)
def test_the_sequence_of_what_arrived(numbers: list[int], high: int, top: int, gaps: Any) -> None:
    found = sequence(numbers)
    assert (found.high_water, found.max_seq, found.missing) == (high, top, gaps)


def test_something_earlier_may_be_missing() -> None:
    found = sequence([1, 2, 5])
    assert [found.lacks_before(seq) for seq in (2, 3, 4, 5)] == [False, False, True, True]


@given(st.sets(st.integers(1, 60)))
def test_gaps_and_arrivals_are_everything_up_to_the_last(numbers: set[int]) -> None:
    found = sequence(numbers)
    missing = {n for first, last in found.missing for n in range(first, last + 1)}
    assert missing | numbers == set(range(1, found.max_seq + 1))
    assert not missing & numbers


def test_a_door_of_the_first_version_is_read_for_ever() -> None:
    """Only the fields that version 1 must have; what is optional has its default, what is unknown is passed over."""
    read = read_payload(data({**DOOR, "field_of_tomorrow": 1}))
    assert read.head.kind is Kind.DOOR
    assert (read.head.version, read.head.seq, read.head.record_id) == (1, 3, ID)
    assert (read.household_id, read.crew_id, read.desk, read.about) == (5, 2, False, None)
    assert read.visit is not None
    assert (read.visit.outcome, read.visit.note) == (VisitOutcome.ANSWERED, "")
    assert read.visit.at_door == Stamp(NOON - timedelta(minutes=2))
    (form,) = read.forms
    assert (form.relation, form.replaces, form.photo_follows) == (Relation.SPOUSE, (), False)
    assert (form.language, form.helped_by, form.note) == ("", "", "")
    assert form.said[0].answer is Answer.AGREE
    assert form.evidence[0].role is EvidenceRole.PHOTO
    assert read.entries == (7,)
    assert read.declared == (("0004-571-6", form.evidence[0]),)


def test_the_other_kinds() -> None:
    supplement = read_payload(
        data({**HEAD, "kind": "supplement", "about": OTHER, "serial": "1", "evidence": [SHOWN]})
    )
    assert (supplement.about, supplement.declared[0][0]) == (OTHER, "1")
    correction = read_payload(
        data(
            {
                **DOOR,
                "kind": "correction",
                "supersedes": OTHER,
                "reason": "看错了",
                "mode": "desk",
                "visit": None,
            }
        )
    )
    assert (correction.about, correction.reason, correction.desk) == (OTHER, "看错了", True)
    assert correction.visit is None
    void = read_payload(data({**HEAD, "kind": "void", "supersedes": OTHER, "reason": "录重了"}))
    assert (void.about, void.forms) == (OTHER, ())


def put(path: str, value: Any) -> dict[str, Any]:
    """The door with one value in another place."""
    copy: Any = json.loads(json.dumps(DOOR))
    here, *names = copy, *path.split(".")
    for name in names[:-1]:
        here = here[int(name) if name.isdigit() else name]
    here[names[-1]] = value
    return dict(copy)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("v", 0, "v"),
        ("v", True, "v"),
        ("kind", "dance", "kind"),
        ("kind", 5, "kind"),
        ("record_id", "5", "record_id"),
        ("seq", 2**31, "seq"),
        ("sealed_at", "2026-03-02T12:00:00", "sealed_at"),
        ("sealed_at", "yesterday", "sealed_at"),
        ("sealed_at", "0001-01-01T00:00:00+08:00", "sealed_at"),
        ("mono_ms", 2**60, "mono_ms"),
        ("app_build", "x" * 61, "app_build"),
        ("app_build", "\0", "app_build"),
        ("app_build", "\ud800", "app_build"),
        ("mode", "roof", "mode"),
        ("visit", [], "visit"),
        ("visit.outcome", "", "visit.outcome"),
        ("visit.note", "x" * 2001, "visit.note"),
        ("forms", {}, "forms"),
        ("forms", [FORM] * 11, "forms"),
        ("forms", [5], "forms.0"),
        ("forms.0.signer_name", "  ", "forms.0.signer_name"),
        ("forms.0.photo_follows", 1, "forms.0.photo_follows"),
        ("forms.0.replaces", "0001", "forms.0.replaces"),
        ("forms.0.replaces", [5], "forms.0.replaces"),
        ("forms.0.said", [], "forms.0.said"),
        ("forms.0.said", [SAID, SAID], "said"),
        ("forms.0.said.0.plan_sha256", "AB" * 32, "said.0.plan_sha256"),
        ("forms.0.evidence.0.size", 0, "evidence.0.size"),
    ],
)
def test_what_cannot_be_read_names_its_field(path: str, value: Any, field: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_payload(data(put(path, value)))
    assert refused.value.field == field


@pytest.mark.parametrize("junk", [b"", b"\xff", b"[]", b"null", b"{" * 100_000, b"[" * 200_000])
def test_junk_has_no_fields(junk: bytes) -> None:
    assert head_of(junk) == {}
    with pytest.raises(Malformed):
        decode(junk)


def test_the_fields_of_what_cannot_be_read_whole() -> None:
    assert head_of(data({"seq": 4})) == {"seq": 4}


def test_lists_of_texts() -> None:
    assert Fields({"replaces": ["a", "b"]}).texts("replaces", most=2, longest=3) == ("a", "b")
    with pytest.raises(Malformed):
        Fields({"replaces": ["a"] * 3}, "form").texts("replaces", most=2, longest=3)


WALL, HOUR = NOON + timedelta(days=3), timedelta(hours=1)
SENDING = Sending(NOON, timedelta(days=3), ID, 100_000)


def test_a_tablet_that_slept_tells_the_time_at_the_door_by_its_clock() -> None:
    """Eleven hours in a bag: of them the counter of the page knows nothing."""
    told = Load(ID, NOON - timedelta(hours=12), 10_000)
    at_door, slept = NOON - timedelta(hours=11), Sending(NOON, timedelta(0), ID, 10_000 + 50_000)
    assert happened(Stamp(at_door, 10_000 + 45_000), told, slept) == at_door
    later = at_door + timedelta(minutes=40)
    assert happened(Stamp(later, 10_000 + 48_000), told, slept) == later
    assert happened(Stamp(later, 10_000 + 48_000), told, Sending(NOON)) == later, "sent by a later load"


def test_a_clock_that_the_counters_refute_tells_nothing() -> None:
    """Counters only bound: it was not before the last time that was told, nor nearer to the delivery than they say."""
    assert happened(Stamp(WALL, 40_000), Load(ID), SENDING) == NOON - timedelta(minutes=1)
    assert happened(Stamp(WALL + HOUR, 40_000), Load(ID), SENDING) == NOON - timedelta(minutes=1)
    told = Load(OTHER, NOON - 2 * HOUR, 10_000)
    counted = NOON - 2 * HOUR + timedelta(minutes=1)
    assert happened(Stamp(WALL - 3 * HOUR, 70_000), told, SENDING) == counted
    assert happened(Stamp(WALL + HOUR, 70_000), told, SENDING) == counted
    assert happened(Stamp(WALL - 2 * HOUR, 70_000), told, SENDING) == counted, "a little off"
    assert happened(Stamp(WALL + HOUR), Load(), SENDING) == NOON


def test_a_clock_put_right_since_tells_by_the_skew_that_was_measured_before() -> None:
    told = Load(OTHER, NOON - 2 * HOUR, 10_000)
    put_right = Sending(NOON, timedelta(0), ID, 100_000, timedelta(days=3))
    assert happened(Stamp(WALL - HOUR, 70_000), told, put_right) == NOON - HOUR


def test_without_counters_the_wall_clock_tells_by_its_skew() -> None:
    told = Load(OTHER, NOON - 2 * HOUR, 10_000)
    assert happened(Stamp(WALL - HOUR), told, SENDING) == NOON - HOUR
    assert happened(Stamp(WALL - HOUR, 5_000), Load(OTHER, NOON), SENDING) == NOON - HOUR
    assert happened(Stamp(WALL - HOUR, 10**18), Load(ID), SENDING) == NOON - HOUR
    assert happened(Stamp(WALL, 5), Load(""), Sending(NOON, timedelta(days=4))) == NOON - timedelta(days=1)
    before_told = Stamp(WALL - 3 * HOUR, 5_000)
    assert happened(before_told, told, SENDING) == NOON - 3 * HOUR


def test_nothing_happened_after_its_delivery() -> None:
    assert happened(Stamp(WALL + timedelta(days=9)), Load(), SENDING) == NOON
    assert happened(Stamp(datetime.max.replace(tzinfo=UTC)), Load(), Sending(NOON, timedelta(-1))) == NOON


def test_the_skew() -> None:
    assert skew(NOON + timedelta(seconds=90, milliseconds=300), NOON) == timedelta(seconds=90)
    assert skew(NOON.astimezone(timezone(timedelta(hours=8))), NOON) == timedelta(0)
    assert skew(None, NOON) == timedelta(0)


def test_a_printed_time_lies_within_the_time_of_its_round() -> None:
    opened, until = NOON, NOON + timedelta(days=15)
    assert printable(NOON + timedelta(days=1), opened, until) == NOON + timedelta(days=1)
    assert printable(NOON - timedelta(days=1), opened, until) == opened
    assert printable(until, opened, until) == until - timedelta(seconds=1)


OPENED, UNTIL = NOON - timedelta(days=15), NOON - timedelta(hours=12)


def when(stamp: Stamp, load: Load | None = None, sealed: Stamp | None = None, **sending: Any) -> Signed:
    """Delivered at noon; signing ended at midnight."""
    its_load = load or Load(ID)
    return signed_when(stamp, sealed or Stamp(stamp.wall), its_load, Sending(NOON, **sending), OPENED, UNTIL)


def test_what_arrived_before_the_deadline_was_signed_before_it() -> None:
    sent = Sending(UNTIL - HOUR)
    assert signed_when(Stamp(WALL), Stamp(WALL), Load(), sent, OPENED, UNTIL) is Signed.IN_TIME


def test_counters_bound_the_time_of_signing_whatever_the_wall_clock_says() -> None:
    day = 24 * 3_600_000
    # sealed thirteen hours and more before the delivery, within the load that delivers
    assert when(Stamp(WALL, 0), boot_id=ID, mono_ms=day) is Signed.IN_TIME
    assert when(Stamp(WALL), sealed=Stamp(WALL, 0), boot_id=ID, mono_ms=day) is Signed.IN_TIME
    # an hour before the delivery by the counter, which may have slept: that decides nothing, the wall clock does
    assert when(Stamp(UNTIL - HOUR, day - 3_600_000), boot_id=ID, mono_ms=day) is Signed.IN_TIME
    # after the server told a time that was past the deadline
    told = Load(ID, UNTIL + HOUR, 1_000)
    assert when(Stamp(UNTIL - HOUR, 2_000), told) is Signed.LATE
    # sealed before the server told a time before the deadline
    told = Load(ID, UNTIL - HOUR, 5_000)
    assert when(Stamp(WALL, 2_000), told) is Signed.IN_TIME
    assert when(Stamp(WALL), told, Stamp(WALL, 2_000)) is Signed.IN_TIME
    # sealed after it tells nothing of the signing, which was before
    assert when(Stamp(UNTIL - HOUR), told, Stamp(WALL, 9_000)) is Signed.IN_TIME
    assert when(Stamp(UNTIL - HOUR, 1), Load(ID, UNTIL)) is Signed.IN_TIME
    assert when(Stamp(UNTIL - HOUR, 1), Load(ID, None, 5)) is Signed.IN_TIME


@pytest.mark.parametrize(
    ("minutes", "skew_min", "before", "expected"),
    [
        (-10, 0, 0, Signed.IN_TIME),
        (10, 0, None, Signed.LATE),
        (-3, 0, 0, Signed.UNSURE),
        (3, 0, 0, Signed.UNSURE),
        (50, 60, 60, Signed.IN_TIME),
        (70, 60, 60, Signed.LATE),
        (50, 60, 0, Signed.UNSURE),
        (-30, -60, 0, Signed.UNSURE),
    ],
)
def test_a_steady_wall_clock_decides_what_lies_clear_of_the_deadline(
    minutes: int, skew_min: int, before: int | None, expected: Signed
) -> None:
    known = None if before is None else timedelta(minutes=before)
    stamp = Stamp(UNTIL + timedelta(minutes=minutes))
    assert when(stamp, skew=timedelta(minutes=skew_min), skew_before=known) is expected


def test_a_wall_clock_that_contradicts_what_is_certain_decides_nothing() -> None:
    assert when(Stamp(OPENED - timedelta(days=20))) is Signed.UNSURE
    assert when(Stamp(datetime.min.replace(tzinfo=UTC))) is Signed.UNSURE
    assert when(Stamp(datetime.max.replace(tzinfo=UTC), 1), skew=timedelta(days=-1)) is Signed.UNSURE
