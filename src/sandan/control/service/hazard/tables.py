"""The table of thresholds: what is in force, what was before, and how a new edition is made.

What the operator loads stands for the substances and scales it names; the rest stays as it came with Sandan.
An edition never changes once it is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.control.model.rights import DESIGN
from sandan.control.model.substances import Threshold, read_thresholds, thresholds
from sandan.errors import Conflict, InvalidInput
from sandan.store import Json, Rule, Store
from sandan.words import Text

NAME = "control.thresholds"


@dataclass(frozen=True, slots=True)
class ThresholdTable:
    """One edition: the operator's own rows, and all that are in force with them."""

    version: int
    effective: date | None
    by: str
    reason: str
    own: Sequence[Threshold]
    text: str = ""
    """The operator's rows as they were loaded."""

    @property
    def rows(self) -> Sequence[Threshold]:
        """The operator's rows, and those of Sandan for every substance and scale that they do not name."""
        named = {(row.substance, row.scale) for row in self.own}
        return [*self.own, *(row for row in thresholds() if (row.substance, row.scale) not in named)]


def threshold_table(store: Store, conn: Connection) -> ThresholdTable:
    """The edition in force: the newest, or what Sandan comes with."""
    kept = store.rules.newest(conn, NAME)
    return _FIRST if kept is None else _edition(kept)


def threshold_editions(store: Store, conn: Connection) -> list[ThresholdTable]:
    """Every edition, oldest first, beginning with what Sandan comes with."""
    return [_FIRST, *(_edition(one) for one in store.rules.versions(conn, NAME))]


def put_thresholds(
    store: Store, actor: Actor, base: int, text: str, reason: str, now: datetime
) -> ThresholdTable:
    """Make the CSV `text` the operator's rows, in force from now on; an empty text gives them up.

    `base` is the edition its maker had before them. Raises `NotAllowed`, `InvalidInput` with every fault of
    the file, and `Conflict` when somebody else has made one since.
    """
    actor.require(DESIGN)
    if not reason.strip():
        raise InvalidInput.because(
            "reason",
            Text("까닭이 비었습니다.", "the reason is empty."),
            Text("어디서 가져온 표인지 적어 주십시오.", "write where the table is from."),
        )
    own = read_thresholds(text) if text.strip() else ()
    with store.registry.write() as conn:
        before = threshold_table(store, conn)
        if before.version != base:
            raise Conflict.of_version(before.version)
        made = ThresholdTable(base + 1, now.astimezone(SEOUL).date(), actor.id, reason.strip(), own, text)
        body = {"by": made.by, "reason": made.reason, "text": text}
        store.rules.put(
            conn, Rule(NAME, f"{made.version:06}", cast(date, made.effective), actor.id, cast(Json, body))
        )
        store.events.append(
            conn,
            "ThresholdsChanged",
            actor=actor,
            subject=NAME,
            payload={"version": made.version, "reason": made.reason, "rows": len(own)},
            at=now,
        )
    return made


_FIRST = ThresholdTable(0, None, "", "", ())


def _edition(kept: Rule) -> ThresholdTable:
    body = cast(Mapping[str, Any], kept.body)
    text = body["text"]
    own = read_thresholds(text) if text.strip() else ()
    return ThresholdTable(int(kept.version), kept.effective_from, body["by"], body["reason"], own, text)
