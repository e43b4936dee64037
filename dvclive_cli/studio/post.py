"""Posting JSON to one server over a kept connection, and what each kind of answer means.

One attempt at a time, bounded in time and memory: connect within 3 s, each read within 10 s, the reply's body
at most 64 KiB. Redirects are not followed, `.netrc` and proxies are not asked (the token is for this server),
certificates are checked. When to try again is `sender.py`'s business.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from dvclive_cli.errors import DvcliveError

CONNECT_TIMEOUT, READ_TIMEOUT, BODY_TIMEOUT = 3.0, 10.0, 1.0  # seconds
MAX_REPLY = 64 << 10  # bytes
MAX_WAIT = 300.0  # seconds that a Retry-After is heeded
ENDPOINT = "api/live"
RETRIED = frozenset((408, 425, 429, *range(500, 600)))
LOOPBACK = ("localhost", "127.0.0.1", "::1")

TAKEN, AGAIN, DENIED, REFUSED = "taken", "again", "denied", "refused"


class Answer(NamedTuple):
    """What became of a request.

    `kind`: TAKEN (it has arrived), AGAIN (try again, after `wait` seconds where the server says), DENIED (the
    token is no good), REFUSED (this body is not wanted: sending it again is useless). `why`: in words.
    """

    kind: str
    why: str = ""
    wait: float | None = None


class Poster:
    """Posts to one server.

    Parameters:
        url: of the server; a sub-path ends in "/" (urljoin).
        token: sent with each request, said nowhere.
        endpoint: the path below the server's URL.
        insecure: plain http also to other machines.

    Raises:
        DvcliveError: `studio-url`, for a URL that cannot be used.
    """

    def __init__(self, url: str, token: str, endpoint: str = ENDPOINT, insecure: bool = False) -> None:
        target = urlsplit(urljoin(url, endpoint))
        host = target.hostname or ""
        if target.scheme not in ("http", "https") or not host:
            raise DvcliveError(
                "studio-url",
                f"{url!r} is no URL of a Studio",
                "Give DVC_STUDIO_URL like https://studio.example.com.",
            )
        if target.scheme == "http" and not (insecure or host in LOOPBACK):
            raise DvcliveError(
                "studio-url",
                f"{url!r} would send the token in the clear",
                "Use https, or allow it with --studio-insecure.",
            )
        self.where = f"{target.scheme}://{target.netloc.rpartition('@')[2]}"
        self._target, self._token = target, token
        self._connection: http.client.HTTPConnection | None = None

    def post(self, body: Mapping[str, Any]) -> Answer:
        """One request, one answer; a connection that was kept and is gone is opened again once."""
        data = json.dumps(body, allow_nan=False).encode()
        kept = self._connection is not None
        try:
            return self._attempt(data)
        except (http.client.HTTPException, OSError, ValueError) as error:
            self.close()
            if not kept or isinstance(error, TimeoutError):
                return Answer(AGAIN, _words(error))
        try:
            return self._attempt(data)
        except (http.client.HTTPException, OSError, ValueError) as error:
            self.close()
            return Answer(AGAIN, _words(error))

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _attempt(self, data: bytes) -> Answer:
        connection = self._connection or self._connect()
        path = self._target.path + (f"?{self._target.query}" if self._target.query else "")
        headers = {
            "Authorization": f"token {self._token}",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",  # a reply that unpacks to gigabytes is not for us
        }
        connection.request("POST", path, data, headers)
        reply = connection.getresponse()
        text = self._rest(connection, reply)
        return _meaning(reply, text)

    def _rest(self, connection: http.client.HTTPConnection, reply: http.client.HTTPResponse) -> bytes:
        """What comes behind the status: little and soon, or the connection goes. The status has told all."""
        text, until = b"", time.monotonic() + BODY_TIMEOUT
        try:
            if connection.sock is not None:
                connection.sock.settimeout(BODY_TIMEOUT)
            while reply.length and len(text) < MAX_REPLY and time.monotonic() < until:
                text += reply.read1(min(reply.length, MAX_REPLY - len(text)))
        except (http.client.HTTPException, OSError, ValueError):
            pass
        if reply.length == 0 and not reply.will_close and connection.sock is not None:
            reply.close()
            connection.sock.settimeout(READ_TIMEOUT)
        else:
            self.close()
        return text

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._target.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._target.hostname or "", self._target.port, timeout=CONNECT_TIMEOUT)
        connection.connect()
        connection.sock.settimeout(READ_TIMEOUT)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        return connection


def _meaning(reply: http.client.HTTPResponse, text: bytes) -> Answer:
    status = reply.status
    said = f"{status} {reply.reason}".strip()
    if status == 200:
        return Answer(TAKEN)
    if status in (401, 403):
        return Answer(DENIED, said)
    if status in RETRIED:
        return Answer(AGAIN, said, _seconds(reply.getheader("Retry-After")))
    if 300 <= status < 400:
        return Answer(REFUSED, f"{said}: it sends us elsewhere, which is not followed")
    detail = "".join(char for char in text[:300].decode("utf-8", "replace") if char.isprintable())
    return Answer(REFUSED, f"{said} {detail}".strip())


def _seconds(text: str | None) -> float | None:
    """A Retry-After in seconds; its other form, a date, is left to our own patience."""
    if text is None or not text.strip().isdecimal():
        return None
    return min(float(text), MAX_WAIT)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
