"""A remote that asks for a password, over HTTP: fetched, pushed to, and its password kept nowhere."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.bulk.fleets import ENVIRONMENT, SERVICE, bare, bulk, git, plan, query, states

SECRET = "s3cr3t-of-the-test"
_LOGIN = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()


class _Git(BaseHTTPRequestHandler):
    """Hands requests with the right password to git's own CGI program."""

    root: Path

    def _serve(self) -> None:
        if self.headers.get("Authorization") != _LOGIN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        path, _, query_string = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        finished = subprocess.run(
            ["git", "http-backend"],
            input=self._chunks() if "chunked" in self.headers.get("Transfer-Encoding", "") else self.rfile.read(length),
            capture_output=True,
            check=True,
            env={
                **ENVIRONMENT,
                "GIT_PROJECT_ROOT": str(self.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query_string,
                "REQUEST_METHOD": self.command,
                "REMOTE_USER": "me",
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            },
        )
        head, _, body = finished.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _serve

    def _chunks(self) -> bytes:
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        return data

    def log_message(self, *words: object) -> None:
        """Nothing on the tests' standard error."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    _Git.root = tmp_path / "remotes"
    with ThreadingHTTPServer(("127.0.0.1", 0), _Git) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join()


def test_with_a_password_in_the_url_and_with_a_helper(tmp_path: Path, server: str) -> None:
    bare(tmp_path / "remotes" / "web.git", SERVICE)
    git(tmp_path / "remotes" / "web.git", "config", "http.receivepack", "true")
    (tmp_path / "list").write_text(f"http://me:{SECRET}@{server}/web.git\n")
    said = plan(tmp_path / "c", tmp_path / "list")
    assert query(tmp_path / "c", "SELECT source, state FROM repositories") == [(f"http://{server}/web.git", "planned")]
    # Nobody kept the password, so the next command has none until git knows it.
    asked = ("apply", "--campaign", tmp_path / "c", "--push", "--yes", "--jobs", "1")
    refused = bulk(*asked, code=4)
    assert states(tmp_path / "c") == {"web": "failed"}
    plan(tmp_path / "c", tmp_path / "list")
    (tmp_path / "passwords").write_text(f"http://me:{SECRET}@{server}\n")
    (tmp_path / "config").write_text(f"[credential]\n\thelper = store --file={tmp_path}/passwords\n")
    bulk(*asked, GIT_CONFIG_GLOBAL=str(tmp_path / "config"))
    assert states(tmp_path / "c") == {"web": "pushed"}
    assert git(tmp_path / "remotes" / "web.git", "rev-list", "--count", "main..flexmigrate") == "1\n"
    held = [path.read_bytes() for path in (tmp_path / "c").rglob("*") if path.is_file()]
    held += [text.encode() for text in (said.stdout, said.stderr, refused.stdout, refused.stderr)]
    assert not any(SECRET.encode() in text for text in held)
    assert os.environ.get("GIT_CONFIG_COUNT") is None
