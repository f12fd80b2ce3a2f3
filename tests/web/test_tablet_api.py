"""The tablets' API: enrolment, what tablets read, and how deliveries are answered."""

import json
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from deliberate.db import Database
from deliberate.domain.consent import Answer, Standing
from deliberate.domain.errors import BadInput, NotFound
from deliberate.models import (
    Consent,
    ConsentPaper,
    Crew,
    Device,
    EntryStanding,
    Evidence,
    Grid,
    Household,
    TabletRecord,
    Visit,
)
from deliberate.queries import tablet_walk
from deliberate.services import changes, consents, devices, households, quiet
from deliberate.services.tablet_export import proof_key
from tests import make, make_round
from tests.make import CODE_KEY, Clock
from tests.make_round import KEY, OpenRound
from tests.make_tablet import API, Tablet, code, photo, sha, uuid_of
from tests.web.described import unlike


@pytest.fixture
def tablet_store_kind() -> str:
    return "sqlite"


@pytest.fixture
def database(tablet_store: Database) -> Database:
    return tablet_store


@pytest.fixture
def app(served: Flask) -> Flask:
    return served


def standing(database: Database, entry_id: int) -> Standing | None:
    with database.reading() as session:
        return session.scalar(select(EntryStanding.standing).where(EntryStanding.roll_entry_id == entry_id))


def test_a_door_with_its_photograph_becomes_a_visit_and_a_consent(tablet: Tablet, database: Database) -> None:
    entry = tablet.at.entries[0]
    record = tablet.answered(entry, Answer.AGREE, 1)
    told = tablet.sync(record)
    (result,) = told["results"]
    assert result["verdict"] == result["state"] == "pending_evidence"
    assert standing(database, entry.id) is None
    picture = tablet.pictures[result["missing"][0]]
    done = tablet.send(picture)
    assert done["state"] == "complete"
    assert [one["state"] for one in done["results"]] == ["accepted"]
    assert standing(database, entry.id) is Standing.AGREE
    with database.reading() as session:
        consent = session.scalars(select(Consent)).one()
        assert consent.request_id.startswith(record["record_id"])
        assert consent.recorded_by_id == tablet.at.staff.canvasser.id
        assert session.scalars(select(Visit)).one().id == consent.visit_id
        kept = session.scalars(select(Evidence)).one()
        assert kept.sha256 != sha(picture), "pictures are kept re-encoded"
        assert session.scalars(select(ConsentPaper)).one().signer_name == "测试签字人"
        assert session.scalars(select(TabletRecord)).one().payload == record["payload"].encode()


def test_the_same_again_is_a_duplicate_and_says_how_it_stands_now(tablet: Tablet, database: Database) -> None:
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    tablet.deliver(record)
    (result,) = tablet.sync(record)["results"]
    assert (result["verdict"], result["state"], result["missing"]) == ("duplicate", "accepted", [])
    with database.reading() as session:
        assert len(session.scalars(select(Consent)).all()) == 1


def test_hello_tells_the_round_with_its_text_and_forms(tablet: Tablet) -> None:
    told = tablet.get("hello")
    (its_round,) = told["rounds"]
    assert its_round["plan"]["sha256"] == tablet.at.plan.sha256
    assert its_round["serials"] == [[1, 100]]
    assert its_round["rules"]["zh-Hans"] == ["同意的住户不少于全部住户的80%"]
    assert its_round["rules"]["en"] == ["Households in favour: at least 80% of all households"]
    assert its_round["plan"]["translations"] == {}
    assert its_round["people"] == ["测试入户", "测试志愿者"]
    assert told["device"] == {
        "device_id": tablet.uuid,
        "name": "一号平板",
        "revoked": False,
        "high_water": 0,
        "max_seq": 0,
        "missing": [],
    }
    assert told["quiet"]["daily"]
    assert told["limits"]["records"] == 50
    assert told["export_key"] == proof_key(tablet.uuid, CODE_KEY)


