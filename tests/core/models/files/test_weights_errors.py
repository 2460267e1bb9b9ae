from __future__ import annotations

import dataclasses

from core import models
from core.models.files import sources, weights_errors


def test_a_missing_file_is_noticed_and_the_sentence_has_its_name_and_the_cure(app_weights):
    (app_weights / "pocket-sam.safetensors").unlink()
    row = models.row("segment", "pocket-sam")
    wrong = sources.verify_weights(row)
    assert wrong == ("assets/weights/pocket-sam.safetensors",)
    for language in ("en", "ko"):
        said = weights_errors.damaged_weights_error(row, wrong).message_in(language)
        assert "pocket-sam.safetensors" in said and "git checkout -- assets/weights" in said


def test_a_package_that_is_not_there():
    row = models.row("classify", "efficientnet-lite0")
    gone = dataclasses.replace(row, source="package:no_such_model/net.pth")
    assert sources.verify_weights(gone) == ("no_such_model/net.pth",)
    assert "package no-such-model, which is not installed" in str(weights_errors.missing_weights_error(gone))
