"""A real browser on a real server: `sandan demo` in a process of its own, Chromium in front of it.

Whatever a page does, it may log no error, ask no other host, and get no answer that failed; that
is checked for every page of every test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from tests.browser import stage
from tests.browser.gateways import Gateway

FIRMS = 80
OpenPage = Callable[..., Page]
SignedIn = Callable[[str], Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium."""
    if stage.chromium_path() is None:
        pytest.skip(stage.NO_BROWSER)
    with stage.chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a small demo complex that is really running."""
    with stage.demo(tmp_path_factory.mktemp("site"), firms=FIRMS) as (address, _):
        yield address


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, site: str) -> SignedIn:
    """The cookies of somebody signed in to the demo, by role; signed in the first time asked."""
    known: dict[str, Any] = {}

    def cookies(role: str) -> Any:
        if role not in known:
            known[role] = stage.sign_in(chromium, site, role)
        return known[role]

    return cookies


@pytest.fixture(scope="session")
def gateway(chromium: Browser, site: str, signed_in: SignedIn) -> Gateway:
    """A device that an administrator registered on the page for it."""
    context = chromium.new_context(base_url=site, locale="ko-KR", storage_state=signed_in("admin"))
    registered = Gateway.register(context.new_page(), "gw-east-01", "동쪽 게이트웨이")
    context.close()
    return registered


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
