"""Money that cannot be: spent before it was there, outside its project's years, counted in two plans."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sandan.programme.engine.findings.index import BookIndex
from sandan.programme.engine.findings.rules import make_finding
from sandan.programme.engine.findings.sums import total_cells
from sandan.programme.engine.names import measure_name, title_name
from sandan.programme.engine.wording import won
from sandan.programme.model.audit import AuditFinding, Input
from sandan.programme.model.plan import Project
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import (
    NATURE_NAMES,
    STAGE_NAMES,
    TOTAL,
    WON,
    Stage,
    period_name,
    source_name,
)
from sandan.words import Text

_YEAR = re.compile(r"(?:19|20)\d\d")
_ORDER = (
    (Stage.PLANNED, Stage.SECURED),
    (Stage.SECURED, Stage.EXECUTED),
    (Stage.PLANNED, Stage.EXECUTED),
    (Stage.EXECUTED, Stage.SETTLED),
)
_STAGES = frozenset((Stage.SECURED, Stage.EXECUTED, Stage.SETTLED))


def faults_of(index: BookIndex) -> Iterator[AuditFinding]:
    """Findings for the money of one plan."""
    for subject, statements in index.budgets.items():
        if any(one.stage in _STAGES for one in statements):
            yield from _order(index, subject, statements)
        project = index.projects.get(subject)
        if project is not None and (project.start or project.end):
            yield from _outside(index, project, statements)
        if any(one.nature is not None for one in statements):
            yield from _natures(index, subject, statements)


def _order(index: BookIndex, subject: str, statements: Sequence[Statement]) -> Iterator[AuditFinding]:
    """Planned, secured, executed, settled: none may be more than the one before it, by source and period."""
    amounts: dict[tuple[str | None, str | None], dict[Stage, Statement]] = defaultdict(dict)
    for one in statements:
        if one.value is None:
            continue
        stage = one.stage or Stage.PLANNED
        # What a quarterly check reports is cumulative: the highest is what counts over all periods.
        period = TOTAL if one.period is None or "Q" in one.period else one.period
        held = amounts[one.source, period].get(stage)
        if held is None or (held.value or 0) < one.value:
            amounts[one.source, period][stage] = one
    for (source, when), stages in amounts.items():
        for first, second in _ORDER:
            if first not in stages or second not in stages:
                continue
            if first is Stage.PLANNED and second is Stage.EXECUTED and Stage.SECURED in stages:
                continue
            before, after = stages[first], stages[second]
            if (after.value or 0) > (before.value or 0):
                yield _order_finding(index, subject, source, when, before, after, (first, second))


def _order_finding(
    index: BookIndex,
    subject: str,
    source: str | None,
    period: str | None,
    before: Statement,
    after: Statement,
    stages: tuple[Stage, Stage],
) -> AuditFinding:
    first, second = STAGE_NAMES[stages[0]], STAGE_NAMES[stages[1]]
    less, more = won(int(before.value or 0)), won(int(after.value or 0))
    what, when = source_name(source), period_name(period)
    return make_finding(
        "stage-order",
        index.book.plan.id,
        subject,
        f"{source}|{period}|{stages[0]}|{stages[1]}",
        Text(
            f"'{index.title(subject)}' {what.ko}({when.ko})의 {second.ko}액 {more.ko}이(가) "
            f"{first.ko}액 {less.ko}보다 많습니다.",
            f"'{index.title(subject)}', {what.en} ({when.en}): {more.en} {second.en.lower()} is more "
            "than the "
            f"{less.en} {first.en.lower()}.",
        ),
        [Input(first, before.value, WON, before.origin), Input(second, after.value, WON, after.origin)],
        after.origin,
        who=index.owner(subject),
    )


def _outside(index: BookIndex, project: Project, statements: Sequence[Statement]) -> Iterator[AuditFinding]:
    outside: dict[str, Statement] = {}
    for one in statements:
        if not one.value or not one.period or not _YEAR.fullmatch(one.period):
            continue
        year = int(one.period)
        if (project.start and year < project.start.year) or (project.end and year > project.end.year):
            held = outside.get(one.period)
            if held is None or (one.source == TOTAL and held.source != TOTAL):
                outside[one.period] = one
    if not outside:
        return
    period = f"{project.start.year if project.start else ''}~{project.end.year if project.end else ''}"
    listed = ", ".join(f"{year}년 {won(int(one.value or 0)).ko}" for year, one in sorted(outside.items()))
    listed_en = ", ".join(f"{won(int(one.value or 0)).en} in {year}" for year, one in sorted(outside.items()))
    yield make_finding(
        "money-outside",
        index.book.plan.id,
        project.id,
        "years",
        Text(
            f"'{project.title}'의 사업기간은 {period}인데 그 밖의 해에 예산이 있습니다: {listed}.",
            f"'{project.title}' runs {period}, but there is money outside it: {listed_en}.",
        ),
        [Input(period_name(year), one.value, WON, one.origin) for year, one in sorted(outside.items())],
        who=index.owner(project.id),
    )


def _natures(index: BookIndex, subject: str, statements: Sequence[Statement]) -> Iterator[AuditFinding]:
    """The same money called capital in one place and current in another."""
    grouped: dict[tuple[str, str | None, str | None, int], dict[str, Statement]] = defaultdict(dict)
    for one in statements:
        if one.nature is not None and one.value:
            key = (measure_name(one.measure), one.source, one.period, int(one.value))
            grouped[key].setdefault(one.nature.value, one)
    for (measure, source, period, value), natures in grouped.items():
        if len(natures) < 2:
            continue
        said = won(value)
        names = [NATURE_NAMES[one.nature] for one in natures.values() if one.nature]
        yield make_finding(
            "nature",
            index.book.plan.id,
            subject,
            f"{measure}|{source}|{period}",
            Text(
                f"'{index.title(subject)}' {period_name(period).ko} {source_name(source).ko} "
                f"{said.ko}이(가) 한 곳에는 "
                f"'{names[0].ko}', 다른 곳에는 '{names[1].ko}'으로 되어 있습니다.",
                f"'{index.title(subject)}': {said.en} ({source_name(source).en}, "
                f"{period_name(period).en}) is "
                f"{names[0].en.lower()} spending in one place and {names[1].en.lower()} in another.",
            ),
            [
                Input(NATURE_NAMES[one.nature], one.value, WON, one.origin)
                for one in natures.values()
                if one.nature
            ],
            who=index.owner(subject),
        )


def counted_twice(indexes: Sequence[BookIndex], names: Mapping[str, str]) -> Iterator[AuditFinding]:
    """Findings for one project with one amount of money in two plans, or twice in one."""
    found: dict[tuple[str, int], list[tuple[BookIndex, Project, Statement]]] = defaultdict(list)
    for index in indexes:
        for project in index.book.projects:
            for cell in total_cells(index.budgets.get(project.id, ())):
                first = next((one for one in index.budgets[project.id] if one.origin is cell.origin), None)
                if cell.value and first is not None:
                    key = (title_name(project.title), cell.value)
                    held = found[key]
                    if not any(one is index and other.id == project.id for one, other, _ in held):
                        held.append((index, project, first))
    for (_, value), several in found.items():
        if len(several) < 2 or _related(several):
            continue
        (index, project, statement), *others = several
        where = ", ".join(f"'{other.book.plan.title}'" for other, _, _ in several)
        yield make_finding(
            "counted-twice",
            index.book.plan.id,
            project.id,
            "|".join(sorted(f"{other.book.plan.id}/{one.id}" for other, one, _ in others)),
            Text(
                f"'{project.title}' {won(value).ko}이(가) {len(several)}곳에 같은 금액으로 올라 "
                f"있습니다: {where}. "
                "합계에 두 번 들어갑니다.",
                f"'{project.title}' stands with the same {won(value).en} in {len(several)} places: {where}. "
                "Totals count it twice.",
            ),
            [Input(Text(one.title, one.title), value, WON, stated.origin) for _, one, stated in several],
            statement.origin,
            who=index.owner(project.id),
        )


def _related(several: Sequence[tuple[BookIndex, Project, Statement]]) -> bool:
    """Whether one is part of the other: a project with a single part of its own name is no double."""
    ids = {project.id for _, project, _ in several}
    return len({index.book.plan.id for index, _, _ in several}) == 1 and any(
        project.parent in ids for _, project, _ in several
    )
