"""What ingest keeps in the registry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from sandan.access import SYSTEM, Actor, Role
from sandan.errors import NotFound
from sandan.ingest.model import Binding, Reason
from sandan.ingest.records import (
    Held,
    Progress,
    State,
    Wire,
    all_bindings,
    all_devices,
    all_wires,
    count_held,
    decide_held,
    device_of,
    drop_binding,
    drop_wire,
    find_held,
    get_held,
    get_progress,
    new_device,
    put_bindings,
    put_held,
    put_progress,
    put_wire,
    revoke_device,
)
from sandan.store.migrations import migrate
from sandan.store.points import Points
from sandan.store.registry import open_registry
from sandan.store.schema import metadata
from sandan.store.things import Things
from sandan.twin.model import Point, Thing
from sandan.twin.samples import Stream

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FIRM = Actor("kim", "Kim", frozenset({Role.FIRM}), tenant="firm-a")
HELD = Held("gw", Stream.ACTUAL, "m1", NOW, 1e9, None, None, Reason.RANGE, NOW, point="m1.e", tenant="firm-a")


@pytest.fixture
def registry(tmp_path):
    """A registry with a firm and a point."""
    opened = open_registry(f"sqlite:///{tmp_path}/registry.db")
    migrate(opened, ["sandan.ingest"])
    with opened.write() as conn:
        Things().put(
            conn,
            [
                Thing("firm-a", "firm", "가나정밀", tenant="firm-a"),
                Thing("m1", "meter", "m1", tenant="firm-a"),
            ],
        )
        Points().put(conn, [Point("m1.e", "m1", "active_energy", timedelta(minutes=15), tenant="firm-a")])
    yield opened
    opened.close()


def test_the_migration_makes_the_tables_that_the_code_declares(registry):
    """A fresh store and an upgraded one are the same."""
    with registry.read() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, metadata) if "ingest_" in str(d)]
    assert differences == []


def test_the_same_reading_is_held_once_and_stays_as_decided(registry):
    """A sender repeating itself neither fills the table nor reopens what was closed."""
    with registry.write() as conn:
        put_held(conn, [HELD, HELD])
        put_held(conn, [replace(HELD, received_at=NOW + timedelta(hours=1))])
        (held,) = find_held(conn, SYSTEM)
        decide_held(conn, [held.id], State.DISCARDED, actor=SYSTEM, at=NOW, event=1)
        put_held(conn, [HELD])
        assert find_held(conn, SYSTEM) == []
        assert [h.state for h in find_held(conn, SYSTEM, state=None)] == [State.DISCARDED]


def test_a_firm_sees_its_own_held_readings_only(registry):
    """Neither another firm's nor those that nobody is known for."""
    with registry.write() as conn:
        put_held(
            conn, [HELD, replace(HELD, tenant=None, address="?", point=None, reason=Reason.UNKNOWN_POINT)]
        )
        assert [h.address for h in find_held(conn, FIRM)] == ["m1"]
        assert count_held(conn, FIRM) == {("gw", Reason.RANGE): 1}
        assert sum(count_held(conn, SYSTEM).values()) == 2
        other = next(h.id for h in find_held(conn, SYSTEM) if h.tenant is None)
        with pytest.raises(NotFound):
            get_held(conn, FIRM, [other])


def test_a_device_is_known_by_its_token_until_it_is_revoked(registry):
    """Only a hash is kept."""
    with registry.write() as conn:
        made, token = new_device(conn, "d1", "게이트웨이", "gw", "firm-a", NOW)
        assert device_of(conn, token) == made
        assert device_of(conn, token + "x") is None
        assert [d.id for d in all_devices(conn, FIRM)] == ["d1"]
        revoke_device(conn, "d1", NOW)
        assert device_of(conn, token) is None


def test_bindings_connections_and_progress_come_back_as_they_went_in(registry):
    """Putting again changes, dropping what is not there is told."""
    binding = Binding("gw", "40001", "m1.e", "Wh", 10.0)
    wire = Wire("gw", "modbus", {"host": "127.0.0.1", "registers": [{"address": 1}]}, tenant="firm-a")
    with registry.write() as conn:
        put_bindings(conn, [binding])
        put_bindings(conn, [replace(binding, factor=1.0)])
        assert all_bindings(conn, "gw") == [replace(binding, factor=1.0)]
        drop_binding(conn, "gw", "40001")
        with pytest.raises(NotFound):
            drop_binding(conn, "gw", "40001")
        put_wire(conn, wire)
        put_wire(conn, replace(wire, enabled=False))
        assert all_wires(conn) == [replace(wire, enabled=False)]
        drop_wire(conn, "gw")
        put_progress(conn, Progress("abc", "a.csv", 10, 100), NOW)
        put_progress(conn, Progress("abc", "a.csv", 100, 100), NOW)
        assert get_progress(conn, "abc") == Progress("abc", "a.csv", 100, 100)
