"""What comes in, what was held back, and who may send."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Query, Request
from pydantic import BeforeValidator
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit
from sandan.errors import InvalidInput, NotAllowed
from sandan.ingest.model import CONNECT, INGEST_READ, QUARANTINE, REASONS, Binding, Reason, Receipt
from sandan.ingest.records import State, Wire
from sandan.ingest.service import Health, Pipeline, SourceStatus, StalePoint
from sandan.ingest.service.quarantine import (
    Decision,
    Mend,
    count_quarantine,
    discard,
    discard_all,
    list_quarantine,
    release,
    release_all,
)
from sandan.ingest.service.wiring import (
    bind,
    connect,
    disconnect,
    list_bindings,
    list_connections,
    list_devices,
    register_device,
    revoke,
    unbind,
)
from sandan.ingest.sources import KINDS, build_source
from sandan.ingest.sources.http import identify, receive
from sandan.twin.model import Point
from sandan.web import BY_TOKEN, Routes
from sandan.words import Text

PAGE = 50
SHOWN_STALE = 20
HEALTH: Mapping[Health, tuple[str, Text]] = {
    Health.WAITING: ("", Text("기다리는 중", "Waiting")),
    Health.UP: ("good", Text("수신 중", "Receiving")),
    Health.DOWN: ("bad", Text("끊김", "Down")),
    Health.ENDED: ("", Text("끝남", "Ended")),
}
STATES: Mapping[State, Text] = {
    State.OPEN: Text("처리할 것", "To decide"),
    State.RELEASED: Text("승인함", "Released"),
    State.DISCARDED: Text("버림", "Discarded"),
}
EXAMPLES: Mapping[str, str] = {
    "mqtt": """host = "127.0.0.1"
port = 1883

[[topics]]
filter = "plant/+/meter"
address = "{2}.active_energy"
""",
    "sparkplug": """host = "127.0.0.1"
port = 1883
groups = ["plant1"]
""",
    "opcua": """url = "opc.tcp://192.168.0.10:4840"
period = 1000

[[nodes]]
node = "ns=2;s=Meter1.kWh"
address = "meter1.energy"
unit = "kWh"
""",
    "modbus": """host = "192.168.0.11"
port = 502
every = 60

[[registers]]
register = 0
table = "holding"
type = "float32"
address = "meter1.power"
unit = "kW"
""",
}
"""Settings to start from; a test builds a source of each."""
Chosen = Annotated[Reason | None, BeforeValidator(lambda given: given or None)]
"""A reason; a form in which none is chosen sends an empty one."""
routes = Routes("ingest")


@dataclass(frozen=True, slots=True)
class HeldCount:
    """How many readings of one source are held for one reason."""

    source: str
    reason: Reason
    count: int


def _sources(visit: Visit) -> list[SourceStatus]:
    pipeline = visit.house.part(Pipeline)
    return [status for status in pipeline.statistics() if visit.actor.sees(status.tenant)]


def _stale(visit: Visit) -> list[tuple[StalePoint, Point]]:
    stale = visit.house.part(Pipeline).stale(visit.now)
    with visit.store.registry.read() as conn:
        points = {p.number: p for p in visit.store.points.by_numbers(conn, [s.number for s in stale])}
    return [
        (s, points[s.number])
        for s in stale
        if s.number in points and visit.actor.sees(points[s.number].tenant)
    ]


def _held(visit: Visit) -> list[HeldCount]:
    counts = count_quarantine(visit.store, visit.actor)
    rows = [HeldCount(source, reason, n) for (source, reason), n in counts.items()]
    return sorted(rows, key=lambda row: -row.count)


@routes.page("/ingest", permission=INGEST_READ)
def overview(visit: Here) -> Response:
    """Sources, rates, lag, what is held back and who is silent."""
    sources = _sources(visit)
    total = sum((source.total for source in sources), Receipt())
    stale = _stale(visit)
    return visit.render(
        "ingest/overview.html",
        tab="overview",
        sources=sources,
        health=HEALTH,
        blocked=visit.house.part(Pipeline).blocked,
        total=total,
        rate=sum(source.rate for source in sources),
        held=_held(visit),
        reasons=REASONS,
        stale=stale[:SHOWN_STALE],
        stale_count=len(stale),
        may_connect=visit.actor.may(CONNECT),
    )


@routes.page("/ingest/sources", permission=INGEST_READ)
def source_rows(visit: Here) -> Response:
    """The table of sources by itself, to be refreshed."""
    return visit.render(
        "ingest/sources.html",
        sources=_sources(visit),
        health=HEALTH,
        blocked=visit.house.part(Pipeline).blocked,
    )


@routes.page("/ingest/quarantine", permission=INGEST_READ)
def quarantine(
    visit: Here,
    state: State = State.OPEN,
    reason: Chosen = None,
    source: str | None = None,
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Readings that were held back, newest first."""
    rows = list_quarantine(
        visit.store,
        visit.actor,
        state=state,
        reason=reason,
        source=source or None,
        before=before,
        limit=PAGE + 1,
    )
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    query = {"state": state.value, "reason": reason.value if reason else "", "source": source or ""}
    return visit.render(
        "ingest/quarantine.html",
        tab="quarantine",
        rows=rows[:PAGE],
        next=f"/ingest/quarantine?{urlencode({**query, 'before': more})}" if more else None,
        held=_held(visit),
        reasons=REASONS,
        states=STATES,
        state=state,
        reason=reason,
        source=source or "",
        may_connect=visit.actor.may(CONNECT),
        may_decide=visit.actor.may(QUARANTINE) and state is State.OPEN,
    )


