"""From saying what leaks to its area on the page, over HTTP, alone and with both cores kept busy."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
from tests.browser import stage

FIRMS, ASKED, BUSY = 200, 20, 2
GOAL = 1.0
"""Seconds from a release to its area with its band."""
SPIN = "while True: pass"
RELEASES = [
    {"substance": substance, "minutes": minutes, "liquefied": liquefied}
    for substance in ("ammonia", "chlorine")
    for minutes in ("0", "10", "30")
    for liquefied in ("", "true")
]


def ask_for_areas() -> list[list[str]]:
    """Rows of median and slowest of so many requests [s]; each has a release and an amount of its own."""
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        stage.demo(Path(folder), firms=FIRMS) as (site, server),
        httpx.Client(base_url=site, timeout=120, headers={"origin": site}) as page,
    ):
        token, incident = _open_incident(page)
        first = _ask(page, incident, token, 1)
        rows.append(["… over HTTP, the first after a start [s]", f"{first[0]:.2f}", f"{GOAL:g}", ""])
        for name, busy in (("nothing of ours beside it", 0), (f"{BUSY} cores kept busy", BUSY)):
            with _spinning(busy):
                before = _cpu(server)
                took = _ask(page, incident, token, ASKED)
                spent = (_cpu(server) - before) / ASKED
            label = f"… over HTTP, {name}, median / slowest of {ASKED} [s]"
            rows.append([label, f"{median(took):.2f} / {max(took):.2f}", f"{GOAL:g}", ""])
            rows.append(["…… of it CPU of the server, all it does counted [s]", f"{spent:.2f}", "", ""])
    return rows


def _cpu(process: int) -> float:
    """Seconds of CPU that a process has had."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _spinning(count: int) -> Iterator[None]:
    busy = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(count)]
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()


def _open_incident(page: httpx.Client) -> tuple[str, str]:
    """A leak at a tank in the middle of the demo, by its operator."""
    page.get("/sign-in?next=/account")
    page.post("/demo/role", data={"csrf": _token(page, "/demo/role"), "login": "operator-demo"})
    token = _token(page, "/control/incidents")
    opened = page.post("/control/incidents", data={"csrf": token, "kind": "leak", "place": "benchmark"})
    incident = opened.headers["location"]
    features = page.get("/control/map.geojson").json()["features"]
    spot = features[len(features) // 2]["geometry"]["coordinates"]
    while isinstance(spot[0], list):
        spot = spot[0]
    where = {"csrf": token, "place": "benchmark", "lon": str(spot[0]), "lat": str(spot[1])}
    assert page.post(f"{incident}/place", data=where).status_code == 303
    return token, incident


def _token(page: httpx.Client, path: str) -> str:
    found = re.search(r'name="csrf" content="([^"]+)"', page.get(path).text)
    assert found is not None
    return found[1]


def _ask(page: httpx.Client, incident: str, token: str, count: int) -> Sequence[float]:
    chance, took = random.Random(count), []
    for number in range(count):
        release = RELEASES[number % len(RELEASES)] | {
            "csrf": token,
            "amount": str(chance.randint(50, 20_000)),
        }
        begin = time.perf_counter()
        answer = page.post(f"{incident}/hazard", data=release, headers={"hx-request": "true"})
        took.append(time.perf_counter() - begin)
        assert answer.status_code == 200, answer.text[:300]
        assert 'class="figures"' in answer.text, answer.text[:300]
    return took
