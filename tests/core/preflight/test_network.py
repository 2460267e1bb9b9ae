"""What asks for another computer is refused and noted; what stays on this one goes through."""

from __future__ import annotations

import socket
import threading

import pytest

from core.preflight import network


def test_loopback_and_other_threads_are_not_refused():
    with socket.create_server(("127.0.0.1", 0)) as server, network.block_network() as noted:
        socket.create_connection(server.getsockname(), timeout=5).close()
        looked_up = []
        other = threading.Thread(target=lambda: looked_up.append(look_up_host("192.0.2.1")))
        other.start()
        other.join()
    assert noted == [] and looked_up == ["heard"]


def look_up_host(host):
    """Looks a number up, which asks nobody."""
    try:
        socket.getaddrinfo(host, 80)
    except OSError:
        return "refused"
    return "heard"


def test_a_process_of_its_own_is_refused_whole_and_only_inside():
    with network.block_network(everybody=True) as noted:
        heard = []
        other = threading.Thread(target=lambda: heard.append(look_up_host("192.0.2.1")))
        other.start()
        other.join()
    assert (noted, heard, look_up_host("192.0.2.1")) == (["192.0.2.1"], ["refused"], "heard")


@pytest.mark.parametrize(
    ("address", "here"),
    [(("127.0.0.1", 1), True), (("::1", 1, 0, 0), True), ("/run/a.sock", True), (b"\0abstract", True), (None, True),
     ("localhost", True), (("10.0.0.5", 80), False), ("huggingface.co", False), (("fe80::1%eth0", 80, 0, 2), False)],
)  # fmt: skip
def test_what_is_on_this_computer(address, here):
    assert network._is_local(network._host_of(address)) is here
