"""The table of rules as a spreadsheet holds it: one row a rule, plain text in every cell.

Lists are parted by `;`, lengths of time are seconds or say their unit (`30분`, `24 h`), a calendar is days
(0 Monday to 6), `no` for not on holidays, hours `08:00`. What is empty is what `Rule` has for its default.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from sandan.control.model.alarms import (
    Calendar,
    Level,
    Priority,
    Rule,
    RuleKind,
    RuleSet,
    Scope,
    Side,
    Statistic,
    Window,
)
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

T = TypeVar("T")
COLUMNS = (
    "id", "ko", "en", "kind", "level", "side", "quantities", "kinds", "things", "points", "tenants",
    "expression", "limit", "bound", "states", "window", "step", "statistic", "coverage", "wait", "days",
    "holidays", "from", "until", "deadband", "on_delay", "off_delay", "priority", "consequence_ko",
    "consequence_en", "response_ko", "response_en", "response_time", "cause", "latching", "enabled", "source",
    "source_en",
)  # fmt: skip
LENGTHS = ("window", "step", "wait", "on_delay", "off_delay", "response_time")
"""Columns that hold a length of time."""
YES, NO = "yes", "no"
EFFECTIVE = date(2026, 11, 21)
"""When the table Sandan comes with was last changed."""


@cache
def built_in_rules() -> RuleSet:
    """The table Sandan comes with, as version 0."""
    text = files("sandan.control.engine.alarms").joinpath("rules.csv").read_text(encoding="utf-8")
    return RuleSet(0, EFFECTIVE, tuple(parse_rules(read_rows(text))))


def read_rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file.

    Raises `InvalidInput` that names columns nobody knows or that are missing, rows with more cells than
    columns, quotes that are never closed, and a file without a rule: taken as a table it would silence all.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        return _checked_rows(reader)
    except csv.Error as error:
        raise InvalidInput.because(
            _row(reader.reader.line_num),
            Text(
                "따옴표가 닫히지 않았거나 잘못 쓰였습니다.",
                "a quotation mark is not closed, or out of place.",
            ),
            Text("CSV로 다시 저장하십시오.", "save the file as CSV again."),
        ) from error


def _checked_rows(reader: csv.DictReader[str]) -> list[dict[str, str]]:
    given = [name or "" for name in reader.fieldnames or ()]
    found = [
        Finding(
            f"{_row(1)} · {name}",
            Text("알 수 없는 열입니다.", "is not a column of the table."),
            Text(f"쓸 수 있는 열: {', '.join(COLUMNS)}", f"known columns: {', '.join(COLUMNS)}"),
        )
        for name in given
        if name not in COLUMNS
    ]
    found += [
        Finding(
            _row(1),
            Text(f"'{name}' 열이 없습니다.", f"column {name} is missing."),
            Text("열 이름을 적으십시오.", "add the column."),
        )
        for name in ("id", "ko", "en", "kind")
        if name not in given
    ]
    if found:
        raise InvalidInput(found)
    rows: list[dict[str, str]] = []
    for line, row in enumerate(reader, 2):
        if None in row:
            found.append(
                Finding(
                    _row(line),
                    Text("열보다 칸이 많습니다.", "has more cells than there are columns."),
                    Text("쉼표가 든 글은 따옴표로 묶으십시오.", "put text with a comma in quotation marks."),
                )
            )
        rows.append({key: (value or "").strip() for key, value in row.items() if key})
    if not rows:
        found.append(
            Finding(
                _row(2),
                Text("규칙이 한 줄도 없습니다.", "there is not one rule."),
                Text(
                    "쓸 규칙을 모두 적은 표를 올리십시오.",
                    "give a table with every rule that is to be in force.",
                ),
            )
        )
    if found:
        raise InvalidInput(found)
    return rows


def _row(line: int) -> str:
    return f"{line}행/row {line}"


def write_rows(rows: Sequence[Mapping[str, str]]) -> str:
    """The rows as a CSV file that `read_rows` reads back."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def check_rows(rows: Sequence[Mapping[str, str]]) -> tuple[list[Rule], list[Finding]]:
    """The rules of the rows that can be read, and every fault of the others, by line and column."""
    rules: list[Rule] = []
    found: list[Finding] = []
    for line, row in enumerate(rows, 2):
        try:
            rules.append(_Row(row).rule())
        except InvalidInput as error:
            place = f"{_row(line)} {row.get('id', '')}".strip()
            found += [
                Finding(f"{place} · {f.where.rpartition('.')[2]}", f.problem, f.remedy)
                for f in error.findings
            ]
    try:
        RuleSet(0, EFFECTIVE, rules)  # two rules of one id are a fault as well
    except InvalidInput as error:
        found += error.findings
    return rules, found


