"""A real browser on a real server: `sandan demo` in a process of its own, Chromium in front of it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS = (os.environ.get("SANDAN_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
START_SECONDS = 180
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, drawing WebGL in software."""
    path = next((found for name in BROWSERS if name and (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine; apt-get install chromium, or set SANDAN_CHROMIUM")
    with sync_playwright() as playwright:
        # A plain C locale gives the page "en-US@posix", which its date formats refuse.
        browser = playwright.chromium.launch(
            executable_path=path, args=FLAGS, env=os.environ | {"LANG": "en_US.UTF-8"}
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a small demo complex that is really running."""
    folder = tmp_path_factory.mktemp("site")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sandan", "demo", "--firms", "80", "--days", "2", "--port", str(port)]
    log = (folder / "log").open("w")
    process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address, folder / "log")
        yield address
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/api/ping", timeout=1) as answer:
                assert json.load(answer) == {"ok": True}
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture
def open_page(chromium: Browser, site: str) -> Iterator[OpenPage]:
    """Opens a page of the site; anything the page logs as an error fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(
        path: str, *, language: str = "ko", width: int = 1440, height: int = 900, theme: str = "light"
    ) -> Page:
        context = chromium.new_context(
            locale="ko-KR", timezone_id="Asia/Seoul", viewport={"width": width, "height": height}
        )
        contexts.append(context)
        context.add_cookies(
            [
                {"name": "language", "value": language, "url": site},
                {"name": "theme", "value": theme, "url": site},
            ]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(site + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints
