"""An evacuation told to two thousand contacts, through a gateway of our own on this machine.

python -m benchmarks telling [--contacts 2000] [--wait 0.1] [--dry]

The gateway takes so long for each message as a service on the Internet would; none may be lost or doubled.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import sqlalchemy as sa

from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.access import Actor, Role
from sandan.clock import SystemClock
from sandan.control.model.contacts import Channel, ChannelKind, Circle, Contact
from sandan.control.model.notices import Answer, DeliveryState, Mode, Notice, Phase, Request, Subject
from sandan.control.records.notices import contact_book
from sandan.control.records.notices.tables import delivery
from sandan.control.service.notices.answers import answer
from sandan.control.service.notices.desk import Desk, Gateway
from sandan.control.service.notices.gateways import Gateways
from sandan.control.service.notices.outbox import Outbox
from sandan.control.service.notices.telling import preview, tell
from sandan.control.service.notices.told import read_told
from sandan.store import Store
from sandan.testing import temporary_store
from sandan.twin.model import Thing
from sandan.words import Text

_ON_ITS_WAY = sa.select(sa.func.count()).where(delivery.c.done.is_(None))
OPERATOR = Actor("operator", "operator", frozenset({Role.OPERATOR}))


def lay_out(store: Store, count: int) -> Subject:
    """So many firms, each with a safety duty to be told, all inside the area of the warning."""
    firms = [f"firm-{i}" for i in range(count)]
    book = [
        Contact(id, f"제{i}화학", "안전 당직", Circle.FIRM, "firm", tenant=id, phone=f"000-{i:04d}",
                channels=(Channel(ChannelKind.SMS, f"000-{i:04d}"),), answer_minutes=5)
        for i, id in enumerate(firms)
    ]  # fmt: skip
    with store.registry.write() as conn:
        store.things.put(conn, [Thing("complex", "complex", "시범 산단")])
        store.things.put(
            conn, [Thing(id, "firm", f"제{i}화학", "complex", tenant=id) for i, id in enumerate(firms)]
        )
        contact_book.put_contacts(conn, book)
    kind = Text("화학물질 누출", "Chemical leak")
    now = datetime.now(UTC)
    return Subject(
        "INC-1", "leak", kind, 4, "암모니아 누출", "3블록", now, frozenset(firms[:1]), frozenset(firms)
    )


def measure(count: int, wait: float) -> list[list[str]]:
    """The way of one decision, from the preview to the list with every answer."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            heard.append(self.path)
            time.sleep(wait)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:  # type: ignore[override]  # says nothing
            pass

    rows: list[list[str]] = []
    began = (0.0, 0.0)

    def begin() -> None:
        nonlocal began
        began = time.perf_counter(), time.process_time()

    def timed(what: str) -> None:
        wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
        rows.append([what, f"{wall:.2f} s", f"{cpu:.2f} s"])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"json://127.0.0.1:{server.server_address[1]}/{{to}}"
    sms = Gateway("sms", ChannelKind.SMS, url)
    desk = Desk(mode=Mode.LIVE, address="https://sandan.example", gateways={"sms": sms})
    request = Request(Phase.EVACUATE, 4)
    with temporary_store(rooms=("sandan.control",)) as store:
        subject = lay_out(store, count)
        begin()
        assert len(preview(store, OPERATOR, subject, request, desk, datetime.now(UTC))) == count
        timed(f"{count:,} texts drafted to be read")
        begin()
        told = tell(store, OPERATOR, subject, request, desk, datetime.now(UTC))
        timed("decided: notices and outbox written")
        gateways = Gateways(desk)
        begin()
        asyncio.run(_sent(Outbox(store, SystemClock(), desk, gateways), store, told, timed))
        gateways.close()
        assert sorted(heard) == sorted(f"/000-{i:04d}" for i in range(count)), "lost or doubled"
        for one in told[: count // 2]:
            answer(store, one.token, Answer.SEEN, datetime.now(UTC))
        begin()
        found = read_told(store, OPERATOR, subject.id, datetime.now(UTC))
        timed("read for the page, half of them answered")
        states = [way.state for line in found.lines for way in line.deliveries]
        assert states == [DeliveryState.DELIVERED] * count
        begin()
        drill = replace(subject, id="INC-2", drill=True)
        told = tell(store, OPERATOR, drill, request, desk, datetime.now(UTC))
        asyncio.run(_sent(Outbox(store, SystemClock(), desk), store, told, lambda _: None))
        timed("the same as a drill, to the last one recorded")
    server.shutdown()
    return rows


async def _sent(
    outbox: Outbox, store: Store, notices: Sequence[Notice], timed: Callable[[str], None]
) -> None:
    """Run an outbox until nothing of these notices is on its way."""
    running = asyncio.create_task(outbox.run())
    first, left = True, len(notices)
    while left:
        await asyncio.sleep(0.1)
        with store.registry.read() as conn:
            left = conn.scalar(_ON_ITS_WAY) or 0
        if first and left < len(notices):
            timed("to the first accepted")
            first = False
    timed("to the last accepted")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@workload("telling", "two thousand contacts told at once, through a gateway of our own")
def run(arguments: Sequence[str]) -> int:
    """Measure and write down."""
    parser = argparse.ArgumentParser(prog="benchmarks telling")
    parser.add_argument("--contacts", type=int, default=2000)
    parser.add_argument("--wait", type=float, default=0.1)
    parser.add_argument("--dry", action="store_true")
    given = parser.parse_args(arguments)
    text = table(["what", "time", "of the processor"], measure(given.contacts, given.wait))
    print(text)
    if not given.dry:
        note = (
            f"SQLite; the gateway takes {given.wait:.1f} s for each message; {machine()}, load"
            f" {os.getloadavg()[0]:.1f}. None was lost or doubled: the gateway's own list was compared."
        )
        write("telling", f"## Many people told at once\n\n{text}\n\n{note}")
    return 0
