"""A Hub on this machine: what huggingface_hub asks of `HF_ENDPOINT`, answered from folders, well or badly.

As on the real one, a listing names every file with its hash, small files come from the Hub itself, and large ones
(LFS) by a redirect from another host, which can serve parts. `misbehave` makes some paths fail, once or always; what
was asked and how many bytes were sent is kept, so that a test can prove what was and was not fetched.

    with stand_in_hub.running() as hub:
        hub.add("owner/name", folder)
        hub.misbehave("*/model.safetensors", cut=1000)
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from core.models.files.hub_cache import is_commit

LARGE = (".safetensors", ".bin", ".pth", ".pt", ".ckpt")
API = re.compile(r"/api/models/(?P<place>[^/]+/[^/]+)(/(?P<what>revision|tree)/(?P<revision>[^/?]+))?")
FILE = re.compile(r"/(?P<place>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<name>.+)")
BLOB = re.compile(r"/blobs/(?P<sha>[0-9a-f]{64})/(?P<place>[^/]+/[^/]+)/(?P<name>.+)")


@dataclass(frozen=True)
class File:
    """One file of a commit, with the hashes that the Hub names it by."""

    name: str
    data: bytes

    @property
    def git(self) -> str:
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha}\nsize {len(self.data)}\n".encode()
        data = pointer if self.large else self.data
        return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

    @property
    def sha(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def large(self) -> bool:
        return self.name.endswith(LARGE)

    @property
    def etag(self) -> str:
        return self.sha if self.large else self.git

    def sibling(self) -> dict[str, Any]:
        lfs = {"lfs": {"sha256": self.sha, "size": len(self.data), "pointerSize": 134}} if self.large else {}
        return {"rfilename": self.name, "size": len(self.data), "blobId": self.git, **lfs}

    def tree_entry(self) -> dict[str, Any]:
        lfs = {"lfs": {"oid": self.sha, "size": len(self.data), "pointerSize": 134}} if self.large else {}
        return {"type": "file", "path": self.name, "size": len(self.data), "oid": self.git, **lfs}


@dataclass
class Fault:
    """How a path fails.

    Attributes:
        pattern: of the path, such as "*/model.safetensors"; a large file's path is the one on the other host too.
        status: an HTTP status instead of the file.
        headers: that go with the status.
        body: that goes with it; with status 200, a page that is no Hub's.
        cut: bytes after which the line goes dead; nothing says how many would have come.
        stall: seconds that it is dead before it is cut.
        truncate: bytes after which the file ends, as if it were no longer.
        tamper: one byte is another.
        longer: bytes that come after the file's own.
        wait: seconds before the answer.
        whole: a part was asked for, everything comes.
        times: how often; then it behaves.
    """

    pattern: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    cut: int | None = None
    stall: float = 0
    truncate: int | None = None
    tamper: bool = False
    longer: int = 0
    wait: float = 0
    whole: bool = False
    times: float = float("inf")


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    path: str
    range: str
    authorization: str


class StandInHub:
    """The repositories, the faults, and what was asked.

    Attributes:
        requests: all of them, in order.
        served: bytes of files that were sent, by name in their repository.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.served: Counter[str] = Counter()
        self._commits: dict[tuple[str, str], dict[str, File]] = {}
        self._branches: dict[tuple[str, str], str] = {}
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def add(self, place: str, folder: Path, revision: str = "main") -> str:
        """Makes the folder's files a commit, and the branch mean it; returns the commit, which may be given instead."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        files = [File(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]
        listed = hashlib.sha1("".join(f.name + f.git for f in files).encode(), usedforsecurity=False).hexdigest()
        commit = revision if is_commit(revision) else listed
        self._commits[place, commit] = {file.name: file for file in files}
        self._branches[place, revision] = commit
        return commit

    def misbehave(self, pattern: str, **how: Any) -> None:
        """From now on paths like `pattern` fail, see Fault."""
        self._faults.append(Fault(pattern, **how))

    def behave(self) -> None:
        """Nothing fails any more; forgets what was asked and served."""
        self._faults.clear()
        self.requests.clear()
        self.served.clear()

    def close(self) -> None:
        """The server is gone: connections are refused."""
        self._server.shutdown()
        self._server.server_close()

    def count_requests(self, pattern: str = "*", method: str = "*") -> int:
        """How many requests came for paths like `pattern`."""
        return sum(fnmatch(r.path, pattern) and fnmatch(r.method, method) for r in self.requests)

    def commit(self, place: str, revision: str) -> str | None:
        """The commit that a revision means."""
        known = revision if (place, revision) in self._commits else None
        return self._branches.get((place, revision), known)

    def files(self, place: str, commit: str) -> dict[str, File]:
        """The files of a commit, by name."""
        return self._commits[place, commit]

    def fault(self, path: str) -> Fault:
        """How the path fails this time."""
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and fnmatch(path, fault.pattern):
                    fault.times -= 1
                    return fault
        return Fault("")

    def count(self, name: str, sent: int) -> None:
        """Bytes of a file have been sent."""
        with self._lock:
            self.served[name] += sent


def _handler(hub: StandInHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def log_message(self, *args: Any) -> None:
            """Nothing in the terminal."""

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            path = unquote(parts.path)
            facts = [self.headers.get(name, "") for name in ("Range", "Authorization")]
            hub.requests.append(Request(self.command, path, *facts))
            fault = hub.fault(path)
            time.sleep(fault.wait)
            try:
                self._route(path, fault)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _route(self, path: str, fault: Fault) -> None:
            if fault.status:
                return self._send(fault.status, fault.body.encode(), fault.headers)
            for pattern, answer in ((BLOB, self._blob), (FILE, self._file), (API, self._api)):
                if match := pattern.fullmatch(path):
                    return answer(match.groupdict(), fault)
            return self._missing("RepoNotFound")

        def _api(self, asked: dict[str, str], fault: Fault) -> None:
            place = asked["place"]
            commit = hub.commit(place, asked["revision"] or "main")
            if commit is None:
                return self._missing("RevisionNotFound" if hub.commit(place, "main") else "RepoNotFound")
            files = hub.files(place, commit).values()
            if asked["what"] == "tree":
                return self._json([file.tree_entry() for file in files])
            with_sizes = "blobs=" in self.path
            siblings = [file.sibling() if with_sizes else {"rfilename": file.name} for file in files]
            return self._json({"_id": "0", "id": place, "modelId": place, "sha": commit, "siblings": siblings})

        def _file(self, asked: dict[str, str], fault: Fault) -> None:
            commit = hub.commit(asked["place"], asked["revision"])
            if commit is None:
                return self._missing("RepoNotFound")
            file = hub.files(asked["place"], commit).get(asked["name"])
            if file is None:
                return self._missing("EntryNotFound")
            facts = {"X-Repo-Commit": commit, "ETag": f'"{file.etag}"', "Accept-Ranges": "bytes"}
            if not file.large:
                return self._bytes(file, fault, facts)
            # "localhost" is another host than 127.0.0.1 to a client, which must not tell it the visitor's token
            other = f"http://localhost:{hub.port}/blobs/{file.sha}/{asked['place']}/{file.name}"
            facts |= {"X-Linked-Size": str(len(file.data)), "X-Linked-ETag": f'"{file.sha}"', "Location": other}
            return self._send(302, b"", facts)

        def _blob(self, asked: dict[str, str], fault: Fault) -> None:
            commits = [files for (place, _), files in hub._commits.items() if place == asked["place"]]
            file = next(f for files in commits for f in files.values() if f.sha == asked["sha"])
            return self._bytes(file, fault, {"ETag": f'"{file.sha}"', "Accept-Ranges": "bytes"})

        def _bytes(self, file: File, fault: Fault, headers: dict[str, str]) -> None:
            data = file.data[: fault.truncate] + bytes(fault.longer)
            if fault.tamper:
                data = bytes([data[0] ^ 1]) + data[1:]
            start = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            first = int(start[1]) if start and not fault.whole else 0
            if first > len(data):
                return self._send(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            if first:
                headers |= {"Content-Range": f"bytes {first}-{len(data) - 1}/{len(data)}"}
            body = data[first:]
            if self.command == "GET":
                hub.count(file.name, len(body[: fault.cut]))
            return self._send(206 if first else 200, body, headers, cut=fault.cut, stall=fault.stall)

        def _json(self, answer: Any) -> None:
            self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

        def _missing(self, code: str) -> None:
            # to somebody who is not logged in, the real one does not say whether it exists
            self._send(401 if code == "RepoNotFound" else 404, b"", {"X-Error-Code": code})

        def _send(
            self, status: int, body: bytes, headers: dict[str, str], cut: int | None = None, stall: float = 0
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body[:cut])
            if cut is not None and cut < len(body):
                self.wfile.flush()
                time.sleep(stall)
                self.close_connection = True

    return Handler


@contextmanager
def serve_hub(cache: Path) -> Iterator[StandInHub]:
    """A stand-in Hub that this process takes for the real one, and an empty Hub cache at `cache`."""
    from huggingface_hub import constants, get_token
    from huggingface_hub.utils import close_session

    hub = StandInHub()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", hub.url)
        # made of ENDPOINT when the client was imported
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}")
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        patch.setenv("HF_HUB_OFFLINE", "0")
        patch.setenv("HF_TOKEN", "hf_stand_in")
        assert get_token() == "hf_stand_in"
        yield hub
    close_session()
    hub.close()


def hub_environment(hub: StandInHub, cache: Path) -> dict[str, str]:
    """The same for another process."""
    facts = {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}
    return {**os.environ, **facts}