def test_the_roll_and_its_changes_tell_that_a_door_answered_and_never_how(
    tablet: Tablet, database: Database
) -> None:
    roll = tablet.get("roll")
    assert [door["order"] for door in roll["doors"]] == list(range(1, 13))
    assert not any("telephone" in door for door in roll["doors"])
    assert tablet.get(f"changes?cursor={roll['cursor']}")["doors"] == []
    with database.transaction() as tx:
        make_round.say(tx.session, tablet.at, tablet.at.entries[3], Answer.DISAGREE, now=tx.now)
    changed = tablet.get(f"changes?cursor={roll['cursor']}")
    (door,) = changed["doors"]
    assert door["household_id"] == tablet.at.entries[3].household_id
    assert door["answered"] == "all"
    assert door["matters"][0]["answered"] is True
    assert "disagree" not in json.dumps(changed)
    assert tablet.get(f"changes?cursor={changed['cursor']}")["doors"] == []


def test_a_door_that_answers_otherwise_is_no_change_and_one_that_withdraws_is(
    tablet: Tablet, database: Database
) -> None:
    entry = tablet.at.entries[3]
    with database.transaction() as tx:
        first = make_round.say(tx.session, tablet.at, entry, Answer.DISAGREE, now=tx.now)
    cursor = tablet.get("roll")["cursor"]
    with database.transaction() as tx:
        second = make_round.say(tx.session, tablet.at, entry, Answer.AGREE, now=tx.now)
    told = tablet.get(f"changes?cursor={cursor}")
    assert (told["doors"], told["gone"], told["cursor"]) == ([], [], cursor)
    with database.transaction() as tx:
        other = make.actor(tx.session, make.resident(tx.session, tablet.at.homes[3]))
        both = (first, second)
        consents.withdraw(tx.session, other, entry.id, request_id="w", replaces=both, key=KEY, now=tx.now)
    (door,) = tablet.get(f"changes?cursor={cursor}")["doors"]
    assert (door["household_id"], door["answered"]) == (entry.household_id, "none")


def test_gone_names_doors_that_left_the_walk_and_no_others(tablet: Tablet, database: Database) -> None:
    at = tablet.at
    with database.roll_transaction() as tx:
        elsewhere = Grid(community_id=at.community.id, name="别的网格")
        tx.session.add(elsewhere)
        tx.session.flush()
        for home in at.homes[6:]:
            move(tx.session, at, home, elsewhere.id, tx.now)
        tx.session.get_one(Crew, at.crew.id).scope = {"kind": "grids", "ids": [elsewhere.id]}
    roll = tablet.get("roll")
    assert [door["household_id"] for door in roll["doors"]] == [home.id for home in at.homes[6:]]
    with database.transaction() as tx:
        make_round.say(tx.session, at, at.entries[0], Answer.AGREE, now=tx.now)
        changes.touch_all(tx.session, at.community.id)
    told = tablet.get(f"changes?cursor={roll['cursor']}")
    assert (len(told["doors"]), told["gone"]) == (6, [])
    with database.roll_transaction() as tx:
        move(tx.session, at, at.homes[8], at.homes[0].grid_id, tx.now)
        tx.session.get_one(Household, at.homes[9].id).gone_at = tx.now
        changes.touch_all(tx.session, at.community.id)
    told = tablet.get(f"changes?cursor={told['cursor']}")
    assert (len(told["doors"]), told["gone"]) == (4, [at.homes[8].id, at.homes[9].id])


def move(session: Session, at: OpenRound, home: Household, grid_id: int, now: datetime) -> None:
    facts = households.Facts(grid_id, home.unit, home.room, "", "测试户主", "", "80", home.occupancy, "")
    registrar, seen = make.actor(session, at.staff.registrar), households.newest_change(session, home.id)
    households.correct(session, registrar, home.id, facts, "网格调整", seen=seen, now=now)


