"""A historian in both forms, and the plain model it is compared with.

The cluster is two shards of two nodes, each a process with its own chDB behind HTTP; every test has
a database of its own on it.
"""

from __future__ import annotations

import math
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sandan.clock import Period
from sandan.store.historian import Historian, open_historian
from sandan.twin.model import Point
from sandan.twin.samples import SAMPLES, Stream

SOURCES = {Stream.ACTUAL: {1, 2}, Stream.FORECAST: {3}, Stream.SCHEDULE: {4}}
Row = tuple[int, datetime, datetime, int, float, int]
_DATABASES = count(1)


class Node:
    """A process that can be killed and started again on the same port and folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.start()

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [
            sys.executable,
            str(Path(__file__).with_name("endpoint.py")),
            str(self.folder),
            str(self.port),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class Nodes:
    """Nodes to build clusters of."""

    all: list[Node] = field(default_factory=list)

    def url(self, nodes: Sequence[Node] | None = None, *, replicas: int = 2, **options: object) -> str:
        names = ",".join(node.name for node in nodes or self.all)
        rest = "".join(f"&{name}={value}" for name, value in options.items())
        return f"clickhouse://default@{names}/t{next(_DATABASES)}?replicas={replicas}&watch=0.2{rest}"


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Four nodes that stay up."""
    running = Nodes([Node(tmp_path_factory.mktemp("node")) for _ in range(4)])
    yield running
    for node in running.all:
        node.kill()


@pytest.fixture
def node() -> type[Node]:
    return Node


@pytest.fixture(params=["process", "cluster"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty historian's address, in both forms."""
    if request.param == "process":
        return f"chdb:///{tmp_path}/historian"
    return request.getfixturevalue("nodes").url()


@pytest.fixture
def historian(url: str) -> Iterator[Historian]:
    with open_historian(url, sources=SOURCES.__getitem__) as opened:
        yield opened


@pytest.fixture
def reopen() -> Callable[..., Historian]:
    return lambda url, **settings: open_historian(url, sources=SOURCES.__getitem__, **settings)


@pytest.fixture
def batch() -> Callable[[Iterable[Row]], pa.Table]:
    """Rows as SAMPLES."""

    def build(rows: Iterable[Row]) -> pa.Table:
        columns = list(zip(*rows, strict=True)) or [()] * len(SAMPLES)
        return pa.table([pa.array(c, f.type) for c, f in zip(columns, SAMPLES, strict=True)], schema=SAMPLES)

    return build


class Model:
    """What a historian should say, in plain Python."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = set(rows)

    def known(self, as_of: datetime | None, stream: Stream = Stream.ACTUAL) -> list[Row]:
        return [row for row in self.rows if row[3] in SOURCES[stream] and (as_of is None or row[2] <= as_of)]

    def scan(self, points: Sequence[Point], period: Period, as_of: datetime | None = None) -> list[Row]:
        newest: dict[tuple[int, datetime], Row] = {}
        numbers = {point.number for point in points}
        for row in self.known(as_of):
            if row[0] in numbers and period.start <= row[1] < period.end:
                key = row[:2]
                newest[key] = max(newest.get(key, row), row, key=lambda r: (r[2], r[3], r[4], r[5]))
        return [newest[key] for key in sorted(newest)]

    def latest(self, points: Sequence[Point], as_of: datetime | None = None) -> list[Row]:
        always = Period(datetime(1971, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC))
        by_point = groupby(self.scan(points, always, as_of), key=lambda row: row[0])
        return [max(rows, key=lambda row: row[1]) for _, rows in by_point]

    def roll(
        self,
        points: Sequence[Point],
        period: Period,
        bucket: Callable[[datetime], datetime],
        as_of: datetime | None,
    ) -> dict[tuple[int, datetime], list[float]]:
        """The good values of each point and bucket, in order of start."""
        values: dict[tuple[int, datetime], list[float]] = {}
        for row in self.scan(points, period, as_of):
            if row[5] < 3:
                values.setdefault((row[0], bucket(row[1])), []).append(row[4])
        return values


@pytest.fixture
def model() -> type[Model]:
    return Model


@pytest.fixture
def rows_of() -> Callable[[pa.Table], list[Row]]:
    """A table of SAMPLES as rows; its schema is part of the contract."""

    def rows(table: pa.Table) -> list[Row]:
        assert table.schema == SAMPLES
        return [tuple(row.values()) for row in table.to_pylist()]  # type: ignore[misc]  # as many as the schema

    return rows


def _point(number: int, quantity: str = "active_energy", minutes: int | None = 15, **more: Any) -> Point:
    interval = None if minutes is None else timedelta(minutes=minutes)
    return Point(f"p{number}", "meter", quantity, interval, number=number, **more)


@pytest.fixture
def point() -> Callable[..., Point]:
    return _point


@pytest.fixture
def exactly() -> Callable[[Iterable[float]], float]:
    return math.fsum
