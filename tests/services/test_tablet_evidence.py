"""Evidence interrupted at every chunk, with a wrong hash, sent twice, restored without its files."""

import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select

from deliberate.db import Database
from deliberate.domain.consent import Answer
from deliberate.models import Consent, ConsentPaper, Evidence, EvidenceUpload
from tests.make_tablet import API, CHUNK, Tablet, photo, sha


@pytest.fixture
def tablet_store_kind() -> str:
    return "sqlite"


@pytest.fixture(scope="module")
def large() -> bytes:
    """Three chunks and a bit."""
    data = photo(5, side=1150)
    assert 3 * CHUNK < len(data) < 5 * CHUNK
    return data


def offset(tablet: Tablet, data: bytes) -> tuple[str, int]:
    told = tablet.http.head(f"{API}/evidence/{sha(data)}", headers=tablet.headers)
    assert told.headers["X-App"] == "deliberate"
    return told.headers["Upload-State"], int(told.headers["Upload-Offset"])


def test_interrupted_at_each_chunk_it_goes_on_where_it_was(tablet: Tablet, large: bytes) -> None:
    entry = tablet.at.entries[0]
    form = tablet.form({entry: Answer.AGREE}, 1, ("photo", large))
    record = tablet.door(entry.household_id, tablet.visit(), [form])
    assert tablet.states(record) == ["pending_evidence"]
    assert offset(tablet, large) == ("none", 0)
    at = 0
    while at < len(large):
        chunk = large[at : at + CHUNK]
        half = tablet.put(large, at, chunk[: len(chunk) // 2])
        at = offset(tablet, large)[1]
        assert half["offset"] == at
        assert tablet.put(large, at + 1, b"x")["offset"] == at, "at a wrong place nothing is taken"
        told = tablet.put(large, at, large[at : at + CHUNK])
        again = tablet.put(large, at, large[at : at + CHUNK])
        at = told["offset"]
        assert again["offset"] == at, "the reply was lost and the chunk sent again"
        assert tablet.states(record) == ["accepted" if at == len(large) else "pending_evidence"]
    assert offset(tablet, large) == ("complete", len(large))


def test_bytes_that_are_not_those_promised_are_thrown_away(
    tablet: Tablet, tablet_store: Database, tmp_path: Path
) -> None:
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    tablet.sync(record)
    (data,) = tablet.pictures.values()
    flipped = data[:50] + bytes([data[50] ^ 1]) + data[51:]
    told = tablet.put(data, 0, flipped)
    assert (told["state"], told["offset"]) == ("wrong_hash", 0)
    assert offset(tablet, data) == ("none", 0)
    assert tablet.states(record) == ["pending_evidence"]
    assert list((tmp_path / "evidence").glob("incoming/*")) == []
    assert tablet.send(data)["state"] == "complete"
    assert tablet.states(record) == ["accepted"]


def test_evidence_before_its_record_is_as_good(tablet: Tablet) -> None:
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    assert tablet.send(*tablet.pictures.values())["results"] == []
    assert tablet.states(record) == ["accepted"]


def test_no_byte_of_the_original_stays_and_its_hash_is_remembered(
    tablet: Tablet, tablet_store: Database, tmp_path: Path
) -> None:
    tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.AGREE, 1))
    ((known, data),) = tablet.pictures.items()
    kept = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert data not in [path.read_bytes() for path in kept]
    with tablet_store.reading() as session:
        upload = session.scalars(select(EvidenceUpload)).one()
        assert upload.sha256 == known
        assert upload.kept_sha256 == session.scalars(select(Evidence.sha256)).one() == kept[0].name


def test_a_store_that_came_back_without_its_files_asks_again(tablet: Tablet, tmp_path: Path) -> None:
    tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.AGREE, 1))
    (data,) = tablet.pictures.values()
    shutil.rmtree(tmp_path / "evidence")
    assert offset(tablet, data) == ("none", 0)
    assert tablet.send(data)["state"] == "complete"
    assert offset(tablet, data) == ("complete", len(data))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upload-Offset": "0", "Upload-Length": "5"},
        {"Upload-Offset": "-1", "Upload-Length": "5", "Evidence-Role": "photo"},
        {"Upload-Offset": "0", "Upload-Length": "999999999", "Evidence-Role": "photo"},
        {"Upload-Offset": "0", "Upload-Length": "5", "Evidence-Role": "face"},
    ],
)
def test_a_chunk_that_says_nothing_of_itself_is_refused(tablet: Tablet, headers: dict[str, str]) -> None:
    address = f"{API}/evidence/{'ab' * 32}"
    told = tablet.http.put(address, data=b"12345", headers={**tablet.headers, **headers})
    assert (told.status_code, told.get_json()["error"]) == (422, "bad_request")


