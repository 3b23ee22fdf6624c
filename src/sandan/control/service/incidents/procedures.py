"""Procedures in the operator's hands: read, imported as CSV, each change a version of the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sandan.access import Actor
from sandan.control.engine.incidents.procedures import read_steps, with_step, write_steps
from sandan.control.model.incidents.procedures import Book, Step
from sandan.control.model.rights import CASES, DESIGN
from sandan.control.records.incidents import procedures
from sandan.control.service.incidents.changing import checked_text
from sandan.errors import Conflict, NotFound
from sandan.store import Store
from sandan.words import Text


def read_procedures(store: Store, actor: Actor, version: int | None = None) -> Book:
    """The procedures in force, or one version of them."""
    actor.require(CASES)
    with store.registry.read() as conn:
        found = procedures.current_book(conn) if version is None else procedures.read_book(conn, version)
    if found is None:
        raise NotFound(Text("대응절차 판", "version of the procedures"), version)
    return found


def procedure_versions(store: Store, actor: Actor) -> list[Book]:
    """Every version without its steps, newest first."""
    actor.require(CASES)
    with store.registry.read() as conn:
        return procedures.versions(conn)


def change_procedures(
    store: Store, actor: Actor, steps: str, reason: str, now: datetime, seen: int | None = None
) -> Book:
    """Make the steps in this CSV the next version; incidents under way keep the one they were opened with."""
    read = read_steps(steps)
    return _change(store, actor, lambda _old: read, reason, now, seen)


def change_step(
    store: Store,
    actor: Actor,
    kind: str,
    id: str,
    cells: Mapping[str, str] | None,
    reason: str,
    now: datetime,
    seen: int | None = None,
) -> Book:
    """Change, add or (with None) take out one step, which makes the next version."""
    return _change(store, actor, lambda old: with_step(old, cells, kind, id), reason, now, seen)


def _change(
    store: Store,
    actor: Actor,
    change: Callable[[Sequence[Step]], Sequence[Step]],
    reason: str,
    now: datetime,
    seen: int | None,
) -> Book:
    actor.require(DESIGN)
    reason = checked_text("reason", reason)
    with store.registry.write() as conn:
        old = procedures.current_book(conn)
        if seen is not None and seen != old.version:
            raise Conflict(
                Text(
                    f"그 사이에 {old.version}판이 나왔습니다. 그 판에서 다시 고치십시오.",
                    f"Version {old.version} has come meanwhile. Make your change from that.",
                )
            )
        read = change(old.steps)
        if write_steps(read) == write_steps(old.steps):
            return old
        procedures.keep_book(conn, old, actor.id, now)
        new = Book(old.version + 1, read, reason, actor.id, now)
        procedures.keep_book(conn, new, actor.id, now)
        store.events.append(
            conn,
            "ProceduresChanged",
            actor=actor,
            subject="procedures",
            payload={"version": new.version, "steps": len(read), "reason": reason},
            at=now,
        )
    return new
