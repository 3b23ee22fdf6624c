"""The contact book of the demo: authorities, and a safety duty at every invented firm; no number is real."""

from __future__ import annotations

from datetime import datetime, time
from importlib.resources import files

from sandan.access import SYSTEM
from sandan.control.engine.contacts import read_contacts
from sandan.control.model.contacts import Channel, ChannelKind, Circle, Contact, Quiet
from sandan.control.records.notices import contact_book
from sandan.store import Store

NIGHT = Quiet(time(22), time(7))


def load_demo_contacts(store: Store, now: datetime) -> None:
    """Fill the contact book of a demo, unless somebody has begun one."""
    text = files("sandan.control").joinpath("demo", "contacts.csv").read_text(encoding="utf-8")
    with store.registry.write() as conn:
        if contact_book.read_contacts(conn):
            return
        firms = store.things.all(conn, kinds=["firm"])
        book = read_contacts(text, ()) + [
            Contact(
                id=f"{firm.id}-safety",
                organisation=firm.name,
                post="안전관리 당직",
                circle=Circle.FIRM,
                group="firm",
                tenant=firm.id,
                phone=f"000-{1000 + n // 10_000:04d}-{n % 10_000:04d}",
                channels=(Channel(ChannelKind.SMS, f"000-{1000 + n // 10_000:04d}-{n % 10_000:04d}"),),
                quiet=NIGHT,
                answer_minutes=5,
            )
            for n, firm in enumerate(firms)
        ]
        contact_book.put_contacts(conn, book)
        store.events.append(
            conn,
            "ContactsImported",
            actor=SYSTEM,
            subject="contacts",
            payload={"added": len(book), "changed": 0, "same": 0},
            at=now,
        )
