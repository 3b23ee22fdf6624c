"""Values that contradict one another: two statements of one thing with different values.

A conflict stays visible until somebody settles it; settling names the statement that holds.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sandan.programme.model.plan import Book
from sandan.programme.model.statements import Key, Statement
from sandan.programme.model.vocabulary import Kind

STATED_ONCE = (Kind.BUDGET, Kind.TARGET, Kind.BASE)
"""Kinds of which there can be only one value; progress and counts are added to as time goes on."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Statements of one thing that differ; `settled` is the one that was chosen."""

    id: str
    key: Key
    statements: Sequence[Statement]
    settled: str | None


def find_contradictions(book: Book) -> list[Contradiction]:
    """Every conflict of a plan, settled or not, in order of where it was first read."""
    by_key: dict[Key, list[Statement]] = defaultdict(list)
    for statement in book.statements:
        if statement.kind in STATED_ONCE and statement.value is not None:
            by_key[statement.key].append(statement)
    found = []
    for key, statements in by_key.items():
        if len({statement.value for statement in statements}) > 1:
            id = contradiction_id(book.plan.id, key)
            found.append(Contradiction(id, key, statements, book.settled.get(id)))
    return found


def contradiction_id(plan: str, key: Key) -> str:
    """The same while the matter is the same: a hash of what the values are of."""
    text = "|".join([plan, *("" if part is None else str(part) for part in key)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
