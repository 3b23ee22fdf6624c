"""The control room in a real browser: how soon it shows, what it costs, how late a message is on screen.

python -m benchmarks web [--firms 2000] [--rate 1000] [--seconds 60] [--viewers 200] [--paints 5] [--dry]

Sandan serves, Mosquitto passes on, Chromium draws in software, all on this machine; so the clock is one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize
from tests.browser import stage
from tests.browser.tour import map_ready

from benchmarks.durability import Broker, free_port, wait_for
from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.access import SYSTEM
from sandan.app import open_stores
from sandan.ingest import simulated
from sandan.ingest.records import Wire
from sandan.ingest.service.wiring import connect
from sandan.settings import load_settings
from sandan.twin.demo import DemoParams
from sandan.twin.model import Point

PASSWORD = "only-for-this-benchmark-7"
MARKED = 8
CHANGES = 5_000
STEADY_SECONDS = 20
SCREEN: ViewportSize = {"width": 1920, "height": 1080}
WATCH = """(numbers) => {
  const { island } = document.querySelector('.map')
  const marked = new Map(numbers.map((n, i) => [n, i]))
  const paint = island.paint.bind(island)
  const now = () => performance.timeOrigin + performance.now()
  window.seen = []
  island.paint = (changes) => {
    paint(changes)
    const ours = [...changes].filter(([n]) => marked.has(n))
    const found = ours.map(([n, s]) => ({ i: marked.get(n), s, set: now() }))
    if (!found.length) return
    window.seen.push(...found)
    island.map.once('render', () => found.forEach((one) => (one.drawn = now())))
  }
}"""
COUNT = """() => {
  if (window.changed === undefined)
    document.body.addEventListener('sandan:states', ({ detail }) => (window.changed += detail.length))
  window.changed = 0
}"""
APPLY = """(most) => {
  const { island } = document.querySelector('.map')
  const numbers = island.sorted.buildings.map(({ properties }) => properties.n).slice(0, most)
  const times = []
  for (let run = 1; run <= 9; run++) {
    island.paint(new Map(numbers.map((n, i) => [n, ((i + run) % 5) + 1])))
    times.push(island.applied.ms)
  }
  island.paint(new Map(numbers.map((n) => [n, island.states.get(n)])))
  return [numbers.length, times.sort((a, b) => a - b)[4]]
}"""


@dataclass(slots=True)
class Site:
    """A Sandan with a whole complex, listening to a broker; nothing is simulated but its geometry."""

    folder: Path
    broker: Broker
    address: str = ""
    pid: int = 0

    def prepare(self, firms: int) -> list[Point]:
        """The complex, its administrator and its connection; gives the points that have an upper bound."""
        environment = os.environ | {"SANDAN_ADMIN_PASSWORD": PASSWORD}
        subprocess.run(
            [sys.executable, "-m", "sandan", "init", str(self.folder)], check=True, env=environment
        )
        complex_ = simulated(DemoParams(firms=firms)).complex
        settings = {"host": "127.0.0.1", "port": self.broker.port, "topics": [{"filter": "plant/+/state"}]}
        with open_stores(load_settings(self.folder / "sandan.toml")) as store:
            with store.registry.write() as conn:
                store.things.put(conn, complex_.things)
                store.points.put(conn, complex_.points)
            connect(store, SYSTEM, Wire("plant", "mqtt", settings), datetime.now(UTC))
        return [p for p in complex_.points if p.quantity == "active_power" and p.high]

    @contextmanager
    def serving(self) -> Iterator[None]:
        port = free_port()
        command = [sys.executable, "-m", "sandan", "--settings", str(self.folder / "sandan.toml")]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen([*command, "serve", "--port", str(port)], stdout=log, stderr=log)
        self.address, self.pid = f"http://127.0.0.1:{port}", process.pid
        try:
            wait_for(lambda: "Sandan is ready" in (self.folder / "log").read_text(), 120, "Sandan")
            yield
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def sending(site: Site, **plan: Any) -> Iterator[subprocess.Popen[str]]:
    """Messages that come in while the block runs."""
    path = site.folder / "plan.json"
    path.write_text(json.dumps({"port": site.broker.port, "marked": [], **plan}))
    command = [sys.executable, "-m", "benchmarks.web_sender", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def signed_in(browser: Browser, site: Site) -> Any:
    """The administrator's cookies."""
    context = browser.new_context(base_url=site.address, locale="ko-KR")
    page = context.new_page()
    page.goto("/sign-in?next=/settings")
    page.fill("#login", "admin")
    page.fill("#password", PASSWORD)
    page.click("form .primary")
    page.wait_for_url("**/settings")
    cookies = context.storage_state()
    context.close()
    return cookies


