"""The registry: one relational database, SQLite on one machine or PostgreSQL by URL.

Both keep the same rule: any number of readers, each with one unchanging view, and one writer at a
time. SQLite gives that by itself; on PostgreSQL a writer takes an advisory lock, so that what
holds in a test on one holds on the other (no fork in the event chain, no number given twice).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import orjson
import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from sandan.errors import Conflict, InvalidInput, NotFound, SandanError, Unavailable
from sandan.words import Text

T = TypeVar("T")

PASSWORD = "SANDAN_REGISTRY_PASSWORD"  # noqa: S105  # the variable's name, not a password
WRITER_LOCK = 0x5A_4E_44_41  # any constant all processes of Sandan share
BUSY_SECONDS = 30  # long enough for the largest import, then it is a fault and not a queue
PARAMETERS = 5_000  # ids in one IN list; both databases allow more than 32,000


@dataclass(frozen=True, slots=True)
class Registry:
    """Transactions on the registry's database."""

    engine: Engine

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may write; others wait their turn."""
        with _sorted_errors(), self.engine.connect() as conn:
            conn.execution_options(sandan_writes=True)
            with conn.begin():
                if conn.dialect.name == "postgresql":
                    hold_writer_lock(conn)
                yield conn

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that sees the database as it was when it first looked, and cannot write."""
        with _sorted_errors(), self.engine.connect() as conn:
            if conn.dialect.name == "postgresql":
                conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with conn.begin():
                yield conn

    def close(self) -> None:
        self.engine.dispose()


def open_registry(url: str, *, create: bool = True) -> Registry:
    """Connect to `sqlite:///path` or `postgresql://user@host:port/name`; makes no tables."""
    parsed = _checked(url)
    engine = _sqlite(parsed, create) if parsed.drivername == "sqlite" else _postgresql(parsed)
    registry = Registry(engine)
    try:
        with registry.read() as conn:
            conn.execute(sa.text("SELECT 1"))
    except SandanError:
        registry.close()
        raise
    return registry


def hold_writer_lock(conn: Connection) -> None:
    """Be the one writer until this transaction ends; taking it twice is harmless."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITER_LOCK)))


def batches(items: Sequence[T], size: int = PARAMETERS) -> Iterator[Sequence[T]]:
    """`items` in runs of at most `size`."""
    return (items[i : i + size] for i in range(0, len(items), size))


def insert_rows(conn: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows, all with the same columns and none left to a default; by COPY where there is one."""
    if not rows:
        return
    if conn.dialect.name != "postgresql":
        conn.execute(sa.insert(table), rows)
        return
    names = list(rows[0])
    quoted = conn.dialect.identifier_preparer
    into = f"{quoted.format_table(table)} ({', '.join(map(quoted.quote, names))})"
    ready = [_binder(table.c[name], conn.dialect) for name in names]
    raw = conn.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    with raw.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row([bind(row[name]) for name, bind in zip(names, ready, strict=True)])


def _binder(column: sa.Column[Any], dialect: sa.Dialect) -> Callable[[Any], Any]:
    """What SQLAlchemy would do to a value of this column on its way to the driver."""
    return column.type.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)


def _checked(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise _bad_url("registry") from None
    if parsed.drivername not in ("sqlite", "postgresql") or (
        parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:")
    ):
        raise _bad_url("registry")
    if parsed.password is not None:
        raise InvalidInput.because(
            "[store] registry",
            Text("주소에 비밀번호가 들어 있습니다.", "the address contains a password."),
            Text(
                f"주소에서 지우고 환경 변수 {PASSWORD}에 두십시오.",
                f"remove it from the address and put it in the environment variable {PASSWORD}.",
            ),
        )
    return parsed


def _bad_url(where: str) -> InvalidInput:
    return InvalidInput.because(
        f"[store] {where}",
        Text("알 수 없는 데이터베이스 주소입니다.", "is not an address of a database Sandan knows."),
        Text(
            "sqlite:///폴더/registry.db 또는 postgresql://사용자@호스트/이름 으로 쓰십시오.",
            "write sqlite:///folder/registry.db or postgresql://user@host/name.",
        ),
    )


def _sqlite(url: sa.URL, create: bool) -> Engine:
    path = Path(str(url.database))
    if not create and not path.exists():
        raise NotFound(Text("저장소", "registry"), path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unavailable(str(error)) from error
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS}, **_ENGINE)

    @sa.event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        raw.isolation_level = None  # the driver's own idea of transactions would delay BEGIN
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            raw.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        writes = bool(conn.get_execution_options().get("sandan_writes"))
        conn.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: sa.URL) -> Engine:
    url = url.set(drivername="postgresql+psycopg", password=os.environ.get(PASSWORD))
    arguments = {
        "connect_timeout": BUSY_SECONDS,
        "application_name": "sandan",
        "options": f"-c timezone=UTC -c lock_timeout={BUSY_SECONDS}s",
    }
    return sa.create_engine(url, connect_args=arguments, pool_pre_ping=True, **_ENGINE)


_ENGINE: dict[str, Any] = {
    "pool_size": 8,
    # A thread that reads here may ask the historian, which asks here for source numbers: with a
    # limit, threads that each hold one connection could wait for a second one for ever.
    "max_overflow": -1,
    "hide_parameters": True,  # a firm's data have no place in a log
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}


_FAILURES = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)


@contextmanager
def _sorted_errors() -> Iterator[None]:
    """Turn what the driver says into who must act; what is our own mistake stays as it is."""
    try:
        yield
    except (sa.exc.IntegrityError, psycopg.IntegrityError) as error:
        why = getattr(error, "orig", error)
        raise Conflict(
            Text(
                f"저장된 다른 자료와 어긋나 저장하지 않았습니다: {why}",
                f"nothing was saved, as it contradicts what is stored: {why}",
            )
        ) from error
    except (*_FAILURES, psycopg.OperationalError) as error:
        raise _unavailable(str(getattr(error, "orig", None) or error)) from error


def _unavailable(why: str) -> Unavailable:
    return Unavailable(
        Text(
            f"등록 데이터베이스가 응답하지 않습니다({why}). 서버·디스크·권한을 확인하십시오.",
            f"the registry database does not answer ({why}). Check the server, the disk and the rights.",
        )
    )