def parse_rules(rows: Sequence[Mapping[str, str]]) -> list[Rule]:
    """The rules of these rows; `InvalidInput` with every fault, by line of the file and column."""
    rules, found = check_rows(rows)
    if found:
        raise InvalidInput(found)
    return rules


def rule_rows(rules: Sequence[Rule]) -> list[dict[str, str]]:
    """The rules as rows of text."""
    return [_row_of(rule) for rule in rules]


class _Row:
    """Reads one row, gathering what is wrong with it."""

    def __init__(self, row: Mapping[str, str]) -> None:
        self._row = row
        self._found: list[Finding] = []

    def rule(self) -> Rule:
        kind = self._one("kind", RuleKind, RuleKind.HIGH)
        fields: dict[str, Any] = {
            "id": self._text("id"),
            "name": self._both("ko", "en"),
            "kind": kind,
            "scope": self._scope(),
            "limit": self._number("limit", math.nan),
            "bound": self._number("bound", 1.0),
            "level": self._one("level", Level, None),
            "side": self._one("side", Side, Side.EITHER),
            "states": self._numbers("states"),
            "window": self._window(),
            "calendar": self._calendar(),
            "deadband": self._number("deadband", 0.0),
            "on_delay": self._length("on_delay"),
            "off_delay": self._length("off_delay"),
            "priority": self._one("priority", lambda text: Priority(int(text)), Priority.MEDIUM),
            "consequence": self._both("consequence_ko", "consequence_en"),
            "response": self._both("response_ko", "response_en"),
            "response_time": self._length("response_time") if self._text("response_time") else None,
            "cause": self._text("cause"),
            "latching": self._flag("latching", False),
            "enabled": self._flag("enabled", True),
            "source": self._both("source", "source_en"),
        }
        if self._found:
            raise InvalidInput(self._found)
        return Rule(**fields)

    def _scope(self) -> Scope:
        parts = {name: self._list(name) for name in ("points", "things", "kinds", "tenants", "quantities")}
        return Scope(**parts, expression=self._text("expression"))

    def _window(self) -> Window | None:
        if not self._text("window"):
            return None
        length = self._length("window")
        return Window(
            length,
            self._length("step") if self._text("step") else length,
            self._one("statistic", Statistic, Statistic.MEAN),
            self._number("coverage", 0.0),
            self._length("wait"),
        )

    def _calendar(self) -> Calendar | None:
        if not any(self._text(name) for name in ("days", "holidays", "from", "until")):
            return None
        days = frozenset(int(day) for day in self._numbers("days")) or frozenset(range(7))
        start = self._one("from", time.fromisoformat, time(0))
        until = self._one("until", time.fromisoformat, time(0))
        return Calendar(days, self._flag("holidays", True), start, until)

    def _text(self, name: str) -> str:
        return self._row.get(name, "")

    def _both(self, korean: str, english: str) -> Text:
        """What is said in one language only stands for the other: better than an empty line at night."""
        ko, en = self._text(korean), self._text(english)
        return Text(ko or en, en or ko)

    def _list(self, name: str) -> frozenset[str]:
        return frozenset(part.strip() for part in self._text(name).split(";") if part.strip())

    def _numbers(self, name: str) -> frozenset[float]:
        read = [self._convert(name, part, float) for part in sorted(self._list(name))]
        return frozenset(number for number in read if number is not None)

    def _number(self, name: str, default: float) -> float:
        return self._one(name, float, default)

    def _length(self, name: str) -> timedelta:
        return self._one(name, read_length, NO_TIME)

    def _flag(self, name: str, default: bool) -> bool:
        return self._one(name, {YES: True, NO: False}.__getitem__, default)

    def _one(self, name: str, read: Callable[[str], T], default: T) -> T:
        text = self._text(name)
        if not text:
            return default
        found = self._convert(name, text, read)
        return default if found is None else found

    def _convert(self, name: str, text: str, read: Callable[[str], T]) -> T | None:
        try:
            return read(text)
        except (KeyError, ValueError, OverflowError):
            remedy = REMEDIES.get(name, Text("숫자를 적으십시오.", "write a number."))
            problem = Text(f"'{text}'은(는) 쓸 수 없는 값입니다.", f"'{text}' cannot be used here.")
            self._found.append(Finding(name, problem, remedy))
            return None


