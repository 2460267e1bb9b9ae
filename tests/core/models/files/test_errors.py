"""What a Hub that refuses or is gone is answered with: a sentence that names the cure."""

from __future__ import annotations

import re

import pytest
from huggingface_hub import constants

from core.errors import ModelUnavailable
from core.models.files import hub_files, sources
from tests.stand_ins.small_repository import PLACE, ROW, list_leftovers


@pytest.mark.parametrize("where", ["/api/*", "/owner/*", "/blobs/*"])
@pytest.mark.parametrize(
    ("status", "headers", "key", "cure"),
    [
        (401, {}, "model_login", r"HTTP 401.*/owner/name.*hf auth login"),
        (401, {"X-Error-Code": "GatedRepo"}, "model_gated", "HTTP 401.*/owner/name.*hf auth login.*HF_TOKEN"),
        (403, {"X-Error-Code": "GatedRepo"}, "model_gated", "HTTP 403.*/owner/name.*hf auth login.*HF_TOKEN"),
        (403, {}, "model_login", "HTTP 403"),
        (404, {"X-Error-Code": "RepoNotFound"}, "model_gone", "/owner/name.*HTTP 404"),
        (404, {"X-Error-Code": "RevisionNotFound"}, "model_gone", "HTTP 404"),
        (404, {}, "model_gone", "HTTP 404"),
        (429, {"Retry-After": "77"}, "model_busy", "HTTP 429.*77"),
        (429, {}, "model_busy", "HTTP 429.*300"),
        (400, {}, "model_absent", "HTTP 400.*(with internet|인터넷이 될 때)"),
        (407, {}, "model_absent", "HTTP 407.*(with internet|인터넷이 될 때)"),
        (451, {}, "model_absent", "HTTP 451.*(with internet|인터넷이 될 때)"),
        (408, {}, "model_interrupted", "HTTP 408.*(wait some minutes|몇 분 기다린 뒤)"),
        (500, {}, "model_interrupted", "HTTP 500.*(wait some minutes|몇 분 기다린 뒤)"),
        (503, {}, "model_interrupted", "HTTP 503.*(wait some minutes|몇 분 기다린 뒤)"),
    ],
)
def test_each_refusal_has_its_sentence(hub_server, repository_folder, tmp_path, where, status, headers, key, cure):
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(where, status=status, headers=headers)
    with pytest.raises(ModelUnavailable) as caught:
        sources.fetch_weights(ROW)
    assert caught.value.key == f"errors.{key}"
    for language in ("en", "ko"):
        said = caught.value.message_in(language)
        assert re.search(cure, said) and "python -m core.models prefetch n" in said and "3 MB" in said
    _, parts, named = list_leftovers(tmp_path / "cache")
    assert sources.locate_weights(ROW) is None and not parts and not named


def test_a_place_that_does_not_exist(hub_server):
    with pytest.raises(ModelUnavailable, match=r"HTTP 401.*see on .*/owner/name"):
        sources.fetch_weights(ROW)


def test_a_log_in_page_is_not_taken_for_the_hub(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    for body in ("<html>Welcome to the hotel</html>", "[]", '{"id": "owner/name", "sha": "../../x", "siblings": []}'):
        hub_server.misbehave("/api/*", status=200, body=body, times=1)
        with pytest.raises(ModelUnavailable, match="log in to this network"):
            sources.fetch_weights(ROW)


@pytest.mark.parametrize("where", ["/api/*", "/owner/*", "/blobs/*"])
def test_a_hub_that_does_not_answer_in_time(hub_server, repository_folder, monkeypatch, where):
    monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 0.2)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.2)
    monkeypatch.setattr(hub_files, "MAX_CUTS", 1)
    hub_server.add(PLACE, repository_folder)
    hub_server.misbehave(where, wait=1)
    with pytest.raises(ModelUnavailable, match=r"\(ReadTimeout\).*wait some minutes.*prefetch n$") as caught:
        sources.fetch_weights(ROW)
    assert re.search(r"\(ReadTimeout\).*기다린 뒤.*prefetch n$", caught.value.message_in("ko"))


def test_a_hub_that_is_gone(hub_server, repository_folder):
    hub_server.add(PLACE, repository_folder)
    hub_server.close()
    with pytest.raises(ModelUnavailable, match=r"could not be fetched \(ConnectError\).*with internet"):
        sources.fetch_weights(ROW)


@pytest.mark.parametrize("fault", ["ConnectTimeout", "PoolTimeout"])
def test_a_firewall_that_drops_everything_is_not_a_line_that_was_cut(hub_server, repository_folder, monkeypatch, fault):
    def refuse(*_, **__):
        raise getattr(hub_files.client, fault)("timed out")

    monkeypatch.setattr(hub_files, "HfApi", refuse)
    with pytest.raises(ModelUnavailable, match=rf"could not be fetched \({fault}\).*with internet") as caught:
        sources.fetch_weights(ROW)
    assert caught.value.key == "errors.model_absent"


def test_a_proxy_for_which_a_package_is_missing(hub_server, repository_folder, monkeypatch):
    def refuse(*_, **__):
        raise ImportError("Using SOCKS proxy, but the 'socksio' package is not installed.")

    monkeypatch.setattr(hub_files, "HfApi", refuse)
    with pytest.raises(ModelUnavailable, match=r"could not be fetched .*SOCKS proxy.*socksio"):
        sources.fetch_weights(ROW)


@pytest.mark.parametrize(
    "fault",
    [ValueError("Unknown scheme for proxy URL URL('socks://h:1')"), hub_files.client.InvalidURL("Invalid port: 'x'")],
)
def test_a_proxy_that_is_none_is_not_taken_for_a_log_in_page(hub_server, repository_folder, monkeypatch, fault):
    def refuse(*_, **__):
        raise fault

    monkeypatch.setattr(hub_files, "HfApi", refuse)
    with pytest.raises(ModelUnavailable, match=r"the proxy that the environment names .*https_proxy"):
        sources.fetch_weights(ROW)
