from __future__ import annotations

import gzip

import anyio
import brotli
import pytest
from anyio.from_thread import start_blocking_portal
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from demos.page import document, kept_answers

PAGE = (
    '<!doctype html><html lang="en"><head><script data-gradio-mode></script></head><gradio-app>한 {}</html>' + " " * 999
)


@pytest.fixture
def asked():
    """What the routes behind were asked for, in order."""
    return []


@pytest.fixture
def open_client(asked):
    def answer(make):
        def route(request):
            asked.append(request.url.path)
            return make(request)

        return route

    async def pieces():
        yield "data: 1\n\n"
        yield "data: 2\n\n"

    routes = [
        Route("/", answer(lambda request: HTMLResponse(PAGE.format(request.headers["host"])))),
        Route("/gone", answer(lambda _: HTMLResponse(PAGE, 404))),
        Route("/login", answer(lambda _: HTMLResponse(PAGE, headers={"set-cookie": "a=b"}))),
        Route("/assets/a.js", answer(lambda _: Response("let a = 1;" * 99, media_type="text/javascript"))),
        Route("/assets/none.js", answer(lambda _: PlainTextResponse("no", 404))),
        Route("/gradio_api/data", answer(lambda _: StreamingResponse(pieces(), media_type="text/event-stream"))),
    ]

    def open_one(shared=True):
        middleware = [kept_answers.keep_answers(["", "gone", "login"], shared=shared), document.document_middleware()]
        return TestClient(Starlette(routes=routes, middleware=middleware))

    return open_one


def read_raw(client, path, coding, **headers):
    with client.stream("GET", path, headers={"Accept-Encoding": coding, **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize(
    ("coding", "decode"),
    [
        ("gzip, deflate, br", brotli.decompress),
        ("gzip", gzip.decompress),
        ("identity", bytes),
        ("br;q=0", bytes),
        # a small weight is no refusal
        ("br;q=0.5", brotli.decompress),
        ("gzip; q=1.0, br; q=0.000", gzip.decompress),
    ],
)
def test_a_page_is_made_once_and_comes_in_the_coding_that_was_asked_for(open_client, asked, coding, decode):
    client = open_client()
    for _ in range(3):
        answer, body = read_raw(client, "/", coding)
        assert "한 testserver</html>" in decode(body).decode() and int(answer.headers["content-length"]) == len(body)
        assert "Accept-Encoding" in answer.headers["vary"] and answer.headers["cache-control"] == "no-cache"
    assert asked == ["/"]


def test_languages_and_addresses_have_pages_of_their_own(open_client, asked):
    client = open_client()
    ways = [{"accept-language": "ko"}, {"accept-language": "en"}, {"cookie": "page-language=ko"}, {"host": "other"}]
    pages = [client.get("/", headers=way) for way in ways * 2]
    assert [page.headers["content-language"] for page in pages[:4]] == ["ko", "en", "ko", "en"]
    assert "한 other<" in pages[3].text and [page.text for page in pages[:4]] == [page.text for page in pages[4:]]
    # who has chosen Korean gets the page of who reads it: the answer is the same
    assert len(asked) == 3


def test_who_has_the_page_already_gets_no_more_than_that_it_is_still_so(open_client, asked):
    client = open_client()
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    assert client.get("/", headers={"If-None-Match": '"other"'}).text == first.text


def test_gradios_scripts_are_compressed_once_and_never_asked_for_again(open_client, asked):
    client = open_client()
    for _ in range(2):
        answer, body = read_raw(client, "/assets/a.js", "br")
        assert brotli.decompress(body) == b"let a = 1;" * 99
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asked == ["/assets/a.js"]
    # a browser that is told to reload asks nevertheless
    assert read_raw(client, "/assets/a.js", "br", **{"If-None-Match": answer.headers["etag"]})[0].status_code == 304


@pytest.mark.parametrize(("path", "status"), [("/gone", 404), ("/login", 200), ("/assets/none.js", 404)])
def test_what_is_no_page_for_everybody_is_not_kept(open_client, asked, path, status):
    client = open_client()
    answers = [client.get(path) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status] * 2 and asked == [path] * 2
    assert "etag" not in answers[0].headers


def test_where_visitors_log_in_no_page_is_kept(open_client, asked):
    client = open_client(shared=False)
    assert client.get("/").text == client.get("/").text and asked == ["/"] * 2
    assert client.head("/").status_code == 200 and len(asked) == 2


def test_whether_the_server_is_up_is_answered_without_a_page(open_client, asked):
    client = open_client()
    assert client.head("/").status_code == 200 and asked == []
    length = len(client.get("/", headers={"Accept-Encoding": "identity"}).content)
    answer = client.head("/", headers={"Accept-Encoding": "identity"})
    assert int(answer.headers["content-length"]) == length and answer.content == b"" and asked == ["/"]


def test_a_stream_comes_as_it_is_made(open_client):
    """ASGI messages reach the server one by one, and nothing is compressed."""

    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
            sent.append(list(arrived))
        await send({"type": "http.response.body", "body": b""})

    arrived = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        arrived.append(message.get("body"))

    scope = {"type": "http", "method": "GET", "path": "/gradio_api/queue/data", "query_string": b"", "headers": []}
    # in a thread of its own: after a browser's test this one's has a loop already
    with start_blocking_portal() as portal:
        portal.call(kept_answers.KeptAnswers(app, frozenset([""]), True), scope, receive, send)
    assert sent == [[None, b"0"], [None, b"0", b"1"], [None, b"0", b"1", b"2"]]


def run_asgi(app, path, came):
    """All that an app sends for a GET, whose visitor sends `came` and then nothing more."""
    sent, waiting = [], list(came)

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [], "scheme": "http"}
    with start_blocking_portal() as portal:
        portal.call(app, scope, receive, send)
    return sent


def test_who_leaves_while_a_script_is_made_leaves_no_half_of_it_to_others():
    async def behind(scope, receive, send):
        # as a stream of Starlette's ends where its reader is gone
        await receive()
        left = False
        with anyio.move_on_after(0.05):
            left = (await receive())["type"] == "http.disconnect"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"" if left else b"whole"})

    kept = kept_answers.KeptAnswers(behind, frozenset(), shared=True)
    leaver = run_asgi(kept, "/assets/a.js", [{"type": "http.request", "body": b"", "more_body": False}])
    other = run_asgi(kept, "/assets/a.js", [{"type": "http.request", "body": b"", "more_body": False}])
    assert leaver[-1]["body"] == other[-1]["body"] == b"whole"


@pytest.mark.parametrize(("body", "length"), [(b"", b"0"), (b"ha", b"4"), (b"", b"4")])
def test_an_answer_that_is_not_whole_is_not_kept(body, length):
    asked = []

    async def behind(scope, receive, send):
        asked.append(scope["path"])
        headers = [(b"content-length", length)] if len(asked) == 1 else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body if len(asked) == 1 else b"whole"})

    kept = kept_answers.KeptAnswers(behind, frozenset(), shared=True)
    run_asgi(kept, "/assets/a.js", [])
    assert run_asgi(kept, "/assets/a.js", [])[-1]["body"] == b"whole" and len(asked) == 2