def opened(browser: Browser, site: Site, cookies: Any) -> Page:
    """The control room in a browser that has seen nothing of it."""
    context = browser.new_context(
        base_url=site.address, locale="ko-KR", viewport=SCREEN, storage_state=cookies
    )
    page = context.new_page()
    page.goto("/control")
    return page


def first_paint(browser: Browser, site: Site, cookies: Any) -> float:
    """First contentful paint [ms], nothing cached."""
    page = opened(browser, site, cookies)
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")
    painted: float = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.context.close()
    return painted


def main_thread(browser: Browser, page: Page, seconds: float) -> tuple[float, float]:
    """CPU time of the page's main thread [ms/s], by the kernel's clock; how many states changed a second."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    renderers = [process["id"] for process in found if process["type"] == "renderer"]
    page.evaluate(COUNT)
    before = {pid: _ran(pid, pid) for pid in renderers}
    time.sleep(seconds)
    ran = max(_ran(pid, pid) - before[pid] for pid in renderers) / seconds
    return ran, page.evaluate("window.changed") / seconds


def cpu(pid: int) -> float:
    """CPU time of a process and all its threads [ms]."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _ran(pid: int, thread: int) -> float:
    return int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0]) / 1e6


def latencies(page: Page, sender: subprocess.Popen[str]) -> tuple[list[float], int]:
    """From publishing a marked message to its colour on the map [ms], and how many never came."""
    assert sender.stdout is not None
    sent = [line.split() for line in sender.stdout]  # until the sender is done
    page.wait_for_timeout(3_000)
    seen: list[dict[str, float]] = page.evaluate("window.seen")
    found, missed = [], 0
    for i, outside, at in sent[2 * MARKED :]:  # the first rounds warm everything up
        late = [
            one["drawn"] - float(at)
            for one in seen
            if one["i"] == int(i) and (one["s"] > 0) == (outside == "1") and one["set"] > float(at)
            if "drawn" in one
        ]
        if late:
            found.append(min(late))
        else:
            missed += 1
    return found, missed


async def watch(site: Site, cookie: str, viewers: int, seconds: float) -> int:
    """So many streams at once; how many events one viewer got and another did not."""
    port = int(site.address.rpartition(":")[2])
    head = f"GET /stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()

    async def view() -> list[int]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        heard, end = bytearray(), asyncio.get_running_loop().time() + seconds
        while (left := end - asyncio.get_running_loop().time()) > 0:
            try:
                heard += await asyncio.wait_for(reader.read(65536), left)
            except TimeoutError:
                break
        writer.close()
        return [int(id) for id in re.findall(rb"(?m)^id: (\d+)\r?$", bytes(heard))]

    heard = await asyncio.gather(*(view() for _ in range(viewers)))
    assert all(heard), "a viewer heard nothing"
    first, last = max(ids[0] for ids in heard), min(ids[-1] for ids in heard)
    everything = {id for ids in heard for id in ids if first <= id <= last}
    return sum(len(everything - set(ids)) for ids in heard)


def viewers_cost(site: Site, cookie: str, viewers: int, power: Sequence[Point]) -> dict[str, float]:
    """Server CPU without viewers and with them [ms/s], and events that did not reach everyone."""
    seconds = float(STEADY_SECONDS)
    plan = {"rate": 100, "seconds": 3 * seconds, "points": [(p.id, _within(p)) for p in power]}
    with sending(site, **plan):
        time.sleep(3)
        before = cpu(site.pid)
        time.sleep(seconds)
        alone = (cpu(site.pid) - before) / seconds
        before = cpu(site.pid)
        unheard = asyncio.run(watch(site, cookie, viewers, seconds))
        watched = (cpu(site.pid) - before) / seconds
    return {"alone": alone, "watched": watched, "unheard": unheard}


def _within(point: Point) -> float:
    assert point.high is not None
    return float(round(point.high * 0.5, 3))


def _beyond(point: Point) -> float:
    assert point.high is not None
    return float(round(point.high * 1.5, 3))


@workload("web", "the control room in a browser: first paint, cost, message to screen, 200 viewers")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks web")
    parser.add_argument("--firms", type=int, default=5_200)
    parser.add_argument("--rate", type=int, default=1_000, help="MQTT messages a second")
    parser.add_argument("--seconds", type=float, default=60, help="how long messages are timed")
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--paints", type=int, default=5, help="how often the page is opened anew")
    parser.add_argument("--dry", action="store_true", help="do not write the reference page")
    options = parser.parse_args(arguments)
    if stage.chromium_path() is None:
        raise SystemExit(stage.NO_BROWSER)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="sandan-web-") as made:
        site = Site(Path(made) / "site", Broker(Path(made) / "broker"))
        site.broker.start()
        try:
            power = site.prepare(options.firms)
            with site.serving():
                with stage.chromium() as browser:
                    figures, cookie = measure(site, browser, power, options)
                    chromium = browser.version
                figures |= viewers_cost(site, cookie, options.viewers, power)
        finally:
            site.broker.stop()
    text = _page(options, figures, chromium, load)
    print(text)
    if not options.dry:
        write("web", text)
    return 1 if figures["missed"] or figures["unheard"] else 0


