from __future__ import annotations

import sys

import pytest

from core.models.catalog import ROWS


def test_the_command_line_lists_every_row_with_its_state(hub, monkeypatch, capsys):
    from core.models.cli import commands as command

    hub("sam-vit-b")
    monkeypatch.setattr(sys, "argv", ["models"])
    command.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == [r.name for r in ROWS]
    said = {line.split()[1]: line for line in lines}
    for fact in ("segment", "on disk", "375 MB", "clicks and boxes"):
        assert fact in said["sam-vit-b"]
    assert "absent" in said["sd-turbo"] and " MB " not in said["grabcut"]
    assert max(len(line) for line in lines) <= 132, "a line fits into a wide terminal"


def test_the_command_line_tells_all_that_is_known_of_some(hub, monkeypatch, capsys):
    from core.models.cli import commands as command

    monkeypatch.setattr(sys, "argv", ["models", "list", "controlnet-canny", "detect"])
    command.main()
    *detectors, guided = capsys.readouterr().out.split("\n\n")
    assert [each.split(":")[0] for each in detectors] == ["word-clicks", "grounding-dino", "owlv2"]
    assert detectors[0].endswith(
        "built on    concept-space, efficientnet-lite2, pocket-sam, efficientnet-lite0, ssdlite-people, "
        "blazeface, u2netp"
    )
    for fact in (
        "absent",
        "sd15",
        "361.3 M",
        "723 MB",
        "CreativeML Open RAIL-M",
        "@115a470d5479",
        "see its model card",
    ):
        assert fact in guided


def test_the_command_line_says_what_could_not_be_fetched(hub, monkeypatch, capsys):
    from core.models.cli import commands as command

    monkeypatch.setattr(sys, "argv", ["models", "prefetch", "grabcut", "sd-turbo"])
    with pytest.raises(SystemExit, match=r"sd-turbo \(2580 MB\) is not on this machine"):
        command.main()
    assert capsys.readouterr().out == "grabcut: on disk\n"
