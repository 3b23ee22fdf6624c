"""Events: facts in the past tense, appended and never changed.

Each row carries a SHA-256 over its own content and the hash of the row before it, so that a change,
a gap or a swap anywhere is found by walking the chain. What only an outside witness can find is a
chain cut short or rewritten from some row to its end: keep a `Head` elsewhere (a backup's manifest
does) and give it to `verify`. The databases refuse UPDATE and DELETE on the table as well.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from sandan.access import Actor
from sandan.clock import Period
from sandan.errors import InvalidInput
from sandan.store.conditions import seen_by, unstorable
from sandan.store.registry import hold_writer_lock
from sandan.store.schema import event
from sandan.words import Text

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

BEFORE_ALL = "0" * 64
"""What the first event names as its previous hash."""

_KIND = re.compile(r"[A-Z][A-Za-z0-9]+")
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Event:
    """One fact: who did what to whom, when; `actor` is the actor's id."""

    seq: int
    at: datetime
    kind: str
    actor: str
    subject: str
    tenant: str | None
    payload: Mapping[str, Json]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What an event will say, before it has its place in the chain."""

    kind: str
    subject: str
    payload: Mapping[str, Json]
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The last event of a chain at some moment: enough to tell later whether history was rewritten."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What walking the chain found; `broken_at` is the first sequence number that does not hold."""

    length: int
    head: Head
    broken_at: int | None = None
    reason: Text | None = None

    @property
    def ok(self) -> bool:
        return self.broken_at is None


class EventLog:
    """The audit trail, and the timeline of every case, thing and figure."""

    def append(
        self,
        conn: Connection,
        kind: str,
        *,
        actor: Actor,
        subject: str,
        payload: Mapping[str, Json],
        at: datetime,
        tenant: str | None = None,
    ) -> Event:
        """Add a fact in the transaction of the change it records."""
        return self.extend(conn, [Fact(kind, subject, payload, tenant)], actor=actor, at=at)[0]

    def extend(self, conn: Connection, facts: Sequence[Fact], *, actor: Actor, at: datetime) -> list[Event]:
        """Add facts that came at once, in their order; what a flood of alarms brings is one write."""
        texts = [_checked(f.kind, actor.id, f.subject, f.tenant, f.payload, at) for f in facts]
        if not facts:
            return []
        hold_writer_lock(conn)
        head = self.head(conn)
        rows: list[dict[str, Any]] = []
        for fact, text in zip(facts, texts, strict=True):
            row: dict[str, Any] = {
                "seq": head.seq + 1,
                "at": at.astimezone(UTC),
                "kind": fact.kind,
                "actor": actor.id,
                "subject": fact.subject,
                "tenant": fact.tenant,
                "payload": text,
                "previous": head.hash,
            }
            row["hash"] = _hash(row)
            head = Head(row["seq"], row["hash"])
            rows.append(row)
        conn.execute(sa.insert(event), rows)
        return [_event(row) for row in rows]

    def head(self, conn: Connection) -> Head:
        """The newest event's number and hash; number 0 while there is none."""
        row = conn.execute(sa.select(event.c.seq, event.c.hash).order_by(event.c.seq.desc()).limit(1)).first()
        return Head(0, BEFORE_ALL) if row is None else Head(row.seq, row.hash)

    def count(self, conn: Connection) -> int:
        """How many facts there are."""
        return int(conn.scalar(sa.select(sa.func.count()).select_from(event)) or 0)

    def find(
        self,
        conn: Connection,
        *,
        subject: str | None = None,
        kind: str | None = None,
        actor: str | None = None,
        tenant: str | None = None,
        period: Period | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Event]:
        """Events newest first, those with a number below `before`; `tenant=` as for things."""
        query = sa.select(event).order_by(event.c.seq.desc()).limit(limit)
        for column, wanted in ((event.c.subject, subject), (event.c.kind, kind), (event.c.actor, actor)):
            if wanted is not None:
                query = query.where(column == wanted)
        if tenant is not None:
            query = query.where(seen_by(event.c.tenant, tenant))
        if period is not None:
            query = query.where(event.c.at >= period.start, event.c.at < period.end)
        if before is not None:
            query = query.where(event.c.seq < before)
        return [_event(row) for row in conn.execute(query).mappings()]

    def verify(self, conn: Connection, witness: Head | None = None) -> Verification:
        """Walk the whole chain; with a `witness`, also see that it still holds that event."""
        last = Head(0, BEFORE_ALL)
        for row in _walk(conn):
            why = _fault(row, last, witness)
            if why is not None:
                return Verification(last.seq, last, last.seq + 1, why)
            last = Head(row["seq"], row["hash"])
        if witness is not None and witness.seq > last.seq:
            cut = Text(
                f"{witness.seq}번까지 있어야 하는데 {last.seq}번에서 끝납니다.",
                f"it ends at {last.seq} but once reached {witness.seq}.",
            )
            return Verification(last.seq, last, last.seq + 1, cut)
        return Verification(last.seq, last)