def measure(
    site: Site, browser: Browser, power: Sequence[Point], options: argparse.Namespace
) -> tuple[dict[str, Any], str]:
    """What the browser shows, one after another, so that nothing disturbs what is measured; its cookie."""
    cookies = signed_in(browser, site)
    paints = [first_paint(browser, site, cookies) for _ in range(options.paints)]
    page = opened(browser, site, cookies)
    map_ready(page)
    changes, apply = page.evaluate(APPLY, CHANGES)
    within = [(point.id, _within(point)) for point in power]
    beyond = [(point.id, _beyond(point)) for point in power[::5]]
    with sending(site, rate=100, seconds=60, points=within):
        page.wait_for_timeout(3_000)
        calm, _ = main_thread(browser, page, STEADY_SECONDS)
    with sending(site, rate=options.rate, seconds=60, points=within + beyond):
        page.wait_for_timeout(3_000)
        busy, changed = main_thread(browser, page, STEADY_SECONDS)
    marked = _alone(page, power)
    page.evaluate(WATCH, list(marked.values()))
    others = [point for point in power if point.id not in marked]
    plan = {
        "rate": options.rate,
        "seconds": options.seconds,
        "points": [(p.id, _within(p)) for p in others],
        "marked": [(p.id, _within(p), _beyond(p)) for p in power if p.id in marked],
    }
    with sending(site, **plan) as sender:
        late, missed = latencies(page, sender)
    page.context.close()
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in cookies["cookies"])
    figures = {
        "paints": paints,
        "changes": changes,
        "apply": apply,
        "calm": calm,
        "busy": busy,
        "changed": changed,
        "late": late,
        "missed": missed,
    }
    return figures, cookie


def _alone(page: Page, power: Sequence[Point]) -> dict[str, int]:
    """Some points, each in a building of its own, and that building's number on the map."""
    buildings = page.evaluate(
        """() => Object.fromEntries(document.querySelector('.map').island.sorted.buildings
             .map(({ properties }) => [properties.id, properties.n]))"""
    )
    found: dict[str, int] = {}
    for point in power:
        parent = page.request.get(f"/api/things/{point.thing}").json()["parent"]
        if parent in buildings and buildings[parent] not in found.values():
            found[point.id] = buildings[parent]
        if len(found) == MARKED:
            break
    return found


def _page(options: argparse.Namespace, f: Mapping[str, Any], chromium: str, load: float) -> str:
    late = quantiles(f["late"], n=100)
    paints = f["paints"]
    shown = f"{median(paints):,.0f} ({min(paints):,.0f}–{max(paints):,.0f})"
    rows = [
        ["first contentful paint, nothing cached [ms]", "≤ 1,500", shown],
        [f"{f['changes']:,} changes of state applied [ms]", "≤ 2", f"{f['apply']:.2f}"],
        ["main thread, figures and trends every second [ms CPU/s]", "≤ 40", f"{f['calm']:.1f}"],
        [f"… while {f['changed']:,.0f} states change a second as well", "", f"{f['busy']:.1f}"],
        [
            f"MQTT message to changed colour at {options.rate:,} messages/s, p50 / p99 [ms]",
            "p99 ≤ 1,000",
            f"{late[49]:,.0f} / {late[98]:,.0f}",
        ],
        ["… timed / never seen", "0 unseen", f"{len(f['late'])} / {f['missed']}"],
        [
            f"server, no viewer → {options.viewers} viewers [ms CPU/s]",
            "≤ 1,000",
            f"{f['alone']:.0f} → {f['watched']:.0f}",
        ],
        ["… events that one viewer got and another did not", "0", f"{f['unheard']}"],
    ]
    return f"""## Web

A complex of {options.firms:,} firms in the control room at {SCREEN["width"]} × {SCREEN["height"]},
drawn in software; Mosquitto, Sandan, its MQTT source and Chromium on one machine. First paint: median
of {options.paints} (least to most). `python -m benchmarks web`

{table(["", "goal", "Sandan"], rows)}

Chromium {chromium}, Playwright {version("playwright")}; {machine()};
{platform.system()} {platform.release()}; {datetime.now(UTC):%F}; load average before the run {load:.1f}.

A state is on screen when the map has rendered after taking it; the map gathers changes for half a
second, because a repaint costs more than they do."""
