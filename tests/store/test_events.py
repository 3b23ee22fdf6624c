"""The event log: what it keeps, what it refuses, and what walking its chain finds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from sandan.access import SYSTEM, Actor, Role
from sandan.clock import SEOUL, Period
from sandan.errors import Conflict, InvalidInput
from sandan.store import EventLog, Head, Registry
from sandan.store.events import BEFORE_ALL
from sandan.store.schema import event

LOG = EventLog()
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=SEOUL)
CLERK = Actor("clerk", "담당자", frozenset({Role.OPERATOR}))


def _tell(conn: Connection, n: int = 1, **more: Any) -> None:
    said: dict[str, Any] = {"actor": SYSTEM, "subject": "firm-1", "payload": {"무엇": [1, 2.5, None]}, **more}
    for i in range(n):
        LOG.append(
            conn, said.get("kind", "AlarmRaised"), at=NOON + timedelta(seconds=i), **_without_kind(said)
        )


def _without_kind(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "kind"}


def test_an_event_is_read_back_as_it_was_appended(registry: Registry) -> None:
    """Number, instant, payload and chain come back as they went in."""
    payload = {"나": 1, "가": [True, None, 0.1, 1e300, 10**30], "": {"\0": "\n 'x' \"y\""}}
    with registry.write() as conn:
        first = LOG.append(conn, "PlanPublished", actor=CLERK, subject="plan", payload=payload, at=NOON)
        second = LOG.append(
            conn, "PlanPublished", actor=CLERK, subject="plan", payload={}, at=NOON, tenant="firm-1"
        )
    assert (first.seq, first.previous, second.seq, second.previous) == (1, BEFORE_ALL, 2, first.hash)
    with registry.read() as conn:
        assert LOG.find(conn) == [second, first]
        assert LOG.head(conn) == Head(2, second.hash)
        assert LOG.count(conn) == 2
    assert first.payload == payload
    assert first.at == NOON


def test_the_hash_can_be_recomputed_by_anyone(registry: Registry) -> None:
    """The documented recipe, on the stored columns and with nothing of ours, gives the stored hash."""
    with registry.write() as conn:
        _tell(conn)
        row = dict(conn.execute(sa.select(event)).mappings().one())
    expected = row.pop("hash")
    row["at"] = row["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == expected


def test_find_narrows_and_pages_newest_first(registry: Registry) -> None:
    """Subject, kind, actor, tenant and period narrow; `before` continues a page."""
    with registry.write() as conn:
        _tell(conn, 3)
        _tell(conn, subject="firm-2", tenant="firm-2")
        _tell(conn, actor=CLERK, kind="AlarmAcknowledged")
    with registry.read() as conn:

        def seqs(**conditions: Any) -> list[int]:
            return [found.seq for found in LOG.find(conn, **conditions)]

        assert seqs(limit=2) == [5, 4]
        assert seqs(limit=2, before=4) == [3, 2]
        assert seqs(subject="firm-2") == [4]
        assert seqs(kind="AlarmAcknowledged") == seqs(actor="clerk") == [5]
        assert seqs(tenant="firm-1") == [5, 3, 2, 1]
        assert seqs(period=Period(NOON + timedelta(seconds=1), NOON + timedelta(seconds=2))) == [2]


@pytest.mark.parametrize(
    "payload",
    [{"x": float("nan")}, {"x": float("inf")}, {"x": NOON}, {"x": {1, 2}}, {"x": "\ud800"}],
    ids=["nan", "infinity", "datetime", "set", "surrogate"],
)
def test_what_cannot_be_kept_exactly_is_refused(registry: Registry, payload: dict[str, Any]) -> None:
    """A value that would be kept as something else is an error, and the log stays as it was."""
    with registry.write() as conn, pytest.raises(InvalidInput):
        _tell(conn, payload=payload)
    with registry.read() as conn:
        assert LOG.head(conn) == Head(0, BEFORE_ALL)


def test_kinds_are_past_tense_names_and_instants_have_a_zone(registry: Registry) -> None:
    """A kind that is no PascalCase name, or a naive instant, is the programmer's mistake."""
    with registry.write() as conn:
        for kind, at in (("alarm raised", NOON), ("raise", NOON), ("AlarmRaised", NOON.replace(tzinfo=None))):
            with pytest.raises(ValueError, match="PascalCase"):
                LOG.append(conn, kind, actor=SYSTEM, subject="x", payload={}, at=at)


def test_an_event_goes_with_the_change_it_records(registry: Registry) -> None:
    """When the transaction fails, its events were never told."""

    def fail() -> None:
        with registry.write() as conn:
            _tell(conn)
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        fail()
    with registry.write() as conn:
        _tell(conn)
    with registry.read() as conn:
        assert LOG.verify(conn).length == 1