@routes.action("/ingest/quarantine/decide", permission=QUARANTINE)
async def decide(
    visit: Here,
    verb: Annotated[str, Form(pattern="^(release|discard)$")],
    ids: Annotated[Sequence[int] | None, Form()] = None,
    whole_reason: Annotated[Reason | None, Form()] = None,
    source: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Release or discard the chosen rows, or everything held for one reason."""
    store, actor, pipeline = visit.store, visit.actor, visit.house.part(Pipeline)
    if whole_reason is not None and verb == "release":
        done = await release_all(store, pipeline, actor, whole_reason, source=source or None)
    elif whole_reason is not None:
        done = await run_in_threadpool(
            discard_all, store, actor, whole_reason, visit.now, source=source or None
        )
    elif not ids:
        raise InvalidInput.because(
            "ids",
            Text("고른 것이 없습니다.", "nothing was chosen."),
            Text("목록에서 한 건 이상 고르십시오.", "choose at least one row."),
        )
    elif verb == "release":
        done = await release(store, pipeline, actor, ids)
    else:
        done = await run_in_threadpool(discard, store, actor, ids, visit.now)
    return _decided(visit, verb, done)


@routes.action("/ingest/quarantine/{id}/mend", permission=QUARANTINE)
async def mend(
    id: int,
    visit: Here,
    address: Annotated[str, Form(max_length=200)] = "",
    start: Annotated[str, Form(max_length=40)] = "",
    value: Annotated[str, Form(max_length=40)] = "",
    unit: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Correct one reading and let it in."""
    mended = Mend(address or None, _instant(start), _number(value), unit or None)
    done = await release(visit.store, visit.house.part(Pipeline), visit.actor, [id], mend=mended)
    return _decided(visit, "release", done)


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput.because(
            "start",
            Text(f"'{text}'은(는) 시각이 아닙니다.", f"'{text}' is not a time."),
            Text("예: 2026-03-04T09:15", "for example 2026-03-04T09:15"),
        ) from None
    return given if given.tzinfo else given.replace(tzinfo=SEOUL)


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text.replace(",", ""))
    except ValueError:
        raise InvalidInput.because(
            "value",
            Text(f"'{text}'은(는) 숫자가 아닙니다.", f"'{text}' is not a number."),
            Text("숫자만 적으십시오.", "write a number only."),
        ) from None


def _decided(visit: Visit, verb: str, done: Decision) -> Response:
    return visit.render(
        "ingest/decided.html",
        tab="quarantine",
        verb=verb,
        decision=done,
        may_connect=visit.actor.may(CONNECT),
        status=422 if done.findings and not done.done else 200,
    )


@routes.page("/ingest/connections", permission=CONNECT)
def connections(visit: Here) -> Response:
    """Devices that may send, connections Sandan opens, and addresses tied to points."""
    return _connections(visit)


def _connections(visit: Visit, *, token: str = "", token_of: str = "") -> Response:
    with visit.store.registry.read() as conn:
        firms = visit.store.things.find(conn, kind="firm", limit=5_000)
    return visit.render(
        "ingest/connections.html",
        tab="connections",
        devices=list_devices(visit.store, visit.actor),
        wires=list_connections(visit.store, visit.actor),
        bindings=list_bindings(visit.store, visit.actor)[:500],
        firms=firms,
        kinds=KINDS,
        examples=EXAMPLES,
        token=token,
        token_of=token_of,
        may_connect=True,
    )