def _checked(
    kind: str, actor: str, subject: str, tenant: str | None, payload: Mapping[str, Json], at: datetime
) -> str:
    """The canonical text of the payload: keys sorted, no spaces, NaN refused."""
    if not _KIND.fullmatch(kind) or at.tzinfo is None:
        raise ValueError(f"an event needs a PascalCase kind and an aware instant: {kind!r}, {at!r}")
    if any(unstorable(text) for text in (actor, subject, tenant or "")):
        raise _unstorable("subject")
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise _unstorable(f"payload ({error})") from error
    if unstorable(text):
        raise _unstorable("payload")
    return text


def _unstorable(where: str) -> InvalidInput:
    return InvalidInput.because(
        where,
        Text("기록에 남길 수 없는 값입니다.", "cannot be kept in the log."),
        Text("글자, 유한한 수, 목록만 쓰십시오.", "use text, finite numbers, lists and objects only."),
    )


def _hash(row: Mapping[str, Any] | RowMapping) -> str:
    """SHA-256 over the row's JSON: keys sorted, no spaces, UTC with six decimals, payload as text."""
    at: datetime = row["at"]
    said = {
        "seq": row["seq"],
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "kind": row["kind"],
        "actor": row["actor"],
        "subject": row["subject"],
        "tenant": row["tenant"],
        "payload": row["payload"],
        "previous": row["previous"],
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _event(row: Mapping[str, Any] | RowMapping) -> Event:
    return Event(**{**row, "payload": json.loads(row["payload"])})


def _walk(conn: Connection) -> Iterator[RowMapping]:
    """Every row in order, a chunk in memory at a time."""
    last: int | None = None
    while True:
        query = sa.select(event).order_by(event.c.seq).limit(_CHUNK)
        if last is not None:
            query = query.where(event.c.seq > last)
        rows = conn.execute(query).mappings().all()
        if not rows:
            return
        yield from rows
        last = rows[-1]["seq"]


def _fault(row: RowMapping, last: Head, witness: Head | None) -> Text | None:
    if row["seq"] != last.seq + 1:
        return Text(
            f"{last.seq + 1}번이 없고 다음은 {row['seq']}번입니다.",
            f"event {last.seq + 1} is missing; the next is {row['seq']}.",
        )
    if row["previous"] != last.hash:
        return Text("앞 사건의 해시와 이어지지 않습니다.", "it does not follow from the event before it.")
    if _hash(row) != row["hash"]:
        return Text("내용이 해시와 다릅니다.", "its content does not match its hash.")
    if witness is not None and witness.seq == row["seq"] and witness.hash != row["hash"]:
        return Text(
            "보관된 해시와 다릅니다. 기록이 다시 쓰였습니다.",
            "it differs from the hash kept elsewhere: history was rewritten.",
        )
    return None
