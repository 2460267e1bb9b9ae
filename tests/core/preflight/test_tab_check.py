"""Red, amber and green with small stand-ins."""

from __future__ import annotations

import dataclasses
import socket
import threading

import pytest

from core import models, preflight
from core.errors import Cancelled, InputError
from core.models import manager, registry
from core.models.files import sources
from core.preflight import __main__ as command
from core.preflight import tab_check
from tests.core.preflight.small_tab import ROOM, borrow_and_answer

OUTSIDE = ("192.0.2.1", 80)  # RFC 5737: nobody's


def only_finding(check):
    (found,) = check.findings
    return found.state, str(found.sentence)


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
    assert (active.row.name, active.state, active.whole) == ("efficientnet-lite2", "loaded", True)
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
    assert "(102 MB) is not on this machine" in said and "-m core.models prefetch efficientnet-lite2" in said


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
    assert found == [("efficientnet-lite2", "loaded"), ("pocket-sam", "loaded")]
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
    assert check.active[0].row.name == "efficientnet-lite2"


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
    assert "efficientnet-lite2 was ready" in only_finding(late)[1]


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
