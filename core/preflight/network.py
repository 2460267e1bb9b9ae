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
AUDIT_EVENTS = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}
_context_attempts: ContextVar[list[str] | None] = ContextVar("noted", default=None)


class _ProcessWide:
    """Where the attempts of every thread are noted, while all of them are refused."""

    attempts: list[str] | None = None


@contextmanager
def block_network(*, everybody: bool = False) -> Iterator[list[str]]:
    """Inside the block, connections and name look-ups that leave this computer fail as without a network.

    Python's own sockets are watched, by an audit hook (PEP 578); a library that brings its own, in another language, is
    not seen. Loopback and sockets of the file system stay open.

    Args:
        everybody: refuse every thread of the process, for a process that has nothing else to do; otherwise only what
            runs in this context, which new threads do not inherit.

    Yields:
        The hosts that were asked for, in order; grows during the block.
    """
    _install_audit_hook()
    noted: list[str] = []
    token = _context_attempts.set(noted)
    if everybody:
        _ProcessWide.attempts = noted
    try:
        yield noted
    finally:
        _context_attempts.reset(token)
        if everybody:
            _ProcessWide.attempts = None


@functools.lru_cache(maxsize=1)
def _install_audit_hook() -> None:
    """Hooks cannot be taken out again: there is one, from the first use on."""
    sys.addaudithook(_audit_hook)


def _audit_hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in AUDIT_EVENTS:
        return
    noted = _context_attempts.get()
    noted = _ProcessWide.attempts if noted is None else noted
    if noted is None:
        return
    host = _host_of(arguments[AUDIT_EVENTS[event]])
    if not _is_local(host):
        noted.append(host)
        raise OSError(errno.ENETUNREACH, f"no network while this is checked: {host}")


def _host_of(address: object) -> str:
    """The host of (host, port, ...), a name, or nothing where the address is one of the file system."""
    if isinstance(address, tuple) and address:
        address = address[0]
        return address.decode() if isinstance(address, bytes) else str(address)
    if isinstance(address, bytes):
        address = address.decode(errors="replace")
    return "" if address is None or str(address).startswith(("/", "\0")) else str(address)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in ("", "localhost")