@routes.action("/ingest/devices", permission=CONNECT)
def add_device(
    visit: Here,
    id: Annotated[str, Form(pattern=r"^[A-Za-z0-9._-]{1,64}$")],
    name: Annotated[str, Form(min_length=1, max_length=120)],
    tenant: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Register a device; its token is on the page that answers, and nowhere else."""
    device, token = register_device(visit.store, visit.actor, id, name, visit.now, tenant=tenant or None)
    return _connections(visit, token=token, token_of=device.name)


@routes.action("/ingest/devices/{id}/revoke", permission=CONNECT)
def revoke_device(id: str, visit: Here) -> Response:
    """Take a device's token back."""
    revoke(visit.store, visit.actor, id, visit.now)
    return RedirectResponse("/ingest/connections", 303)


@routes.action("/ingest/wires", permission=CONNECT)
def add_wire(
    visit: Here,
    id: Annotated[str, Form(pattern=r"^[A-Za-z0-9._-]{1,64}$")],
    kind: Annotated[str, Form(max_length=20)],
    settings: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Keep a connection Sandan opens by itself; its settings are checked before."""
    try:
        table = tomllib.loads(settings)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput.because(
            "settings",
            Text(f"TOML 문법 오류: {error}", f"TOML syntax error: {error}"),
            Text("해당 줄을 고치십시오.", "mend that line."),
        ) from None
    wire = Wire(id, kind, table)
    build_source(wire, visit.house.clock)
    connect(visit.store, visit.actor, wire, visit.now)
    return RedirectResponse("/ingest/connections#wires", 303)


@routes.action("/ingest/wires/{id}/remove", permission=CONNECT)
def remove_wire(id: str, visit: Here) -> Response:
    """Close a connection for good; what it brought stays."""
    disconnect(visit.store, visit.actor, id, visit.now)
    return RedirectResponse("/ingest/connections#wires", 303)


@routes.action("/ingest/bindings", permission=CONNECT)
async def add_binding(
    visit: Here,
    source: Annotated[str, Form(min_length=1, max_length=200)],
    address: Annotated[str, Form(min_length=1, max_length=400)],
    point: Annotated[str, Form(min_length=1, max_length=200)],
    unit: Annotated[str, Form(max_length=20)] = "",
    factor: Annotated[float, Form()] = 1.0,
    offset: Annotated[float, Form()] = 0.0,
) -> Response:
    """Tie an address to a point, from now on."""
    tied = Binding(source, address, point, unit or None, factor, offset)
    await run_in_threadpool(bind, visit.store, visit.actor, [tied], visit.now)
    await visit.house.part(Pipeline).reload()
    return RedirectResponse("/ingest/connections#bindings", 303)


@routes.action("/ingest/bindings/remove", permission=CONNECT)
async def remove_binding(
    visit: Here, source: Annotated[str, Form()], address: Annotated[str, Form()]
) -> Response:
    """Untie an address."""
    await run_in_threadpool(unbind, visit.store, visit.actor, source, address, visit.now)
    await visit.house.part(Pipeline).reload()
    return RedirectResponse("/ingest/connections#bindings", 303)


@routes.api("/ingest/readings", permission=BY_TOKEN, method="POST")
async def take_readings(request: Request, visit: Here) -> Response:
    """Readings as JSON lines or an Arrow IPC stream, with a device token; 200 means they are kept.

    503 means they are not: send the same body again later.
    """
    try:
        device = await run_in_threadpool(identify, visit.store, request.headers.get("authorization"))
    except NotAllowed as error:
        return JSONResponse({"error": error.in_(visit.language)}, 401, headers={"www-authenticate": "Bearer"})
    answer = await receive(
        visit.house.part(Pipeline), device, await request.body(), request.headers.get("content-type", "")
    )
    receipt = answer.receipt
    return JSONResponse(
        {
            "received": receipt.received,
            "kept": receipt.kept,
            "duplicates": receipt.duplicates,
            "corrections": receipt.corrections,
            "quarantined": receipt.quarantined,
            "findings": [
                {
                    "where": finding.where,
                    "problem": finding.problem.in_(visit.language),
                    "remedy": finding.remedy.in_(visit.language),
                }
                for finding in answer.findings
            ],
        }
    )
