"""Private money that one document counts and another leaves out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sandan.programme.engine.findings.conflicts import private_money
from sandan.programme.engine.findings.index import BookIndex
from sandan.programme.engine.findings.passages import shorten
from sandan.programme.engine.findings.sums import PRIVATE
from sandan.programme.engine.names import acronym, title_name
from sandan.programme.model.audit import AuditFinding
from sandan.programme.model.documents import Document, FoundFigure
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import TOTAL, WON, Kind, Stage

_SUMMED = (None, Stage.PLANNED)
_MOST = 40

_GENERIC = re.compile(
    r"^(?:총|사업비|사업규모|사업개요|투자|재정|재원|예산|소요|계$|합계|연도별|연차별|개요|구분|기타)"
)

Total = tuple[str, int, Origin, str]
Money = tuple[int, Origin]


def faults_of(
    indexes: Sequence[BookIndex], names: Mapping[str, str]
) -> Iterator[tuple[AuditFinding, frozenset[str]]]:
    """Findings for totals of one project that differ by its private money, in one plan or across plans.

    One project is one subject, or one title apart from the words that every title has.
    """
    by_name: dict[str, list[tuple[BookIndex, str]]] = defaultdict(list)
    found: set[str] = set()
    for index in indexes:
        for subject, statements in index.budgets.items():
            title = index.title(subject)
            for name in {title_name(title), acronym(title)} - {""}:
                by_name[name].append((index, subject))
            one = _of(index, subject, [(index, subject)], names) if _has_private(statements) else None
            if one:
                found.add(f"{index.book.plan.id}|{subject}")
                yield one
    for several in by_name.values():
        if len({(index.book.plan.id, subject) for index, subject in several}) < 2:
            continue
        private = next(
            (
                (i, s)
                for i, s in several
                if _has_private(i.budgets[s]) and f"{i.book.plan.id}|{s}" not in found
            ),
            None,
        )
        if private is None:
            continue
        one = _of(*private, several[:_MOST], names)
        if one:
            found.add(f"{private[0].book.plan.id}|{private[1]}")
            yield one


def _has_private(statements: Sequence[Statement]) -> bool:
    return any(one.source == PRIVATE and one.value for one in statements)


def _of(
    index: BookIndex, subject: str, places: Sequence[tuple[BookIndex, str]], names: Mapping[str, str]
) -> tuple[AuditFinding, frozenset[str]] | None:
    totals: list[Total] = []
    privates: list[Money] = []
    for where, what in places:
        for one in where.budgets[what]:
            if one.stage not in _SUMMED or not one.value or not _whole(one.period):
                continue
            if one.source in (TOTAL, None):
                totals.append((one.id, int(one.value), one.origin, one.measure))
            elif one.source == PRIVATE:
                privates.append((int(one.value), one.origin))
    if len(totals) < 2:
        return None
    return private_money(
        totals[:_MOST], privates[:_MOST], index.book.plan.id, subject, index.title(subject), names
    )


def _whole(period: str | None) -> bool:
    return period is None or period == TOTAL or "~" in period


def faults_in_figures(document: Document, figures: Sequence[FoundFigure]) -> Iterator[AuditFinding]:
    """Findings for totals of one name in a document that differ by its private money."""
    named: dict[str, tuple[list[Total], list[Money]]] = defaultdict(lambda: ([], []))
    for i, one in enumerate(figures):
        if one.kind is not Kind.BUDGET or one.unit != WON or not one.value or not _whole(one.period):
            continue
        origin = Origin(document=document.digest, line=one.line, text=one.text)
        for name in _names(one):
            totals, privates = named[name]
            if one.source in (TOTAL, None):
                totals.append((str(i), int(one.value), origin, one.measure))
            elif one.source == PRIVATE:
                privates.append((int(one.value), origin))
    seen: set[frozenset[str]] = set()
    for name, (totals, privates) in named.items():
        if len(totals) < 2 or not privates or len(totals) > _MOST:
            continue
        # A public part is no second total: they must stand in different lines.
        found = private_money(
            totals, privates, "", document.name, shorten(name, 40), {document.digest: document.name}
        )
        if found and found[1] not in seen and len({one.origin.line for one in found[0].inputs[:2]}) == 2:
            seen.add(found[1])
            yield found[0]


def _names(one: FoundFigure) -> set[str]:
    """What the project of an amount may be called: the headings above it, its line's words, its capitals."""
    parts = [part.strip() for part in one.path.split(">")]
    found = {title_name(part) for part in parts[-3:]} | {acronym(part) for part in (*parts[-3:], one.text)}
    return {name for name in found if len(name) >= 3 and not name.isdigit() and not _GENERIC.search(name)}
