"""Contacts, what they were told, and whether they answered.

A delivery is the outbox: it is written in the transaction that decides to tell, and is looked for by
state and time until it has ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from sandan.control.model.contacts import Channel, ChannelKind, Circle, Contact, Quiet
from sandan.control.model.incidents import ACTIVE
from sandan.control.model.notices import (
    Answer,
    Attempt,
    Call,
    CallOutcome,
    Delivery,
    DeliveryState,
    Mode,
    Notice,
    Phase,
    Subject,
    Telling,
    Template,
    Words,
)
from sandan.control.records.incidents.tables import incident
from sandan.store import Identifier, Instant, batches, metadata
from sandan.words import Text

COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

contact = sa.Table(
    "control_contact",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("post", sa.Text, nullable=False),
    sa.Column("circle", Identifier, nullable=False),
    sa.Column("group", Identifier, nullable=False),
    sa.Column("language", Identifier, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("order", sa.Integer, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("channels", sa.JSON, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("quiet", sa.JSON),
    sa.Column("answer_minutes", sa.Integer),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Index(None, "tenant"),
)

text = sa.Table(
    "control_text",
    metadata,
    sa.Column("kind", Identifier, primary_key=True),
    sa.Column("phase", Identifier, primary_key=True),
    sa.Column("circle", Identifier, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title_ko", sa.Text, nullable=False),
    sa.Column("text_ko", sa.Text, nullable=False),
    sa.Column("title_en", sa.Text, nullable=False),
    sa.Column("text_en", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

telling = sa.Table(
    "control_telling",
    metadata,
    sa.Column("id", Identifier, primary_key=True),
    sa.Column("incident", Identifier, nullable=False),
    sa.Column("subject", sa.JSON, nullable=False),
    sa.Column("phase", Identifier, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("mode", Identifier, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("escalates", COUNTER),
    sa.Index(None, "incident"),
)

notice = sa.Table(
    "control_notice",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("telling", Identifier, sa.ForeignKey("control_telling.id"), nullable=False),
    sa.Column("incident", Identifier, nullable=False),
    sa.Column("contact", Identifier, nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("post", sa.Text, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("language", Identifier, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("template", Identifier, nullable=False),
    sa.Column("token", Identifier, nullable=False),
    sa.Column("told", Instant, nullable=False),
    sa.Column("phase", Identifier, nullable=False),
    sa.Column("level", sa.Integer, nullable=False),
    sa.Column("drill", sa.Boolean, nullable=False),
    sa.Column("answer_by", Instant),
    sa.Column("read", Instant),
    sa.Column("answer", Identifier),
    sa.Column("answered", Instant),
    sa.Column("escalated", Instant),
    sa.UniqueConstraint("token"),
    sa.Index(None, "incident"),
    sa.Index(None, "telling"),
    sa.Index(None, "answer_by"),
)

delivery = sa.Table(
    "control_delivery",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("notice", COUNTER, sa.ForeignKey("control_notice.id"), nullable=False),
    sa.Column("kind", Identifier, nullable=False),
    sa.Column("gateway", Identifier, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("outside", sa.Boolean, nullable=False),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("first_due", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("done", Instant),
    sa.Index(None, "notice"),
    sa.Index(None, "state", "due"),
)
"""`due` is when it is to be sent; while it is being sent, when that attempt counts as lost."""

attempt = sa.Table(
    "control_attempt",
    metadata,
    sa.Column("delivery", COUNTER, sa.ForeignKey("control_delivery.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("ended", Instant),
    sa.Column("state", Identifier, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
)

call = sa.Table(
    "control_call",
    metadata,
    sa.Column("id", COUNTER, primary_key=True),
    sa.Column("incident", Identifier, nullable=False),
    sa.Column("contact", Identifier, nullable=False),
    sa.Column("organisation", sa.Text, nullable=False),
    sa.Column("post", sa.Text, nullable=False),
    sa.Column("tenant", Identifier),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", Identifier, nullable=False),
    sa.Column("outcome", Identifier, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index(None, "incident"),
)


def read_contacts(conn: Connection) -> list[Contact]:
    """The whole contact book, by organisation and place in its tree."""
    query = sa.select(contact).order_by(contact.c.organisation, contact.c.order, contact.c.id)
    return [_contact(row) for row in conn.execute(query)]


def put_contacts(conn: Connection, contacts: Iterable[Contact]) -> None:
    """Add contacts, or put them in the place of those with the same id."""
    rows = [_contact_row(one) for one in contacts]
    for part in batches([row["id"] for row in rows]):
        conn.execute(sa.delete(contact).where(contact.c.id.in_(part)))
    if rows:
        conn.execute(sa.insert(contact), rows)


def remove_contact(conn: Connection, id: str) -> bool:
    """Take a contact from the book; what it was told stays."""
    return bool(conn.execute(sa.delete(contact).where(contact.c.id == id)).rowcount)


def read_texts(conn: Connection) -> list[Template]:
    """The newest version of every text an operator has written."""
    found: dict[tuple[str, str, str], Template] = {}
    for row in conn.execute(sa.select(text).order_by(text.c.version)):
        found[row.kind, row.phase, row.circle] = Template(
            kind=row.kind,
            phase=Phase(row.phase),
            circle=Circle(row.circle),
            ko=Words(row.title_ko, row.text_ko),
            en=Words(row.title_en, row.text_en),
            version=row.version,
        )
    return list(found.values())


def add_text(conn: Connection, made: Template, by: str, at: datetime) -> int:
    """Keep a new version of a text; its number."""
    here = (text.c.kind == made.kind, text.c.phase == made.phase.value, text.c.circle == made.circle.value)
    number = int(conn.scalar(sa.select(sa.func.max(text.c.version)).where(*here)) or 0) + 1
    conn.execute(
        sa.insert(text).values(
            kind=made.kind,
            phase=made.phase.value,
            circle=made.circle.value,
            version=number,
            title_ko=made.ko.title,
            text_ko=made.ko.text,
            title_en=made.en.title,
            text_en=made.en.text,
            by=by,
            at=at,
        )
    )
    return number


def add_telling(conn: Connection, made: Telling) -> None:
    """Keep a decision to tell."""
    conn.execute(
        sa.insert(telling).values(
            id=made.id,
            incident=made.subject.id,
            subject=_subject_json(made.subject),
            phase=made.phase.value,
            level=made.level,
            mode=made.mode.value,
            note=made.note,
            by=made.by,
            at=made.at,
            escalates=made.escalates,
        )
    )


def read_telling(conn: Connection, id: str) -> Telling | None:
    """One decision."""
    row = conn.execute(sa.select(telling).where(telling.c.id == id)).one_or_none()
    return None if row is None else _telling(row)


def find_tellings(conn: Connection, incident: str | None = None, limit: int = 500) -> list[Telling]:
    """Decisions, newest first."""
    query = sa.select(telling).order_by(telling.c.at.desc(), telling.c.id).limit(limit)
    if incident is not None:
        query = query.where(telling.c.incident == incident)
    return [_telling(row) for row in conn.execute(query)]


def add_notices(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Keep notices; their numbers, in the same order."""
    made = sa.insert(notice).returning(notice.c.id, sort_by_parameter_order=True)
    return list(conn.scalars(made, list(rows)))


