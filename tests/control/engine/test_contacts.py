"""The contact book as text."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.control.engine.contacts import as_row, read_contact, read_contacts, write_contacts
from sandan.control.model.contacts import Channel, ChannelKind, Circle, Contact, Quiet
from sandan.control.model.incidents.procedures import groups, kinds
from sandan.errors import InvalidInput

TENANTS = {"firm-1", "firm-2"}
words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
books = st.lists(
    st.builds(
        Contact,
        id=st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True),
        organisation=words.filter(lambda text: not text.startswith("'")),
        post=words,
        circle=st.just(Circle.AUTHORITY),
        group=st.sampled_from(["", *groups()]),
        language=st.sampled_from(["ko", "en"]),
        order=st.integers(1, 99),
        phone=st.sampled_from(["000-0000", "+82 000 0000"]),
        channels=st.lists(
            st.sampled_from(
                [
                    Channel(ChannelKind.SMS, "+82-000-0000"),
                    Channel(ChannelKind.MAIL, "duty@example.test", "post"),
                    Channel(ChannelKind.WEBHOOK, "", "hook"),
                ]
            ),
            max_size=3,
        ).map(tuple),
        level=st.integers(1, 4),
        kinds=st.frozensets(st.sampled_from(list(kinds()))),
        quiet=st.none() | st.builds(Quiet, clocks, clocks),
        answer_minutes=st.none() | st.integers(1, 1440),
        active=st.booleans(),
    ),
    unique_by=lambda one: one.id,
    max_size=5,
)


@given(books)
def test_what_is_exported_is_what_is_imported(book):
    """Also cells that a spreadsheet would take for a formula."""
    assert read_contacts(write_contacts(book), TENANTS) == book


def test_every_fault_of_a_file_is_named_with_its_row_and_field():
    """The whole list, so that it is mended in one go."""
    text = (
        "id,organisation,post,circle,tenant,channels,quiet,level,kinds\n"
        "a,119,상황실,authority,,sms:000-0000,,1,\n"
        "a,119,상황실,authority,,sms:000-0000,,1,\n"
        "b,가나,당직,firm,,fax:1,밤,9,dragon\n"
        "c,다라,당직,authority,firm-1,,22:00-07:00,1,\n"
        "d,다라,당직,firm,firm-9,mail:here,,1,\n"
    )
    with pytest.raises(InvalidInput) as caught:
        read_contacts(text, TENANTS)
    assert [one.where for one in caught.value.findings] == [
        "3:id",
        "4:tenant",
        "4:channels",
        "4:level",
        "4:kinds",
        "4:quiet",
        "4:channels",
        "5:tenant",
        "5:channels",
        "6:tenant",
        "6:channels",
        "6:channels",
    ]


def test_a_firm_has_a_firm_and_nobody_else_does():
    """It is what decides of whose trouble a contact is told."""
    row = {"id": "a", "organisation": "가나", "post": "당직", "circle": "firm", "phone": "000-0000"}
    assert read_contact(row, TENANTS)[0] is None
    found, faults = read_contact(row | {"tenant": "firm-1"}, TENANTS)
    assert faults == []
    assert as_row(found)["tenant"] == "firm-1"
