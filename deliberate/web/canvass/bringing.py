"""What tablets bring: themselves, with a code; then records, stored first and judged second."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response, request

from deliberate.db import Lock
from deliberate.domain.errors import BadInput
from deliberate.domain.permissions import Action
from deliberate.domain.sync import (
    LARGEST_RAW,
    MOST_BYTES,
    MOST_RECORDS,
    PROTOCOL,
    Envelope,
    sha256_of,
    uuid_of,
)
from deliberate.domain.tablet_clock import Sending
from deliberate.domain.tablet_fields import Fields
from deliberate.queries import devices, people
from deliberate.services import delivery, judging, throttle
from deliberate.services import devices as tablets
from deliberate.services.delivery import Result, Sender

from ..access import allow, its_community
from ..store import config, reader, transaction
from . import sent
from .blueprint import bp
from .device import community_of, this_device, walk_version
from .shapes import community_told, device_told, moment, reply, result_told, standing


@bp.post("/enrol")
@allow(Action.ENROL_DEVICE)
def enrol() -> Response:
    """A code makes a device. A try at a code is counted before it is looked at."""
    asked = sent.fields(MOST_BYTES)
    code = sent.text(asked, "code", 40)
    tries = throttle.code_tries(config().code_key, code, request.remote_addr or "")
    with transaction() as tx:
        throttle.count(tx.session, tries, now=tx.now)
    with transaction() as tx:
        enrolled = tablets.enrol(tx.session, code, _tablet(asked), key=config().code_key, now=tx.now)
        throttle.give_back(tx.session, tries)
    return _welcome(enrolled)


def _tablet(asked: Fields) -> tablets.Tablet:
    checks = asked.data.get("checks")
    clock = sent.moment(Fields(checks), "now") if isinstance(checks, dict) else None
    return tablets.Tablet(
        uuid=sent.uuid(asked, "device_id"),
        name=sent.text(asked, "name", 60),
        protocol=sent.number(asked, "protocol", PROTOCOL),
        app_build=sent.text(asked, "app_build", 60),
        clock=clock,
        checks=sent.report(checks),
    )


def _welcome(enrolled: tablets.Enrolled) -> Response:
    device = enrolled.device
    person = people.account(reader(), device.account_id)
    return reply(
        epoch=enrolled.epoch,
        token=enrolled.token,
        token_until=moment(device.token_until),
        skew_ms=device.skew_seconds * 1000,
        device=device_told(device, devices.sequence(reader(), device.uuid)),
        community=community_told(community_of(device)),
        person={"name": person.display_name if person else ""},
    )


@bp.post("/sync")
@allow(Action.DELIVER, about=its_community, token=True)
def sync() -> Response:
    """A batch of records, or none: the heartbeat."""
    asked = sent.fields(MOST_BYTES)
    records = asked.data.get("records", [])
    device = this_device()
    if not isinstance(records, list) or asked.data.get("device_id") != device.uuid:
        raise BadInput()
    if len(records) > MOST_RECORDS:
        return reply(413, error="too_large")
    results = _take(device.id, asked, records, delivery.SYNC)
    return _told(results, sent.text(asked, "batch_id", 36) or None)


@bp.post("/raw")
@allow(Action.DELIVER, about=its_community, token=True)
def raw() -> Response:
    """One record's bytes, when nothing else takes them."""
    data = sent.body(LARGEST_RAW)
    record_id = uuid_of(request.headers.get("X-Record-Id", ""))
    if record_id is None or not data:
        raise BadInput()
    envelope = Envelope(record_id, None, sha256_of(data), data)
    device = this_device()
    return _told(_take(device.id, Fields({}), [envelope], delivery.RAW), None)


def _take(device_id: int, asked: Fields, records: Sequence[Any], via: str) -> list[Result]:
    """Store and judge under the locks of every entry concerned; one commit, then the reply."""
    key, device = config().code_key, this_device()
    every = delivery.arrivals(records)
    with transaction(Lock.answers(judging.entries_to_lock(reader(), every, device.uuid))) as tx:
        known = devices.by_id(tx.session, device_id)
        told, before = sent.report(asked.data.get("report")), timedelta(seconds=known.skew_seconds)
        skew = tablets.heard(known, sent.moment(asked, "sent_at"), told, now=tx.now)
        known.protocol = sent.number(asked, "protocol", known.protocol)
        sending: Sending = sent.sending(asked, tx.now, skew, before)
        sender = Sender(known.community_id, known.uuid, known, via, sending)
        return delivery.take(tx.session, sender, every, key=key, now=tx.now)


def _told(results: list[Result], batch_id: str | None) -> Response:
    device = this_device()
    return reply(
        batch_id=batch_id,
        roll_version=walk_version(device),
        cursor=devices.cursor(reader(), device.community_id),
        results=[result_told(one) for one in results],
        **standing(device),
    )


@bp.post("/status")
@allow(Action.DELIVER, about=its_community, token=True)
def status() -> Response:
    """Where records stand now."""
    wanted = sent.fields(MOST_BYTES).data.get("record_ids")
    if not isinstance(wanted, list) or len(wanted) > 200:
        raise BadInput()
    device = this_device()
    ids = [uuid_of(one) or "" for one in wanted]
    results = delivery.status(reader(), device.uuid, ids)
    return reply(
        results=[result_told(one) | {"left_out": one.left_out} for one in results], **standing(device)
    )
