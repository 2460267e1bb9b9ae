from __future__ import annotations

import pytest


def test_too_many_captions_are_refused() -> None:
    from core.errors import InputError
    from demos.zeroshot.shared import read_captions

    with pytest.raises(InputError, match="1 to 24, but 25"):
        read_captions("\n".join(f"caption {i}" for i in range(25)))
