"""A control centre with two operators, a small complex, and a store behind it."""

from datetime import timedelta

import pytest
import shapely
import sqlalchemy as sa

from sandan.access import Actor, Role
from sandan.twin.model import Point, Thing

PEOPLE = {
    "kim": Actor("kim", "김 관제사", frozenset({Role.OPERATOR})),
    "lee": Actor("lee", "이 관제사", frozenset({Role.OPERATOR})),
    "officer": Actor("officer", "담당관", frozenset({Role.OFFICER})),
    "firm": Actor("firm", "기업", frozenset({Role.FIRM}), "firm-a"),
}
THINGS = [
    Thing("hall", "building", "가람동", geometry=shapely.box(126.70, 37.40, 126.71, 37.41)),
    Thing("firm-a", "firm", "가람정밀", "hall", "firm-a"),
    Thing("firm-b", "firm", "나래화학", "hall", "firm-b"),
    Thing("leak-b", "leak_sensor", "누출감지기", "hall", "firm-b", shapely.Point(126.705, 37.405)),
]
POINTS = [Point("b.nh3", "leak-b", "nh3", timedelta(seconds=10), "firm-b", high=25)]
ACCOUNT = sa.text(
    "INSERT INTO account (login, name, roles, language, must_change, disabled, simulated, created_at) "
    "VALUES (:login, :name, :roles, 'ko', :no, :no, :no, '2026-01-01 00:00:00')"
)


@pytest.fixture
def people():
    """Who acts, by login."""
    return PEOPLE


def settle(store):
    """Fill a store with the complex and the accounts."""
    with store.registry.write() as conn:
        store.things.put(conn, THINGS)
        store.points.put(conn, POINTS)
        for login, actor in PEOPLE.items():
            roles = "[" + ",".join(f'"{role.value}"' for role in actor.roles) + "]"
            conn.execute(ACCOUNT, {"login": login, "name": actor.name, "roles": roles, "no": False})
    return store


@pytest.fixture
def centre(store):
    """The store of a control centre, on both databases."""
    return settle(store)


@pytest.fixture
def small_centre(sqlite_store):
    """The same on SQLite alone."""
    return settle(sqlite_store)
