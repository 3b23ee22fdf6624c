"""Every page there is, who opens it, and what a reader's eyes and fingers would find on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from sandan.clock import SEOUL
from sandan.energy.service.response.baselines import last_working_day
from sandan.programme.model.vocabulary import Quarter

HERE = Path(__file__).parent
AXE = HERE.parents[1] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True)
class Stop:
    """A page of the tour: the route it shows, an address of it, and the role that goes there."""

    route: str
    path: str
    role: str | None = "operator"


ANSAN, SAHA, BUSAN = "plan-d27b4fa4b2", "plan-9f8b275231", "plan-1aae4faf8b"
CARD = "881720b02ffa0fc8a0e7dd2efa1dc1bcd949403d8ab2e75a221181129ac00aa7"
"""Plans of the demo, and the document that one of them was read from."""


def last_quarter() -> Quarter:
    """The quarter whose check the demo has opened."""
    now = datetime.now(SEOUL)
    return Quarter.at(Quarter(now.year, (now.month + 2) // 3).ordinal - 1)


EVENT = f"/energy/dr/events/{last_working_day(datetime.now(SEOUL).date())}T14"
"""The reduction that the demo invents; the largest firm took part."""
LAST_YEAR = datetime.now(SEOUL).year - 1
"""The year whose carbon inventories the demo has locked."""
STOPS = (
    Stop("/control", "/control"),
    Stop("/control/alarms", "/control/alarms"),
    Stop("/control/rules", "/control/rules"),
    Stop("/control/rules/new", "/control/rules/new?kind=high"),
    Stop("/control/rules/edit/{id:path}", "/control/rules/edit/leak-nh3"),
    Stop("/control/thresholds", "/control/thresholds?substance=UN1017"),
    Stop("/control/performance", "/control/performance?operators=2"),
    Stop("/control/performance/evidence", "/control/performance/evidence?of=day"),
    Stop("/control/environment", "/control/environment?station=air_station-0001&hours=48"),
    Stop("/control/environment/odour", "/control/environment/odour"),
    Stop("/control/incidents", "/control/incidents"),
    Stop("/control/incidents/new", "/control/incidents/new"),
    Stop("/control/procedures", "/control/procedures"),
    Stop("/control/procedures/step", "/control/procedures/step?kind=leak&step=wind"),
    Stop("/control/drills", "/control/drills"),
    Stop("/control/notices", "/control/notices"),
    Stop("/control/contacts", "/control/contacts"),
    Stop("/control/contacts/new", "/control/contacts/new"),
    Stop("/control/contacts/texts", "/control/contacts/texts"),
    Stop("/control/contacts/gateways", "/control/contacts/gateways"),
    Stop("/control/contacts/{id}/edit", "/control/contacts/fire/edit"),
    Stop("/control/permits", "/control/permits"),
    Stop("/control/permits/new", "/control/permits/new?kind=confined_space"),
    Stop("/control/reports", "/control/reports"),
    Stop("/report", "/report", None),
    Stop("/report", "/report?map=true", None),
    Stop("/report/thanks", "/report/thanks?number=REP-20260304-001-ABCDEF", None),
    Stop("/report/receipt", "/report/receipt", None),
    Stop("/things", "/things"),
    Stop("/things/{id}", "/things/firm-0001"),
    Stop("/things/{id}", "/things/building-0001"),
    Stop("/things/{id}", "/things/air_station-0001"),
    Stop("/explore", "/explore?point=weather_station-0001.wind_speed&range=24h"),
    Stop("/explore", "/explore"),
    Stop("/export", "/export"),
    Stop("/import", "/import", "admin"),
    Stop("/audit", "/audit", "admin"),
    Stop("/ingest", "/ingest"),
    Stop("/ingest/quarantine", "/ingest/quarantine"),
    Stop("/ingest/connections", "/ingest/connections", "admin"),
    Stop("/users", "/users", "admin"),
    Stop("/users/new", "/users/new", "admin"),
    Stop("/users/{login}", "/users/viewer-demo", "admin"),
    Stop("/settings", "/settings", "admin"),
    Stop("/account", "/account"),
    Stop("/account/password", "/account/password"),
    Stop("/demo/role", "/demo/role"),
    Stop("/sign-in", "/sign-in?ask=1", None),
    Stop("/energy", "/energy", "energy"),
    Stop("/energy", "/energy", "firm"),
    Stop("/energy/meters/{meter}", "/energy/meters/meter-0001", "energy"),
    Stop("/energy/contracts", "/energy/contracts", "energy"),
    Stop("/energy/contracts/new", "/energy/contracts/new", "energy"),
    Stop("/energy/contracts/edit", "/energy/contracts/edit?meter=meter-0001&since=2024-01-01", "energy"),
    Stop("/energy/tariffs", "/energy/tariffs", "energy"),
    Stop("/energy/plan", "/energy/plan", "energy"),
    Stop("/energy/network", "/energy/network", "energy"),
    Stop("/energy/savings", "/energy/savings", "energy"),
    Stop("/energy/savings/meters/{meter}", "/energy/savings/meters/meter-0001", "energy"),
    Stop("/energy/dispatch", "/energy/dispatch", "energy"),
    Stop("/energy/dispatch", "/energy/dispatch", "firm"),
    Stop("/energy/dispatch/{device}/entry", "/energy/dispatch/battery-0001/entry", "energy"),
    Stop("/energy/what-if", "/energy/what-if", "energy"),
    Stop("/energy/what-if/{meter}", "/energy/what-if/meter-0001?power=5&energy=20&roof=5", "energy"),
    Stop("/energy/forecasts", "/energy/forecasts", "energy"),
    Stop("/energy/vpp", "/energy/vpp", "energy"),
    Stop("/energy/vpp", "/energy/vpp", "firm"),
    Stop("/energy/vpp/deviation", "/energy/vpp/deviation", "energy"),
    Stop("/energy/vpp/settlements", "/energy/vpp/settlements", "energy"),
    Stop("/energy/vpp/settlements/preview", "/energy/vpp/settlements/preview", "energy"),
    Stop("/energy/vpp/curtailment", "/energy/vpp/curtailment", "energy"),
    Stop("/energy/vpp/register", "/energy/vpp/register", "energy"),
    Stop("/energy/dr", "/energy/dr", "energy"),
    Stop("/energy/dr", "/energy/dr", "firm"),
    Stop("/energy/dr/bid", "/energy/dr/bid?price=120", "energy"),
    Stop("/energy/dr/call", "/energy/dr/call", "energy"),
    Stop("/energy/dr/register", "/energy/dr/register", "energy"),
    Stop("/energy/dr/customers", "/energy/dr/customers?q=meter-000", "energy"),
    Stop("/energy/dr/customers/{meter}", "/energy/dr/customers/meter-0001", "energy"),
    Stop("/energy/dr/events/{id}", EVENT, "energy"),
    Stop("/energy/dr/events/{id}", EVENT, "firm"),
    Stop("/energy/dr/events/{id}/{meter}", f"{EVENT}/meter-0016", "energy"),
    Stop("/energy/forecasts/{series:path}", "/energy/forecasts/meter-0001.active_energy", "energy"),
    Stop("/energy/carbon", "/energy/carbon", "energy"),
    Stop("/energy/carbon", f"/energy/carbon?year={LAST_YEAR}", "firm"),
    Stop("/energy/carbon/factors", "/energy/carbon/factors", "energy"),
    Stop("/energy/carbon/firms/{firm}", f"/energy/carbon/firms/firm-0003?year={LAST_YEAR}", "energy"),
    Stop(
        "/energy/carbon/firms/{firm}/entries",
        f"/energy/carbon/firms/firm-0003/entries?year={LAST_YEAR}",
        "energy",
    ),
    Stop(
        "/energy/carbon/firms/{firm}/products",
        f"/energy/carbon/firms/firm-0001/products?year={LAST_YEAR}",
        "energy",
    ),
    Stop(
        "/energy/carbon/firms/{firm}/versions",
        f"/energy/carbon/firms/firm-0001/versions?year={LAST_YEAR}",
        "energy",
    ),
    Stop("/energy/sharing", "/energy/sharing", "energy"),
    Stop("/energy/sharing", "/energy/sharing", "firm"),
    Stop("/energy/sharing/agreement", "/energy/sharing/agreement", "energy"),
    Stop("/energy/heat", "/energy/heat", "energy"),
    Stop("/energy/heat", "/energy/heat", "firm"),
    Stop("/energy/heat/streams/new", "/energy/heat/streams/new", "energy"),
    Stop("/programme", "/programme", "officer"),
    Stop("/programme/documents", "/programme/documents", "officer"),
    Stop("/programme/documents/{id}", f"/programme/documents/{CARD}", "officer"),
    Stop("/programme/findings", "/programme/findings", "officer"),
    Stop("/programme/indicators", "/programme/indicators", "officer"),
    Stop("/programme/indicators/{id}", "/programme/indicators/energy_use", "officer"),
    Stop("/programme/evaluations", "/programme/evaluations", "officer"),
    Stop("/programme/plans/{plan}", f"/programme/plans/{ANSAN}", "officer"),
    Stop(
        "/programme/plans/{plan}/projects/{project}",
        f"/programme/plans/{ANSAN}/projects/{ANSAN}-p2585c07020",
        "officer",
    ),
    Stop("/programme/plans/{plan}/money", f"/programme/plans/{ANSAN}/money", "officer"),
    Stop("/programme/plans/{plan}/schedule", f"/programme/plans/{SAHA}/schedule", "officer"),
    Stop("/programme/plans/{plan}/indicators", f"/programme/plans/{SAHA}/indicators", "officer"),
    Stop("/programme/plans/{plan}/findings", f"/programme/plans/{ANSAN}/findings", "officer"),
    Stop("/programme/plans/{plan}/conflicts", f"/programme/plans/{BUSAN}/conflicts", "officer"),
    Stop("/programme/plans/{plan}/checks", f"/programme/plans/{SAHA}/checks", "officer2"),
    Stop(
        "/programme/plans/{plan}/checks/{quarter}/{project}",
        f"/programme/plans/{SAHA}/checks/{last_quarter()}/{SAHA}-pcb385aacd1",
        "officer",
    ),
    Stop("/programme/plans/{plan}/changes", f"/programme/plans/{SAHA}/changes", "officer2"),
    Stop("/programme/plans/{plan}/changes/{id}", f"/programme/plans/{SAHA}/changes/4", "officer2"),
    Stop("/programme/plans/{plan}/versions/{number}", f"/programme/plans/{SAHA}/versions/2", "officer"),
    Stop("/open", "/open", None),
    Stop("/open/data", "/open/data", None),
    Stop("/open/plans/{plan}", f"/open/plans/{BUSAN}", None),
    Stop("/open/plans/{plan}/versions/{number}", f"/open/plans/{ANSAN}/versions/1", None),
    Stop("/open/plans/{plan}/projects/{project}", f"/open/plans/{ANSAN}/projects/{ANSAN}-p2585c07020", None),
    Stop(
        "/open/plans/{plan}/versions/{number}/projects/{project}",
        f"/open/plans/{ANSAN}/versions/1/projects/{ANSAN}-p2585c07020",
        None,
    ),
)
ELSEWHERE = {
    "/control/alarms/{id:path}",
    "/control/incidents/{id}",
    "/control/permits/{id}",
    "/permit/{id}/{mark}",
    "/energy/plan/{meter}",
    "/energy/dispatch/{device}",
    "/energy/dispatch/{device}/arm",
    "/energy/vpp/settlements/{period}",
    "/energy/sharing/papers/{period}",
    "/energy/heat/streams/edit",
    "/energy/what-if/runs/{id}",
    "/n/{token}",
    "/import/{id}",
    "/programme/drafts/{id}",
    "/programme/readings/{id}",
    "/programme/evaluations/{id}",
    "/programme/evaluations/{id}/sheets/{number}",
}
"""Pages that need something made first; a journey looks at them."""
PARTS = {
    "/",
    "/control/alarms/list",
    "/control/next",
    "/control/environment/layers.geojson",
    "/control/environment/odour/zones.geojson",
    "/control/environment/odour/sensors.geojson",
    "/control/environment/odour/order.pdf",
    "/control/environment/statement.csv",
    "/control/environment/statement/half-hours.csv",
    "/control/environment/statement.pdf",
    "/control/rules.csv",
    "/control/thresholds.csv",
    "/control/incidents/{id}/attachments/{number}",
    "/control/incidents/{id}/hazard",
    "/control/incidents/{id}/hazard/result",
    "/control/incidents/{id}/hazard/at",
    "/control/incidents/{id}/estimate",
    "/control/incidents/{id}/hazard.geojson",
    "/control/incidents/{id}/hazard.kml",
    "/control/incidents/{id}/live",
    "/control/incidents/{id}/report.pdf",
    "/control/incidents/{id}/notices",
    "/control/incidents/{id}/notices/list",
    "/control/contacts/export.csv",
    "/n/{token}/seen",
    "/control/reports/{id}/photo",
    "/control/reports/poster.pdf",
    "/report/map.geojson",
    "/report/spot",
    "/control/permits/permits.geojson",
    "/control/permits/{id}/map.geojson",
    "/control/permits/{id}/paper.pdf",
    "/control/incidents/{id}/sketch.geojson",
    "/control/procedures.csv",
    "/language/{language}",
    "/stream",
    "/stream/snapshot",
    "/control/attention",
    "/control/panel/{id}",
    "/control/map.geojson",
    "/things/{id}/latest",
    "/things/{id}/map.geojson",
    "/explore/points",
    "/explore/download.{kind}",
    "/export/{format}",
    "/ingest/sources",
    "/users/firms",
    "/api/openapi.json",
    "/energy/dispatch/lines",
    "/energy/network/loads.geojson",
    "/energy/savings/open",
    "/energy/savings/meters/{meter}/statements.csv",
    "/energy/meters/{meter}/quarter",
    "/energy/meters/{meter}/options",
    "/energy/what-if/{meter}/year",
    "/energy/what-if/runs/{id}/part",
    "/energy/contracts/export.csv",
    "/energy/carbon/export.csv",
    "/energy/carbon/firms/{firm}/lines.csv",
    "/energy/carbon/firms/{firm}/paper.json",
    "/energy/carbon/firms/{firm}/entries.csv",
    "/energy/carbon/firms/{firm}/products.csv",
    "/energy/vpp/submissions/{day}/{gate}/{number}/hours.csv",
    "/energy/vpp/settlements/{period}/lines.csv",
    "/energy/vpp/register/members.csv",
    "/energy/vpp/register/prices.csv",
    "/energy/dr/events/{id}/now",
    "/energy/dr/events/{id}/course",
    "/energy/dr/events/{id}/lines.csv",
    "/energy/sharing/rules",
    "/energy/sharing/lines.csv",
    "/energy/heat/matches.geojson",
    "/energy/heat/streams.csv",
    "/energy/sharing/papers/{period}/lines.csv",
    "/programme/findings.csv",
    "/programme/plans/{plan}/findings.csv",
    "/programme/plans/{plan}/projects/{project}/card.pdf",
    "/programme/plans/{plan}/projects/{project}/card.hwpx",
    "/programme/plans/{plan}/plan.xlsx",
    "/programme/plans/{plan}/plan.csv",
    "/programme/plans/{plan}/plan.json",
    "/programme/plans/{plan}/ocds.json",
    "/programme/plans/{plan}/iati.xml",
    "/programme/plans/{plan}/report.pdf",
    "/programme/plans/{plan}/report.hwpx",
    "/programme/evaluations/{id}/result.csv",
    "/open/plan.schema.json",
    "/open/changes.atom",
    "/open/plans/{plan}/{file}",
    "/open/plans/{plan}/versions/{number}/{file}",
}
"""What is no page by itself: parts of pages, downloads, redirections."""


def _script(name: str) -> str:
    return (HERE / f"{name}.js").read_text(encoding="utf-8")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return max(0, wider)


def clipped(page: Page) -> list[str]:
    """Texts of which a part can be neither seen nor scrolled to."""
    found: list[str] = page.evaluate(_script("clipped"))
    return found


def violations(page: Page) -> list[str]:
    """What axe-core finds that is serious or critical."""
    # Given to the debugger and not to the page, whose content policy admits no foreign script.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_script("axe"))
    return found


def tab_through(page: Page, most: int) -> list[dict[str, Any]]:
    """Where the focus goes when Tab is pressed from the top of the page."""
    visited: list[dict[str, Any]] = []
    look = _script("focus")
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(look)
        if here is None:
            break
        visited.append(here)
    return visited


def map_ready(page: Page) -> None:
    """Wait until the map has drawn everything it was given and the stream has told it the states."""
    page.wait_for_selector(".map[data-ready]", timeout=60_000)
    page.wait_for_selector("html[data-stream=open]")


def fitted(page: Page) -> None:
    """Wait until islands have fitted themselves to a new width; a page that never does fails by itself."""
    for _ in range(40):
        page.wait_for_timeout(150)
        if overflow(page) == 0 and not clipped(page):
            return


def settled(page: Page) -> None:
    """Wait until every island has been drawn, or has said that it could not be."""
    page.wait_for_function(
        """() => [...document.querySelectorAll('[data-island]')].every((island) =>
             !('waiting' in island.dataset) &&
             (island.dataset.island === 'trend' || 'ready' in island.dataset ||
              island.querySelector('.empty, .island-failed')))""",
        timeout=60_000,
    )
