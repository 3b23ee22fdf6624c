"""The historian: every sample the complex ever told, as it was known at any time.

ClickHouse in both forms, `chdb:///relative/path` or `chdb:////absolute/path` in this process and
`clickhouse://user@host:port,…/database` as a cluster: one set of tables, one SQL.
"""

from __future__ import annotations

from pathlib import Path

from sandan.errors import InvalidInput
from sandan.store.historian.cluster import Cluster
from sandan.store.historian.engine import Limits
from sandan.store.historian.keeping import HELD, Historian, SourceNumbers
from sandan.store.historian.local import LocalEngine
from sandan.store.historian.nodes import OneNode
from sandan.store.historian.remote import read_address
from sandan.store.historian.retention import Retention
from sandan.store.historian.rolling import ROLLED, ROLLED_ACROSS
from sandan.words import Text

__all__ = [
    "HELD",
    "ROLLED",
    "ROLLED_ACROSS",
    "Historian",
    "Limits",
    "Retention",
    "open_historian",
    "read_address",
]


def open_historian(
    url: str, *, sources: SourceNumbers, retention: Retention | None = None, limits: Limits | None = None
) -> Historian:
    """The historian at `url`, its tables made when they are not there.

    `sources` gives the registry's source numbers of a stream. The path after `chdb:///` is read as
    SQLAlchemy reads `sqlite:///`: relative, or absolute with a fourth stroke.
    """
    retention, limits = retention or Retention(), limits or Limits()
    if url.startswith("chdb:///") and len(url) > len("chdb:///"):
        return Historian(OneNode(LocalEngine(Path(url.removeprefix("chdb:///")), limits)), sources, retention)
    if url.startswith("clickhouse://"):
        return Historian(Cluster(read_address(url), limits), sources, retention)
    raise InvalidInput.because(
        "historian",
        Text(f"계측 저장소 주소 '{url}'을(를) 알 수 없습니다.", f"'{url}' is no historian address."),
        Text(
            "chdb:///경로 또는 clickhouse://사용자@호스트:포트/데이터베이스 로 쓰십시오.",
            "write chdb:///path or clickhouse://user@host:port/database.",
        ),
    )