def read_notice(conn: Connection, *, token: str | None = None, id: int | None = None) -> Notice | None:
    """One notice, by the token in its link or by number."""
    where = notice.c.token == token if token is not None else notice.c.id == id
    row = conn.execute(sa.select(notice).where(where)).one_or_none()
    return None if row is None else _notice(row)


def find_notices(conn: Connection, incident: str) -> list[Notice]:
    """The notices of an incident, in the order they were told."""
    query = sa.select(notice).where(notice.c.incident == incident).order_by(notice.c.told, notice.c.id)
    return [_notice(row) for row in conn.execute(query)]


def notices_by_id(conn: Connection, ids: Sequence[int]) -> dict[int, Notice]:
    """Some notices by number."""
    found = {}
    for part in batches(list(ids)):
        for row in conn.execute(sa.select(notice).where(notice.c.id.in_(part))):
            found[row.id] = _notice(row)
    return found


def notices_of(conn: Connection, tellings: Sequence[str]) -> list[Notice]:
    """The notices of some decisions."""
    query = sa.select(notice).where(notice.c.telling.in_(list(tellings))).order_by(notice.c.id)
    return [_notice(row) for row in conn.execute(query)]


def recent_notices(conn: Connection, tenant: str | None, limit: int) -> list[Notice]:
    """The newest notices, of everybody or those sent to one firm."""
    query = sa.select(notice).order_by(notice.c.told.desc(), notice.c.id.desc()).limit(limit)
    if tenant is not None:
        query = query.where(notice.c.tenant == tenant)
    return [_notice(row) for row in conn.execute(query)]


