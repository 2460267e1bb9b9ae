from __future__ import annotations

import os
import subprocess
import sys
import urllib.request

import pytest

from core import environment
from tests import ROOT


def test_proxies_are_hidden_and_there_again(monkeypatch):
    before = {"http_proxy": "http://p:1", "ALL_PROXY": "socks5://p:2", "no_proxy": "intern", "FTP_PROXY": "x"}
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    with environment.hide_proxies():
        assert urllib.request.getproxies() == {"no": "*"}
        assert urllib.request.proxy_bypass("localhost")
    assert {name: os.environ.get(name) for name in before} == before


def test_they_come_back_after_an_error_and_none_is_left_behind(monkeypatch):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HTTPS_PROXY", "http://p:1")
    with pytest.raises(RuntimeError), environment.hide_proxies():
        raise RuntimeError
    assert os.environ["HTTPS_PROXY"] == "http://p:1" and "no_proxy" not in os.environ


@pytest.mark.parametrize("variables", [
    {"all_proxy": "socks5://127.0.0.1:9"},
    {"ALL_PROXY": "socks://127.0.0.1:9"},
    {"https_proxy": "http://[::bad:1", "GRADIO_SERVER_PORT": "none"},
])  # fmt: skip
def test_the_page_is_imported_whatever_the_environment_says(variables):
    code = "import demos, os; print(*sorted(name for name in os.environ if name.lower().endswith('_proxy')))"
    names = " ".join(name for name in variables if name.lower().endswith("_proxy"))
    clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**clean, **variables}, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == (names, 0), done.stderr