def test_an_answer_of_the_tablet_itself_comes_back_as_a_change(tablet: Tablet) -> None:
    cursor = tablet.get("roll")["cursor"]
    tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.ABSTAIN, 1))
    told = tablet.get(f"changes?cursor={cursor}")
    assert [door["answered"] for door in told["doors"]] == ["all"]
    assert told["doors"][0]["visits"][0]["outcome"] == "answered"


def test_a_code_serves_once_but_a_lost_reply_may_be_asked_for_again(
    app: Flask, tablet: Tablet, database: Database, clock: Clock
) -> None:
    given = code(database, tablet.at)
    other = Tablet(app.test_client(), tablet.at, clock, uuid=uuid_of(2, 1))
    first = other.enrol(given)
    assert other.enrol(given)["token"] != first["token"]
    third = Tablet(app.test_client(), tablet.at, clock, uuid=uuid_of(3, 1))
    assert third.enrol(given)["error"] == "code_used"
    clock.forward(minutes=31)
    assert other.enrol(given)["error"] == "code_expired"
    assert third.enrol("AAAA-BBBB-CCCC")["error"] == "code_wrong"


def test_a_device_is_one_persons(app: Flask, tablet: Tablet, database: Database) -> None:
    with database.transaction() as tx:
        other = make.staff(tx.session, tablet.at.community, make_round.Role.CANVASSER)
    assert tablet.enrol(code(database, tablet.at, other.id))["error"] == "wrong_person"


def test_only_the_hash_of_the_token_is_kept(tablet: Tablet, database: Database) -> None:
    with database.reading() as session:
        kept = session.scalars(select(Device)).one()
        assert tablet.token not in repr(vars(kept))
        assert kept.token_hash == devices.token_hash(tablet.token, make.CODE_KEY)


def test_guessing_codes_is_counted(tablet: Tablet) -> None:
    for _ in range(5):
        tablet.http.post(f"{API}/enrol", json={"code": "AAAA-BBBB-CCCC", "device_id": uuid_of(9, 1)})
    told = tablet.http.post(f"{API}/enrol", json={"code": "AAAA-BBBB-CCCC", "device_id": uuid_of(9, 1)})
    assert (told.status_code, told.get_json()["error"]) == (429, "too_many")


def test_a_cookie_opens_nothing_of_the_api_and_a_token_nothing_else(
    tablet: Tablet, signed_in: make.Any
) -> None:
    browser = signed_in(tablet.at.staff.canvasser)
    assert browser.get(f"{API}/hello").status_code == 401
    page = f"/c/{tablet.at.community.slug}/doors/"
    assert browser.get(page).status_code == 200
    assert tablet.http.get(page, headers=tablet.headers).status_code in (302, 401)


def test_a_stranger_and_an_expired_token_are_told_to_enrol_again(tablet: Tablet, clock: Clock) -> None:
    stranger = tablet.http.get(f"{API}/hello")
    assert (stranger.status_code, stranger.get_json()["error"]) == (401, "unknown_device")
    clock.forward(days=181)
    assert tablet.get("hello")["error"] == "token_expired"


def test_a_token_that_expired_with_records_waiting_is_renewed_and_delivers(
    tablet: Tablet, database: Database, clock: Clock
) -> None:
    record = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    with database.transaction() as tx:
        tx.session.scalars(select(Device)).one().token_until = clock()
    assert tablet.sync(record)["error"] == "token_expired"
    tablet.enrol(code(database, tablet.at))
    assert tablet.states(record) == ["accepted"]


