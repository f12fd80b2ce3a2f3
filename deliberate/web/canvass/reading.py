"""What tablets read: the rounds with their texts, the doors of the walk, and what has changed at them."""

import json
from importlib import resources

from flask import Response, request

from deliberate.domain.permissions import Action
from deliberate.domain.sync import LARGEST_NUMBER, OLDEST, PROTOCOL
from deliberate.queries import communities, crews, devices, tablet_walk
from deliberate.services import tablet_export

from ..access import allow, current_actor, its_community
from ..store import config, now, reader
from .blueprint import bp
from .device import community_of, serving, this_device
from .shapes import (
    LIMITS,
    community_told,
    device_told,
    directives,
    door_told,
    quiet_told,
    reply,
    round_told,
    standing,
)

OPENAPI = json.loads(resources.files(__package__).joinpath("openapi.json").read_text("utf-8"))


@bp.get("/openapi.json")
@allow(Action.READ_PUBLIC)
def openapi() -> Response:
    """The protocol for machines."""
    return Response(json.dumps(OPENAPI, ensure_ascii=False), mimetype="application/json")


@bp.get("/hello")
@allow(Action.DELIVER, about=its_community, token=True)
def hello() -> Response:
    """All but the doors."""
    device = this_device()
    cursor = devices.cursor(reader(), device.community_id)
    mine = serving(device)
    people, serials = crews.companions(reader(), mine), tablet_walk.serials(reader(), mine)
    settings = communities.settings(reader(), device.community_id)
    return reply(
        protocol=PROTOCOL,
        oldest_protocol=OLDEST,
        community=community_told(community_of(device)),
        person={"name": current_actor().name},
        limits=LIMITS,
        roll_version=tablet_walk.version(mine),
        cursor=cursor,
        rounds=[round_told(one, people[one.crew_id], serials.get(one.crew_id, [])) for one in mine],
        quiet=quiet_told(devices.quiet_times(reader(), device.community_id, now())),
        visits=settings.visits,
        export_key=tablet_export.proof_key(device.uuid, config().code_key),
        **standing(device),
    )


def _number(name: str) -> int:
    """A number of the address; anything else is the beginning."""
    text = request.args.get(name, "0")
    return min(int(text[:20]), LARGEST_NUMBER) if text.isascii() and text.isdigit() else 0


@bp.get("/roll")
@allow(Action.READ_WALK, about=its_community, token=True)
def roll() -> Response:
    """The doors of the walk. The cursor is read first: what changes meanwhile is told again."""
    device = this_device()
    cursor = devices.cursor(reader(), device.community_id)
    mine = serving(device)
    page = tablet_walk.page(reader(), mine, device.community_id, current_actor(), _number("after"))
    return reply(
        epoch=devices.epoch(reader()),
        roll_version=tablet_walk.version(mine),
        cursor=cursor,
        doors=[door_told(door) for door in page.doors],
        next=page.next,
    )


@bp.get("/changes")
@allow(Action.READ_WALK, about=its_community, token=True)
def changes() -> Response:
    """Each door that changed since the cursor, as it is now."""
    device = this_device()
    mine = serving(device)
    found = tablet_walk.changed(reader(), mine, device.community_id, current_actor(), _number("cursor"))
    return reply(
        epoch=devices.epoch(reader()),
        roll_version=tablet_walk.version(mine),
        cursor=found.cursor,
        has_more=found.more,
        doors=[door_told(door) for door in found.doors],
        gone=found.gone,
        directives=directives(device),
        device=device_told(device, devices.sequence(reader(), device.uuid)),
    )
