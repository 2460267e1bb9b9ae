from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from core import models
from core.errors import ModelUnavailable
from core.models.files import sources
from tests import ROOT
from tests.stand_ins import stand_in_hub
from tests.stand_ins.small_repository import PLACE, ROW, write_files


def test_stay_offline_holds_for_libraries_that_are_already_imported():
    code = """
import os
os.environ.pop("HF_HUB_OFFLINE", None)
import huggingface_hub
from core import models
models.stay_offline()
try:
    huggingface_hub.hf_hub_download("owner/name", "file")
except Exception as error:
    print(type(error.__cause__).__name__, huggingface_hub.is_offline_mode(), os.environ["HF_HUB_OFFLINE"])
"""
    environment = {**os.environ, "HF_HUB_OFFLINE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["OfflineModeIsEnabled", "True", "1"], done.stderr


@pytest.mark.parametrize("again", [False, True])
def test_offline_no_socket_is_opened(hub_server, repository_folder, no_sockets, again):
    hub_server.add(PLACE, repository_folder)
    models.stay_offline()
    with pytest.raises(ModelUnavailable, match="HF_HUB_OFFLINE=1"):
        sources.download_weights(ROW, again=again)
    assert hub_server.requests == []


# runs the command line, and says on its last line which sockets were asked for; none is let through
WATCHED = """
import runpy, sys
asked = []
def watch(event, arguments):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.sendto")):
        asked.append(event)
        raise ConnectionRefusedError(event)
sys.addaudithook(watch)
sys.argv = ["models", "prefetch", "resnet50"]
try:
    runpy.run_module("core.models", run_name="__main__")
except SystemExit as stopped:
    print(stopped.code)
print(*asked)
"""


@pytest.mark.parametrize("offline", ["1", "0"])
def test_a_process_told_to_stay_offline_opens_no_socket(hub_server, tmp_path, offline):
    row = models.row("classify", "resnet50")
    hub_server.add(row.source.removeprefix("hub:"), write_files(tmp_path / "files"), row.revision)
    environment = {**stand_in_hub.hub_environment(hub_server, tmp_path / "cache"), "HF_HUB_OFFLINE": offline}
    words = [sys.executable, "-c", WATCHED]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    said, asked = done.stdout.removesuffix("\n").split("\n")
    assert said.startswith("resnet50 (102 MB)") and hub_server.requests == []
    assert ("HF_HUB_OFFLINE=1" in said, "socket." in asked) == ((True, False) if offline == "1" else (False, True))


def test_offline_the_cure_is_a_terminal_of_any_system_without_the_variable(hub_server, repository_folder):
    models.stay_offline()
    with pytest.raises(ModelUnavailable, match=r"\(HF_HUB_OFFLINE=1\).*a new terminal, where.*prefetch n$") as caught:
        sources.fetch_weights(ROW)
    assert re.search(r"\(HF_HUB_OFFLINE=1\).*HF_HUB_OFFLINE이 .*새 터미널.*prefetch n$", caught.value.message_in("ko"))
    assert not any(re.search(r"\bunset\b", caught.value.message_in(language)) for language in ("en", "ko")), (
        "of Unix only"
    )
