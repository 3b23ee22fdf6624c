"""Readings by HTTP: JSON lines or an Arrow stream in one body, answered after they are kept.

Part of a body that cannot be read goes to quarantine like any other reading and is named in the answer;
a gateway that repeats a refused body for ever would hold up everything behind it. Only a body that
is nothing at all is refused as a whole.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from sandan.errors import Finding, InvalidInput, NotAllowed, Unavailable
from sandan.ingest.engine import HELD, millis
from sandan.ingest.model import REASONS, Delivery, Reason, Receipt, Terms
from sandan.ingest.records import Device, device_of
from sandan.ingest.service import Outcome, Pipeline, reason_of
from sandan.ingest.sources.payload import Columns, Reading, read_message
from sandan.store import Store
from sandan.twin.samples import READINGS
from sandan.words import Text

JSON = ("application/json", "application/x-ndjson", "application/jsonl", "text/plain")
ARROW = ("application/vnd.apache.arrow.stream",)
PATIENCE = 30.0
"""Seconds a sender is kept waiting for room before it is told to come again."""
SHOWN = 100


@dataclass(frozen=True, slots=True)
class HttpParams:
    """How large one body may be: bytes and readings."""

    bytes: int = 16_000_000
    rows: int = 100_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a body: the tally, and the first findings, each naming its row."""

    receipt: Receipt
    findings: tuple[Finding, ...]


def identify(store: Store, authorization: str | None) -> Device:
    """The device behind an `Authorization: Bearer …` header; `NotAllowed` otherwise."""
    scheme, _, token = (authorization or "").partition(" ")
    device = None
    if scheme.lower() == "bearer" and token.strip():
        with store.registry.read() as conn:
            device = device_of(conn, token.strip())
    if device is None:
        raise NotAllowed(
            Text(
                "장치 토큰이 없거나 맞지 않습니다. Authorization: Bearer 헤더를 확인하십시오.",
                "The device token is missing or wrong. Check the Authorization: Bearer header.",
            )
        )
    return device


async def receive(
    pipeline: Pipeline, device: Device, body: bytes, content_type: str, *, params: HttpParams | None = None
) -> Answer:
    """Keep a body of readings; returns only when they are durable. `Unavailable`: send it again."""
    params = params or HttpParams()
    now = pipeline.clock.now()
    columns = parse(body, content_type, now, params)
    readings = columns.table() if isinstance(columns, Columns) else columns
    unreadable = tuple(columns.unreadable) if isinstance(columns, Columns) else ()
    delivery = Delivery(readings, now, unreadable=unreadable)
    terms = Terms(tenant=device.tenant)
    try:
        async with asyncio.timeout(PATIENCE):
            outcome = await pipeline.submit(device.source, delivery, kind="http", terms=terms)
    except TimeoutError:
        raise Unavailable(
            Text(
                "지금은 저장할 수 없습니다. 잠시 뒤 같은 내용을 다시 보내십시오.",
                "It cannot be kept at the moment. Send the same again in a while.",
            )
        ) from None
    return Answer(outcome.receipt, tuple(_findings(delivery, outcome)))


def parse(body: bytes, content_type: str, now: datetime, params: HttpParams) -> Columns | pa.Table:
    """The readings of a body; `InvalidInput` when it is too large or nothing of it can be read."""
    if len(body) > params.bytes:
        raise _too_large(f"{params.bytes:,} bytes")
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ARROW:
        return _arrow(body, params)
    if kind in JSON:
        return _json([body] if kind == "application/json" else body.splitlines(), millis(now), params)
    raise InvalidInput.because(
        "Content-Type",
        Text(f"'{kind}' 형식은 받지 않습니다.", f"'{kind}' is not accepted."),
        Text(
            f"다음 중 하나로 보내십시오: {', '.join((*JSON, *ARROW))}",
            f"send one of {', '.join((*JSON, *ARROW))}",
        ),
    )


def _json(messages: list[bytes], received: int, params: HttpParams) -> Columns:
    columns = Columns()
    for i, line in enumerate(messages, 1):
        if line.strip():
            read_message(columns, line, topic=f"line {i}", received=received, reading=Reading())
        if len(columns) > params.rows:
            raise _too_large(f"{params.rows:,} readings")
    return columns


def _arrow(body: bytes, params: HttpParams) -> pa.Table:
    batches, rows = [], 0
    try:
        with pa.ipc.open_stream(body) as stream:
            schema = stream.schema
            for batch in stream:
                rows += batch.num_rows
                if rows > params.rows:
                    raise _too_large(f"{params.rows:,} readings")
                batch.validate(full=True)  # offsets in a stranger's body may point anywhere
                batches.append(batch)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as error:
        raise InvalidInput.because(
            "body",
            Text(f"Arrow 스트림을 읽을 수 없습니다: {error}", f"not a readable Arrow stream: {error}"),
            Text("Arrow IPC 스트림 형식으로 보내십시오.", "send the Arrow IPC streaming format."),
        ) from error
    return conform(pa.Table.from_batches(batches, schema))


def conform(table: pa.Table) -> pa.Table:
    """A stranger's table as READINGS: `point` for `address` and `time` for `start` are understood."""
    names = {"point": "address", "time": "start"}
    table = table.rename_columns([names.get(name, name) for name in table.column_names])
    findings = [
        Finding(
            f"column '{name}'",
            Text("없습니다.", "is missing."),
            Text("address, start, value 열은 꼭 있어야 합니다.", "address, start and value are required."),
        )
        for name in ("address", "start", "value")
        if name not in table.column_names
    ]
    columns = []
    for field in READINGS:
        if field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
            continue
        column = table[field.name]
        try:
            if field.name == "start" and pa.types.is_timestamp(column.type) and column.type.tz is None:
                raise pa.ArrowInvalid("a timestamp without time zone")
            if field.name == "start" and pa.types.is_integer(column.type):
                column = column.cast(pa.int64())
            columns.append(pc.cast(column, field.type, safe=field.name != "start"))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            findings.append(
                Finding(
                    f"column '{field.name}'",
                    Text(
                        f"{field.type} 형으로 읽을 수 없습니다: {error}",
                        f"cannot be read as {field.type}: {error}",
                    ),
                    Text(f"{field.type} 형으로 보내십시오.", f"send {field.type}."),
                )
            )
    if not findings and columns[0].null_count:
        findings.append(
            Finding(
                "column 'address'",
                Text("비어 있는 행이 있습니다.", "has empty rows."),
                Text("모든 행에 주소를 쓰십시오.", "give every row its address."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    return pa.table(columns, schema=READINGS).combine_chunks()


def _findings(delivery: Delivery, outcome: Outcome) -> list[Finding]:
    found = []
    for part in delivery.unreadable[:SHOWN]:
        text = REASONS[Reason.UNREADABLE]
        problem = Text(f"{text.problem.ko} ({part.problem})", f"{text.problem.en} ({part.problem})")
        found.append(Finding(part.address, problem, text.remedy, "warning"))
    addresses = delivery.readings["address"]
    for i, fate in enumerate(outcome.fate):
        if len(found) >= SHOWN:
            break
        if fate >= HELD:
            reason = reason_of(fate)
            assert reason is not None
            text = REASONS[reason]
            found.append(Finding(f"{i + 1}: {addresses[i].as_py()}", text.problem, text.remedy, "warning"))
    return found


def _too_large(limit: str) -> InvalidInput:
    return InvalidInput.because(
        "body",
        Text(f"한 번에 받을 수 있는 크기({limit})를 넘습니다.", f"is larger than one body may be ({limit})."),
        Text("나누어 보내십시오.", "send it in parts."),
    )
