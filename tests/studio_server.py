"""A Studio on this machine, for tests and by hand: `python -m tests.studio_server [PORT]`.

Speaks the protocol of the live experiments' endpoint, holds what it is sent, and can be as bad as a network.
Every body is checked against dvc-studio-client's own schema.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from dvc_studio_client.schema import SCHEMAS_BY_TYPE

CERTIFICATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "studio", "localhost.pem")
MAX_BODY = 30_000_000  # bytes that the real service takes
Identity = tuple[str, str, str]
"""(repository, baseline, name) of an experiment."""


class Reply(NamedTuple):
    """What to answer instead of 200.

    `commit`: what was sent is taken all the same. `trouble`: "silence" (never answer), "reset" (break the
    connection), "hang-up" (close it without a word), "drip" (a byte of the body a second), "drip-head" (the
    head in such drips).
    """

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    commit: bool = False
    trouble: str = ""


OK = Reply(commit=True)


class Experiment:
    """What the server knows of one experiment.

    Attributes:
        events: the types in order of arrival. points: value by (plot, step), the last one sent.
        images: bytes by plot. metrics, params: by file. steps: of the data events.
        duplicates: points that came again.
    """

    def __init__(self) -> None:
        self.events: list[str] = []
        self.points: dict[tuple[str, int], Any] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.images: dict[str, bytes] = {}
        self.metrics: dict[str, Any] = {}
        self.params: dict[str, Any] = {}
        self.steps: list[int] = []
        self.errors: list[dict[str, str]] = []
        self.duplicates = 0
        self.about: dict[str, Any] = {}
        self.experiment_rev: str | None = None

    @property
    def status(self) -> str:
        """ "running" until it is done."""
        return "completed" if "done" in self.events else "running"

    def take(self, body: dict[str, Any]) -> None:
        self.events.append(body["type"])
        self.about.update({key: body[key] for key in ("message", "subdir", "client") if key in body})
        self.errors += body.get("errors", [])
        self.experiment_rev = body.get("experiment_rev", self.experiment_rev)
        if "step" in body:
            self.steps.append(body["step"])
        for file, shown in body.get("metrics", {}).items():
            self.metrics[file] = shown["data"]
        self.params.update(body.get("params", {}))
        for plot, shown in body.get("plots", {}).items():
            if "image" in shown:
                self.images[plot] = base64.b64decode(shown["image"], validate=True)
                continue
            self.rows.setdefault(plot, []).extend(shown["data"])
            for row in shown["data"]:
                if "step" not in row:
                    continue
                value = next((row[key] for key in row if key not in ("step", "timestamp")), None)
                self.duplicates += (plot, row["step"]) in self.points
                self.points[plot, row["step"]] = value


class Studio:
    """A running server.

    Parameters:
        token: the one that is let in; others get 401.
        path: where the endpoint is.
        secure: speak TLS, with a certificate for localhost that its own key has signed.

    Attributes:
        experiments: by (repository, baseline, name). bodies, headers: of all requests that were read.
        faults: answers to give first; a callable is asked at each request, with its number from 0.
        refused: what was wrong with bodies that the schema does not allow.
    """

    def __init__(
        self, token: str = "token", path: str = "/api/live", port: int = 0, secure: bool = False
    ) -> None:
        self.token, self.path = token, path
        self.experiments: dict[Identity, Experiment] = {}
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.connections = 0
        self.refused: list[str] = []
        self.faults: list[Reply] | Callable[[int], Reply | None] = []
        self.lock = threading.Lock()
        studio = self

        class Handler(_Handler):
            owner = studio

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:  # clients may be gone
                pass

        self.server = Server(("127.0.0.1", port), Handler)
        self.scheme = "https" if secure else "http"
        if secure:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}"

    @property
    def only(self) -> Experiment:
        """The one experiment that there is."""
        ((_, experiment),) = self.experiments.items()
        return experiment

    def __enter__(self) -> Studio:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def next_fault(self, number: int) -> Reply | None:
        if callable(self.faults):
            return self.faults(number)
        return self.faults.pop(0) if self.faults else None

    def take(self, body: dict[str, Any]) -> None:
        try:
            SCHEMAS_BY_TYPE[body["type"]](body)
        except Exception as error:
            self.refused.append(f"{error}: {str(body)[:500]}")
            raise
        identity = (body["repo_url"], body["baseline_sha"], body.get("name", ""))
        self.experiments.setdefault(identity, Experiment()).take(body)


class _Handler(BaseHTTPRequestHandler):
    owner: Studio
    protocol_version = "HTTP/1.1"  # connections are kept
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.owner.connections += 1

    def log_message(self, *words: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(Reply(200, b"<html>log in</html>"))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        if length > MAX_BODY:
            self._answer(Reply(413, headers=(("Connection", "close"),)))
            return
        data = self.rfile.read(length)
        with self.owner.lock:
            number = len(self.owner.bodies)
            try:
                body = json.loads(data, parse_constant=_no_constant)
            except ValueError as error:
                self.owner.refused.append(f"{error}: {data[:200]!r}")
                body = {}
            self.owner.bodies.append(body)
            self.owner.headers.append(dict(self.headers))
            self.owner.times.append(time.monotonic())
            reply = self._judge(body, number)
        self._answer(reply)

    def _judge(self, body: dict[str, Any], number: int) -> Reply:
        fault = self.owner.next_fault(number)
        if fault is not None and not fault.commit:
            return fault
        if self.path != self.owner.path:
            return Reply(404)
        if self.headers.get("Authorization") != f"token {self.owner.token}":
            return Reply(401, b'{"detail": "Invalid token."}')
        try:
            self.owner.take(body)
        except Exception as error:
            return Reply(400, json.dumps({"detail": str(error)}).encode())
        return fault or OK

    def _answer(self, reply: Reply) -> None:
        if reply.trouble == "silence":
            time.sleep(60)
            return
        if reply.trouble == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        if reply.trouble in ("reset", "hang-up"):
            self.close_connection = True
            return
        if reply.trouble == "drip-head":
            for byte in b"HTTP/1.1 503 Service Unavailable":
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.2)
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        pieces: Iterable[bytes] = [reply.body]
        if reply.trouble == "drip":
            pieces = (reply.body[at : at + 1] for at in range(len(reply.body)))
        for piece in pieces:
            self.wfile.write(piece)
            self.wfile.flush()
            if reply.trouble == "drip":
                time.sleep(1)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def main() -> None:
    """Run until interrupted, printing what arrives."""
    studio = Studio(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8000)
    with studio:
        print(f"export DVC_STUDIO_URL={studio.url} DVC_STUDIO_TOKEN={studio.token}", flush=True)
        shown = 0
        while True:
            time.sleep(0.2)
            for body in studio.bodies[shown:]:
                shown += 1
                plots = {name: len(plot.get("data", "i")) for name, plot in body.get("plots", {}).items()}
                print(body.get("type"), body.get("name"), body.get("step", ""), plots, flush=True)


if __name__ == "__main__":
    main()
