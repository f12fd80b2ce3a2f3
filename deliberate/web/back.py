"""Addresses that a reader brings along, and where they try from."""

import re

from flask import request

_OURS = re.compile(r"/(?![/\\])[^\x00-\x20\\]*")
"""A path of ours: no host, no backslash, nothing that a browser would strip to make one."""


def way_back(target: str | None) -> str | None:
    """The page to go back to, if it is one of ours."""
    return target if target and _OURS.fullmatch(target) else None


def place() -> str:
    """Where the request came from, for counting tries."""
    return request.remote_addr or ""
