"""A small contact book, and what happened."""

from __future__ import annotations

import pytest

from sandan.access import SYSTEM, Actor, Role
from sandan.control.model.contacts import Circle
from sandan.control.model.incidents import Place
from sandan.control.model.notices import Subject
from sandan.control.service.contacts import save_contact
from sandan.control.service.incidents import opening
from sandan.twin.model import Thing
from sandan.words import Text

OPERATOR = Actor("op", "관제사", frozenset({Role.OPERATOR}))
BOOK = (
    {"id": "fire-1", "organisation": "119", "post": "상황실", "circle": "authority", "group": "fire",
     "channels": "sms:000-0001; mail:fire@example.test", "phone": "000-0001"},
    {"id": "fire-2", "organisation": "119", "post": "당직관", "circle": "authority", "order": "2",
     "channels": "sms:000-0002", "phone": "000-0002"},
    {"id": "gana", "organisation": "가나화학", "post": "안전관리", "circle": "firm", "tenant": "firm-1",
     "channels": "sms:000-0003", "quiet": "22:00-07:00"},
    {"id": "dara", "organisation": "다라정밀", "post": "안전관리", "circle": "firm", "tenant": "firm-2",
     "channels": "sms:000-0004", "language": "en"},
    {"id": "village", "organisation": "마을회관", "post": "방송", "circle": "public",
     "channels": "sms:000-0005"},
)  # fmt: skip


@pytest.fixture
def operator():
    """Somebody in the control room."""
    return OPERATOR


@pytest.fixture
def fill(clock):
    """Fills a store with firms and the contact book."""

    def filling(store):
        with store.registry.write() as conn:
            store.things.put(
                conn,
                [
                    Thing("complex", "complex", "시범 산단"),
                    Thing("firm-1", "firm", "㈜가나화학", parent="complex", tenant="firm-1"),
                    Thing("firm-2", "firm", "다라정밀", parent="complex", tenant="firm-2"),
                ],
            )
        for row in BOOK:
            save_contact(store, SYSTEM, row, clock.now())
        return store

    return filling


@pytest.fixture
def subject(clock):
    """A leak at the first firm, with the second in its cloud."""
    return Subject(
        id="INC-20260304-001",
        kind="leak",
        kind_name=Text("화학물질 누출", "Chemical leak"),
        level=1,
        title="가나화학 암모니아 누출",
        place="3블록",
        detected=clock.now(),
        tenants=frozenset({"firm-1"}),
        area=frozenset({"firm-2"}),
    )


@pytest.fixture
def leak(sqlite_store, fill, operator, clock):
    """A leak at the tank of the first firm, in the zone of both; gives its id."""
    fill(sqlite_store)
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(
            conn,
            [
                Thing("zone-a", "zone", "가 구역", parent="complex"),
                Thing("tank", "tank", "저장탱크", parent="zone-a", tenant="firm-1"),
                Thing("hall", "building", "다라동", parent="zone-a", tenant="firm-2"),
            ],
        )
    for id, group in (("duty", "duty"), ("police", "police")):
        row = {"id": id, "organisation": id, "post": "당직", "circle": "authority", "group": group,
               "level": "3", "channels": "sms:000-0009"}  # fmt: skip
        save_contact(sqlite_store, operator, row, clock.now())
    opened = opening.open_incident(
        sqlite_store, operator, "leak", clock.now(), place=Place(thing="tank"), level=1
    )
    return opened.id


assert set(Circle) == {row["circle"] for row in BOOK}
