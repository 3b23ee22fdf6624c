"""Mapping files: what the columns of somebody's CSV or Parquet mean.

name = "steel"                 layout = "wide"        interval = "15min"
match = ["Usage_kWh", …]       # recognised by these columns, so that nobody has to name the mapping

[time]                         column = "date"        zone = "Asia/Seoul"
format = "%d/%m/%Y %H:%M"      # absent: ISO 8601, or a column of real timestamps
stamp = "end"                  # "start" (default), or "end": the interval's own length is taken off
midnight = "closes"            # 0:00 bears the date of the day it closes; "opens" (default)

[columns."Usage_kWh"]          # wide: one table for each column of values
quantity = "active_energy"     unit = "kWh"
point = "m1.active_energy"     # or: thing = "main", a meter of the firm named on import
codes = { Light_Load = 0 }     # words to numbers

[long]                         # long: one row a value
address = "tag"                value = "value"        unit = "unit"        quality = "quality"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandan.errors import Finding, InvalidInput
from sandan.twin.tables import quantities
from sandan.units import unit as unit_of
from sandan.words import Text

NOTHING: Map[str, float] = MappingProxyType({})
_SPAN = re.compile(r"(\d+)\s*(s|sec|min|m|h|d)")
_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """Which column has the time, and how it is to be read."""

    column: str
    zone: ZoneInfo
    format: str = ""
    stamp: Literal["start", "end"] = "start"
    midnight: Literal["opens", "closes"] = "opens"


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """One column of a wide file; `point` is a point's id, or `thing` names a meter of the firm."""

    column: str
    quantity: str
    unit: str | None = None
    point: str | None = None
    thing: str = "meter"
    codes: Map[str, float] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class LongColumns:
    """The columns of a long file."""

    address: str
    value: str
    unit: str | None = None
    quality: str | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a file's columns mean."""

    name: str
    time: TimeColumn
    interval: timedelta | None
    columns: tuple[ValueColumn, ...] = ()
    long: LongColumns | None = None
    match: tuple[str, ...] = ()
    encoding: str = ""

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that have to be there."""
        if self.long is None:
            return (self.time.column, *(c.column for c in self.columns))
        optional = (self.long.unit, self.long.quality)
        return (self.time.column, self.long.address, self.long.value, *(c for c in optional if c))

    def missing(self, headers: Sequence[str]) -> list[str]:
        """Columns the file does not have."""
        return [name for name in self.used if name not in headers]


def read_mapping(path: Path) -> Mapping:
    """The mapping of a file; `InvalidInput` with every finding."""
    try:
        return parse_mapping(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise InvalidInput.because(
            str(path),
            Text(f"매핑 파일을 읽을 수 없습니다: {error}", f"the mapping cannot be read: {error}"),
            Text("TOML 문법과 경로를 확인하십시오.", "check the path and the TOML syntax."),
        ) from error


def parse_mapping(said: Map[str, Any], where: str) -> Mapping:
    """A mapping from its table; `InvalidInput` with every finding."""
    findings: list[Finding] = []

    def wrong(place: str, ko: str, en: str, remedy: str) -> None:
        findings.append(
            Finding(f"{where} [{place}]", Text(ko, en), Text(f"예: {remedy}", f"for example {remedy}"))
        )

    time = said.get("time", {})
    zone = _zone(str(time.get("zone", "Asia/Seoul")))
    if zone is None:
        wrong("time.zone", "시간대를 알 수 없습니다.", "the time zone is unknown.", '"Asia/Seoul"')
    if not time.get("column"):
        wrong("time.column", "시각 열이 없습니다.", "no column of times is named.", '"date"')
    for name, allowed in (("stamp", ("start", "end")), ("midnight", ("opens", "closes"))):
        if time.get(name, allowed[0]) not in allowed:
            wrong(
                f"time.{name}",
                f"{allowed} 중 하나여야 합니다.",
                f"must be one of {allowed}.",
                f'"{allowed[0]}"',
            )
    interval = _span(said.get("interval"))
    if said.get("interval") is not None and interval is None:
        wrong("interval", "간격을 읽을 수 없습니다.", "the interval cannot be read.", '"15min"')
    if time.get("stamp") == "end" and interval is None:
        wrong("interval", "끝 시각이면 간격이 필요합니다.", "end stamps need an interval.", '"15min"')
    columns = []
    for name, column in said.get("columns", {}).items():
        quantity, symbol = column.get("quantity"), column.get("unit")
        if quantity not in quantities():
            wrong(
                f"columns.{name}",
                f"측정량 '{quantity}'이(가) 없습니다.",
                f"no quantity '{quantity}'.",
                '"active_energy"',
            )
        if symbol is not None and not _is_unit(symbol):
            wrong(
                f"columns.{name}", f"단위 '{symbol}'을(를) 모릅니다.", f"unit '{symbol}' is unknown.", '"kWh"'
            )
        codes = {str(word): float(code) for word, code in column.get("codes", {}).items()}
        columns.append(
            ValueColumn(
                name,
                str(quantity),
                symbol,
                column.get("point"),
                column.get("thing", "meter"),
                MappingProxyType(codes),
            )
        )
    long = said.get("long")
    if (long is None) == (not columns):
        wrong(
            "columns",
            "[columns] 또는 [long] 하나가 필요합니다.",
            "needs either [columns] or [long].",
            "[columns.kWh]",
        )
    elif long is not None and not (long.get("address") and long.get("value")):
        wrong(
            "long",
            "address와 value 열이 필요합니다.",
            "needs the columns address and value.",
            'address = "tag"',
        )
    if findings or zone is None:
        raise InvalidInput(findings)
    return Mapping(
        str(said.get("name", Path(where).stem)),
        TimeColumn(
            time["column"],
            zone,
            time.get("format", ""),
            time.get("stamp", "start"),
            time.get("midnight", "opens"),
        ),
        interval,
        tuple(columns),
        None
        if long is None
        else LongColumns(long["address"], long["value"], long.get("unit"), long.get("quality")),
        tuple(said.get("match", ())),
        str(said.get("encoding", "")),
    )


@cache
def shipped_mappings() -> tuple[Mapping, ...]:
    """The mappings that come with Sandan."""
    folder = files("sandan.ingest").joinpath("mappings")
    texts = sorted((entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir())
    return tuple(parse_mapping(tomllib.loads(text), name) for name, text in texts if name.endswith(".toml"))


def recognise(headers: Sequence[str]) -> Mapping | None:
    """The shipped mapping whose columns are all there; the most demanding when there are several."""
    fitting = [
        m for m in shipped_mappings() if m.match and set(m.match) <= set(headers) and not m.missing(headers)
    ]
    return max(fitting, key=lambda m: len(m.match), default=None)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _is_unit(symbol: str) -> bool:
    try:
        unit_of(symbol)
    except InvalidInput:
        return False
    return True


def _span(said: object) -> timedelta | None:
    found = _SPAN.fullmatch(str(said or "").strip())
    return None if found is None else timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
