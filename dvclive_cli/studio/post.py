"""Posting JSON to one server over a kept connection, and what each kind of answer means.

One attempt at a time, bounded in time and memory: connect within 3 s, the reply within 10 s, its body at most
64 KiB. Redirects are not followed, `.netrc` and proxies are not asked (the token is for this server),
certificates are checked. When to try again is `delivery.py`'s and `sender.py`'s business.
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from dvclive_cli.errors import DvcliveError

CONNECT_TIMEOUT, READ_TIMEOUT, BODY_TIMEOUT = 3.0, 10.0, 1.0  # seconds
MAX_REPLY = 64 << 10  # bytes
MAX_WAIT = 300.0  # seconds that a Retry-After is heeded
ENDPOINT = "api/live"
RETRIED = frozenset((408, 425, 429, *range(500, 600)))
LOOPBACK = ("localhost", "127.0.0.1", "::1")

TAKEN, AGAIN, REFUSED, DENIED, ASTRAY = "taken", "again", "refused", "denied", "astray"


class Answer(NamedTuple):
    """What became of a request.

    `kind`: TAKEN (it has arrived), AGAIN (try again, after `wait` seconds where the server says), REFUSED
    (this body is not wanted: sending it again is useless), DENIED (the token is no good), ASTRAY (no Studio
    is there). `why`: in words.
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
        if target.scheme not in ("http", "https") or not host or not _has_good_port(target):
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
        self._connection: _Connection | None = None

    def post(self, body: Mapping[str, Any], limit: float = float("inf")) -> Answer:
        """One request, one answer, within `limit` seconds if that is less than our patience.

        A connection that was kept and is gone is opened again once.
        """
        data = json.dumps(body, allow_nan=False).encode()
        until = time.monotonic() + limit
        kept = self._connection is not None
        try:
            return self._attempt(data, until)
        except (http.client.HTTPException, OSError, ValueError) as error:
            self.close()
            if not kept or isinstance(error, TimeoutError):
                return Answer(AGAIN, _words(error))
        try:
            return self._attempt(data, until)
        except (http.client.HTTPException, OSError, ValueError) as error:
            self.close()
            return Answer(AGAIN, _words(error))

    def look(self) -> str:
        """Whether somebody answers there, without the token: what is said, in words. Raises OSError."""
        connection = self._connect(time.monotonic() + READ_TIMEOUT)
        try:
            connection.request("GET", "/", headers={"Accept-Encoding": "identity"})
            reply = connection.getresponse()
            return f"{reply.status} {reply.reason}".strip()
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(_words(error)) from None
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _attempt(self, data: bytes, until: float) -> Answer:
        connection = self._connection or self._connect(until)
        path = self._target.path + (f"?{self._target.query}" if self._target.query else "")
        headers = {
            "Authorization": f"token {self._token}",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",  # a reply that unpacks to gigabytes is not for us
        }
        connection.patience(READ_TIMEOUT, until)
        connection.request("POST", path, data, headers)
        connection.patience(READ_TIMEOUT, until)
        reply = connection.getresponse()
        return _meaning(reply, self._rest(connection, reply, until))

    def _rest(self, connection: _Connection, reply: http.client.HTTPResponse, until: float) -> bytes:
        """What comes behind the status: little and soon, or the connection goes. The status has told all."""
        text = b""
        connection.patience(BODY_TIMEOUT, until)
        try:
            while reply.length and len(text) < MAX_REPLY:
                text += reply.read1(min(reply.length, MAX_REPLY - len(text)))
        except (http.client.HTTPException, OSError, ValueError):
            pass
        if reply.length == 0 and not reply.will_close:
            reply.close()
        else:
            self.close()
        return text

    def _connect(self, until: float) -> _Connection:
        host, port = self._target.hostname or "", self._target.port
        limit = max(0.01, min(CONNECT_TIMEOUT, until - time.monotonic()))
        kind = _Secure if self._target.scheme == "https" else _Connection
        connection = kind(host, port, timeout=limit)
        connection.response_class = lambda sock, **more: _reply(connection, sock, more)  # type: ignore[assignment]
        connection.connect()
        connection.patience(READ_TIMEOUT, until)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        return connection


class _Connection(http.client.HTTPConnection):
    """A connection with a time by which the server has to be done, however it drips."""

    until = 0.0

    def patience(self, seconds: float, until: float) -> None:
        """What comes now may take so long, and not beyond `until` (monotonic)."""
        self.until = min(time.monotonic() + seconds, until)
        self.sock.settimeout(max(0.01, self.until - time.monotonic()))


class _Secure(_Connection, http.client.HTTPSConnection):
    pass


class _Timed(io.RawIOBase):
    """A socket's bytes, until the connection's time is over: each read of a socket has its own timeout."""

    def __init__(self, connection: _Connection, sock: socket.socket) -> None:
        self._connection, self._sock, self._raw = connection, sock, sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._connection.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _reply(connection: _Connection, sock: socket.socket, more: Mapping[str, Any]) -> http.client.HTTPResponse:
    reply = http.client.HTTPResponse(sock, **more)
    reply.fp.close()
    reply.fp = io.BufferedReader(_Timed(connection, sock))
    return reply


def _meaning(reply: http.client.HTTPResponse, text: bytes) -> Answer:
    status = reply.status
    said = f"{status} {reply.reason}".strip()
    if status == 200:
        return Answer(TAKEN)
    if status in (401, 403):
        return Answer(DENIED, said)
    if status in RETRIED:
        return Answer(AGAIN, said, _seconds(reply.getheader("Retry-After")))
    if status < 400 or status in (404, 405, 410, 421):
        elsewhere = ", which sends us elsewhere" if 300 <= status < 400 else ""
        return Answer(ASTRAY, f"{said}{elsewhere}")
    detail = "".join(char for char in text[:300].decode("utf-8", "replace") if char.isprintable())
    return Answer(REFUSED, f"{said} {detail}".strip())


def _has_good_port(target: SplitResult) -> bool:
    try:
        return target.port != 0
    except ValueError:
        return False


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
