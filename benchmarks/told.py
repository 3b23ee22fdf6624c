"""From a reading that comes over MQTT to the alarm an open page hears of, in a Sandan that is running.

python -m benchmarks told [--firms 200] [--rounds 300] [--rate 50] [--dry]

Mosquitto, Sandan and the reader of its stream are on this machine; so the clock is one. One meter after
the other leaves its bound, while others send values within theirs. At the end a gateway falls silent.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.request import Request, urlopen

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from tests.browser import stage

from benchmarks.durability import Broker
from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from benchmarks.web import Site, sending, signed_in
from sandan.access import SYSTEM
from sandan.app import open_stores
from sandan.control.engine.alarms.table import built_in_rules
from sandan.control.model.alarms import Priority, Rule, RuleKind, Scope
from sandan.control.service.alarms.rules import put_rules
from sandan.settings import load_settings
from sandan.twin.model import Point, Thing
from sandan.words import Text

GOAL_MS = 200.0
CHILDREN, SIGNALS = 50, 2
"""Meters on the gateway that falls silent, and what each of them measures."""
PATIENCE = 90.0
RULE = Rule(
    "bench", Text("초과", "Above"), RuleKind.HIGH, Scope(quantities=frozenset({"active_power"})),
    priority=Priority.HIGH, consequence=Text("없음", "None"), response=Text("없음", "None"),
    response_time=timedelta(minutes=1),
)  # fmt: skip


def add_gateway(site: Site) -> list[Point]:
    """A gateway with meters that send each second, and two rules: one without a delay, one of silence."""
    second = timedelta(seconds=1)
    above = {"gateway": "bench-gateway"}
    meters = [Thing(f"bench-{i}", "meter", f"{i}번", attributes=above) for i in range(CHILDREN)]
    points = [
        Point(f"{meter.id}.{quantity}", meter.id, quantity, second)
        for meter in meters
        for quantity in ("active_power", "active_energy")[:SIGNALS]
    ]
    now = datetime.now(UTC)
    with open_stores(load_settings(site.folder / "sandan.toml")) as store:
        with store.registry.write() as conn:
            store.things.put(conn, [Thing("bench-gateway", "gateway", "게이트웨이"), *meters])
            store.points.put(conn, points)
        own = Scope(points=frozenset(point.id for point in points))
        silence = [replace(rule, scope=own) for rule in built_in_rules().rules if rule.id == "stale"]
        put_rules(store, SYSTEM, 0, [*silence, RULE], "bench", now)
    return points


@asynccontextmanager
async def listening(site: Site, cookie: str) -> AsyncIterator[asyncio.Queue[tuple[float, dict[str, int]]]]:
    """What the stream says of alarms, each with when it was heard [s]."""
    port = int(site.address.rpartition(":")[2])
    heard: asyncio.Queue[tuple[float, dict[str, int]]] = asyncio.Queue()

    async def read() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        writer.write(f"GET /stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
        event = b""
        while line := await reader.readline():
            if line.startswith(b"event: "):
                event = line[7:].strip()
            elif line.startswith(b"data: ") and event == b"alarms":
                heard.put_nowait((time.time(), json.loads(line[6:])))

    task = asyncio.create_task(read())
    try:
        yield heard
    finally:
        task.cancel()


async def one_by_one(
    site: Site, client: paho.Client, cookie: str, marked: Sequence[Point]
) -> list[tuple[float, float]]:
    """When each message was sent, and when the stream told of one more alarm [s]."""
    found = []
    async with listening(site, cookie) as heard:
        await asyncio.sleep(3)
        for i, point in enumerate(marked):
            while not heard.empty():
                heard.get_nowait()
            before = open_alarms(site, cookie)
            sent = _publish(client, point, 2.0 * float(point.high or 0))
            while True:
                at, news = await asyncio.wait_for(heard.get(), 30)
                if news["waiting"] > before:
                    break
            found.append((sent, at))
            await asyncio.sleep(0.1 + i * 0.061 % 0.25)  # not in step with anybody's second
    return found


def judged(site: Site, cookie: str) -> dict[str, float]:
    """When the watch took up the reading behind each alarm of the rule [s], by point."""
    request = Request(f"{site.address}/api/events?kind=AlarmRaised&limit=1000", headers={"cookie": cookie})
    with urlopen(request) as answer:
        events = json.load(answer)["items"]
    return {
        one["subject"].partition("@")[2]: datetime.fromisoformat(one["at"]).timestamp()
        for one in events
        if one["subject"].startswith("bench@")
    }


def open_alarms(site: Site, cookie: str) -> int:
    """How many alarms wait for somebody."""
    with urlopen(Request(f"{site.address}/stream/snapshot", headers={"cookie": cookie})) as answer:
        return int(json.load(answer)["events"]["alarms"]["waiting"])


def silence(site: Site, client: paho.Client, cookie: str, points: Sequence[Point]) -> tuple[int, int]:
    """How many alarms of a gateway's signals ask for somebody once all have stopped, and how many hide."""
    for _ in range(5):
        for point in points:
            _publish(client, point, 1.0)
        time.sleep(1)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        mine = [one for one in alarms(site, cookie) if one["point"].startswith("bench-")]
        if len(mine) >= len(points):
            break
        time.sleep(1)
    return sum(one["state"] != "suppressed" for one in mine), sum(
        one["state"] == "suppressed" for one in mine
    )