def test_the_database_refuses_to_change_or_drop_events(registry: Registry) -> None:
    """Whoever connects, rows of the log are neither updated, deleted nor replaced."""
    with registry.write() as conn:
        _tell(conn, 2)
        row = dict(conn.execute(sa.select(event).where(event.c.seq == 1)).mappings().one())
    if registry.engine.dialect.name == "sqlite":
        replacing = sa.insert(event).prefix_with("OR REPLACE").values({**row, "actor": "nobody"})
    else:
        replacing = sa.text("TRUNCATE event")
    for statement in (sa.update(event).values(actor="nobody"), sa.delete(event), replacing):
        with pytest.raises(Conflict), registry.write() as conn:
            conn.execute(statement)
    with registry.read() as conn:
        assert LOG.verify(conn).ok
        assert LOG.verify(conn).length == 2


def test_many_writers_leave_one_chain(registry: Registry) -> None:
    """Threads that append at once leave every event, no gap and no fork."""

    def write(worker: int) -> None:
        for i in range(10):
            with registry.write() as conn:
                _tell(conn, payload={"worker": worker, "i": i})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    with registry.read() as conn:
        found = LOG.verify(conn)
        assert (found.ok, found.length) == (True, 80)
        told = {(e.payload["worker"], e.payload["i"]) for e in LOG.find(conn, limit=1000)}
    assert told == {(worker, i) for worker in range(8) for i in range(10)}


def test_a_writer_outside_the_house_rules_cannot_fork_the_chain(registry: Registry) -> None:
    """A plain transaction may not write on SQLite, and on PostgreSQL waits for the writer before it."""

    def write(_: int = 0) -> None:
        with registry.engine.begin() as conn:
            _tell(conn)

    if registry.engine.dialect.name == "sqlite":
        with pytest.raises(sa.exc.OperationalError, match="readonly"):
            write()
        return
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with registry.read() as conn:
        assert LOG.verify(conn).length == 40


@contextmanager
def _tampering(registry: Registry) -> Iterator[Connection]:
    """A transaction in which the database no longer protects the log; rolled back at the end."""
    with registry.engine.connect().execution_options(sandan_writes=True) as conn:
        transaction = conn.begin()
        if conn.dialect.name == "sqlite":
            for name in ("event_no_update", "event_no_delete", "event_no_replace"):
                conn.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            conn.exec_driver_sql("ALTER TABLE event DISABLE TRIGGER USER")
        try:
            yield conn
        finally:
            transaction.rollback()


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
INSTANT = st.integers(0, 10**17).map(lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
NEW_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "seq": st.integers(-5, 30),
    "at": INSTANT,
    "kind": TEXT,
    "actor": TEXT,
    "subject": TEXT,
    "tenant": st.none() | TEXT,
    "payload": st.one_of(TEXT, st.just('{"무엇": [1,2.5,null]}'), st.just('{"무엇":[1,2.5,null] }')),
    "previous": TEXT | st.just(BEFORE_ALL),
    "hash": TEXT | st.just(BEFORE_ALL),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_tampering_with_one_field_is_found(registry: Registry, data: st.DataObject) -> None:
    """Whatever field of whatever row is set to whatever else, the walk stops at or before it."""
    with registry.write() as conn:
        if LOG.count(conn) == 0:
            _tell(conn, 8, tenant="firm-1")
    seq = data.draw(st.integers(1, 8), "seq")
    name = data.draw(st.sampled_from(sorted(NEW_VALUES)), "field")
    value = data.draw(NEW_VALUES[name], "value")
    with _tampering(registry) as conn:
        row = conn.execute(sa.select(event).where(event.c.seq == seq)).mappings().one()
        assume(row[name] != value)
        assume(name != "seq" or not 1 <= value <= 8)  # the primary key already refuses these
        conn.execute(sa.update(event).where(event.c.seq == seq).values({name: value}))
        found = LOG.verify(conn)
    assert not found.ok
    assert found.broken_at is not None
    assert found.broken_at <= seq + 1  # a new hash on the row itself shows there
    assert found.reason is not None
    with registry.read() as conn:
        assert LOG.verify(conn).ok


def test_a_missing_row_is_named(registry: Registry) -> None:
    """A gap is reported by the number that is not there."""
    with registry.write() as conn:
        _tell(conn, 5)
    with _tampering(registry) as conn:
        conn.execute(sa.delete(event).where(event.c.seq == 3))
        found = LOG.verify(conn)
    assert (found.broken_at, found.length) == (3, 2)
    assert found.reason is not None
    assert "missing" in found.reason.en


def test_only_a_witness_finds_a_chain_cut_short_or_written_anew(registry: Registry) -> None:
    """Without a head kept elsewhere both look whole; with it both are found."""
    with registry.write() as conn:
        _tell(conn, 5)
        witness = LOG.head(conn)
        assert LOG.verify(conn, witness).ok
    with _tampering(registry) as conn:
        conn.execute(sa.delete(event).where(event.c.seq > 3))
        assert LOG.verify(conn).ok
        assert LOG.verify(conn, witness).broken_at == 4
        _tell(conn, 3, actor=CLERK)
        assert LOG.verify(conn).length == 6
        assert LOG.verify(conn, witness).broken_at == 5


def test_instants_of_any_zone_are_one_moment(registry: Registry) -> None:
    """An event told in Seoul time is found, equal, in UTC."""
    with registry.write() as conn:
        _tell(conn)
        (found,) = LOG.find(conn)
    assert found.at == NOON
    assert found.at.tzinfo is UTC
