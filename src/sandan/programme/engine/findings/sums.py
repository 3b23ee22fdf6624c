"""Sums of money in plans: sources against their total, years against theirs, parts against the whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sandan.programme.engine.findings.additions import (
    Cell,
    Gap,
    adds_up,
    blocks,
    bound_of,
    gaps,
    top_level,
)
from sandan.programme.engine.findings.index import BookIndex
from sandan.programme.engine.findings.rules import make_finding
from sandan.programme.engine.rounding import rounding_of
from sandan.programme.engine.wording import won
from sandan.programme.model.audit import AuditFinding, Input
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import TOTAL, WON, Stage, period_name, source_name
from sandan.words import Text

PRIVATE = "민자"
_SUMMED = (None, Stage.PLANNED)
_NEAR = 12
"""Statements of one subject and measure are one table further apart than any two figures are."""


def faults_of(index: BookIndex) -> Iterator[AuditFinding]:
    """Findings for every sum of a plan that does not hold."""
    for subject, statements in index.budgets.items():
        grouped: dict[tuple[str, Stage | None, str | None], list[Statement]] = defaultdict(list)
        for one in statements:
            grouped[one.measure, one.stage, one.origin.document].append(one)
        for (measure, stage, _), several in grouped.items():
            if len(several) < 3 or not any(_sums_up(one) for one in several):
                continue
            for block in blocks(cells_of(several), _NEAR):
                if len(block) < 3:
                    continue
                for gap in gaps(block):
                    key = f"{measure}|{stage}|{gap.key}|{gap.total.origin.document}"
                    yield gap_finding(
                        gap, index.book.plan.id, subject, key, index.title(subject), index.owner(subject)
                    )
    yield from _parts(index)


def _sums_up(one: Statement) -> bool:
    return one.source == TOTAL or one.period == TOTAL


def cells_of(statements: Sequence[Statement]) -> list[Cell]:
    """Amounts as cells; how they were rounded is read from what all of them are whole in."""
    half = rounding_of(one.value for one in statements) / 2
    return [
        Cell(int(one.value), half, one.source, one.period, one.measure, one.origin)
        for one in statements
        if one.value is not None
    ]


def gap_finding(gap: Gap, plan: str, subject: str, key: str, name: str, who: str = "") -> AuditFinding:
    """A sum that does not hold, with its numbers; one that lacks just the private part is told as such."""
    private = _lacking_private(gap)
    if private is not None:
        return _private_finding(gap, private, plan, subject, key, name, who)
    difference, over = won(abs(gap.total.value - gap.sum)), gap.sum > gap.total.value
    total, parts, what, bound = won(gap.total.value), won(gap.sum), _what(gap), _tolerance(gap.bound)
    terms = " + ".join(won(part.value).ko for part in gap.parts)
    terms_en = " + ".join(won(part.value).en for part in gap.parts)
    named, named_en = (f"'{name}' ", f"'{name}': ") if name else ("", "")
    return make_finding(
        gap.rule,
        plan,
        subject,
        key,
        Text(
            f"{named}{what.ko} 계는 {total.ko}인데 항목을 더하면 {terms} = {parts.ko}(으)로 "
            f"{difference.ko} {'많습니다' if over else '모자랍니다'}.{bound.ko}",
            f"{named_en}the {what.en} total is {total.en}, but its parts {terms_en} make "
            f"{parts.en}: {difference.en} {'more' if over else 'less'}.{bound.en}",
        ),
        [
            Input(Text("계", "Total"), gap.total.value, WON, gap.total.origin),
            *(Input(_part_name(gap, part), part.value, WON, part.origin) for part in gap.parts),
        ],
        gap.total.origin,
        who=who,
    )


def _lacking_private(gap: Gap) -> Cell | None:
    """The private part that a total leaves out: what the parts have more is just that."""
    if gap.rule != "sum-sources":
        return None
    missing = gap.sum - gap.total.value
    return next((one for one in gap.parts if one.source == PRIVATE and 0 < one.value == missing), None)


def _private_finding(
    gap: Gap, private: Cell, plan: str, subject: str, key: str, name: str, who: str
) -> AuditFinding:
    named, named_en = (f"'{name}' ", f"'{name}': ") if name else ("", "")
    total, parts, left = won(gap.total.value), won(gap.sum), won(private.value)
    return make_finding(
        "private-left-out",
        plan,
        subject,
        key,
        Text(
            f"{named}계 {total.ko}에 민자 {left.ko}이(가) 빠졌습니다: 재원을 모두 더하면 {parts.ko}입니다.",
            f"{named_en}the total of {total.en} leaves out {left.en} of private money: all sources make "
            f"{parts.en}.",
        ),
        [
            Input(Text("계", "Total"), gap.total.value, WON, gap.total.origin),
            *(Input(source_name(part.source), part.value, WON, part.origin) for part in gap.parts),
        ],
        gap.total.origin,
        who=who,
    )


def _what(gap: Gap) -> Text:
    total = gap.total
    if gap.rule == "sum-sources":
        period = period_name(total.period) if total.period not in (None, TOTAL) else Text("", "")
        return Text(f"{period.ko} 재원별".strip(), f"{period.en} by-source".strip())
    if gap.rule == "sum-periods":
        source = source_name(total.source) if total.source not in (None, TOTAL) else Text("", "")
        return Text(f"{source.ko} 연차별".strip(), f"{source.en} by-year".strip())
    return Text("세부사업", "parts'")


def _part_name(gap: Gap, part: Cell) -> Text:
    if gap.rule == "sum-sources":
        return source_name(part.source)
    if gap.rule == "sum-periods":
        return period_name(part.period)
    return Text(part.name, part.name)


def _tolerance(bound: float) -> Text:
    if bound < 1:
        return Text("", "")
    said = won(int(bound))
    return Text(f" 반올림으로 설명되는 차이는 {said.ko}까지입니다.", f" Rounding explains at most {said.en}.")


def _parts(index: BookIndex) -> Iterator[AuditFinding]:
    """A project's total against those of its parts, where every part states one."""
    for parent, children in index.children.items():
        if len(children) < 2:
            continue
        totals = total_cells(index.budgets.get(parent, ()))
        if not totals:
            continue
        choices = [total_cells(index.budgets.get(child.id, ())) for child in children]
        known = [(child, cells) for child, cells in zip(children, choices, strict=True) if cells]
        if len(known) < 2:
            continue
        parts = [
            Cell(cells[0].value, cells[0].half, None, TOTAL, child.title, cells[0].origin)
            for child, cells in known
        ]
        parts = top_level(parts)
        if any(adds_up(total, parts) for total in totals) or _some_add_up(totals, [c for _, c in known]):
            continue
        total = max(totals, key=lambda one: one.value)
        if len(known) < len(children) and sum(part.value for part in parts) <= total.value:
            continue  # A part without money may hold the rest.
        gap = Gap("sum-parts", "parts", total, parts, bound_of(total, parts))
        yield gap_finding(gap, index.book.plan.id, parent, "parts", index.title(parent), index.owner(parent))