def alarms(site: Site, cookie: str) -> list[dict[str, Any]]:
    """Every open alarm."""
    with urlopen(Request(f"{site.address}/api/control/alarms", headers={"cookie": cookie})) as answer:
        found: list[dict[str, Any]] = json.load(answer)["alarms"]
    return found


def _publish(client: paho.Client, point: Point, value: float) -> float:
    at = time.time()
    body = orjson.dumps({"point": point.id, "time": int(at * 1000), "value": value})
    client.publish("plant/bench/state", body, qos=1)
    return at


@workload("told", "a reading over MQTT to the alarm an open page hears of; a gateway that falls silent")
def run(arguments: Sequence[str]) -> int:
    """Measure and write down."""
    parser = argparse.ArgumentParser(prog="benchmarks told")
    parser.add_argument("--firms", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--rate", type=int, default=50, help="other messages a second")
    parser.add_argument("--dry", action="store_true", help="do not write the reference page")
    given = parser.parse_args(arguments)
    if stage.chromium_path() is None:
        raise SystemExit(stage.NO_BROWSER)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="sandan-told-") as made:
        site = Site(Path(made) / "site", Broker(Path(made) / "broker"))
        site.broker.start()
        try:
            power = site.prepare(given.firms)
            gateway = add_gateway(site)
            with site.serving():
                taken, times, asking, hidden = measure(site, power, gateway, given)
        finally:
            site.broker.stop()
    cuts, upto = quantiles(times, n=100), quantiles(taken, n=100)
    rows = [
        ["message to the rules (on disk by then), median", f"{median(taken):.0f} ms", ""],
        ["… p99", f"{upto[98]:.0f} ms", ""],
        ["message to page, median", f"{median(times):.0f} ms", ""],
        ["message to page, p99", f"{cuts[98]:.0f} ms", f"≤ {GOAL_MS:.0f} ms"],
        ["slowest", f"{max(times):.0f} ms", ""],
        [f"{len(gateway)} signals of one gateway stop: alarms that ask for somebody", f"{asking}", "1"],
        ["… and hidden behind it", f"{hidden}", f"{len(gateway) - 1}"],
    ]
    note = (
        f"{len(times)} readings, one after the other, {given.rate} other messages a second; the first ten "
        f"are left out. Mosquitto, Sandan with {given.firms} firms and the reader of the stream on one "
        f"machine; {machine()}; {datetime.now(UTC):%F}; load average before the run {load:.1f}, after it "
        f"{os.getloadavg()[0]:.1f}."
    )
    text = f"{table(['what', 'measured', 'goal'], rows)}\n\n`python -m benchmarks told`\n\n{note}"
    print(text)
    if not given.dry:
        write("told", f"## An alarm told\n\n{text}")
    return 0 if asking == 1 else 1


def measure(
    site: Site, power: Sequence[Point], gateway: Sequence[Point], given: argparse.Namespace
) -> tuple[list[float], list[float], int, int]:
    """Milliseconds to the rules and to the page of each round; what a silent gateway's alarms come to."""
    with stage.chromium() as browser:
        cookies = signed_in(browser, site)
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in cookies["cookies"])
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="told", protocol=paho.MQTTv5)
    client.connect("127.0.0.1", site.broker.port)
    client.loop_start()
    marked = power[: given.rounds + 10]
    others = [(point.id, float(point.high or 0) * 0.5) for point in power[given.rounds + 10 :]]
    try:
        with sending(site, rate=given.rate, seconds=3600, points=others):
            times = asyncio.run(one_by_one(site, client, cookie, marked))
        at = judged(site, cookie)
        taken = [(at[point.id] - sent) * 1000 for point, (sent, _) in zip(marked, times, strict=True)]
        heard = [(heard - sent) * 1000 for sent, heard in times]
        return taken[10:], heard[10:], *silence(site, client, cookie, gateway)
    finally:
        client.loop_stop()
        client.disconnect()