def read_length(text: str) -> timedelta:
    """`90`, `90초`, `30 min`, `24시간`: a length of time, in seconds unless it says otherwise.

    Raises `ValueError`.
    """
    found = _LENGTH.fullmatch(text.strip())
    if found is None or found[2].lower() not in _SECONDS:
        raise ValueError(text)
    return timedelta(seconds=float(found[1]) * _SECONDS[found[2].lower()])


def say_length(length: timedelta) -> Text:
    """A length of time in the largest unit that leaves it whole, as `read_length` reads it back."""
    seconds = length.total_seconds()
    size, ko, en = next(one for one in _UNITS if (seconds and seconds % one[0] == 0) or one[0] == 1)
    return Text(f"{_plain(seconds / size)}{ko}", f"{_plain(seconds / size)} {en}")


NO_TIME = timedelta(0)
_LENGTH = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(\D*)")
_UNITS = ((86_400, "일", "d"), (3_600, "시간", "h"), (60, "분", "min"), (1, "초", "s"))
_SECONDS = {word: size for size, *words in _UNITS for word in words} | {"": 1}


def _choices(values: Sequence[str]) -> Text:
    return Text(f"다음 중 하나: {', '.join(values)}", f"one of: {', '.join(values)}")


REMEDIES: Mapping[str, Text] = {
    "kind": _choices(list(RuleKind)),
    "level": _choices(list(Level)),
    "side": _choices(list(Side)),
    "statistic": _choices(list(Statistic)),
    "priority": _choices(["1", "2", "3", "4"]),
    "latching": _choices([YES, NO]),
    "enabled": _choices([YES, NO]),
    "holidays": _choices([YES, NO]),
    **{name: Text("예: 90초, 30분, 24시간", "for example 90 s, 30 min, 24 h") for name in LENGTHS},
    "from": Text("예: 08:00", "for example 08:00"),
    "until": Text("예: 18:00", "for example 18:00"),
}


def _row_of(rule: Rule) -> dict[str, str]:
    scope, window, calendar = rule.scope, rule.window, rule.calendar
    row = {
        "id": rule.id,
        "ko": rule.name.ko,
        "en": rule.name.en,
        "kind": rule.kind.value,
        "level": rule.level.value if rule.level else "",
        "side": "" if rule.side is Side.EITHER else rule.side.value,
        **{name: ";".join(sorted(getattr(scope, name))) for name in _PARTS},
        "expression": scope.expression,
        "limit": _plain(rule.limit),
        "bound": "" if rule.bound == 1.0 else _plain(rule.bound),
        "states": ";".join(_plain(state) for state in sorted(rule.states)),
        "deadband": _plain(rule.deadband) if rule.deadband else "",
        "on_delay": _seconds(rule.on_delay),
        "off_delay": _seconds(rule.off_delay),
        "priority": str(int(rule.priority)),
        "consequence_ko": rule.consequence.ko,
        "consequence_en": rule.consequence.en,
        "response_ko": rule.response.ko,
        "response_en": rule.response.en,
        "response_time": "" if rule.response_time is None else _plain(rule.response_time.total_seconds()),
        "cause": rule.cause,
        "latching": YES if rule.latching else "",
        "enabled": "" if rule.enabled else NO,
        "source": rule.source.ko,
        "source_en": rule.source.en,
    }
    if window is not None:
        row |= {
            "window": _seconds(window.length),
            "step": _seconds(window.step),
            "statistic": window.statistic.value,
            "coverage": _plain(window.coverage) if window.coverage else "",
            "wait": _seconds(window.wait),
        }
    if calendar is not None:
        row |= {
            "days": ";".join(str(day) for day in sorted(calendar.days)),
            "holidays": YES if calendar.holidays else NO,
            "from": calendar.from_.isoformat("minutes"),
            "until": calendar.until.isoformat("minutes"),
        }
    return {name: row.get(name, "") for name in COLUMNS}


_PARTS = ("quantities", "kinds", "things", "points", "tenants")


def _plain(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(int(value)) if value == int(value) else repr(value)


def _seconds(length: timedelta) -> str:
    return _plain(length.total_seconds()) if length else ""
