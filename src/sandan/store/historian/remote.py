"""ClickHouse behind HTTP, through clickhouse-connect: the same SQL, Arrow both ways.

The password comes from the environment variable SANDAN_HISTORIAN_PASSWORD and from nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from urllib.parse import parse_qs, urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from sandan.errors import InvalidInput
from sandan.store.historian.engine import WRITE_SETTINGS, Limits, Lost, explain
from sandan.words import Text

PASSWORD = "SANDAN_HISTORIAN_PASSWORD"  # noqa: S105  # the variable's name, not a password
_CONNECT_SECONDS = 3


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """`clickhouse://user@host:port,…/database?replicas=2`: nodes shard by shard, sisters side by side.

    `without` names nodes that are gone for good or whose loss the operator accepts; `watch` is how
    often absent nodes are looked for [s].
    """

    nodes: tuple[str, ...]
    database: str
    user: str
    replicas: int = 1
    secure: bool = False
    without: frozenset[str] = frozenset()
    watch: float = 5.0

    @property
    def shards(self) -> tuple[tuple[str, ...], ...]:
        nodes, n = self.nodes, self.replicas
        return tuple(nodes[i : i + n] for i in range(0, len(nodes), n))


def read_address(url: str) -> ClusterAddress:
    """The address a URL means; `InvalidInput` says what is wrong with it."""
    parts = urlsplit(url)
    user, _, hosts = parts.netloc.rpartition("@")
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if ":" in user:
        raise _wrong("암호가 주소에 있습니다", "the password stands in the URL", f"use {PASSWORD}")
    try:
        address = ClusterAddress(
            tuple(node if ":" in node else f"{node}:8123" for node in hosts.split(",") if node),
            parts.path.strip("/") or "sandan",
            user or "default",
            int(options.pop("replicas", "1")),
            options.pop("secure", "no") == "yes",
            frozenset(filter(None, options.pop("without", "").split(","))),
            float(options.pop("watch", "5")),
        )
        ports = [int(node.rpartition(":")[2]) for node in address.nodes]
    except ValueError:
        raise _wrong("숫자가 아닌 곳이 있습니다", "a number is not one", "replicas=2") from None
    if options:
        raise _wrong(
            f"모르는 항목: {', '.join(options)}",
            f"unknown options: {', '.join(options)}",
            "replicas, secure, without, watch",
        )
    if not address.database.isidentifier():
        raise _wrong(
            f"데이터베이스 이름 '{address.database}'을(를) 쓸 수 없습니다",
            f"'{address.database}' cannot name a database",
            "h1:8123/sandan",
        )
    if not ports or address.replicas < 1 or len(ports) % address.replicas:
        raise _wrong(
            "노드 수가 복제 수로 나누어지지 않습니다",
            "the nodes do not divide into shards of so many replicas",
            "h1,h2,h3,h4/sandan?replicas=2",
        )
    return address


def _wrong(ko: str, en: str, remedy: str) -> InvalidInput:
    return InvalidInput.because("historian", Text(f"{ko}.", f"{en}."), Text(remedy, remedy))


class RemoteEngine:
    """The Engine behind one address; connects when it is first needed."""

    def __init__(self, node: str, address: ClusterAddress, limits: Limits) -> None:
        self.node = node
        self._address = address
        self._read = limits.settings()
        self._patience = limits.seconds + 30
        self._connecting = Lock()
        self._known: Client | None = None

    def query(self, sql: str) -> pa.Table:
        with self._client() as client:
            return client.query_arrow(sql, settings=self._read)

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        with self._client() as client, client.query_arrow_stream(sql) as batches:
            yield from batches

    def insert(self, table: str, rows: pa.Table) -> None:
        with self._client(writing=True) as client:
            client.insert_arrow(table, rows, settings=WRITE_SETTINGS)

    def command(self, sql: str) -> None:
        with self._client(writing=True) as client:
            client.command(sql, settings=WRITE_SETTINGS)

    def close(self) -> None:
        if self._known is not None:
            self._known.close()
            self._known = None

    @contextmanager
    def _client(self, *, writing: bool = False) -> Iterator[Client]:
        try:
            with self._connecting:
                if self._known is None:
                    self._known = self._connect()
            yield self._known
        except OperationalError as error:
            raise Lost(self.node, error) from error
        except ClickHouseError as error:
            raise explain(error, writing=writing) from error

    def _connect(self) -> Client:
        host, _, port = self.node.rpartition(":")
        client = clickhouse_connect.get_client(
            host=host,
            port=int(port),
            username=self._address.user,
            password=os.environ.get(PASSWORD, ""),
            interface="https" if self._address.secure else "http",
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=self._patience,
            compress=False,
            query_retries=0,
            # Without a session the node answers several questions at once.
            autogenerate_session_id=False,
        )
        client.command(f"CREATE DATABASE IF NOT EXISTS {self._address.database}", use_database=False)
        client.database = self._address.database
        return client
