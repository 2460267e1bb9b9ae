from __future__ import annotations

import io
import json
import sys

import pytest

from core.preflight import __main__ as command


@pytest.mark.parametrize(("encoding", "letters"), [("utf-8", "é 한"), ("cp949", "\\u00e9"), ("ascii", "\\ud55c")])
def test_json_is_whole_whatever_letters_the_console_has(encoding, letters, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    told = {"sentence": "é 한"}
    text = command.dump_json(told)
    assert letters in text and json.loads(text.encode(encoding)) == told
