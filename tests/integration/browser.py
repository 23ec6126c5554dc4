"""A headless Chromium, driven over its DevTools pipe: no port, no other package.

What a person does is done by real input events; what they see is read from the page.
"""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--no-first-run", "--disable-background-networking", "--remote-debugging-pipe"),
)
SECONDS = 120.0


class Browser:
    """One page of one browser with a new profile in ``folder``; downloads land there too."""

    def __init__(self, folder: Path) -> None:
        found = next((path for name in NAMES if (path := shutil.which(name))), None)
        if found is None:
            pytest.skip("needs Chromium (apt-get install chromium)")
        self.downloads = folder / "downloads"
        self.downloads.mkdir(parents=True)
        there, self._out = os.pipe()
        self._in, back = os.pipe()
        # the path of its socket must be short, and a test's folder is not
        self._sockets = tempfile.TemporaryDirectory(prefix="radonc-", dir="/tmp")
        # Chromium reads commands from descriptor 3 and writes answers to 4
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 50) for end in (there, back)]
        wired = 'exec "$@" 3<&{} 4>&{}'.format(*high)
        self._process = subprocess.Popen(
            [
                *("bash", "-c", wired, "browser", found, *FLAGS),
                *(f"--user-data-dir={folder / 'profile'}", "about:blank"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": self._sockets.name},
            pass_fds=high,
        )
        for end in (there, back, *high):
            os.close(end)
        self._id, self._left = 0, b""
        self.events: list[dict[str, Any]] = []
        pages = self._call("Target.getTargets")["targetInfos"]
        target = next(page["targetId"] for page in pages if page["type"] == "page")
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self._call(
            "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.downloads)
        )

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        """A DevTools command to the page, and its answer."""
        return self._call(method, self._session, **values)

    def open(self, path: Path) -> None:
        self.call("Page.navigate", url=path.resolve().as_uri())
        self.until("document.readyState === 'complete' && !!document.querySelector('main')")

    def says(self, script: str) -> Any:
        """The value of an expression in the page."""
        asked = {"expression": script, "returnByValue": True, "awaitPromise": True}
        found = self.call("Runtime.evaluate", **asked)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, script: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + SECONDS
        while not self.says(script):
            assert time.monotonic() < end, f"never: {script}"
            time.sleep(0.02)

    def key(self, key: str, code: int = 0) -> None:
        """Press and let go of one key."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        values = {"key": key, "windowsVirtualKeyCode": code or ord(key[0].upper()), **text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **values)
        self.call("Input.dispatchKeyEvent", type="keyUp", **values)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """A click in the middle of an element, which is scrolled into sight."""
        place = f"""(() => {{ const e = document.querySelector({json.dumps(selector)});
            e.scrollIntoView({{block: "center"}}); const r = e.getBoundingClientRect();
            return [r.x + r.width / 2, r.y + r.height / 2]; }})()"""
        x, y = self.says(place)
        at = {"x": x, "y": y, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **at)

    def choose_file(self, selector: str, path: Path) -> None:
        """Choose a file in a file input."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def size(self, width: int, height: int) -> None:
        """The size of the window in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )

    def downloaded(self) -> Path:
        """The newest whole download."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = [p for p in self.downloads.iterdir() if p.suffix != ".crdownload"]
            if found:
                return max(found, key=lambda path: path.stat().st_mtime_ns)
            time.sleep(0.02)
        raise AssertionError("nothing was downloaded")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        for end in (self._in, self._out):
            os.close(end)
        self._sockets.cleanup()

    def _call(self, method: str, session: str = "", **values: Any) -> dict[str, Any]:
        self._id += 1
        message = {"id": self._id, "method": method, "params": values}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._id:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            read = os.read(self._in, 1 << 16)
            assert read, "the browser has ended"
            self._left += read
        first, self._left = self._left.split(b"\0", 1)
        return json.loads(first)
