"""The named peers: PostgreSQL by COPY and VictoriaMetrics by its import API, each a private server.

Both get their batches already encoded, so that only the server's work is timed. PostgreSQL keeps
every row under an index on (point, start) in native monthly partitions and folds when reading;
VictoriaMetrics keeps no `known_at`, and returns before its data are on disk.
"""

from __future__ import annotations

import io
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import httpx
import psycopg
import pyarrow as pa
import pyarrow.csv as csv

from benchmarks.meters import BEGIN, STEP
from sandan.clock import Period


class Peer(Protocol):
    """A store to compare with."""

    name: str
    version: str

    def encode(self, batch: pa.Table) -> bytes: ...

    def append(self, encoded: bytes) -> None: ...

    def settle(self) -> None:
        """Make what was appended readable."""

    def point_day(self, point: int, day: Period) -> int:
        """How many samples."""

    def firms_day(self, points: Sequence[int], day: Period) -> int:
        """How many quarter-hours of their sum."""

    def latest(self) -> int:
        """Of how many points."""

    def size(self) -> int: ...


class PostgreSQL:
    """A private server with durable commits and half a gigabyte of buffers."""

    name = "PostgreSQL"

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]], points: int) -> None:
        self._connection, self._points = connection, points
        self.version = str(self._one("SHOW server_version")).split()[0]
        connection.execute(
            "CREATE TABLE samples (point integer NOT NULL, start timestamptz NOT NULL,"
            " known_at timestamptz NOT NULL, source smallint NOT NULL, value double precision NOT NULL,"
            " quality smallint NOT NULL) PARTITION BY RANGE (start)"
        )
        for month in range(1, 13):
            end = "2026-01-01" if month == 12 else f"2025-{month + 1:02}-01"
            connection.execute(
                f"CREATE TABLE samples_{month} PARTITION OF samples"
                f" FOR VALUES FROM ('2025-{month:02}-01 00:00+09') TO ('{end} 00:00+09')"
            )
        connection.execute("CREATE INDEX ON samples (point, start)")

    def encode(self, batch: pa.Table) -> bytes:
        sink = io.BytesIO()
        csv.write_csv(batch, sink, csv.WriteOptions(include_header=False))
        return sink.getvalue()

    def append(self, encoded: bytes) -> None:
        with (
            self._connection.transaction(),
            self._connection.cursor().copy("COPY samples FROM STDIN (FORMAT csv)") as copy,
        ):
            copy.write(encoded)

    def settle(self) -> None:
        self._connection.execute("ANALYZE samples")

    def point_day(self, point: int, day: Period) -> int:
        return len(
            self._connection.execute(
                "SELECT DISTINCT ON (point, start) * FROM samples WHERE point = %s AND start >= %s"
                " AND start < %s ORDER BY point, start, known_at DESC",
                (point, day.start, day.end),
            ).fetchall()
        )

    def firms_day(self, points: Sequence[int], day: Period) -> int:
        return len(
            self._connection.execute(
                "SELECT start, sum(value) FROM (SELECT DISTINCT ON (point, start) point, start, value"
                " FROM samples WHERE point = ANY(%s) AND start >= %s AND start < %s"
                " ORDER BY point, start, known_at DESC) AS newest GROUP BY start",
                (list(points), day.start, day.end),
            ).fetchall()
        )

    def latest(self) -> int:
        return len(
            self._connection.execute(
                "SELECT newest.* FROM generate_series(0, %s - 1) AS number, LATERAL (SELECT * FROM samples"
                " WHERE point = number ORDER BY start DESC, known_at DESC LIMIT 1) AS newest",
                (self._points,),
            ).fetchall()
        )

    def size(self) -> int:
        return int(
            str(
                self._one(
                    "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('samples') WHERE isleaf"
                )
            )
        )

    def _one(self, sql: str) -> object:
        row = self._connection.execute(sql).fetchone()
        assert row is not None
        return row[0]


