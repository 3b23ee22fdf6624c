"""A sheet of daily production: one row a day, columns date, name, unit and quantity."""

from __future__ import annotations

import csv
import io
import math
from datetime import date

from sandan.energy.model.efficiency import DriverDay
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

COLUMNS = ("date", "name", "unit", "quantity")
KNOWN = {"날짜": "date", "일자": "date", "이름": "name", "품목": "name", "단위": "unit", "수량": "quantity",
         "생산량": "quantity"}  # fmt: skip
MOST_ROWS = 20_000
SHOWN = 50
"""Findings that are told; a file that is wrong throughout is wrong once."""


def read_production(text: str, meter: str, today: date) -> list[DriverDay]:
    """The rows of a sheet; `InvalidInput` names row, column and remedy of every fault, and nothing is kept.

    Name may be left out (production), unit too. A day is told once for each name, and none after today.
    """
    rows = list(csv.reader(io.StringIO(text)))
    heads = [KNOWN.get(head.strip(), head.strip().lower()) for head in (rows[0] if rows else [])]
    missing = [name for name in ("date", "quantity") if name not in heads]
    if missing:
        raise InvalidInput(
            Finding(
                f"1행/line 1: {name}",
                Text(f"'{name}' 열이 없습니다.", f"there is no column '{name}'."),
                Text("첫 줄: date,name,unit,quantity", "first line: date,name,unit,quantity"),
            )
            for name in missing
        )
    if len(rows) > MOST_ROWS:
        raise InvalidInput.because(
            "file",
            Text(f"행이 {MOST_ROWS:,}개를 넘습니다.", f"there are more than {MOST_ROWS:,} rows."),
            Text("나누어 가져오십시오.", "import it in parts."),
        )
    found: dict[tuple[str, date], DriverDay] = {}
    findings: list[Finding] = []
    for number, row in enumerate(rows[1:], 2):
        cells = dict(zip(heads, (cell.strip() for cell in row), strict=False))
        if not any(cells.values()):
            continue
        one, faults = _read_row(cells, meter, today, number)
        findings += faults
        if one is not None:
            if (one.name, one.day) in found:
                findings.append(_fault(number, "date", "같은 날이 두 번 있습니다.", "this day is told twice.",
                                       "한 줄만 남기십시오.", "leave one line."))  # fmt: skip
            found[one.name, one.day] = one
    if findings:
        raise InvalidInput(findings[:SHOWN])
    return list(found.values())


def _read_row(
    cells: dict[str, str], meter: str, today: date, number: int
) -> tuple[DriverDay | None, list[Finding]]:
    faults = []
    day, quantity = None, math.nan
    try:
        day = date.fromisoformat(cells.get("date", "").replace(".", "-").replace("/", "-"))
        if day > today:
            faults.append(_fault(number, "date", f"{day}은(는) 아직 오지 않았습니다.",
                                 f"{day} has not come yet.",
                                 "날짜를 확인하십시오.", "check the date."))  # fmt: skip
    except ValueError:
        said = cells.get("date", "")
        faults.append(_fault(number, "date", f"'{said}'은(는) 날짜가 아닙니다.", f"'{said}' is no date.",
                             "예: 2026-03-02", "such as 2026-03-02"))  # fmt: skip
    try:
        quantity = float(cells.get("quantity", "").replace(",", ""))
        if not 0 <= quantity < 1e12:
            raise ValueError(quantity)
    except ValueError:
        said = cells.get("quantity", "")
        faults.append(_fault(number, "quantity", f"'{said}'은(는) 0 이상의 수가 아닙니다.",
                             f"'{said}' is no number from 0 on.", "수량을 숫자로 적으십시오.",
                             "write the quantity as a number."))  # fmt: skip
    if faults or day is None:
        return None, faults
    return DriverDay(meter, cells.get("name", "") or "생산량", cells.get("unit", ""), day, quantity), []


def _fault(row: int, column: str, ko: str, en: str, mend_ko: str, mend_en: str) -> Finding:
    return Finding(f"{row}행/line {row}: {column}", Text(ko, en), Text(mend_ko, mend_en))
