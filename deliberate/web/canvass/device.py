"""The device that speaks, and the walk of its person."""

from collections.abc import Sequence
from typing import Any

from flask import g

from deliberate.queries import communities, crews, devices, tablet_walk
from deliberate.queries.crews import Serving

from ..access import current_actor
from ..store import reader


def this_device() -> Any:
    """The device of this request's token, as it is in the reading session of this moment."""
    return devices.by_id(reader(), current_actor().device_id)


def serving(device: Any) -> Sequence[Serving]:
    """The crews of its person in running rounds; none for a device that is revoked."""
    if device.revoked_at is not None:
        return []
    if "serving" not in g:
        g.serving = crews.of_canvasser(reader(), device.account_id, device.community_id)
    found: Sequence[Serving] = [one for one in g.serving if one.running]
    return found


def walk_version(device: Any) -> str:
    """Which walk its person has now; that of nobody for a device that is revoked."""
    if device.revoked_at is not None:
        return tablet_walk.version([])
    return tablet_walk.version_for(reader(), device.account_id, device.community_id)


def community_of(device: Any) -> Any:
    """Where the tablet is at home."""
    return communities.by_id(reader(), device.community_id)