@contextmanager
def postgresql(points: int) -> Iterator[PostgreSQL]:
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"))
    folder = Path(tempfile.mkdtemp(prefix="sandan-postgresql-"))
    runs_as: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, pwd.getpwnam("postgres").pw_name)
        runs_as = ["runuser", "-u", "postgres", "--"]
    data, port = folder / "data", _free_port()
    options = (
        f"-p {port} -k {folder} -c listen_addresses='' -c shared_buffers=512MB -c max_wal_size=4GB"
        " -c jit=off -c timezone=UTC"
    )
    control = [*runs_as, str(binaries / "pg_ctl"), "-D", str(data), "-s", "-w"]
    subprocess.run(
        [*runs_as, str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "sandan"],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    subprocess.run([*control, "-o", options, "-l", str(folder / "log"), "start"], check=True, cwd=folder)
    try:
        address = f"host={folder} port={port} user=sandan dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            yield PostgreSQL(connection, points)
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=folder)
        shutil.rmtree(folder, ignore_errors=True)


class VictoriaMetrics:
    """A private server with its own defaults, but for limits that the questions would meet."""

    name = "VictoriaMetrics"

    def __init__(self, client: httpx.Client, folder: Path, version: str, steps: int) -> None:
        self._client, self._folder, self.version = client, folder, version
        self._until = (BEGIN + (steps - 1) * STEP) / 1000 + 1

    def encode(self, batch: pa.Table) -> bytes:
        starts = batch["start"].cast(pa.int64()).to_pylist()
        lines = zip(batch["point"].to_pylist(), batch["value"].to_pylist(), starts, strict=True)
        return "".join(f's{{p="{point}"}} {value} {start}\n' for point, value, start in lines).encode()

    def append(self, encoded: bytes) -> None:
        self._client.post("/api/v1/import/prometheus", content=encoded).raise_for_status()

    def settle(self) -> None:
        self._client.get("/internal/force_flush").raise_for_status()

    def point_day(self, point: int, day: Period) -> int:
        window = {"start": day.start.timestamp(), "end": day.end.timestamp() - 0.001}
        answer = self._client.get("/api/v1/export", params={"match[]": f's{{p="{point}"}}', **window})
        return len(answer.raise_for_status().json()["values"])

    def firms_day(self, points: Sequence[int], day: Period) -> int:
        numbers = "|".join(map(str, points))
        question = {
            "query": f'sum(s{{p=~"{numbers}"}})',
            "start": str(day.start.timestamp()),
            "end": str(day.end.timestamp() - 1),
            "step": "15m",
            "nocache": "1",
        }
        answer = self._client.post("/api/v1/query_range", data=question).raise_for_status()
        return len(answer.json()["data"]["result"][0]["values"])

    def latest(self) -> int:
        question = {"query": "last_over_time(s[1d])", "time": str(self._until), "nocache": "1"}
        answer = self._client.post("/api/v1/query", data=question).raise_for_status()
        return len(answer.json()["data"]["result"])

    def size(self) -> int:
        files = (self._folder / "data").rglob("*")
        return sum(file.stat().st_size for file in files if file.is_file())


@contextmanager
def victoriametrics(steps: int) -> Iterator[VictoriaMetrics]:
    with victoria_server() as (client, folder, _):
        yield VictoriaMetrics(client, folder, victoria_version(), steps)


@contextmanager
def victoria_server(*flags: str) -> Iterator[tuple[httpx.Client, Path, int]]:
    """A private server: its client, its folder, its process."""
    folder = Path(tempfile.mkdtemp(prefix="sandan-victoriametrics-"))
    port = _free_port()
    server = subprocess.Popen(
        [
            victoria_program("victoria-metrics"),
            f"-storageDataPath={folder}",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=100y",
            "-search.maxUniqueTimeseries=1000000",
            "-search.maxQueryLen=1MB",
            "-search.latencyOffset=0s",
            *flags,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300, trust_env=False) as client:
            for _ in range(100):
                with suppress(httpx.TransportError):
                    client.get("/health").raise_for_status()
                    break
                time.sleep(0.1)
            yield client, folder, server.pid
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def victoria_program(name: str) -> str:
    """A program of the package that holds the server and its rule engine."""
    program = shutil.which(name)
    assert program, "apt-get install victoria-metrics"
    return program


def victoria_version() -> str:
    """As the package says it: the programs of Debian do not tell."""
    asked = ["dpkg-query", "-W", "-f", "${Version}", "victoria-metrics"]
    version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout or "?"
    return version.split("+")[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
