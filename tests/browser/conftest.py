"""A real browser on a real server: `sandan demo` in a process of its own, Chromium in front of it.

Whatever a page does, it may log no error, ask no other host, and get no answer that failed; that
is checked for every page of every test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from tests.browser import stage
from tests.browser.gateways import Gateway

FIRMS = 80
PATIENCE = 30_000
"""How long a busy machine may take for what a page does at once [ms]."""
OpenPage = Callable[..., Page]
Visit = Callable[..., Page]
SignedIn = Callable[[str], Any]

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium.

    It goes with the folder's last test: asynchronous tests refuse the event loop of its driver.
    """
    if stage.chromium_path() is None:
        pytest.skip(stage.NO_BROWSER)
    with stage.chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a small demo complex that is really running."""
    with stage.demo(tmp_path_factory.mktemp("site"), firms=FIRMS) as (address, _):
        yield address


@pytest.fixture(scope="package")
def signed_in(chromium: Browser, site: str) -> SignedIn:
    """The cookies of somebody signed in to the demo, by role; signed in the first time asked."""
    known: dict[str, Any] = {}

    def cookies(role: str) -> Any:
        if role not in known:
            known[role] = stage.sign_in(chromium, site, role)
        return known[role]

    return cookies


@pytest.fixture(scope="package")
def gateway(chromium: Browser, site: str, signed_in: SignedIn) -> Gateway:
    """A device that an administrator registered on the page for it."""
    context = chromium.new_context(base_url=site, locale="ko-KR", storage_state=signed_in("admin"))
    registered = Gateway.register(context.new_page(), "gw-east-01", "동쪽 게이트웨이")
    context.close()
    return registered


class Ears:
    """Hears what pages complain of, whatever page they are on."""

    def __init__(self, site: str) -> None:
        self.complaints: list[str] = []
        self._host = urlsplit(site).netloc

    def listen(self, context: BrowserContext, about: str, expected: str = "") -> None:
        """`expected` is what the browser may say of answers that are meant to fail."""

        def complain(text: str) -> None:
            if not expected or expected not in text:
                self.complaints.append(f"{about}: {text}")

        def asked(url: str) -> None:
            parts = urlsplit(url)
            if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self._host:
                complain(f"asked another host: {url}")

        context.on("request", lambda request: asked(request.url))
        context.on("weberror", lambda error: complain(str(error.error)))
        context.on(
            "console", lambda m: complain(f"{m.text} ({m.location['url']})") if m.type == "error" else None
        )


@dataclass(frozen=True)
class Front:
    """The way from a browser to the site."""

    chromium: Browser
    site: str
    signed_in: SignedIn

    def enter(
        self, role: str | None, language: str, theme: str = "light", width: int = 1440, height: int = 900
    ) -> BrowserContext:
        """A browser without a past, of somebody in this role; `None` is somebody who just came."""
        context = self.chromium.new_context(
            base_url=self.site,
            locale="ko-KR",
            timezone_id="Asia/Seoul",
            viewport={"width": width, "height": height},
            storage_state=self.signed_in(role) if role else None,
        )
        context.set_default_timeout(PATIENCE)
        context.add_cookies(
            [
                {"name": "language", "value": language, "url": self.site},
                {"name": "theme", "value": theme, "url": self.site},
            ]
        )
        return context


@pytest.fixture(scope="package")
def front(chromium: Browser, site: str, signed_in: SignedIn) -> Front:
    return Front(chromium, site, signed_in)


@pytest.fixture
def open_page(front: Front) -> Iterator[OpenPage]:
    """Opens a page of the site as the operator, or as `role`, in a browser without a past."""
    contexts: list[BrowserContext] = []
    ears = Ears(front.site)

    def open_(path: str, *, role: str | None = "operator", expected: str = "", **look: Any) -> Page:
        context = front.enter(role, look.pop("language", "ko"), **look)
        contexts.append(context)
        ears.listen(context, path, expected)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not ears.complaints


@pytest.fixture(scope="package")
def windows(front: Front) -> Iterator[Callable[[str | None, str], tuple[Page, Ears]]]:
    """A window for each role and language that stays open from test to test, as a reader's does.

    A new browser for every page would cost more than the page.
    """
    known: dict[tuple[str | None, str], tuple[Page, Ears]] = {}

    def window(role: str | None, language: str) -> tuple[Page, Ears]:
        if (role, language) not in known:
            context, ears = front.enter(role, language), Ears(front.site)
            ears.listen(context, f"{role}, {language}")
            known[role, language] = context.new_page(), ears
        return known[role, language]

    yield window
    for page, _ in known.values():
        page.context.close()


@pytest.fixture
def visit(windows: Callable[[str | None, str], tuple[Page, Ears]]) -> Iterator[Visit]:
    """Goes to a page in the window of this role and language; for tests that only look."""
    visited: list[tuple[Page, Ears]] = []

    def visit_(path: str, *, role: str | None, language: str, viewport: ViewportSize) -> Page:
        page, ears = windows(role, language)
        visited.append((page, ears))
        ears.complaints.clear()
        page.set_viewport_size(viewport)
        page.goto(path)
        return page

    yield visit_
    for page, _ in visited:
        page.goto("about:blank")  # a page that nobody looks at draws nothing
    assert not [complaint for _, ears in visited for complaint in ears.complaints]
