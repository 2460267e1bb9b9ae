"""Variables of the environment that others read: hidden while they would do harm, and there again afterwards."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

# where Gradio's server listens: read, and taken for numbers, as its modules are imported
GRADIO_ADDRESS = ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT", "GRADIO_NUM_PORTS")


@contextlib.contextmanager
def hide_variables(names: Iterable[str]) -> Iterator[None]:
    """Meanwhile none of them is set."""
    kept = {name: os.environ.pop(name) for name in list(names) if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


@contextlib.contextmanager
def hide_proxies() -> Iterator[None]:
    """Meanwhile nothing asks a proxy, not even one of the system's settings; afterwards downloads find theirs again.

    A proxy is for the way out. Gradio asks its own server whether it is up, and some of its modules make an HTTP client
    as they are imported, which refuses proxies of a kind that it does not know (`socks://`), though nothing is asked.
    """
    with hide_variables(name for name in os.environ if name.lower().endswith("_proxy")):
        os.environ["no_proxy"] = "*"
        try:
            yield
        finally:
            os.environ.pop("no_proxy", None)
