"""Readings by HTTP: what is accepted, what is answered."""

import io
from datetime import timedelta

import orjson
import pyarrow as pa
import pytest
from tests.ingest.conftest import every, table

from sandan.clock import SystemClock
from sandan.errors import InvalidInput, NotAllowed
from sandan.ingest.model import Reason
from sandan.ingest.records import new_device, revoke_device
from sandan.ingest.service import Pipeline
from sandan.ingest.sources.http import HttpParams, identify, receive

ARROW = "application/vnd.apache.arrow.stream"


@pytest.fixture
def device(store, now):
    """A gateway of firm A."""
    with store.registry.write() as conn:
        made, token = new_device(conn, "d1", "게이트웨이", "gw-1", "firm-a", now)
    assert identify(store, f"Bearer {token}") == made
    return made


def stream(rows):
    """A table as an Arrow stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue()


async def test_json_lines_are_kept_and_every_bad_line_is_named(store, now, device):
    """The good ones are not held up by the bad."""
    lines = [
        {"point": "m1.energy", "time": now.isoformat(), "value": 1500.0, "unit": "Wh"},
        {"time": (now - timedelta(hours=1)).timestamp(), "values": {"m1.energy": 2.0, "m2.energy": 3.0}},
        {"point": "m1.energy", "time": "yesterday", "value": 1.0},
        {"point": "m1.energy", "time": "2026-01-01T00:00", "value": 1.0},
        {"point": "m1.energy", "time": now.isoformat(), "value": "12"},
    ]
    body = b"\n".join(orjson.dumps(line) for line in lines) + b"\nnonsense\n"
    async with Pipeline(store, SystemClock()) as pipeline:
        answer = await receive(pipeline, device, body, "application/x-ndjson; charset=utf-8")
    assert sorted(every(store)["value"].to_pylist()) == [1.5, 2.0]
    assert answer.receipt.reasons == {Reason.FOREIGN_POINT: 1, Reason.UNREADABLE: 4}
    assert [f.where for f in answer.findings] == ["line 3", "line 4", "line 5", "line 6", "3: m2.energy"]
    assert "not ISO 8601" in answer.findings[0].problem.en


async def test_an_arrow_stream_is_kept(store, now, device):
    """With the names a stranger may use, and times of any unit."""
    rows = table(("m1.energy", now, 1.0), ("m1.energy", now - timedelta(hours=1), 2.0))
    other = rows.select(["address", "start", "value"]).rename_columns(["point", "time", "value"])
    async with Pipeline(store, SystemClock()) as pipeline:
        first = await receive(pipeline, device, stream(rows), ARROW)
        second = await receive(pipeline, device, stream(other), ARROW)
    assert (first.receipt.kept, second.receipt.duplicates) == (2, 2)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"garbage", ARROW),
        (stream(pa.table({"address": ["a"], "value": [1.0]})), ARROW),
        (
            stream(pa.table({"address": ["a"], "start": pa.array([0], pa.timestamp("s")), "value": [1.0]})),
            ARROW,
        ),
        (stream(pa.table({"address": [None], "start": [0], "value": [1.0]})), ARROW),
        (stream(pa.table({"address": ["a"] * 11, "start": [0] * 11, "value": [1.0] * 11})), ARROW),
        (b"[" + b",".join([b"1"] * 11) + b"]", "application/json"),
        (b"1" * 2000, "application/json"),
        (b"{}", "application/xml"),
    ],
)
async def test_a_body_that_is_nothing_is_refused_as_a_whole(store, device, body, kind):
    """With a finding that says why."""
    async with Pipeline(store, SystemClock()) as pipeline:
        with pytest.raises(InvalidInput) as caught:
            await receive(pipeline, device, body, kind, params=HttpParams(bytes=1500, rows=10))
    assert caught.value.findings


def test_without_a_good_token_nobody_gets_in(store, now, device):
    """Missing, wrong, of another scheme, or revoked."""
    with store.registry.write() as conn:
        _, token = new_device(conn, "d2", "둘째", "gw-2", None, now)
        revoke_device(conn, "d2", now)
    for header in (None, "", "Bearer", "Bearer nonsense", f"Basic {token}", f"Bearer {token}"):
        with pytest.raises(NotAllowed):
            identify(store, header)
