"""Where the server listens: whether it can is found out before it starts, and said in a sentence where it cannot."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.environment import GRADIO_ADDRESS
from core.errors import InputError

HOST, FIRST_PORT, PORT_COUNT = GRADIO_ADDRESS
MOST_PORTS = 65535
# the numbers are those of Windows, which also calls a port forbidden that a program keeps for itself
_FORBIDDEN = (errno.EACCES, errno.EPERM, 10013)
_BUSY = (errno.EADDRINUSE, 10048)

# its family, and the address as `bind` takes it, of whatever port
Place = tuple[socket.AddressFamily, tuple[Any, ...]]


@dataclass(frozen=True)
class ListeningAddress:
    """Attributes: host: as Gradio takes it, IPv6 in brackets; port: free a moment ago."""

    host: str
    port: int


def find_address(host: str | None, port: int | None) -> ListeningAddress:
    """The address of the flags, or of Gradio's variables, with the first port that is free there.

    Args:
        host: a name or address of this machine; None takes GRADIO_SERVER_NAME, or this computer alone.
        port: from 1 to 65535; None takes the first free one from GRADIO_SERVER_PORT (7860) on.

    Raises:
        InputError: there is no such host or port, or it is taken or forbidden; the sentence has the cure.
    """
    named = (host or os.environ.get(HOST) or "127.0.0.1").strip().removeprefix("[").removesuffix("]")
    # Gradio itself looks there too, whatever the host
    places = [*_resolve_host(named), (socket.AF_INET, ("127.0.0.1", 0))]
    ports = list_ports(port)
    for tried in ports:
        reason = _find_reason(places, tried)
        if reason is None:
            return ListeningAddress(f"[{named}]" if ":" in named else named, tried)
        if reason.errno not in _FORBIDDEN + _BUSY:
            raise InputError("start.host_elsewhere", got=named)
        if port is not None:
            raise InputError("start.port_forbidden" if reason.errno in _FORBIDDEN else "start.port_busy", port=tried)
    raise InputError("start.ports_busy", first=ports[0], last=ports[-1], variable=FIRST_PORT)


def list_ports(port: int | None) -> Sequence[int]:
    """The port that is asked for, or those that Gradio would try.

    Raises:
        InputError: it is none, or one of Gradio's variables is no number.
    """
    if port is not None:
        return [_check_number("--port", port, MOST_PORTS)]
    first = _check_number(FIRST_PORT, os.environ.get(FIRST_PORT) or 7860, MOST_PORTS)
    count = _check_number(PORT_COUNT, os.environ.get(PORT_COUNT) or 100, MOST_PORTS)
    return range(first, min(first + count, MOST_PORTS + 1))


def shown_address(address: str) -> str:
    """The address of a server as a browser on this machine takes it: "every address" is none."""
    return address.replace("//[::]:", "//localhost:").replace("//0.0.0.0:", "//localhost:")


def _check_number(name: str, given: str | int, most: int) -> int:
    try:
        number = int(given)
    except ValueError:
        number = 0
    if not 1 <= number <= most:
        raise InputError("start.number", name=name, most=most, got=str(given)[:40])
    return number


def _resolve_host(name: str) -> list[Place]:
    """The addresses that a name of this machine stands for."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    # a name that is too long or has forbidden letters is a UnicodeError, one with a zero byte a ValueError
    except (OSError, ValueError) as error:
        raise InputError("start.host_unknown", got=name[:80]) from error
    return [(family, place) for family, _, _, _, place in found]


def _find_reason(places: list[Place], port: int) -> OSError | None:
    """Why a server cannot listen on a port; None where it can."""
    for family, place in places:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                if os.name == "posix":
                    # a server that has just ended does not hold it; on Windows this would share it with one that runs
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((place[0], port, *place[2:]))
        except OSError as error:
            return error
    return None