def overdue_incidents(conn: Connection, now: datetime) -> list[str]:
    """Incidents with a notice nobody answered in time and that was not passed on yet."""
    query = (
        sa.select(notice.c.incident)
        .where(
            notice.c.answer_by <= now,
            notice.c.answered.is_(None),
            notice.c.escalated.is_(None),
            _under_way(),
        )
        .distinct()
        .order_by(notice.c.incident)
    )
    return list(conn.scalars(query))


def _under_way() -> sa.ColumnElement[bool]:
    """Whether a notice's incident still is: nobody is chased about one that is closed or merged."""
    over = incident.c.state.not_in([state.value for state in ACTIVE])
    return ~sa.select(incident.c.id).where(incident.c.id == notice.c.incident, over).exists()


def unmet(conn: Connection, limit: int = 100) -> list[Notice]:
    """Notices that ask for a person: help was asked for, or the tree ended with nobody answering.

    Until the organisation is reached by telephone, or the incident is over.
    """
    newer = telling.alias()
    passed_on = sa.select(newer.c.id).where(newer.c.escalates == notice.c.id).exists()
    reached = (
        sa.select(call.c.id)
        .where(
            call.c.incident == notice.c.incident,
            call.c.organisation == notice.c.organisation,
            call.c.tenant.is_not_distinct_from(notice.c.tenant),
            call.c.outcome == CallOutcome.REACHED.value,
            call.c.at >= sa.func.coalesce(notice.c.answered, notice.c.told),
        )
        .exists()
    )
    query = (
        sa.select(notice)
        .where(
            ~reached,
            _under_way(),
            sa.or_(
                notice.c.answer == Answer.HELP.value,
                sa.and_(notice.c.escalated.is_not(None), notice.c.answered.is_(None), ~passed_on),
            ),
        )
        .order_by(notice.c.told.desc(), notice.c.id)
        .limit(limit)
    )
    return [_notice(row) for row in conn.execute(query)]


def mark_notice(conn: Connection, id: int, **facts: Any) -> None:
    """Note that it was read, answered or passed on."""
    conn.execute(sa.update(notice).where(notice.c.id == id).values(**facts))


def add_deliveries(
    conn: Connection,
    ways: Iterable[tuple[int, Channel, datetime]],
    *,
    outside: bool,
    state: DeliveryState,
) -> None:
    """Put notices into the outbox, each for a channel and due at some time."""
    rows = [
        {
            "notice": number,
            "kind": channel.kind.value,
            "gateway": channel.gateway,
            "address": channel.address,
            "outside": outside,
            "state": state.value,
            "first_due": due,
            "due": due,
            "attempts": 0,
            "error": "",
        }
        for number, channel, due in ways
    ]
    if rows:
        conn.execute(sa.insert(delivery), rows)


def deliveries_of(conn: Connection, notices: Sequence[int]) -> list[Delivery]:
    """The deliveries of some notices."""
    found = []
    for part in batches(list(notices)):
        query = sa.select(delivery).where(delivery.c.notice.in_(part)).order_by(delivery.c.id)
        found += [_delivery(row) for row in conn.execute(query)]
    return found


def attempts_of(conn: Connection, deliveries: Sequence[int]) -> list[Attempt]:
    """Every try to send some deliveries."""
    found = []
    for part in batches(list(deliveries)):
        query = sa.select(attempt).where(attempt.c.delivery.in_(part))
        found += [
            Attempt(row.delivery, row.number, row.at, row.ended, DeliveryState(row.state), row.error)
            for row in conn.execute(query.order_by(attempt.c.delivery, attempt.c.number))
        ]
    return found


def claim_due(conn: Connection, now: datetime, until: datetime, limit: int) -> list[Delivery]:
    """Take deliveries that are due, and those whose attempt was lost, and begin an attempt of each.

    The claim is committed before anything is sent: a process that dies leaves an attempt without an end,
    and after `until` the delivery is due again. So everything is sent at least once.
    """
    states = (DeliveryState.WAITING.value, DeliveryState.SENDING.value)
    query = (
        sa.select(delivery)
        .where(delivery.c.state.in_(states), delivery.c.due <= now)
        .order_by(delivery.c.due, delivery.c.id)
        .limit(limit)
    )
    found = [_delivery(row) for row in conn.execute(query)]
    for one in found:
        conn.execute(
            sa.update(delivery)
            .where(delivery.c.id == one.id)
            .values(state=DeliveryState.SENDING.value, due=until, attempts=one.attempts + 1)
        )
        conn.execute(
            sa.insert(attempt).values(
                delivery=one.id,
                number=one.attempts + 1,
                at=now,
                state=DeliveryState.SENDING.value,
                error="",
            )
        )
    return found


