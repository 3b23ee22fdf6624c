"""Registers: what a desk has to be told – members, shares, agreements – kept as editions, newest in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from sandan.access import Actor, Permission
from sandan.clock import SEOUL
from sandan.errors import Conflict, InvalidInput
from sandan.store import Rule, Store
from sandan.words import Text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edition(Generic[T]):
    """One version of a register; version 0 is what holds before anybody wrote anything."""

    version: int
    by: str
    reason: str
    body: T


class Register(Generic[T]):
    """One register: a plain dataclass `T`, its name, who may write it and the event that tells of it.

    The event's payload is version and reason. Editions are rules of the store: none is ever changed.
    """

    def __init__(self, name: str, empty: T, may_write: Permission, event: str) -> None:
        self.name, self.may_write, self.event = name, may_write, event
        self._empty = Edition(0, "", "", empty)
        self._adapter: TypeAdapter[T] = TypeAdapter(type(empty))

    def editions(self, store: Store, conn: Connection) -> Sequence[Edition[T]]:
        """Every edition, oldest first, the empty one included."""
        return [self._empty, *(self._read(one) for one in store.rules.versions(conn, self.name))]

    def in_force(self, store: Store, conn: Connection, version: int | None = None) -> Edition[T]:
        """The newest edition, or the one of this version."""
        if version is not None:
            return self.editions(store, conn)[version]
        kept = store.rules.newest(conn, self.name)
        return self._empty if kept is None else self._read(kept)

    def put(self, store: Store, actor: Actor, base: int, body: T, reason: str, now: datetime) -> Edition[T]:
        """Keep the next edition; `Conflict` when somebody has made one since `base`."""
        actor.require(self.may_write)
        if not reason.strip():
            raise InvalidInput.because(
                "reason",
                Text("까닭이 비었습니다.", "the reason is empty."),
                Text("출처나 까닭을 적어 주십시오.", "write where it is from, or why."),
            )
        with store.registry.write() as conn:
            before = self.in_force(store, conn)
            if before.version != base:
                raise Conflict.of_version(before.version)
            made = Edition(base + 1, actor.id, reason.strip(), body)
            said = self._adapter.dump_python(body, mode="json") | {"by": made.by, "reason": made.reason}
            today = now.astimezone(SEOUL).date()
            store.rules.put(conn, Rule(self.name, f"{made.version:06}", today, actor.id, said))
            store.events.append(
                conn,
                self.event,
                actor=actor,
                subject=self.name,
                payload={"version": made.version, "reason": made.reason},
                at=now,
            )
        return made

    def _read(self, kept: Rule) -> Edition[T]:
        said = dict(cast(Mapping[str, Any], kept.body))
        by, reason = said.pop("by"), said.pop("reason")
        return Edition(int(kept.version), by, reason, self._adapter.validate_python(said))
