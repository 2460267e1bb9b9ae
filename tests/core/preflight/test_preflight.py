"""Before the lecture: red, amber and green with small stand-ins, and the command's exit status."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
import threading

import numpy as np
import pytest

from core import models, preflight, samples
from core.errors import Cancelled, InputError
from core.models import manager, registry
from core.models.files import sources
from core.preflight import __main__ as command
from core.preflight import network, probes, tab_check
from core.results import Result

# tasks with weights that the lecture uses
LECTURE = {"edges", "classify", "zeroshot", "segment", "detect", "text_to_image", "edges_to_image", "autoencoder"}
LECTURE |= {"inpaint"}
OUTSIDE = ("192.0.2.1", 80)  # RFC 5737: nobody's
ROOM = preflight.MemoryInfo(8 * 10**9, 16 * 10**9)


class Net:
    """A model of two megabytes."""

    class Numbers:
        nbytes = 2_000_000

    def parameters(self):
        return [self.Numbers]

    def buffers(self):
        return []


@pytest.fixture
def install_probe(nothing_loaded, monkeypatch):
    """A tab "cnn" whose model and whose call the test chooses: `tab(call, bound=, further=)`."""
    rows = tuple(dataclasses.replace(r, source="package:numpy/__init__.py", memory=2_000_000, parameters=500_000)
                 for r in (models.row("classify", "efficientnet-lite0"), models.row("segment", "pocket-sam"),
                           models.row("zeroshot", "concept-space")))  # fmt: skip
    rows = tuple(dataclasses.replace(r, loader="small", parts={}, assets=()) for r in rows)
    monkeypatch.setattr(registry, "ROWS", rows)
    monkeypatch.setattr(manager, "find_loader", lambda row: lambda row, path, device: Net())
    for module in (preflight, tab_check):
        monkeypatch.setattr(module, "memory_info", lambda: ROOM)

    def replace_probes(call, bound=60.0, further=()):
        probe = probes.Probe(("classify", None), call, bound, further)
        other = dataclasses.replace(probe, default_model=("segment", None))
        monkeypatch.setattr(tab_check, "PROBES", {"cnn": probe, "segment": other})

    yield replace_probes
    models.release()


def borrow_and_answer(picture):
    with models.borrow("classify") as (row, _):
        return Result(model=row.name, seconds=0.1)


def only_finding(check):
    (found,) = check.findings
    return found.state, str(found.sentence)


def test_every_tab_of_the_app_is_tried_with_what_it_begins_with():
    import app

    # those with a probe come first
    assert preflight.list_tabs()[: len(probes.PROBES)] == tuple(probes.PROBES)
    assert set(preflight.list_tabs()) == {tab.id for tab in app.TABS}
    tried = {task for probe in probes.PROBES.values() for task, _ in (probe.default_model, *probe.further)}
    assert tried >= LECTURE, "each task with weights is tried somewhere"
    for tab in app.TABS:
        # a tab may come without one; one that names a probe is tried with all that it loads
        assert tab.probe is None or tab.probe in probes.PROBES
        if tab.probe is not None:
            probe = probes.PROBES[tab.probe]
            assert set(tab.models) <= {probe.default_model[0], *(task for task, _ in probe.further)}
            assert samples.sample_path(probe.sample).is_file()
    assert {tab.probe for tab in app.TABS} >= set(probes.PROBES), "each probe is some tab's"


@pytest.mark.parametrize("name", ["edges", "cnn", "autoencoder", "inpaint"])
def test_the_probe_uses_the_row_that_is_shown(name):
    probe = probes.PROBES[name]
    picture = np.full((40, 50, 3), 90, np.uint8)
    picture[10:20] = 200
    assert probe.call(picture).model == models.describe(*probe.default_model).name


def test_a_real_tab_works_without_a_network():
    check = preflight.check_tab("cnn")
    assert check.state in ("green", "amber") and check.first > 0 and check.second > 0
    assert check.asked == () and check.active[0].whole is True and check.active[0].state == "loaded"
    assert check.memory.total > check.memory.free > 0


def test_green(install_probe):
    install_probe(borrow_and_answer)
    steps = []
    check = preflight.check_tab("cnn", on_step=steps.append)
    assert (check.state, check.findings, check.asked, check.warm) == ("green", (), (), False)
    (active,) = check.active
    assert (active.row.name, active.state, active.whole) == ("efficientnet-lite0", "loaded", True)
    assert (active.bytes, active.device) == (2_000_000, models.device())
    assert 0 < check.second <= check.bound and check.first > 0 and check.memory == ROOM
    assert [step.stage for step in steps] == ["verify", "first", "second"]
    assert preflight.check_tab("cnn").warm, "it was loaded by the first check"


def test_no_picture_comes_twice(install_probe):
    seen = []
    install_probe(lambda picture: seen.append(picture.tobytes()) or borrow_and_answer(picture))
    preflight.check_tab("cnn")
    preflight.check_tab("cnn")
    assert len(set(seen)) == 4


def test_slow_is_amber_with_both_figures(install_probe):
    install_probe(borrow_and_answer, bound=0.0)
    state, said = only_finding(preflight.check_tab("cnn"))
    assert state == "amber" and "at most 0 s were expected" in said and "close other programs" in said


def test_absent_weights_are_red_with_the_command_and_nothing_is_called(install_probe, monkeypatch):
    install_probe(lambda picture: pytest.fail("it would have been fetched"))
    monkeypatch.setattr(sources, "locate_weights", lambda row, cache=None: None)
    gone = dataclasses.replace(registry.ROWS[0], source="hub:timm/resnet50.a1_in1k", download=102 * 10**6)
    monkeypatch.setattr(registry, "ROWS", (gone, *registry.ROWS[1:]))
    check = preflight.check_tab("cnn")
    state, said = only_finding(check)
    assert (state, check.state, check.first, check.active[0].whole) == ("red", "red", None, False)
    assert "(102 MB) is not on this machine" in said and "-m core.models prefetch efficientnet-lite0" in said


def test_wrong_bytes_are_red_and_not_looked_for_in_a_hurry(install_probe, monkeypatch):
    install_probe(borrow_and_answer)
    monkeypatch.setattr(sources, "verify_weights", lambda row: ("numpy/__init__.py",))
    check = preflight.check_tab("cnn")
    assert (
        only_finding(check)[0] == "red"
        and "other bytes than its hash" in only_finding(check)[1]
        and check.active[0].whole is False
    )
    quick = preflight.check_tab("cnn", verify=False)
    assert quick.state == "green" and quick.active[0].whole is None


def test_files_that_cannot_be_compared_are_amber_and_the_call_is_tried_nevertheless(install_probe, monkeypatch):
    def refuse(row):
        raise PermissionError(13, "Permission denied")

    install_probe(borrow_and_answer)
    monkeypatch.setattr(sources, "verify_weights", refuse)
    check = preflight.check_tab("cnn")
    assert (
        only_finding(check)[0] == "amber" and "PermissionError" in only_finding(check)[1] and check.second is not None
    )
    assert check.weights == "unverified" and check.active[0].whole is None


def test_what_two_models_are_built_on_is_compared_and_told_once(install_probe, monkeypatch):
    install_probe(borrow_and_answer, further=(("segment", None),))
    first, second, third = registry.ROWS
    models_ = (first, dataclasses.replace(second, parts={"base": first.name}), third)
    monkeypatch.setattr(registry, "ROWS", models_)
    compared = []
    monkeypatch.setattr(sources, "verify_weights", lambda row: compared.append(row.name) or ("numpy/__init__.py",))
    check = preflight.check_tab("cnn")
    assert compared == [first.name, second.name] and [found.state for found in check.findings] == ["red", "amber"]
    assert [active.whole for active in check.active] == [False, False] and check.weights == "wrong"


def test_what_only_one_press_more_needs_is_amber(install_probe, monkeypatch):
    install_probe(borrow_and_answer, further=(("segment", None),))
    found = [(a.row.name, a.state) for a in preflight.check_tab("cnn").active]
    assert found == [("efficientnet-lite0", "loaded"), ("pocket-sam", "loaded")]
    assert preflight.check_tab("cnn").fits
    models.release()
    real = sources.locate_weights
    monkeypatch.setattr(
        sources, "locate_weights", lambda row, cache=None: None if row.task == "segment" else real(row, cache)
    )
    check = preflight.check_tab("cnn")
    assert check.state == "amber" and check.second is not None and "pocket-sam" in only_finding(check)[1]
    assert check.weights == "absent" and not check.fits


def test_an_error_is_red_with_its_own_sentence_or_with_what_came(install_probe):
    def refuse(picture):
        raise InputError("errors.mask_missing")

    install_probe(refuse)
    assert only_finding(preflight.check_tab("cnn")) == ("red", str(InputError("errors.mask_missing")))

    def fail(picture):
        raise ImportError("libtorch_cpu.so is missing")

    install_probe(fail)
    state, said = only_finding(preflight.check_tab("cnn"))
    assert state == "red" and "ImportError: libtorch_cpu.so is missing" in said and "pip install" in said


def test_a_picture_that_is_gone_is_red_and_the_next_tab_is_tried(install_probe, monkeypatch):
    install_probe(borrow_and_answer)
    probe = dataclasses.replace(tab_check.PROBES["cnn"], sample="nothing")
    monkeypatch.setattr(tab_check, "PROBES", tab_check.PROBES | {"cnn": probe})
    assert [preflight.check_tab(name).state for name in ("cnn", "segment")] == ["red", "amber"]


def test_a_tab_without_a_probe_shows_up(install_probe):
    install_probe(borrow_and_answer)
    state, said = only_finding(preflight.check_tab("negative"))
    assert state == "amber" and "no probe" in said and "core/preflight/probes.py" in said


def test_a_tab_may_be_tried_by_a_probe_of_another_name(install_probe):
    install_probe(borrow_and_answer)
    check = preflight.check_tab("negative", probe="cnn")
    assert (check.tab, check.state) == ("negative", "green")
    assert check.active[0].row.name == "efficientnet-lite0"


def test_a_method_without_weights_is_on_disk_whole_and_computes_on_the_cpu():
    check = preflight.check_tab("edges", verify=False)
    canny, learned = check.active
    assert canny.row is models.describe("edges", "canny")
    assert (canny.state, canny.whole, canny.bytes, canny.device) == ("on disk", True, 0, "cpu")
    assert learned.row.name == "learned" and learned.bytes > 0
    (found,) = [tab for tab in command.checks_to_dict([check])["tabs"] if tab["tab"] == "edges"]
    assert found["active"][0]["name"] == "canny" and found["active"][0]["tier"] == "pocket"


def test_every_sentence_is_there_in_korean(install_probe, monkeypatch):
    install_probe(borrow_and_answer, bound=0.0)
    monkeypatch.setattr(tab_check, "memory_info", lambda: preflight.MemoryInfo(5 * 10**8, 10**9))
    said = [found.sentence.message_in("ko") for found in preflight.check_tab("cnn").findings]
    assert len(said) == 2 and "500 MB" in said[1] and all("주세요" in sentence for sentence in said)


def test_a_model_that_a_later_one_pushes_out_is_amber(install_probe, monkeypatch):
    install_probe(borrow_and_answer)
    first = preflight.check_tab("cnn")
    assert preflight.update_checks([first]) == (first,)
    monkeypatch.setattr(manager._cache(), "_budget", lambda *_: 2_500_000)
    models.load("segment")
    (late,) = preflight.update_checks([first])
    assert (first.state, late.state, late.active[0].state) == ("green", "amber", "on disk")
    assert "efficientnet-lite0 was ready" in only_finding(late)[1]


def test_a_model_without_room_beside_the_others_is_amber(install_probe, monkeypatch):
    install_probe(borrow_and_answer, further=(("segment", None),))
    monkeypatch.setattr(manager._cache(), "_budget", lambda *_: 2_500_000)
    state, said = only_finding(preflight.check_tab("cnn"))
    assert state == "amber" and said.startswith("pocket-sam does not fit into memory")


def test_it_can_be_stopped(install_probe):
    install_probe(borrow_and_answer)

    def stop(step):
        if step.stage == "second":
            raise Cancelled

    with pytest.raises(Cancelled):
        preflight.check_tab("cnn", on_step=stop)


def test_somebody_elses_model_is_waited_for_but_not_for_ever(install_probe, monkeypatch):
    install_probe(borrow_and_answer)
    monkeypatch.setattr(tab_check, "MAX_WAIT", 0.0)
    entered, leave = threading.Event(), threading.Event()

    def use():
        with models.borrow("zeroshot"):
            entered.set()
            leave.wait(10)

    other = threading.Thread(target=use)
    other.start()
    assert entered.wait(10)
    check = preflight.check_tab("cnn")
    leave.set()
    other.join()
    assert only_finding(check)[0] == "amber" and "Somebody else used a model" in only_finding(check)[1]


def test_a_call_that_asks_the_network_is_refused_and_told(install_probe):
    def ask(picture):
        for name in ("huggingface.co", "huggingface.co"):
            with pytest.raises(OSError, match="no network"):
                socket.getaddrinfo(name, 443)
        return borrow_and_answer(picture)

    install_probe(ask)
    check = preflight.check_tab("cnn")
    assert check.asked == ("huggingface.co",)
    assert only_finding(check)[0] == "amber" and "tried to reach huggingface.co" in only_finding(check)[1]


def test_a_call_that_needs_the_network_is_red(install_probe):
    def connect_out(picture):
        socket.create_connection(OUTSIDE, timeout=1)

    install_probe(connect_out)
    check = preflight.check_tab("cnn")
    assert check.state == "red" and check.asked == ("192.0.2.1",)


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


@pytest.fixture
def offline(monkeypatch):
    """What the command changes for good is put back."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    yield
    models.prefer("auto")


