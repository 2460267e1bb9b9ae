"""No network for one caller: what it would have asked for is refused and noted, everybody else goes on undisturbed."""

from __future__ import annotations

import errno
import functools
import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

# events of Python's audit table in which an address or a name is used, and where in their arguments it is
EVENTS = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}
_noted: ContextVar[list[str] | None] = ContextVar("noted", default=None)


class _Process:
    """Where the attempts of every thread are noted, while all of them are refused."""

    noted: list[str] | None = None


@contextmanager
def refused(*, everybody: bool = False) -> Iterator[list[str]]:
    """Inside the block, connections and name look-ups that leave this computer fail as without a network.

    Python's own sockets are watched, by an audit hook (PEP 578); a library that brings its own, in another language, is
    not seen. Loopback and sockets of the file system stay open.

    Args:
        everybody: refuse every thread of the process, for a process that has nothing else to do; otherwise only what
            runs in this context, which new threads do not inherit.

    Yields:
        The hosts that were asked for, in order; grows during the block.
    """
    _watch()
    noted: list[str] = []
    token = _noted.set(noted)
    if everybody:
        _Process.noted = noted
    try:
        yield noted
    finally:
        _noted.reset(token)
        if everybody:
            _Process.noted = None


@functools.lru_cache(maxsize=1)
def _watch() -> None:
    """Hooks cannot be taken out again: there is one, from the first use on."""
    sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in EVENTS:
        return
    noted = _noted.get()
    noted = _Process.noted if noted is None else noted
    if noted is None:
        return
    host = _host(arguments[EVENTS[event]])
    if not _is_here(host):
        noted.append(host)
        raise OSError(errno.ENETUNREACH, f"no network while this is checked: {host}")


def _host(address: object) -> str:
    """The host of (host, port, ...), a name, or nothing where the address is one of the file system."""
    if isinstance(address, tuple) and address:
        address = address[0]
        return address.decode() if isinstance(address, bytes) else str(address)
    if isinstance(address, bytes):
        address = address.decode(errors="replace")
    return "" if address is None or str(address).startswith(("/", "\0")) else str(address)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("", "localhost")
