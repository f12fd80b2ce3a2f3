"""Bad replies: what is no reply of ours is no connection; what the server refuses is kept; everything comes once."""

import json
import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect
from werkzeug.wrappers import Request, Response

from deliberate.models import Device
from tests.canvass import faults
from tests.canvass.conftest import Evening
from tests.canvass.faults import API, Pass, Road
from tests.canvass.oracle import balanced
from tests.canvass.tablet import Tablet

WORST = [
    faults.broken_after,
    *(
        pytest.param(fault, marks=pytest.mark.whole)
        for fault in (
            faults.portal,
            faults.broken,
            faults.cut_after,
            faults.dropped_after,
            faults.elsewhere,
            faults.sign_in_to_the_network,
            faults.busy,
        )
    ),
]


@pytest.mark.parametrize("fault", WORST)
def test_a_bad_reply_is_no_reply(
    evening: Evening, tablet: Tablet, road: Road, fault: Callable[[Pass], Response]
) -> None:
    road.faults.append(faults.only("sync", 1, fault))
    tablet.answered(evening.home(0), {evening.entry(0): "agree"}, 1)
    expect(tablet.page.locator("#state [data-count='connection']")).to_be_visible()
    tablet.counts(made=1, waiting=1, delivered=0)
    tablet.deliver()
    tablet.counts(made=1, waiting=0, delivered=1)
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_the_same_batch_thrice_and_in_another_order_changes_nothing(
    evening: Evening, tablet: Tablet, road: Road
) -> None:
    tablet.signal(False)
    for place in range(3):
        tablet.not_home(evening.home(place))
    tablet.signal(True)
    tablet.counts(made=3, delivered=3)
    headers, body = next((h, b) for h, b in road.brought if len(json.loads(b)["records"]) == 3)
    batch = json.loads(body)
    office = evening.app.test_client()
    for records in (batch["records"], batch["records"][::-1], batch["records"][1:] * 2):
        told = office.post(f"{API}sync", json={**batch, "records": records}, headers=headers).get_json()
        assert {(one["verdict"], one["state"]) for one in told["results"]} == {("duplicate", "accepted")}
    tablet.put_back()
    tablet.insist(made=3, waiting=0, delivered=3)
    balanced(evening, tablet, 3)


def spoilt(request: Request, change: Callable[[bytes], bytes]) -> None:
    """The bytes that go on are not those that came."""
    data = change(request.get_data())
    request.environ["CONTENT_LENGTH"] = str(len(data))
    request._cached_data = data


@pytest.mark.whole
def test_a_record_spoilt_on_the_way_is_sent_again(evening: Evening, tablet: Tablet, road: Road) -> None:
    left = [1]

    def spoils(request: Request, through: Pass) -> Response | None:
        if request.path == f"{API}sync" and left[0] and b"not_home" in request.get_data():
            left[0] = 0
            spoilt(request, lambda data: data.replace(b"not_home", b"vacant__"))
        return None

    road.faults.append(spoils)
    tablet.not_home(evening.home(0))
    tablet.counts(made=1, waiting=1)
    assert evening.records() == []
    tablet.insist(made=1, waiting=0, delivered=1)
    balanced(evening, tablet, 1)


@pytest.mark.whole
@pytest.mark.parametrize(("status", "word"), [(413, "too_large"), (422, "bad_request"), (500, "busy")])
def test_a_batch_that_is_refused_as_a_whole_goes_in_pieces_and_at_last_alone(
    evening: Evening, tablet: Tablet, road: Road, status: int, word: str
) -> None:
    """One record poisons every batch that it is in."""
    tablet.signal(False)
    for place in range(5):
        tablet.not_home(evening.home(place))
    poison = f'\\"household_id\\":{evening.home(2)},'.encode()

    def refuses(request: Request, through: Pass) -> Response | None:
        if request.path != f"{API}sync" or poison not in request.get_data():
            return None
        said = json.dumps({"app": "deliberate", "error": word, "server_time": evening.clock().isoformat()})
        return Response(said, status=status, mimetype="application/json")

    road.faults.append(refuses)
    tablet.signal(True)
    tablet.insist(30, made=5, waiting=0, delivered=5)
    assert [record.via for record in evening.records()].count("raw") >= 1
    balanced(evening, tablet, 5)


@pytest.mark.whole
def test_a_token_that_expired_with_records_waiting_keeps_them_and_a_new_code_delivers(
    evening: Evening, tablet: Tablet
) -> None:
    tablet.signal(False)
    tablet.not_home(evening.home(0))
    with evening.database.transaction() as tx:
        tx.session.query(Device).one().token_until = tx.now - timedelta(days=1)
    tablet.signal(True)
    expect(tablet.page.locator("#state [data-count='token']")).to_be_visible()
    tablet.counts(made=1, waiting=1, delivered=0)
    tablet.not_home(evening.home(1))
    tablet.counts(made=2, waiting=2)
    tablet.page.click("#list")
    tablet.page.click("[data-way='tablet']")
    tablet.page.click(".notice-bad .btn-second")
    tablet.page.fill("#code", evening.code())
    tablet.page.click("#enrol")
    tablet.choose_pin()
    tablet.counts(made=2, waiting=0, delivered=2)
    balanced(evening, tablet, 2)


@pytest.mark.whole
def test_other_bytes_under_one_id_are_an_alarm_on_the_tablet(
    evening: Evening, tablet: Tablet, app: Flask
) -> None:
    """Somebody changed what was sealed: both contents are kept, the first holds, a person is asked."""
    tablet.not_home(evening.home(0))
    tablet.counts(made=1, delivered=1)
    tablet.module(
        "hash.js",
        """import("/static/canvass/store.js").then((store) => store.deed(["records"], async (tx) => {
             const [one] = await tx.store.getAll();
             const payload = one.payload.replace("not_home", "moved");
             return { ...one, payload };
           }).then(async (one) => {
             await store.put("records", { ...one, sha256: await m.sha256(one.payload), state: "waiting" });
           }))""",
    )
    tablet.insist(made=1, waiting=0, delivered=0, needs=1)
    tablet.page.click("#list")
    tablet.page.click("[data-way='records']")
    expect(tablet.page.locator("[data-seq='1'] .chip-no")).to_be_visible()
    assert [record.verdict.value for record in evening.records()] == ["accepted", "mismatch"]
    balanced(evening, tablet, 1)


@pytest.mark.whole
def test_signal_that_comes_and_goes_moves_on_and_doubles_nothing(
    evening: Evening, tablet: Tablet, road: Road
) -> None:
    """Four of ten requests fail, each in another way."""
    ways = [faults.portal, faults.broken_after, faults.cut_after, faults.broken]
    luck = random.Random(3)

    def flaps(request: Request, through: Pass) -> Response | None:
        return luck.choice(ways)(through) if luck.random() < 0.4 else None

    road.faults.append(flaps)
    for place in range(4):
        tablet.answered(evening.home(place), {evening.entry(place): "agree"}, place + 1)
    tablet.insist(40, made=4, waiting=0, delivered=4)
    balanced(evening, tablet, 4)
