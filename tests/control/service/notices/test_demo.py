"""The demo's contact book."""

from __future__ import annotations

from sandan.control.model.contacts import Circle
from sandan.control.model.incidents.procedures import groups
from sandan.control.records.notices import contact_book
from sandan.control.service.notices.demo import load_demo_contacts
from sandan.twin.demo import DemoParams, generate


def test_the_demo_can_tell_every_group_and_every_firm(sqlite_store, clock):
    """Whomever a procedure names is there, each firm in its own words only; a second time adds nothing."""
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, generate(DemoParams(firms=50)).things)
        firms = {one.id: one.tenant for one in sqlite_store.things.all(conn, kinds=["firm"])}
    load_demo_contacts(sqlite_store, clock.now())
    load_demo_contacts(sqlite_store, clock.now())
    with sqlite_store.registry.read() as conn:
        book = contact_book.read_contacts(conn)
        assert len(sqlite_store.events.find(conn, kind="ContactsImported")) == 1
    assert {one.group for one in book if one.group} == set(groups()) - {"neighbours"}
    assert {one.tenant for one in book if one.circle is Circle.FIRM} == set(firms)
    assert all(tenant == id for id, tenant in firms.items())
    assert not any(channel.gateway for one in book for channel in one.channels)
