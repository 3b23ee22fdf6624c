"""Making papers final: the first version, and its restatement with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.energy.model.papers import PAPER_KINDS, Json, Paper, PaperKind
from sandan.energy.records.papers import (
    add_paper,
    is_whole,
    newest_papers,
    paper_versions,
    what_is_hashed,
)
from sandan.errors import Conflict, InvalidInput
from sandan.store import Store
from sandan.words import Text

T = TypeVar("T")


class Papers(Generic[T]):
    """The papers of one kind, whose bodies are plain dataclasses of type `T`.

    `event` is the kind of event written when one is made final; its payload has period, version, hash,
    reason and what the caller adds.
    """

    def __init__(self, kind: PaperKind, holds: type[T], event: str) -> None:
        self.kind, self.event = kind, event
        self._adapter: TypeAdapter[T] = TypeAdapter(holds)

    def finish(
        self,
        store: Store,
        conn: Connection,
        actor: Actor,
        subject: str,
        period: str,
        body: T,
        now: datetime,
        *,
        seen: int = 0,
        reason: str = "",
        tenant: str | None = None,
        simulated: bool = False,
        payload: Json | None = None,
    ) -> Paper[T]:
        """Keep a version. `seen` is the newest version the person knew of: `Conflict` when there is a newer
        one, or when nothing has changed since; restating needs a reason. The caller has asked for the right.
        """
        before = paper_versions(conn, self.kind, subject, period)
        name = PAPER_KINDS[self.kind]
        if len(before) != seen:
            raise Conflict(
                Text(
                    f"{period} {name.ko} {len(before)}판이 이미 있습니다. 새로 고친 뒤 다시 하십시오.",
                    f"Version {len(before)} of the {name.en} of {period} is there. Reload and try again.",
                )
            )
        if before and not reason.strip():
            raise InvalidInput.because(
                "reason",
                Text("다시 내는 까닭이 비었습니다.", "the reason for restating is empty."),
                Text("무엇이 달라졌는지 적어 주십시오.", "write what has changed."),
            )
        plain = self._adapter.dump_python(body, mode="json")
        if before and before[-1].body == plain:
            raise Conflict(
                Text(
                    "확정한 뒤 달라진 것이 없어 새 판을 만들지 않았습니다.",
                    "Nothing has changed since it became final, so no version was made.",
                )
            )
        kept = add_paper(
            conn,
            Paper(
                self.kind,
                subject,
                period,
                seen + 1,
                tenant,
                now,
                actor.id,
                reason.strip(),
                simulated,
                plain,
                before[-1].hash if before else "",
            ),
        )
        said: dict[str, Any] = {"period": period, "version": kept.version, "hash": kept.hash}
        said |= {"reason": kept.reason, **(payload or {})}
        store.events.append(
            conn, self.event, actor=actor, subject=subject, payload=said, at=now, tenant=tenant
        )
        return self._read(kept)

    def versions(self, conn: Connection, subject: str, period: str) -> list[Paper[T]]:
        """Every version of one paper, oldest first."""
        return [self._read(one) for one in paper_versions(conn, self.kind, subject, period)]

    def newest(
        self, conn: Connection, *, subject: str | None = None, tenant: str | None = None
    ) -> list[Paper[T]]:
        """The newest version of each, newest period first; of one subject, of one firm."""
        return [self._read(one) for one in newest_papers(conn, self.kind, subject=subject, tenant=tenant)]

    def whole(self, conn: Connection, one: Paper[Any]) -> bool:
        """Whether what is kept is what its hash was made from."""
        return is_whole(conn, one)

    def hashed(self, conn: Connection, one: Paper[Any]) -> Json:
        """What the hash of a version was made from: JSON with sorted keys and no spaces gives it again."""
        return what_is_hashed(conn, one)

    def _read(self, one: Paper[Json]) -> Paper[T]:
        return replace(one, body=self._adapter.validate_python(one.body))  # type: ignore[arg-type, return-value]