def test_the_command_prints_a_table_and_succeeds_without_red(install_probe, offline, capsys):
    install_probe(borrow_and_answer)
    assert command.main(["cnn", "--lang", "en"]) == 0
    head, line, *rest = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["state", "tab", "where", "weights"] and line.split()[:4] == [
        "GREEN",
        "cnn",
        "cpu",
        "whole",
    ]
    assert head.split()[-4:] == ["fits", "MB", "network", "models"]
    assert re.fullmatch(r".* yes +2 +not needed +efficientnet-lite0(, [a-z0-9-]+)*", line)
    assert rest[-1] == "memory free: 8.0 of 16.0 GB"


def test_the_command_fails_when_a_tab_does_not_work(install_probe, offline, capsys):
    def fail(picture):
        raise RuntimeError("no")

    install_probe(fail)
    assert command.main(["cnn", "--quick", "--lang", "ko"]) == 1
    said = capsys.readouterr().out
    assert "RED    cnn" in said and "RED cnn: efficientnet-lite0이(가) 답하지 못했습니다(RuntimeError: no)" in said


def test_the_command_for_programs(install_probe, offline, capsys):
    install_probe(borrow_and_answer, bound=0.0)
    assert command.main(["cnn", "--json", "--models", "pocket"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["tabs"]
    assert found["state"] == "amber" and found["active"][0]["bytes"] == 2_000_000 and found["second"] > 0
    assert set(found["findings"][0]) == {"state", "en", "ko"}


def test_a_mistyped_tab_is_refused(capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(["segmnt"])
    assert stopped.value.code == 2 and "there are edges, cnn, segment" in capsys.readouterr().err
