"""The demo's permits and reports, made as people would make them."""

from datetime import timedelta

import pytest

from sandan.access import Actor, Role
from sandan.control.model.safety import PermitState, ReportState
from sandan.control.records import safety as records
from sandan.control.service.demo import load_demo_permits, load_demo_reports
from sandan.control.service.permits.checking import PermitDesk
from sandan.control.service.permits.settings import permit_params
from sandan.twin.demo import DemoParams, generate

OPERATOR = Actor("operator-demo", "관제사", frozenset({Role.OPERATOR}))


@pytest.fixture
def demo_store(sqlite_store):
    """A store with the things of a demo complex, and somebody of one of its firms."""
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, generate(DemoParams(firms=50)).things)
        firm = sqlite_store.things.all(conn, kinds=["firm"])[-1]
    return sqlite_store, Actor("firm-demo", "기업", frozenset({Role.FIRM}), firm.id)


def test_the_demo_has_permits_of_which_some_conflict(demo_store, clock):
    """Hot work and a confined space of one firm exclude each other, digging meets a gas pipe; once a day."""
    store, firm = demo_store
    load_demo_permits(store, OPERATOR, firm, clock.now())
    load_demo_permits(store, OPERATOR, firm, clock.now())
    with store.registry.read() as conn:
        works = {one.name: one for one in records.find_permits(conn)}
    assert len(works) == 14
    assert {one.state for one in works.values()} == {
        PermitState.ASKED,
        PermitState.GRANTED,
        PermitState.CLOSED,
        PermitState.REFUSED,
    }
    assert works["폐수 집수조 청소"].tenant == firm.tenant
    checked = PermitDesk(store, permit_params({}), tuple).check(OPERATOR, "ko", clock.now())
    rules = {name: {one.conflict.rule for one in checked.of(work.id)} for name, work in works.items()}
    assert rules["폐수 집수조 청소"] == {"hot_confined"}
    assert rules["3라인 스팀 배관 용접"] == {"hot_confined"}
    assert {"dig_by_hand", "dig_notice"} <= rules["빗물관 교체 굴착"]
    assert rules["지붕 환기팬 교체"] == {"heavy_height", "shared_watcher", "height_hot"}
    assert "hot_tank" in rules["탱크 사다리 용접"]
    assert "no_entry" in rules["집진 덕트 교체"]
    assert rules["방류벽 균열 보수"] == set()
    load_demo_permits(store, OPERATOR, firm, clock.now() + timedelta(days=1))
    with store.registry.read() as conn:
        assert len(records.find_permits(conn)) == 28


def test_the_demo_has_reports_in_every_state(demo_store, clock):
    """Some wait, some were closed, and one became an incident that is closed; a second time adds none."""
    store, _ = demo_store
    for _n in range(2):
        load_demo_reports(store, OPERATOR, clock.now())
    with store.registry.read() as conn:
        found = records.find_reports(conn)
    assert len(found) == 6
    assert {one.state for one in found} == set(ReportState)
    assert all(one.handled_at is None or one.at < one.handled_at <= clock.now() for one in found)


def test_a_complex_without_firms_has_neither_at_places_it_lacks(sqlite_store, clock):
    """Nothing fails where there is no firm, tank or pipe; reports say no place."""
    load_demo_permits(sqlite_store, OPERATOR, None, clock.now())
    load_demo_reports(sqlite_store, OPERATOR, clock.now())
    with sqlite_store.registry.read() as conn:
        assert records.find_permits(conn) == []
        assert not any(one.place for one in records.find_reports(conn))
