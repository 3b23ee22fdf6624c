"""What has shown that a contact cannot be reached as the book says, by contact."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sandan.control.model.contacts import Contact, Trouble, TroubleKind
from sandan.control.model.notices import Answer, CallOutcome, DeliveryState
from sandan.control.records.notices.tables import call, delivery, notice


def find_troubles(conn: Connection, book: Iterable[Contact]) -> dict[str, Trouble]:
    """The last trouble of each contact that no better word came after.

    A number found wrong on the telephone, a recipient who said it is not theirs, an address of today's book
    that a gateway gave up on.
    """
    rung = _last(call.c.outcome == CallOutcome.WRONG.value, call.c.at)
    reached = _last(call.c.outcome == CallOutcome.REACHED.value, call.c.at)
    calls = sa.select(call.c.contact, rung, reached).group_by(call.c.contact)
    refused = _last(notice.c.answer == Answer.WRONG.value, notice.c.read)
    answered = sa.func.max(notice.c.answered, type_=notice.c.answered.type)
    answers = sa.select(notice.c.contact, refused, answered).group_by(notice.c.contact)
    failed = _last(delivery.c.state == DeliveryState.FAILED.value, delivery.c.done)
    taken = _last(delivery.c.state == DeliveryState.DELIVERED.value, delivery.c.done)
    ways = sa.select(notice.c.contact, failed, taken, delivery.c.address).join(
        notice, notice.c.id == delivery.c.notice
    )
    ways = ways.where(delivery.c.outside).group_by(notice.c.contact, delivery.c.address)
    known = {one.id: {way.address for way in one.channels} for one in book}
    found: dict[str, Trouble] = {}

    def note(kind: TroubleKind, id: str, bad: datetime | None, good: datetime | None, what: str = "") -> None:
        worse = bad is not None and (good is None or bad > good)
        if worse and bad is not None and id in known and (id not in found or found[id].at < bad):
            found[id] = Trouble(kind, bad, what)

    for id, bad, good in conn.execute(calls):
        note(TroubleKind.WRONG_NUMBER, id, bad, good)
    for id, bad, good in conn.execute(answers):
        note(TroubleKind.NOT_THEIRS, id, bad, good)
    for id, bad, good, address in conn.execute(ways):
        if address in known.get(id, ()):
            note(TroubleKind.NOT_TAKEN, id, bad, good, address)
    return found


def _last(where: sa.ColumnElement[bool], at: sa.Column[datetime]) -> sa.ColumnElement[datetime]:
    return sa.func.max(sa.case((where, at)), type_=at.type)