def test_a_revoked_device_learns_nothing_more_and_what_it_brings_is_kept(
    tablet: Tablet, database: Database
) -> None:
    record = tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)
    with database.transaction() as tx:
        moderator = make.actor(tx.session, tablet.at.staff.moderator)
        device = tx.session.scalars(select(Device)).one()
        devices.revoke(tx.session, moderator, device.id, "丢了", now=tx.now)
    told = tablet.sync(record)
    assert told["directives"] == {"revoked": True, "upload_only": True, "update": False}
    (result,) = told["results"]
    assert (result["state"], result["reason"]) == ("quarantined", "revoked_device")
    assert tablet.send(tablet.pictures[result["missing"][0]])["state"] == "complete"
    assert tablet.get("roll")["error"] == "revoked"
    assert tablet.get("hello")["rounds"] == []
    assert tablet.enrol(code(database, tablet.at))["error"] == "revoked"
    assert standing(database, tablet.at.entries[0].id) is None


def test_what_is_no_batch_is_refused_in_words_of_the_protocol(tablet: Tablet) -> None:
    def ask(path: str, data: bytes) -> tuple[int, str]:
        told = tablet.http.post(f"{API}/{path}", data=data, headers=tablet.headers)
        assert told.get_json()["app"] == "deliberate"
        return told.status_code, told.get_json()["error"]

    assert ask("sync", b"<html>portal</html>") == (422, "bad_request")
    assert ask("sync", b"[]") == (422, "bad_request")
    assert ask("sync", json.dumps({"device_id": uuid_of(7), "records": []}).encode()) == (422, "bad_request")
    assert ask("sync", b"x" * (256 * 1024 + 1)) == (413, "too_large")
    assert ask("status", b"{}") == (422, "bad_request")
    many = [tablet.door(tablet.at.homes[0].id, tablet.visit("not_home")) for _ in range(51)]
    small = [{**one, "payload": "{}"} for one in many]
    assert ask("sync", json.dumps(tablet.batch(*small)).encode()) == (413, "too_large")


def test_an_empty_batch_is_the_heartbeat(tablet: Tablet, database: Database) -> None:
    told = tablet.sync(report={"waiting": 3, "app_build": "b7", "free_bytes": 5, "junk": "x", "persisted": 1})
    assert told["results"] == []
    assert told["app"] == "deliberate"
    with database.reading() as session:
        device = session.scalars(select(Device)).one()
        assert device.report == {"waiting": 3, "app_build": "b7", "free_bytes": 5}
        assert device.last_seen_at is not None
        assert device.app_build == "b7"


def test_status_tells_what_is_here_and_what_to_send(tablet: Tablet) -> None:
    here = tablet.door(tablet.at.homes[0].id, tablet.visit("not_home"))
    tablet.sync(here)
    told = tablet.post("status", {"record_ids": [here["record_id"], uuid_of(99)]})
    assert [one["state"] for one in told["results"]] == ["accepted", "retry"]


def test_the_sequence_tells_gaps(tablet: Tablet) -> None:
    records = [tablet.door(home.id, tablet.visit("not_home")) for home in tablet.at.homes[:5]]
    told = tablet.sync(records[0], records[4])
    assert told["device"]["high_water"] == 1
    assert told["device"]["missing"] == [[2, 4]]
    assert tablet.sync(*records)["device"]["high_water"] == 5