def _some_add_up(totals: Sequence[Cell], choices: Sequence[Sequence[Cell]]) -> bool:
    """Whether one way of choosing among the parts' several totals makes up one of the whole's."""
    sums: set[tuple[int, float]] = {(0, 0.0)}
    for cells in choices:
        if len(sums) * len(cells) > 512:
            return True
        sums = {(value + cell.value, bound + cell.half) for value, bound in sums for cell in cells}
    return any(abs(total.value - value) <= bound + total.half for total in totals for value, bound in sums)


def total_cells(statements: Iterable[Statement]) -> list[Cell]:
    """The planned totals a subject states: 계 over all sources and periods, or all its sources together."""
    planned = [one for one in statements if one.stage in _SUMMED and one.value is not None]
    whole = [one for one in planned if not _is_part(one.period)]
    stated = [one for one in whole if one.source in (TOTAL, None)]
    if stated:
        return [
            Cell(cell.value, rounding_of([cell.value]) / 2, TOTAL, TOTAL, cell.name, cell.origin)
            for cell in cells_of(stated)
        ]
    if whole:
        cells = cells_of(whole)
        bound = sum(cell.half for cell in cells)
        return [Cell(sum(c.value for c in cells), bound, TOTAL, TOTAL, cells[0].name, cells[0].origin)]
    return []


def _is_part(period: str | None) -> bool:
    """Whether a period is only a part of a project's life: a year, a quarter, before or after."""
    return not (period is None or period == TOTAL or "~" in period)
