"""Readings by OPC UA: a subscription to nodes of one server, with the times and qualities the server gives.

OPC UA has no acknowledgement: what the server sent and Sandan could not keep before it died is lost,
except for the last value of each node, which a new subscription brings again.

    url = "opc.tcp://plc1:4840"    period = 1000    username = "sandan"    password_env = "PLC1"
    [[nodes]]                      node = "ns=2;s=Meter1.kWh"              address = "meter1.energy"
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asyncua import Client, ua
from asyncua.common.subscription import DataChangeNotif

from sandan.clock import Clock
from sandan.errors import Unavailable
from sandan.form import Form
from sandan.ingest.engine import millis
from sandan.ingest.model import Delivery
from sandan.ingest.sources.payload import Columns
from sandan.twin.model import Quality
from sandan.words import Text

PATIENCE = 10.0
CHECK = 2.0
"""Seconds without news after which the connection is looked at."""
GATHER = 0.05
MOST = 200_000
"""Changes that wait at most; a server cannot be slowed, so beyond this they are counted as missed."""
GOOD, UNCERTAIN = 0, 1
"""The two highest bits of a status code; 2 is bad."""


@dataclass(frozen=True, slots=True)
class OpcUaNode:
    """A node to follow, and the address its readings bear."""

    node: str
    address: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class OpcUaParams:
    """Which server, which nodes, how often [ms]."""

    url: str
    nodes: tuple[OpcUaNode, ...]
    period: int = 1000
    username: str | None = None
    password: str | None = None
    security: str = ""


class OpcUaSource:
    """One subscription; also the handler that asyncua calls."""

    def __init__(self, id: str, params: OpcUaParams, clock: Clock) -> None:
        self.id = id
        self._params, self._clock = params, clock
        self._changes: deque[tuple[OpcUaNode, Any]] = deque()
        self._stirred = asyncio.Event()
        self._missed = 0
        self._wanted: dict[str, OpcUaNode] = {}

    async def deliveries(self) -> AsyncIterator[Delivery]:
        """Deliveries while the server answers; an empty one first, as a sign that it does."""
        client = Client(self._params.url, timeout=PATIENCE)
        try:
            await self._open(client)
            yield Delivery(Columns().table(), self._clock.now())
            while True:
                try:
                    async with asyncio.timeout(CHECK):
                        await self._stirred.wait()
                except TimeoutError:
                    await client.check_connection()
                    continue
                self._stirred.clear()
                await asyncio.sleep(GATHER)
                yield self._delivery()
        except (OSError, TimeoutError, ua.UaError) as error:
            raise Unavailable(
                Text(
                    f"OPC UA 서버 {self._params.url}이(가) 응답하지 않습니다 ({error!r}).",
                    f"the OPC UA server {self._params.url} does not answer ({error!r}).",
                )
            ) from error
        finally:
            await _leave(client)

    async def close(self) -> None:
        return None

    def datachange_notification(self, node: Any, _: Any, data: DataChangeNotif) -> None:
        """A node changed; called by asyncua."""
        if len(self._changes) >= MOST:
            self._missed += 1
            return
        self._changes.append((self._wanted[node.nodeid.to_string()], data.monitored_item.Value))
        self._stirred.set()

    async def _open(self, client: Client) -> None:
        params = self._params
        self._changes.clear()
        self._stirred.clear()
        if params.username is not None:
            client.set_user(params.username)
            client.set_password(params.password or "")
        if params.security:
            await client.set_security_string(params.security)
        await client.connect()
        nodes = [client.get_node(wanted.node) for wanted in params.nodes]
        self._wanted = {
            node.nodeid.to_string(): wanted for node, wanted in zip(nodes, params.nodes, strict=True)
        }
        subscription = await client.create_subscription(params.period, self)
        # a queue at the server, so that nothing between two publishings is dropped
        results = await subscription.subscribe_data_change(nodes, queuesize=100)
        refused = [w.node for w, r in zip(params.nodes, results, strict=True) if isinstance(r, ua.StatusCode)]
        if refused:
            raise ua.UaError(f"nodes refused: {', '.join(refused)}")

    def _delivery(self) -> Delivery:
        columns = Columns()
        while self._changes:
            wanted, said = self._changes.popleft()
            moment = said.SourceTimestamp or said.ServerTimestamp
            start = None if moment is None else millis(_aware(moment))
            value = said.Value.Value if said.Value is not None else None
            grade = said.StatusCode.value >> 30 if said.StatusCode is not None else GOOD
            quality = {GOOD: Quality.GOOD, UNCERTAIN: Quality.ESTIMATED}.get(grade, Quality.BAD)
            if value is None or isinstance(value, bool | int | float):
                number = None if value is None else float(value)
                columns.add(wanted.address, start, number, wanted.unit, int(quality))
            else:
                columns.refuse(wanted.address, repr(value), "not a number")
        missed, self._missed = self._missed, 0
        return Delivery(columns.table(), self._clock.now(), unreadable=tuple(columns.unreadable), gaps=missed)


def opcua_source(id: str, settings: Mapping[str, Any], clock: Clock) -> OpcUaSource:
    """A source from its settings; `InvalidInput` with every finding."""
    form = Form(settings, id)
    nodes = []
    for table in form.tables("nodes"):
        node = table.text("node")
        try:
            ua.NodeId.from_string(node)
        except ua.UaError:
            table.refuse("node", Text("노드 식별자가 아닙니다.", "is no node id."), '"ns=2;s=Meter1"')
        nodes.append(OpcUaNode(node, table.text("address", "") or node, table.text("unit", "") or None))
        table.close()
    params = OpcUaParams(
        form.text("url"),
        tuple(nodes),
        form.whole("period", 1000, low=50, high=3_600_000),
        form.text("username", "") or None,
        form.secret("password"),
        form.text("security", ""),
    )
    form.finish()
    return OpcUaSource(id, params, clock)


async def _leave(client: Client) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await client.disconnect()
    except (OSError, TimeoutError, ua.UaError, RuntimeError):
        return  # it was gone already


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
