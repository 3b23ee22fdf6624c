"""The audit before the auditor comes: what does not hold in plans and in documents.

A rule is a row of `rules.csv` and a small function; the functions are pure, what day it is is told. One
family of rules is one module: text (stated, emissions, portions), sums (additions, sums, tallies), values
(conflicts, private), duties (pace, duties), money (ledger), whole plans (balance).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from sandan.programme.engine.findings import (
    balance,
    conflicts,
    duties,
    emissions,
    ledger,
    pace,
    portions,
    private,
    stated,
    sums,
    tallies,
)
from sandan.programme.engine.findings.emissions import check_emission
from sandan.programme.engine.findings.index import BookIndex, index_book
from sandan.programme.engine.findings.passages import passages
from sandan.programme.engine.findings.percentages import check_change, check_points, check_share
from sandan.programme.engine.findings.rules import Rule, rules
from sandan.programme.engine.findings.settings import FindingSettings
from sandan.programme.engine.progress import check_progress
from sandan.programme.model.audit import AuditFinding, Severity
from sandan.programme.model.documents import Document, FoundFigure
from sandan.programme.model.plan import Book

__all__ = [
    "FindingSettings",
    "Rule",
    "check_change",
    "check_document",
    "check_emission",
    "check_points",
    "check_progress",
    "check_share",
    "find_faults",
    "rules",
]

_ORDER = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}
_DEFAULT = FindingSettings()


def find_faults(
    books: Sequence[Book],
    today: date,
    documents: Mapping[str, Document] | None = None,
    settings: FindingSettings = _DEFAULT,
) -> Sequence[AuditFinding]:
    """Everything that does not hold in some plans as of a day, the gravest first.

    `documents` are what the plans were read from, by digest: their sentences are checked too, and findings
    say their names. Rules over several plans (money counted twice, private money left out) see all `books`.
    A conflict somebody settled is not found again. Rules and their sources: `rules.csv`; REFERENCE.md A0,
    B2, B10, C1, C2. 300,000 statements take some seconds: nothing is compared pair by pair.
    """
    known = documents or {}
    names = {digest: one.name for digest, one in known.items()}
    indexes = [index_book(book) for book in books]
    found: list[AuditFinding] = []
    explained: set[str] = set()
    for finding, statements in private.faults_of(indexes, names):
        found.append(finding)
        explained |= statements
    found += ledger.counted_twice(indexes, names)
    for index in indexes:
        found += _of_plan(index, today, names, frozenset(explained), settings)
    for digest, plan in _plans_of(indexes, known).items():
        found += _of_text(known[digest], plan, plan, settings)
    return _in_order(found)


def check_document(
    document: Document,
    figures: Sequence[FoundFigure],
    *,
    today: date | None = None,
    settings: FindingSettings = _DEFAULT,
) -> Sequence[AuditFinding]:
    """Everything that does not hold in a document by itself, in the order of its lines.

    `figures` are those found in it. Without `today` nothing is said of targets that are not set yet, and
    progress is held against the plan as of the document's last dated achievement.
    """
    found = [*_of_text(document, "", document.name, settings)]
    found += tallies.faults_in_figures(document, figures)
    lines = frozenset(one.origin.line for one in found if one.origin.line is not None)
    found += tallies.faults_in_tables(document, lines)
    found += private.faults_in_figures(document, figures)
    found += conflicts.faults_in_figures(document, figures)
    found += pace.faults_in_figures(document, figures, today)
    found += duties.faults_in_document(document, figures, today)
    return sorted(_once(found), key=lambda one: (one.origin.line or 0, one.id))


def _of_plan(
    index: BookIndex,
    today: date,
    names: Mapping[str, str],
    explained: frozenset[str],
    settings: FindingSettings,
) -> Iterator[AuditFinding]:
    yield from sums.faults_of(index)
    yield from portions.faults_of(index.book)
    yield from conflicts.faults_of(index, names, explained)
    yield from pace.faults_of(index, today)
    yield from duties.faults_of(index, today)
    yield from ledger.faults_of(index)
    yield from balance.faults_of(index, settings)


def _of_text(
    document: Document, plan: str, subject: str, settings: FindingSettings
) -> Iterator[AuditFinding]:
    for passage in passages(document):
        yield from stated.faults_in(passage, plan, subject)
        yield from emissions.faults_in(passage, plan, subject, settings)
        yield from portions.faults_in(passage, plan, subject)


def _plans_of(indexes: Sequence[BookIndex], documents: Mapping[str, Document]) -> dict[str, str]:
    """The plan each document belongs to: the first that has a row from it."""
    found: dict[str, str] = {}
    if not documents:
        return found
    for index in indexes:
        book = index.book
        for rows in (book.facts, book.projects, book.statements):
            for row in rows:
                digest = row.origin.document
                if digest in documents and digest is not None:
                    found.setdefault(digest, book.plan.id)
    return found


def _once(found: Iterable[AuditFinding]) -> list[AuditFinding]:
    """One finding for each id: the same matter in two ways of looking is one matter."""
    by_id: dict[str, AuditFinding] = {}
    for one in found:
        by_id.setdefault(one.id, one)
    return list(by_id.values())


def _in_order(found: Iterable[AuditFinding]) -> list[AuditFinding]:
    return sorted(
        _once(found), key=lambda one: (_ORDER[one.severity], one.plan, one.subject, one.rule, one.id)
    )
