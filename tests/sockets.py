"""No test talks to the world: only loopback and unix sockets, and for the tests of the rules none at all.

An audit hook sees every socket of this process, whatever library opens it.
"""

import ipaddress
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DOMAIN = Path(__file__).parent / "domain"


class SocketRefused(RuntimeError):
    """A test reached for a socket that it may not have."""


class _Guard:
    in_domain = False


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _refuse_outward(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event == "socket.__new__":
        if _Guard.in_domain:
            raise SocketRefused("a test of the rules opened a socket")
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        opened, address = arguments[0], arguments[1]
        outward = isinstance(opened, socket.socket) and opened.family in (socket.AF_INET, socket.AF_INET6)
        if outward and isinstance(address, tuple) and not _is_loopback(address[0]):
            raise SocketRefused(f"a test reached for {address!r}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and not _is_loopback(arguments[0]):
        raise SocketRefused(f"a test looked up {arguments[0]!r}")


sys.addaudithook(_refuse_outward)


@pytest.fixture(autouse=True)
def _no_sockets_for_the_rules(request: pytest.FixtureRequest) -> Iterator[None]:
    _Guard.in_domain = DOMAIN in request.node.path.parents
    yield
    _Guard.in_domain = False
