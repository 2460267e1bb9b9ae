from __future__ import annotations

import contextlib
import errno
import socket

import pytest

from core.environment import GRADIO_ADDRESS
from core.errors import InputError
from demos.page import listening
from tests.test_app import free_port


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in GRADIO_ADDRESS:
        monkeypatch.delenv(name, raising=False)


@contextlib.contextmanager
def hold_port(host="127.0.0.1", port=0, family=socket.AF_INET):
    with socket.socket(family) as busy:
        busy.bind((host, port))
        busy.listen()
        yield busy.getsockname()[1]


@pytest.mark.parametrize(
    ("host", "shown"),
    [(None, "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("0.0.0.0", "0.0.0.0")],
)
def test_the_port_that_is_asked_for_is_taken_where_it_is_free(host, shown):
    port = free_port()
    assert listening.find_address(host, port) == listening.ListeningAddress(shown, port)


@pytest.mark.parametrize("host", ["::1", "[::1]", "::"])
def test_ipv6_is_in_brackets(host):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert listening.find_address(host, free_port()).host == f"[{host.strip('[]')}]"


@pytest.mark.parametrize("host", [None, "0.0.0.0", "localhost", "127.0.0.1"])
def test_a_busy_port_gets_a_sentence(host):
    with hold_port() as port, pytest.raises(InputError, match=f"Port {port} is in use .* --port"):
        listening.find_address(host, port)


def test_of_many_the_first_free_one_is_taken(monkeypatch):
    with hold_port() as port:
        monkeypatch.setenv("GRADIO_SERVER_PORT", str(port))
        assert port < listening.find_address(None, None).port < port + 100
        monkeypatch.setenv("GRADIO_NUM_PORTS", "1")
        with pytest.raises(InputError, match=f"No port from {port} to {port} can be used"):
            listening.find_address(None, None)


def test_gradios_own_range(monkeypatch):
    assert listening.list_ports(None) == range(7860, 7960)
    monkeypatch.setenv("GRADIO_SERVER_PORT", "65500")
    assert listening.list_ports(None) == range(65500, 65536)


@pytest.mark.parametrize("port", [0, -1, 65536, 70000])
def test_a_port_that_is_none(port):
    with pytest.raises(InputError, match=f"--port must be a number from 1 to 65535, but {port} came"):
        listening.find_address(None, port)


@pytest.mark.parametrize("name", ["GRADIO_SERVER_PORT", "GRADIO_NUM_PORTS"])
@pytest.mark.parametrize("value", ["abc", "-5", "1e3", "7860 7861"])
def test_a_variable_that_is_no_number_is_named(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=f"{name} must be a number .* {value} came"):
        listening.find_address(None, None)


@pytest.mark.parametrize("host", ["http://127.0.0.1", "127.0.0.1:7860", "nonsense.invalid", "a" * 300, "a..b", "\0"])
def test_a_host_that_is_none(host):
    with pytest.raises(InputError, match="No machine is called"):
        listening.find_address(host, free_port())


@pytest.mark.parametrize("host", ["192.0.2.7", "8.8.8.8"])
def test_a_host_that_is_another_machine(host):
    with pytest.raises(InputError, match="is not an address of this computer"):
        listening.find_address(host, free_port())


def test_the_variable_of_the_host_is_read(monkeypatch):
    monkeypatch.setenv("GRADIO_SERVER_NAME", "192.0.2.7")
    with pytest.raises(InputError, match=r"192\.0\.2\.7 is not an address"):
        listening.find_address(None, free_port())
    assert listening.find_address("127.0.0.1", free_port()).host == "127.0.0.1"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM])
def test_a_port_of_the_systems_own_is_said(number, monkeypatch):
    # as for everybody but root
    monkeypatch.setattr(listening, "_find_reason", lambda *_: OSError(number, "no"))
    with pytest.raises(InputError, match="does not let you use port 80: choose one from 1024"):
        listening.find_address(None, 80)


def test_every_address_is_none_for_a_browser():
    assert listening.shown_address("http://[::]:80/") == listening.shown_address("http://0.0.0.0:80/")
    assert listening.shown_address("http://[::1]:80/") == "http://[::1]:80/"
