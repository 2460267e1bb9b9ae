"""Edges to Images: a deep-learning lecture to click through, offline on a laptop or full-size on a GPU."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from core import console

if __name__ == "__main__":
    console.announce_start()

from core import models
from core.engine import Engine, Local, threads
from core.environment import GRADIO_ADDRESS, hide_proxies, hide_variables
from core.errors import InputError
from core.texts import LANGUAGES
from demos import autoencoder, cnn, edges, inpaint, page, segment, text_to_image, ui, zeroshot
from demos.page import (
    bad_requests,
    document,
    endpoints,
    kept_answers,
    links,
    listening,
    preflight,
    status,
    temporary,
    uploads,
)
from demos.page.warm_up import WarmUp

TABS = (edges.TAB, cnn.TAB, segment.TAB, text_to_image.TAB, autoencoder.TAB, inpaint.TAB, zeroshot.TAB)
# seconds without a visitor after which the models are loaded nevertheless
UNVISITED_SECONDS = 30
# a port that was free may be taken before the server listens there, as where two are started at once
PORT_TRIES = 5

if TYPE_CHECKING:
    from gradio import Blocks


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    console.outlast_console()
    options = parser().parse_args(arguments)
    threads.limit_openmp_spin()
    ui.Language.forced = None if options.lang == "auto" else options.lang
    models.prefer(options.models)
    if options.models != "full" and "HF_HUB_OFFLINE" not in os.environ:
        # only --models full may fetch weights on first use: by default nothing leaves this machine
        models.stay_offline()
    try:
        print_endpoints() if options.api else serve(options)
    except InputError as error:
        raise SystemExit(console.format_error(error, ui.Language.forced)) from None


def parser() -> argparse.ArgumentParser:
    """The flags."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--host", default=None, help="address to bind to (default: this computer only)")
    flags.add_argument("--port", type=int, default=None, help="port to listen on (default: first free one from 7860)")
    flags.add_argument("--share", action="store_true", help="make a public link that lasts a week, over the internet")
    flags.add_argument("--lan", action="store_true", help="let the local network in, and print address and QR code")
    flags.add_argument(
        "--auth", metavar="USER:PASS", type=parse_credentials, help="ask every visitor for this name and word"
    )
    flags.add_argument("--models", choices=models.TIERS, default="auto", help="which models a tab starts with")
    flags.add_argument("--api", action="store_true", help="print what programs can call, as a table, and end")
    flags.add_argument("--lang", choices=("auto", *LANGUAGES), default="auto", help="language (auto: each browser's)")
    return flags


def parse_credentials(text: str) -> tuple[str, str]:
    """USER:PASS as a pair; the password may hold colons."""
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise argparse.ArgumentTypeError("USER:PASS expected, such as class:edges")
    return user, password


def launch(demo: Blocks, options: argparse.Namespace, engine: Engine | None = None) -> tuple[Any, str, Any]:
    """Starts the server in its own thread; returns (server, address, None). GET /status tells of `engine`'s models.

    Raises:
        InputError: it cannot listen where it should; the sentence has the cure.
    """
    host, settings = "0.0.0.0" if options.lan else options.host, launch_settings(demo, options, engine or Local())
    for tries_left in reversed(range(PORT_TRIES)):
        place = listening.find_address(host, options.port)
        try:
            with hide_proxies(), hide_variables(GRADIO_ADDRESS):
                started: tuple[Any, str, Any] = demo.launch(server_name=place.host, server_port=place.port, **settings)
            return started
        # somebody else was there first: another port will do, unless it was this one that was asked for
        except OSError as error:
            if options.port is not None or not tries_left:
                raise InputError("start.port_busy", port=place.port) from error
    raise AssertionError("the last try returns or raises")


def launch_settings(demo: Blocks, options: argparse.Namespace, engine: Engine) -> dict[str, Any]:
    """What Gradio's `launch` is told, the address apart."""
    return {
        "auth": options.auth,
        # `open_tunnel` does so, after the page is up; Gradio would also heed a variable of the environment
        "share": False,
        "prevent_thread_lock": True,
        "quiet": True,
        # of a large model a LoRA file has some hundred MB; nobody else may fill this computer's disk with such
        "max_file_size": "40mb" if options.share or options.lan or options.host else "400mb",
        "enable_monitoring": False,
        "run_history": False,
        "footer_links": ["settings"],
        "app_kwargs": {
            "routes": [status.status_route(engine, demo)],
            **bad_requests.request_settings(
                kept_answers.keep_answers(["", preflight.PATH], shared=options.auth is None),
                document.document_middleware(),
                uploads.decoded_uploads(demo),
            ),
        },
        **page.appearance_settings(options.lang),
    }


def print_endpoints() -> None:
    """The table of docs/api.md."""
    print(endpoints.format_endpoints(page.build_page(Local(), TABS, links.ServerAddresses())))


def serve(options: argparse.Namespace) -> None:
    """Starts the server, prints its addresses, and stays until SIGINT or SIGTERM.

    Raises:
        InputError: it cannot start here; the sentence has the cure.
    """
    stop = stop_on_signals()
    with temporary.use_private_folder():
        demo = start_server(options)
        stop.wait()
        demo.close()


def start_server(options: argparse.Namespace) -> Blocks:
    """The running page; its addresses are printed, its models load in a while."""
    addresses = links.ServerAddresses()
    engine = Local()
    warm_up = WarmUp(engine, {tab.id: tab.models for tab in TABS})
    demo = page.build_page(engine, TABS, addresses, warm_up)
    url = listening.shown_address(launch(demo, options, engine)[1])
    warm_up.start_after(UNVISITED_SECONDS)
    print(f"Edges to Images: {url}", flush=True)
    print(f"Before the lecture: {url}{preflight.PATH}", flush=True)
    if options.lan:
        addresses.lan = links.lan_address(demo.server_port)
        print(f"On this network: {addresses.lan}\n{links.qr_text(addresses.lan)}", flush=True)
    if options.share:
        threading.Thread(target=open_tunnel, args=(demo, addresses), daemon=True).start()
    return demo


def stop_on_signals() -> threading.Event:
    """An event that is set by Ctrl+C, by SIGTERM, and by a terminal that is closed; asked twice, the program ends."""
    stop = threading.Event()

    def ask_to_stop(number: int, _: object) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        stop.set()

    numbers = [signal.SIGINT, signal.SIGTERM]
    # under `nohup` it is ignored, and stays so; Windows has none
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        signal.signal(number, ask_to_stop)
    return stop


def open_tunnel(demo: Blocks, addresses: links.ServerAddresses) -> None:
    """Opens a tunnel and prints its address, or says why there is none."""
    from gradio import networking

    try:
        tunnel = networking.setup_tunnel("127.0.0.1", demo.server_port, demo.share_token, None, None)
        addresses.tunnel = tunnel.replace("http://", "https://")
        print(f"Public link: {addresses.tunnel}", flush=True)
    # whatever stops the tunnel, the local page stays up
    except Exception as error:
        print(f"No public link ({error}); the local page works. On one network, --lan does without it.", flush=True)


if __name__ == "__main__":
    main()