def test_openapi_describes_every_endpoint(app: Flask) -> None:
    told = app.test_client().get(f"{API}/openapi.json").get_json()
    ours = {
        (rule.rule.removeprefix(API).replace("<sha256>", "{sha256}"), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("tablet.") and rule.endpoint != "tablet.openapi"
        for method in rule.methods or ()
        if method not in ("OPTIONS",) and (method != "HEAD" or "GET" not in (rule.methods or ()))
    }
    assert {(path, method) for path, item in told["paths"].items() for method in item} == ours


def test_every_reply_is_as_openapi_describes_it(tablet: Tablet, database: Database) -> None:
    openapi = tablet.http.get(f"{API}/openapi.json").get_json()
    entries = tablet.at.entries
    door = tablet.answered(entries[0], Answer.AGREE, 1)
    other = {**door, "payload": door["payload"] + " ", "sha256": sha(door["payload"].encode() + b" ")}
    used = tablet.answered(entries[1], Answer.AGREE, 1)
    spoilt = {**tablet.answered(entries[2], Answer.AGREE, 3), "sha256": "0" * 64}
    first, last = tablet.sync(door, spoilt), door["record_id"]
    piece = tablet.send(tablet.pictures[first["results"][0]["missing"][0]])
    replies = {
        ("/sync", "post"): [first, tablet.sync(other, used), tablet.sync()],
        ("/evidence/{sha256}", "put"): [piece],
        ("/hello", "get"): [tablet.get("hello")],
        ("/roll", "get"): [tablet.get("roll")],
        ("/changes", "get"): [tablet.get("changes?cursor=0")],
        ("/status", "post"): [tablet.post("status", {"record_ids": [last, used["record_id"]]})],
        ("/enrol", "post"): [tablet.enrol(code(database, tablet.at))],
    }
    assert [one["verdict"] for one in first["results"]] == ["pending_evidence", "retry"]
    for (path, method), told in replies.items():
        answer = openapi["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        for one in told:
            assert unlike(one, answer, openapi) == [], path


def test_nobody_reads_a_device_that_is_ahead_by_days(tablet: Tablet, database: Database) -> None:
    tablet.ahead = timedelta(days=3)
    assert tablet.deliver(tablet.answered(tablet.at.entries[0], Answer.AGREE, 1)) == ["accepted"]
    with database.reading() as session:
        consent = session.scalars(select(Consent)).one()
        assert consent.signed_at is not None
        assert abs(consent.signed_at - tablet.clock()) < timedelta(seconds=2)
        assert session.scalars(select(Device)).one().skew_seconds == 3 * 86400


def test_a_piece_that_is_no_picture_is_kept_and_the_record_waits_for_a_person(tablet: Tablet) -> None:
    words = b"this is no picture"
    form = tablet.form({tablet.at.entries[0]: Answer.AGREE}, 1, ("photo", words))
    record = tablet.door(tablet.at.homes[0].id, tablet.visit(), [form])
    tablet.sync(record)
    assert tablet.send(words)["state"] == "refused"
    (result,) = tablet.sync(record)["results"]
    assert (result["state"], result["reason"], result["missing"]) == ("quarantined", "bad_evidence", [])
    assert photo(1) != photo(2)


def test_quiet_spans_are_told_until_they_are_dropped_or_over(
    tablet: Tablet, database: Database, clock: Clock
) -> None:
    def deed(name: str, *args: object) -> object:
        with database.transaction() as tx:
            moderator = make.actor(tx.session, tablet.at.staff.moderator)
            return getattr(quiet, name)(tx.session, moderator, *args, now=tx.now)

    place, at = tablet.at.community.id, clock()
    with pytest.raises(BadInput):
        deed("add_quiet", place, at, at, "春节")
    deed("add_quiet", place, at, at + timedelta(days=1), "春节")
    later = deed("add_quiet", place, at, at + timedelta(days=9), "中考")
    assert [span["reason"] for span in tablet.get("hello")["quiet"]["spans"]] == ["春节", "中考"]
    clock.forward(days=2)
    assert [span["reason"] for span in tablet.get("hello")["quiet"]["spans"]] == ["中考"]
    deed("drop_quiet", later.id)  # type: ignore[attr-defined]
    assert tablet.get("hello")["quiet"]["spans"] == []
    with pytest.raises(NotFound):
        deed("drop_quiet", 99)


def test_the_roll_comes_in_pages(tablet: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tablet_walk, "PAGE", 5)
    first, seen = tablet.get("roll"), []
    told = first
    while True:
        seen += [door["order"] for door in told["doors"]]
        if told["next"] is None:
            break
        told = tablet.get(f"roll?after={told['next']}")
    assert seen == list(range(1, 13))
    assert told["roll_version"] == first["roll_version"]


def test_a_delivery_tells_the_same_walk_as_hello(tablet: Tablet) -> None:
    told = tablet.get("hello")
    assert told["rounds"]
    assert tablet.sync()["roll_version"] == told["roll_version"]
