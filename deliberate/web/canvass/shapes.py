"""What tablets are told, as JSON: the fields of docs/tablet-protocol.md, no more and no fewer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Response, jsonify
from flask_babel import force_locale

from deliberate.domain.canvass import QUIET_DAILY
from deliberate.domain.rules import from_data
from deliberate.domain.sync import (
    LARGEST_EVIDENCE,
    LARGEST_RAW,
    MOST_BYTES,
    MOST_RECORDS,
    PROTOCOL,
)
from deliberate.domain.sync import (
    Sequence as Arrived,
)
from deliberate.queries import devices, plan_translations, tablet_walk
from deliberate.queries.crews import Serving
from deliberate.services.delivery import Result

from ..languages import NAMES, locale_of
from ..rule_words import rule_sentences
from ..store import now, reader

APP = "deliberate"
LIMITS = {
    "records": MOST_RECORDS,
    "batch_bytes": MOST_BYTES,
    "chunk_bytes": MOST_BYTES,
    "evidence_bytes": LARGEST_EVIDENCE,
    "raw_bytes": LARGEST_RAW,
}


def reply(status: int = 200, **fields: Any) -> Response:
    """Marked as ours, with our time; whatever has no mark counts as no connection."""
    response = jsonify({"app": APP, "server_time": moment(now()), **fields})
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-App"] = APP
    return response


def moment(at: datetime | None) -> str | None:
    """A time in UTC."""
    return at.isoformat() if at else None


def device_told(device: Any, arrived: Arrived) -> dict[str, Any]:
    """The device, and what of its records is here."""
    return {
        "device_id": device.uuid,
        "name": device.name,
        "revoked": device.revoked_at is not None,
        "high_water": arrived.high_water,
        "max_seq": arrived.max_seq,
        "missing": [list(gap) for gap in arrived.missing],
    }


def standing(device: Any) -> dict[str, Any]:
    """What most replies carry: the epoch, the device, and what it is to do."""
    return {
        "epoch": devices.epoch(reader()),
        "device": device_told(device, devices.sequence(reader(), device.uuid)),
        "directives": directives(device),
    }


def directives(device: Any) -> dict[str, bool]:
    """What the tablet is to do beside delivering."""
    revoked = device.revoked_at is not None
    return {"revoked": revoked, "upload_only": revoked, "update": device.protocol < PROTOCOL}


def community_told(community: Any) -> dict[str, Any]:
    """Where the tablet is at home."""
    return {
        "id": community.id,
        "slug": community.slug,
        "name": community.name,
        "telephone": community.telephone,
    }


def round_told(one: Serving, people: Sequence[str], serials: Sequence[Sequence[int]]) -> dict[str, Any]:
    """A round with the text that is put before the signer."""
    return {
        "round_id": one.round_id,
        "crew_id": one.crew_id,
        "crew": one.crew_name,
        "people": list(people),
        "canvassers": one.canvassers,
        "number": one.number,
        "n": one.n,
        "status": one.status.value,
        "opened_at": moment(one.opened_at),
        "answer_until": moment(one.answer_until),
        "register_until": moment(one.register_until),
        "plan": {
            "title": one.plan.title,
            "body": one.plan.body,
            "budget": one.plan.budget,
            "funding": one.plan.funding,
            "schedule": one.plan.schedule,
            "sha256": one.plan.sha256,
            "translations": _translations_told(one.plan.id),
        },
        "serials": [list(pair) for pair in serials],
        "rules": _rules_told(one.rules),
    }


def _translations_told(plan_id: int) -> dict[str, dict[str, str]]:
    """The plan as it helps to understand it, by language; the Chinese text alone is answered."""
    return {
        language: {"title": made.title, "body": made.body, "funding": made.funding, "schedule": made.schedule}
        for language, made in plan_translations.newest(reader(), plan_id).items()
    }


def _rules_told(rules: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What has to be reached, in each language: the tablet changes its language without a signal."""
    told: dict[str, list[str]] = {}
    for language in NAMES:
        with force_locale(locale_of(language)):
            told[language] = [said for rule in from_data(rules) for said in rule_sentences(rule)]
    return told


def quiet_told(spans: Sequence[Any]) -> dict[str, Any]:
    """When nobody is visited."""
    return {
        "daily": [{"from": QUIET_DAILY[0], "until": QUIET_DAILY[1]}],
        "spans": [
            {"from": moment(one.starts_at), "until": moment(one.ends_at), "reason": one.reason}
            for one in spans
        ],
        "zone": "Asia/Shanghai",
    }


def door_told(door: tablet_walk.WalkDoor) -> dict[str, Any]:
    """One door: whether it has answered, never how; no telephone."""
    line = door.line
    return {
        "household_id": line.household_id,
        "order": door.order,
        "grid": door.grid,
        "estate": line.estate,
        "building_id": line.building_id,
        "building": line.building,
        "unit": line.unit,
        "floor": line.floor,
        "room": line.room,
        "name": line.head_name or "",
        "name_key": door.name_key,
        "own": line.own,
        "answered": line.answered.value,
        "unwelcome": line.unwelcome.value if line.unwelcome else None,
        "matters": [_matter(one) for one in door.matters],
        "visits": [
            {
                "outcome": visit.outcome.value,
                "at_door": moment(visit.at_door),
                "come_back_at": moment(visit.come_back_at),
            }
            for visit in line.visits
        ],
        "wishes": [_wish(one) for one in line.wishes],
    }


def _matter(one: tablet_walk.Asked) -> dict[str, Any]:
    return {
        "entry_id": one.entry_id,
        "round_id": one.round_id,
        "electorate": one.electorate.value,
        "answered": one.answered,
        "own": one.own,
    }


def _wish(one: Any) -> dict[str, Any]:
    return {
        "wish": one.wish.value,
        "language": one.language,
        "by_woman": one.by_woman,
        "evening": one.evening,
        "question": one.question,
        "appointed_at": moment(one.appointed_at),
    }


def result_told(result: Result) -> dict[str, Any]:
    """What became of one record."""
    return {
        "index": result.index,
        "record_id": result.record_id,
        "verdict": result.verdict.value,
        "state": result.state.value,
        "number": result.number,
        "reason": result.reason.value if result.reason else None,
        "missing": list(result.missing),
        "missing_record": result.missing_record,
        "late_rounds": list(result.late_rounds),
    }
