from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from demos import ui
from demos.page import document

CONFIG = "<script>window.gradio_config = {};</script>\n<script data-gradio-mode>1</script>"
HEAD = f'<!doctype html>\n<html\n\tlang="en"\n\tstyle="x">\n<head>\n{CONFIG}</head>'
PAGE = f'{HEAD}<gradio-app lang="en">한</html>'


@pytest.fixture
def client():
    async def stream(_):
        async def pieces():
            yield PAGE[:40].encode()
            yield PAGE[40:].encode()

        return StreamingResponse(pieces(), media_type="text/html")

    routes = [
        Route("/", lambda _: HTMLResponse(PAGE, headers={"vary": "Accept-Encoding"})),
        Route("/stream", stream),
        Route("/upload.html", lambda _: HTMLResponse('<html lang="en"><head></head>theirs')),
        Route("/config", lambda _: JSONResponse({"page": "<gradio-app"})),
        Route("/empty", lambda _: Response(status_code=204)),
    ]
    return TestClient(Starlette(routes=routes, middleware=[document.document_middleware()]))


@pytest.mark.parametrize("path", ["/", "/stream"])
@pytest.mark.parametrize(
    ("header", "language", "own"),
    [
        ("zh-CN,zh;q=0.9,ko;q=0.8,en;q=0.7", "ko", True),
        ("en-US", "en", True),
        ("fr", "en", False),
        ("en;q=0,de", "ko", False),
        ("", "en", False),
    ],
)
def test_the_page_says_its_language_before_any_script_runs(client, path, header, language, own):
    answer = client.get(path, headers={"Accept-Language": header})
    told = f'<html\n\tlang="{language}"' + (' translate="no"' if own else "")
    assert told + '\n\tstyle="x">' in answer.text
    assert answer.text.index("X-Page-Language") < answer.text.index("window.gradio_config = ")
    assert answer.text.index("window.gradio_config = ") < answer.text.index("preparePage(gradio_config)")
    assert ("<title>엣지에서 이미지까지</title>" in answer.text) == (language == "ko")
    assert ('content="notranslate"' in answer.text) == own
    # of the rest nothing is touched
    assert answer.text.endswith('<script data-gradio-mode>1</script></head><gradio-app lang="en">한</html>')
    assert answer.headers["content-language"] == language
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in answer.headers["vary"].split(",")}
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    ("cookie", "language"),
    [
        ("page-language=ko", "ko"),
        ("a=b; page-language=ko; c=d", "ko"),
        # none of ours, whoever wrote it
        ("page-language=fr", "en"),
        ("page-language=ko<script>", "en"),
        ("other-page-language=ko", "en"),
    ],
)
def test_what_a_visitor_has_chosen_comes_before_what_the_browser_accepts(client, cookie, language):
    answer = client.get("/", headers={"Accept-Language": "en", "Cookie": cookie})
    assert answer.headers["content-language"] == language and f'<html\n\tlang="{language}"' in answer.text


@pytest.mark.parametrize("path", ["/upload.html", "/config", "/empty"])
def test_what_is_no_page_is_handed_on_as_it_is(client, path):
    answer = client.get(path, headers={"Accept-Language": "ko"})
    assert "content-language" not in answer.headers and "X-Page-Language" not in answer.text
    assert client.post("/").status_code == 405


@pytest.mark.parametrize(("header", "own"), [("ko", True), ("en-US", False)])
def test_lang_comes_before_the_browser(client, header, own, monkeypatch):
    monkeypatch.setattr(ui.Language, "forced", "ko")
    page = client.get("/", headers={"Accept-Language": header}).text
    assert ('lang="ko" translate="no" data-fixed' if own else 'lang="ko" data-fixed') in page


def test_gradios_own_page_is_one_that_can_be_written(url):
    import urllib.request

    asked = urllib.request.Request(url, headers={"Accept-Language": "de, ko;q=0.1"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert 'lang="ko"' in answer.read(300).decode() and answer.headers["content-language"] == "ko"