def test_a_chunk_beyond_the_end_or_of_nothing_changes_nothing(tablet: Tablet) -> None:
    data = photo(7)
    assert tablet.put(data, 0, data + b"more")["offset"] == 0
    assert tablet.put(data, 0, b"")["offset"] == 0
    assert tablet.put(data, 0, data[:9])["offset"] == 9
    longer = tablet.http.put(
        f"{API}/evidence/{sha(data)}",
        data=b"x",
        headers={
            **tablet.headers,
            "Upload-Offset": "9",
            "Upload-Length": str(len(data) + 1),
            "Evidence-Role": "photo",
        },
    ).get_json()
    assert longer["offset"] == 0, "another length begins anew"
    assert tablet.send(data)["state"] == "complete"


def test_a_photograph_that_follows_at_the_desk(tablet: Tablet, tablet_store: Database) -> None:
    entry = tablet.at.entries[0]
    form = tablet.form(
        {entry: Answer.AGREE}, 1, photo_follows=True, evidence=[], helped_by="邻居", language="ug"
    )
    record = tablet.door(entry.household_id, tablet.visit(), [form])
    assert tablet.states(record) == ["pending_evidence"]
    shown = tablet.show("photo", photo(9))
    follows = tablet.seal("supplement", about=record["record_id"], serial=form["serial"], evidence=[shown])
    assert tablet.deliver(record, follows) == ["accepted", "accepted"]
    with tablet_store.reading() as session:
        paper = session.scalars(select(ConsentPaper)).one()
        assert (paper.helped_by, paper.language) == ("邻居", "ug")
        assert len(session.scalars(select(Evidence)).all()) == 1
    more = tablet.seal(
        "supplement",
        about=record["record_id"],
        serial=form["serial"],
        evidence=[tablet.show("photo", photo(8))],
    )
    assert tablet.deliver(more) == ["accepted"]
    with tablet_store.reading() as session:
        assert len(session.scalars(select(Evidence)).all()) == 1, "what shows a consent is sealed with it"
        assert len(session.scalars(select(Consent)).all()) == 1


def test_a_supplement_that_came_first_waits_for_its_record(tablet: Tablet) -> None:
    entry = tablet.at.entries[0]
    form = tablet.form({entry: Answer.AGREE}, 1, photo_follows=True, evidence=[])
    record = tablet.door(entry.household_id, tablet.visit(), [form])
    shown = tablet.show("photo", photo(9))
    follows = tablet.seal("supplement", about=record["record_id"], serial=form["serial"], evidence=[shown])
    tablet.send(photo(9))
    (result,) = tablet.sync(follows)["results"]
    assert (result["state"], result["missing_record"]) == ("pending_evidence", record["record_id"])
    assert tablet.states(record) == ["accepted"]
    assert tablet.states(follows) == ["accepted"]


def test_the_strokes_of_a_signature_are_kept_beside_its_picture(
    tablet: Tablet, tablet_store: Database
) -> None:
    drawn = Image.new("L", (300, 120), "white")
    ImageDraw.Draw(drawn).line((10, 100, 150, 20, 290, 90), fill=0, width=4)
    png = BytesIO()
    drawn.save(png, "PNG")
    strokes = b'[{"points": [{"x": 1, "y": 2, "time": 5}]}]'
    entry = tablet.at.entries[0]
    form = tablet.form({entry: Answer.AGREE}, 1, ("signature", png.getvalue()), ("strokes", strokes))
    record = tablet.door(entry.household_id, tablet.visit(), [form])
    tablet.sync(record)
    tablet.send(png.getvalue(), "signature")
    assert tablet.send(strokes, "strokes")["results"][0]["state"] == "accepted"
    with tablet_store.reading() as session:
        roles = session.scalars(select(Evidence.role).order_by(Evidence.id)).all()
        assert roles == ["signature", "strokes"]
    for ill in (b"no strokes", b'[{"points": 5}]', b'[{"points": null}]', b"[1]", b"[" * 900 + b"]" * 900):
        assert tablet.send(ill, "strokes")["state"] in ("refused", "complete")
