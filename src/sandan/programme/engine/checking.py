"""From a quarterly check to edits of the plan: progress, money spent, milestones done, what was achieved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from sandan.clock import is_working_day
from sandan.errors import Finding
from sandan.programme.model.check import Check, Filled
from sandan.programme.model.plan import Book, Edit, Fact, Table
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import WON, FactKind, Kind, Quarter, Stage, sources
from sandan.words import Text

PROGRESS = "추진율"
"""The measure in which a project's own progress is stated."""
SPENT = "집행액"
LONGEST = 4_000
_DAYS = 20


def due_date(quarter: Quarter) -> date:
    """Twenty days after the quarter's end, on the next working day."""
    following = Quarter.at(quarter.ordinal + 1)
    day = date(following.year, following.number * 3 - 2, 1) + timedelta(days=_DAYS - 1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def check_filled(filled: Filled, book: Book, project: str) -> list[Finding]:
    """What is wrong with a filled form: every finding, with its field."""
    found: list[Finding] = []
    if filled.progress is not None and not 0 <= filled.progress <= 100:
        found.append(
            Finding(
                "progress",
                Text(
                    f"추진율 {filled.progress}%은(는) 0–100%가 아닙니다.",
                    f"{filled.progress}% is not 0–100%.",
                ),
                Text("누적 추진율을 적으십시오.", "write the cumulative progress."),
            )
        )
    for name, amounts in (("executed", filled.executed), ("settled", filled.settled)):
        found += _bad_amounts(name, amounts)
    milestones = {one.id for one in book.milestones if one.project == project}
    found += [
        Finding(
            "done",
            Text(f"일정 '{id}'이(가) 이 사업에 없습니다.", f"milestone '{id}' is not of this project."),
            Text("목록에서 고르십시오.", "choose from the list."),
        )
        for id in filled.done
        if id not in milestones
    ]
    if len(filled.achievement) > LONGEST:
        found.append(
            Finding(
                "achievement",
                Text(f"추진실적이 {LONGEST}자를 넘습니다.", f"the achievement is over {LONGEST} characters."),
                Text("핵심만 적고 나머지는 문서로 올리십시오.", "keep to the point; upload the rest."),
            )
        )
    if not (
        filled.progress is not None
        or filled.executed
        or filled.settled
        or filled.measures
        or filled.done
        or filled.achievement.strip()
        or filled.communication
    ):
        found.append(
            Finding(
                "progress",
                Text("적은 내용이 없습니다.", "nothing is filled in."),
                Text("추진율이나 실적을 하나 이상 적으십시오.", "fill in at least one field."),
            )
        )
    return found


def _bad_amounts(name: str, amounts: Mapping[str, int]) -> Iterator[Finding]:
    for source, amount in amounts.items():
        if source not in sources() or amount < 0:
            yield Finding(
                f"{name} · {source}",
                Text(f"'{source}' {amount}원은 쓸 수 없습니다.", f"'{source}' {amount} cannot be used."),
                Text(
                    "재원을 고르고 0 이상의 원 단위로 적으십시오.",
                    "choose a source; whole won, not negative.",
                ),
            )


def edits_of_check(check: Check, book: Book) -> list[Edit]:
    """The rows a check brings into its plan once it is approved; `ValueError` when it is not filled."""
    if check.filled is None:
        raise ValueError("the check is not filled")
    return [
        *_statements(check, check.filled, book),
        *_milestones(check, check.filled, book),
        *_facts(check, check.filled),
    ]


def _origin(check: Check) -> Origin:
    return Origin(
        text=f"분기 점검 {check.quarter}", confirmed_by=check.filled_by, confirmed_at=check.filled_at
    )


def _statements(check: Check, filled: Filled, book: Book) -> Iterator[Edit]:
    units = {one.name: one.unit for one in book.measures if one.subject == check.project}

    def said(
        kind: Kind,
        measure: str,
        value: float | int,
        unit: str,
        source: str | None = None,
        stage: Stage | None = None,
    ) -> Edit:
        tail = "-".join(part for part in (kind.value, stage and stage.value, source, measure) if part)
        id = f"{check.project}-check-{check.quarter}-{tail}"
        return Edit(
            Table.STATEMENT,
            id,
            Statement(
                id=id,
                subject=check.project,
                kind=kind,
                measure=measure,
                value=value,
                unit=unit,
                source=source,
                stage=stage,
                period=str(check.quarter),
                place=f"분기 점검 {check.quarter}",
                origin=_origin(check),
            ),
        )

    if filled.progress is not None:
        yield said(Kind.PROGRESS, PROGRESS, filled.progress, "%")
    for stage, amounts in ((Stage.EXECUTED, filled.executed), (Stage.SETTLED, filled.settled)):
        for source, amount in amounts.items():
            yield said(Kind.BUDGET, SPENT, amount, WON, source, stage)
    for measure, value in filled.measures.items():
        yield said(Kind.PROGRESS, measure, value, units.get(measure, ""))
    for name, count in filled.communication.items():
        yield said(Kind.COUNT, f"소통: {name}", count, "회")


def _milestones(check: Check, filled: Filled, book: Book) -> Iterator[Edit]:
    for milestone in book.milestones:
        if milestone.id in filled.done and milestone.done is None:
            yield Edit(Table.MILESTONE, milestone.id, replace(milestone, done=check.quarter))


def _facts(check: Check, filled: Filled) -> Iterator[Edit]:
    if filled.achievement.strip():
        id = f"{check.project}-check-{check.quarter}-achievement"
        yield Edit(
            Table.FACT,
            id,
            Fact(
                id=id,
                subject=check.project,
                kind=FactKind.ACHIEVEMENT,
                text=filled.achievement.strip(),
                when=str(check.quarter),
                origin=_origin(check),
            ),
        )