def first_due(conn: Connection, id: int) -> datetime:
    """When a delivery was to be sent at first; patience counts from there."""
    found = conn.scalar(sa.select(delivery.c.first_due).where(delivery.c.id == id))
    assert isinstance(found, datetime)
    return found


def end_attempt(
    conn: Connection, id: int, number: int, at: datetime, attempt_state: DeliveryState, error: str
) -> None:
    """Note how an attempt ended."""
    conn.execute(
        sa.update(attempt)
        .where(attempt.c.delivery == id, attempt.c.number == number)
        .values(ended=at, state=attempt_state.value, error=error)
    )


def move_delivery(
    conn: Connection,
    id: int,
    number: int,
    state: DeliveryState,
    due: datetime,
    error: str,
    done: datetime | None,
) -> bool:
    """Bring a delivery to its next state, unless a later attempt has taken it over meanwhile."""
    result = conn.execute(
        sa.update(delivery)
        .where(delivery.c.id == id, delivery.c.attempts == number)
        .values(state=state.value, due=due, error=error, done=done)
    )
    return bool(result.rowcount)


def next_due(conn: Connection) -> datetime | None:
    """When the outbox has to be looked at next."""
    states = (DeliveryState.WAITING.value, DeliveryState.SENDING.value)
    found: datetime | None = conn.scalar(
        sa.select(sa.func.min(delivery.c.due)).where(delivery.c.state.in_(states))
    )
    return found


def add_call(conn: Connection, **facts: Any) -> int:
    """Keep a call; its number."""
    return int(conn.execute(sa.insert(call).values(**facts).returning(call.c.id)).scalar_one())


def find_calls(conn: Connection, incident: str) -> list[Call]:
    """The calls of an incident, in order."""
    query = sa.select(call).where(call.c.incident == incident).order_by(call.c.at, call.c.id)
    return [
        Call(
            id=row.id,
            incident=row.incident,
            contact=row.contact,
            organisation=row.organisation,
            post=row.post,
            tenant=row.tenant,
            at=row.at,
            by=row.by,
            outcome=CallOutcome(row.outcome),
            text=row.text,
        )
        for row in conn.execute(query)
    ]


def _contact_row(one: Contact) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in Contact.__dataclass_fields__}
    return row | {
        "circle": one.circle.value,
        "channels": [asdict(channel) for channel in one.channels],
        "kinds": sorted(one.kinds),
        "quiet": [one.quiet.start.isoformat(), one.quiet.end.isoformat()] if one.quiet else None,
    }


def _contact(row: Row[Any]) -> Contact:
    facts = {name: getattr(row, name) for name in Contact.__dataclass_fields__}
    return Contact(
        **facts
        | {
            "circle": Circle(row.circle),
            "channels": tuple(
                Channel(ChannelKind(one["kind"]), one["address"], one["gateway"]) for one in row.channels
            ),
            "kinds": frozenset(row.kinds),
            "quiet": Quiet(*map(time.fromisoformat, row.quiet)) if row.quiet else None,
        }
    )


def _subject_json(one: Subject) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "kind_name": [one.kind_name.ko, one.kind_name.en],
        "level": one.level,
        "title": one.title,
        "place": one.place,
        "detected": one.detected.isoformat(),
        "tenants": sorted(one.tenants),
        "area": sorted(one.area),
        "named": sorted(one.named),
        "drill": one.drill,
    }


def _telling(row: Row[Any]) -> Telling:
    said = row.subject
    subject = Subject(
        **said
        | {
            "kind_name": Text(*said["kind_name"]),
            "detected": datetime.fromisoformat(said["detected"]),
            "tenants": frozenset(said["tenants"]),
            "area": frozenset(said["area"]),
            "named": frozenset(said["named"]),
        }
    )
    return Telling(
        id=row.id,
        subject=subject,
        phase=Phase(row.phase),
        level=row.level,
        mode=Mode(row.mode),
        note=row.note,
        by=row.by,
        at=row.at,
        escalates=row.escalates,
    )


def _notice(row: Row[Any]) -> Notice:
    facts = {name: getattr(row, name) for name in Notice.__dataclass_fields__}
    return Notice(**facts | {"phase": Phase(row.phase), "answer": Answer(row.answer) if row.answer else None})


def _delivery(row: Row[Any]) -> Delivery:
    facts = {name: getattr(row, name) for name in Delivery.__dataclass_fields__}
    return Delivery(**facts | {"kind": ChannelKind(row.kind), "state": DeliveryState(row.state)})
