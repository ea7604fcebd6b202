"""A headless Chromium for tests: loads a page from a file and reports what a person and a network would see."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
MISSING = "no Chromium on PATH: install the package chromium to run the tests in a browser"


@dataclass
class Page:
    """A tab, of which everything that its console says and every request is kept."""

    socket: ClientConnection
    said: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    calls: int = 0

    def call(self, method: str, **parameters: object) -> Any:
        self.calls += 1
        self.socket.send(json.dumps({"id": self.calls, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv(timeout=60))
            if answer.get("id") == self.calls:
                assert "error" not in answer, answer
                return answer["result"]
            self._keep(answer["method"], answer["params"])

    def _keep(self, event: str, facts: Any) -> None:
        if event in {"Runtime.consoleAPICalled", "Log.entryAdded", "Runtime.exceptionThrown"}:
            self.said.append(json.dumps(facts))
        elif event == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])

    def open(self, file: Path, *, width: int, is_dark: bool = False) -> None:
        """Loads a page in a window of a width, and waits until it is complete."""
        scheme = "dark" if is_dark else "light"
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=file.resolve().as_uri())
        complete = "new Promise(done => document.readyState === 'complete' ? done(1) : addEventListener('load', done))"
        self.call("Runtime.evaluate", expression=complete, awaitPromise=True)

    def evaluate(self, expression: str) -> Any:
        """Returns the value of an expression in the page."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """Writes a picture of the whole page."""
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        file.write_bytes(base64.b64decode(picture["data"]))


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """Returns a tab of a new browser with its profile in `folder`; the browser ends with the block."""
    assert PROGRAM is not None
    flags = ["--headless=new", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    with subprocess.Popen(
        [PROGRAM, *flags, "about:blank"], stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stderr is not None
            port = next(found[1] for line in process.stderr if (found := re.search(r"ws://127\.0\.0\.1:(\d+)/", line)))
            tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=30))
            address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            with connect(address, max_size=None, compression=None) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Log", "Network"):
                    page.call(f"{domain}.enable")
                yield page
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)
