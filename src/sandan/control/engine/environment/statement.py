"""The record of a day or a month that is handed in: stacks, smells and air, as rows and on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sandan.clock import SEOUL, Period
from sandan.control.model.environment import VERDICTS, HalfHour
from sandan.printing import Cell, Facts, Grid, Items, Piece, Section, Sheet
from sandan.words import Language, Text

DIGITS = 4
HEAD = (
    Text("구분", "Group"),
    Text("곳", "Place"),
    Text("항목", "Quantity"),
    Text("단위", "Unit"),
    Text("기준", "Limit"),
    Text("평균", "Mean"),
    Text("최고", "Highest"),
    Text("최고 시각", "Highest at"),
    Text("판정한 구간", "Judged"),
    Text("초과", "Over"),
    Text("판정 제외", "Left out"),
    Text("자료 부족", "Too few data"),
    Text("자료율 [%]", "Data there [%]"),
    Text("비고", "Remark"),
)
HALF_HOUR_HEAD = (
    Text("굴뚝", "Stack"),
    Text("항목", "Quantity"),
    Text("단위", "Unit"),
    Text("시작", "From"),
    Text("30분 평균", "30-minute mean"),
    Text("기준", "Limit"),
    Text("유효자료 [%]", "Data that count [%]"),
    Text("판정", "Verdict"),
    Text("비고", "Remark"),
)
SIMULATED = Text("모의 자료", "simulated")
CORRECTED = Text("표준산소 환산", "at standard oxygen")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One quantity at one place over the period; counts are of half-hours, ten minutes or hours."""

    place: str
    quantity: Text
    unit: str
    limit: float | None
    mean: float | None
    highest: float | None
    highest_at: datetime | None
    judged: int
    over: int | None
    """None where there is no limit."""
    left_out: int
    too_few: int
    share: float
    """How much of the period there was something of, 0 to 1."""
    remarks: Sequence[Text]
    halves: Sequence[HalfHour] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """All groups of a period; `until` is where what is known ends."""

    period: Period
    until: datetime
    groups: Sequence[tuple[Text, Text, Sequence[StatementLine]]]
    """Name, what a mean and a count are of, and lines."""
    notes: Sequence[Text]

    @property
    def title(self) -> str:
        """`2026-11` or `2026-11-21`."""
        start = self.period.start.astimezone(SEOUL)
        return f"{start:%Y-%m-%d}" if self.period.length.days == 1 else f"{start:%Y-%m}"


def statement_rows(statement: Statement, language: Language) -> Iterator[Sequence[object]]:
    """The record as rows of a spreadsheet, head first."""
    yield [one.in_(language) for one in HEAD]
    for group, _, lines in statement.groups:
        for line in lines:
            yield [group.in_(language), *_cells(line, language)]


def half_hour_rows(statement: Statement, language: Language) -> Iterator[Sequence[object]]:
    """Every half-hour of the stacks, head first."""
    yield [one.in_(language) for one in HALF_HOUR_HEAD]
    for _, _, lines in statement.groups:
        for line in lines:
            for half in line.halves:
                yield [
                    line.place,
                    line.quantity.in_(language),
                    line.unit,
                    f"{datetime.fromtimestamp(half.start / 1000, SEOUL):%Y-%m-%d %H:%M}",
                    _figure(half.mean),
                    _figure(line.limit),
                    round(100 * half.share),
                    VERDICTS[half.verdict].in_(language),
                    _remark(line, language),
                ]


def statement_sheet(statement: Statement, language: Language, day: datetime, complex_name: str) -> Sheet:
    """The record on paper."""
    title = Text("환경 측정 기록", "Record of the environment").in_(language)
    wide = (1.9, 1.5, 0.8, 0.9, 0.9, 1.4, 0.8, 0.6, 0.8)
    keep = (1, 2, 4, 5, 6, 7, 8, 9, 12)
    sections = []
    for group, about, lines in statement.groups:
        rows: list[Sequence[Cell]] = []
        for line in lines:
            cells = ["", *(str(one) for one in _cells(line, language))]
            cells[1] += f" ({_remark(line, language)})" if line.remarks else ""
            cells[2] += f" [{line.unit}]" if line.unit else ""
            rows.append([[Piece(cells[n])] for n in keep])
        grid = Grid(about.in_(language), [HEAD[n].in_(language) for n in keep], rows, labels=2, widths=wide)
        none = Items([("", Piece(Text("자료가 없습니다.", "Nothing was measured.").in_(language)))])
        sections.append(Section(group.in_(language), [grid if lines else none]))
    span = f"{_moment(statement.period.start)} – {_moment(statement.until)}"
    facts = [
        (Text("기간", "Period").in_(language), [Piece(span)]),
        (Text("만든 때", "Made").in_(language), [Piece(_moment(day))]),
    ]
    notes = Items([("", Piece(one.in_(language))) for one in statement.notes])
    return Sheet(
        kind=Text("기록", "Record").in_(language),
        title=f"{title} {statement.title}",
        subtitle=complex_name,
        version=f"{title} {statement.title} · {_moment(day)}",
        language=language,
        day=day.astimezone(SEOUL).date(),
        sections=[
            Section(Text("개요", "Summary").in_(language), [Facts(facts)]),
            *sections,
            Section(Text("읽는 법", "How to read it").in_(language), [notes]),
        ],
        sources=[],
    )


def _cells(line: StatementLine, language: Language) -> list[object]:
    return [
        line.place,
        line.quantity.in_(language),
        line.unit,
        _figure(line.limit),
        _figure(line.mean),
        _figure(line.highest),
        "" if line.highest_at is None else _moment(line.highest_at),
        line.judged,
        "" if line.over is None else line.over,
        line.left_out,
        line.too_few,
        round(100 * line.share),
        _remark(line, language),
    ]


def _remark(line: StatementLine, language: Language) -> str:
    return " · ".join(one.in_(language) for one in line.remarks)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.{DIGITS}g}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SEOUL):%Y-%m-%d %H:%M}"
