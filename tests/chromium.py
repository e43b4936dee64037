"""A real Chromium without a window, driven over its debugging pipe: pages from the disk, no network.

Messages are JSON ended by a zero byte, on file descriptors 3 and 4 (Chrome's `--remote-debugging-pipe`).
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

PATH = shutil.which("chromium") or shutil.which("google-chrome") or ""
NOWHERE = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
PATIENCE = 60.0  # seconds; the machine may be busy


class Browser:
    """The program, with one pipe for all its pages. Started for the first page, ended with the tests."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="chromium-")
        pipes = [*os.pipe(), *os.pipe()]
        # away from 3 and 4, where the child's ends must arrive
        to_read, self._out, self._in, to_write = [
            fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 10) for one in pipes
        ]
        for one in pipes:
            os.close(one)
        shell = f'exec "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            [
                *("bash", "-c", shell, "-", PATH, "--headless", "--remote-debugging-pipe", "--no-sandbox"),
                *("--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage"),
                *("--disable-background-networking", f"--host-resolver-rules={NOWHERE}"),
                *(f"--user-data-dir={self._folder}", "about:blank"),
            ],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "HOME": self._folder},
        )
        os.close(to_read)
        os.close(to_write)
        self._rest = b""
        self._number = 0
        self.pages: dict[str, Page] = {}
        atexit.register(self.end)

    def end(self) -> None:
        os.close(self._out)
        os.close(self._in)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def call(self, method: str, session: str | None, **params: Any) -> dict[str, Any]:
        """One command; its result. What pages tell meanwhile goes to them."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        limit = time.monotonic() + PATIENCE
        while True:
            answer = self._message(limit)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                result: dict[str, Any] = answer["result"]
                return result
            page = self.pages.get(answer.get("sessionId", ""))
            if page:
                page.hear(answer)

    def _message(self, limit: float) -> dict[str, Any]:
        answers = select.poll()  # select(2) knows no descriptor beyond 1023
        answers.register(self._in, select.POLLIN)
        while b"\0" not in self._rest:
            if not answers.poll(max(0.0, limit - time.monotonic()) * 1000):
                raise TimeoutError("Chromium does not answer")
            data = os.read(self._in, 1 << 16)
            if not data:
                raise RuntimeError("Chromium has ended")
            self._rest += data
        text, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(text)
        return found


browser = lru_cache(maxsize=1)(Browser)


class Page:
    """One page, with a storage of its own. `complaints`: errors and warnings of its console, requests that
    leave the machine."""

    def __init__(self, url: str, *, dark: bool = False, width: int = 1200, height: int = 900) -> None:
        self._browser = browser()
        self.complaints: list[str] = []
        self._context = self._browser.call("Target.createBrowserContext", None)["browserContextId"]
        target = self._browser.call(
            "Target.createTarget", None, url="about:blank", browserContextId=self._context
        )["targetId"]
        attached = self._browser.call("Target.attachToTarget", None, targetId=target, flatten=True)
        self._session: str = attached["sessionId"]
        self._browser.pages[self._session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.emulate("dark" if dark else "light")
        self.go(url)

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self._browser.call("Target.disposeBrowserContext", None, browserContextId=self._context)
        del self._browser.pages[self._session]

    def go(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def reload(self) -> None:
        self.js("window.beforeReload = true")
        self.call("Page.reload")
        self.until("!window.beforeReload && document.readyState === 'complete'")

    def emulate(self, scheme: str) -> None:
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def save_to(self, folder: Path) -> None:
        """Where downloads go."""
        about = {"browserContextId": self._context, "downloadPath": str(folder)}
        self._browser.call("Browser.setDownloadBehavior", None, behavior="allow", **about)

    def js(self, expression: str) -> Any:
        """The value of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression is true."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            try:
                if self.js(condition):
                    return
            except (AssertionError, KeyError, RuntimeError):  # the page is on its way to another
                pass
            time.sleep(0.05)
        raise TimeoutError(condition)

    def key(self, key: str, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, text=text if kind == "keyDown" else "")

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at one place of the window, move, release at another."""
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        moves = [("mouseMoved", start), ("mousePressed", start), ("mouseMoved", middle), ("mouseMoved", end)]
        for kind, (x, y) in [*moves, ("mouseReleased", end)]:
            button = "none" if kind == "mouseMoved" and (x, y) == start else "left"
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, clickCount=1)

    def move(self, x: float, y: float) -> None:
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path: Path | str, whole: bool = False) -> None:
        """A screenshot into a PNG file."""
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    # --- the protocol ------------------------------------------------------------------------------------

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command; its result."""
        return self._browser.call(method, self._session, **params)

    def hear(self, event: dict[str, Any]) -> None:
        """What the page tells by itself."""
        about = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(about["exceptionDetails"]))
        elif event.get("method") == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning"):
            self.complaints.append(json.dumps(about["args"]))
        elif event.get("method") == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append(about["entry"]["text"])
        elif event.get("method") == "Network.requestWillBeSent":
            url = about["request"]["url"]
            if not url.startswith(("file:", "data:", "about:", "http://127.0.0.1:")):
                self.complaints.append(f"asks for {url}")
