"""What holds on every page, at a desk and on a phone, in both languages."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute
from tests.browser.conftest import OpenPage, Visit
from tests.browser.tour import (
    AXE,
    ELSEWHERE,
    LAPTOP,
    PARTS,
    PHONE,
    STOPS,
    Stop,
    clipped,
    fitted,
    overflow,
    settled,
    tab_through,
    violations,
)

from sandan.domain import installed_domains
from sandan.web.server import shell

every_stop = pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.path)
in_both = pytest.mark.parametrize("language", ["ko", "en"])


def test_the_tour_goes_to_every_page_there_is():
    """A new page joins the tour, or is said to be only a part of one."""
    mounted = [shell, *(routes for domain in installed_domains() for routes in domain.routes)]
    pages = {
        route.path
        for routes in mounted
        for route in routes.router.routes
        if isinstance(route, APIRoute) and "GET" in route.methods and not route.include_in_schema
    }
    assert pages == {stop.route for stop in STOPS} | ELSEWHERE | PARTS


@in_both
@every_stop
def test_page_fits_its_window_and_can_be_used_without_a_mouse(visit: Visit, stop: Stop, language: str):
    """At a desk and on a phone nothing runs over the edge or is cut off, axe-core finds nothing serious,
    and Tab goes from the skip link through the menu into the page, with a visible focus all the way."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; npm ci in frontend/")
    # The citizens' site sets no cookie and reads none: its address says the language.
    path = f"{stop.path}?lang={language}" if stop.path.startswith("/open") else stop.path
    page = visit(path, role=stop.role, language=language, viewport=LAPTOP)
    settled(page)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    found = {"wider by": overflow(page), "clipped": clipped(page), "axe": violations(page)}
    page.evaluate("document.activeElement.blur()")  # the sign-in form starts in its first field
    visited = tab_through(page, 40)
    found["focus not seen on"] = [here for here in visited if not (here["shown"] and here["inside"])]
    assert any(here["main"] for here in visited)
    if stop.role is not None:
        assert visited[0]["href"] == "#main"
        menu = page.locator("#nav a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
        assert set(menu) <= {here["href"] for here in visited}
    page.set_viewport_size(PHONE)
    page.evaluate("scrollTo(0, 0)")  # nothing half under the bar at the top
    fitted(page)
    found |= {
        "phone wider by": overflow(page),
        "phone clipped": clipped(page),
        "phone axe": violations(page),
    }
    assert not {what: finding for what, finding in found.items() if finding}


@in_both
def test_page_that_is_not_there_says_so(open_page: OpenPage, language: str):
    """A wrong address gets words and a way back, not a bare number."""
    page = open_page("/things/nothing-of-the-kind", language=language, expected="404", **PHONE)
    assert page.locator("h1[data-error]").inner_text()
    assert page.locator("main a.button").get_attribute("href") == "/"
    assert overflow(page) == 0
