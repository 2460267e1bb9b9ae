"""What the page says of methods without weights."""

from __future__ import annotations

import re

import pytest

from core import models
from core.errors import InputError
from core.models.catalog import METHODS


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_a_method_is_complete_and_no_row(method):
    assert re.fullmatch(r"[a-z0-9-]+", method.name) and method.title and method.licence and method.quality
    assert models.describe(method.task, method.name) is method
    with pytest.raises(InputError, match=f"no {method.task} model named '{method.name}'"):
        models.row(method.task, method.name)
