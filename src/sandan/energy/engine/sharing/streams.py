"""Streams of heat as rows of text: read with every fault named by row and column, and written again."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from sandan.energy.engine.sharing.heat import fuels
from sandan.energy.model.circulation import HOURS, HeatStream, HeatTerms, Way
from sandan.energy.model.sharing import HeatParams, HeatSink, HeatSource
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

SAID = ("id", "firm", "name", "way", "temperature", "base", "fuel", "efficiency", "named")
HOUR_COLUMNS = tuple(f"h{hour:02}" for hour in range(HOURS))
COLUMNS = SAID + HOUR_COLUMNS
HOTTEST, MOST = 2000.0, 1_000_000.0
"""Beyond these [°C, kW] a number is a slip of the unit."""
_YES, _NO = frozenset({"1", "yes", "true", "y"}), frozenset({"", "0", "no", "false", "n"})


@dataclass(slots=True)
class _Row:
    """Cells being read; each fault names its row and column."""

    cells: Mapping[str, str]
    where: str
    found: list[Finding] = field(default_factory=list)

    def add(self, column: str, ko: str, en: str, remedy: Text) -> None:
        self.found.append(Finding(f"{self.where}{column}", Text(ko, en), remedy))

    def number(self, column: str, low: float, high: float, unit: str) -> float:
        text = self.cells[column]
        try:
            value = float(text.replace(",", ""))
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            self.add(
                column,
                f"'{text}'은(는) {low:g}–{high:g} 사이의 수가 아닙니다." if text else "비었습니다.",
                f"'{text}' is no number between {low:g} and {high:g}." if text else "is empty.",
                Text(f"단위 {unit}", f"in {unit}"),
            )
        return value


def read_stream(
    row: Mapping[str, str], firms: Collection[str], where: str = ""
) -> tuple[HeatStream | None, Sequence[Finding]]:
    """The stream a row says, or every finding about it; `firms` are those there are."""
    cells = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    read = _Row(cells, where)
    if not cells["id"]:
        read.add("id", "아이디가 비었습니다.", "is empty.", Text("예: 가나-건조로", "for example kiln-1"))
    if cells["firm"] not in firms:
        read.add(
            "firm",
            f"기업 '{cells['firm']}'이(가) 없습니다.",
            f"there is no firm '{cells['firm']}'.",
            Text("입주기업의 아이디를 적어 주십시오.", "give the id of a firm."),
        )
    way = Way(cells["way"]) if cells["way"] in set(Way) else None
    if way is None:
        read.add(
            "way",
            f"'{cells['way']}'은(는) gives(버리는 열)나 wants(필요한 열)가 아닙니다.",
            f"'{cells['way']}' is neither gives nor wants.",
            Text("gives 또는 wants로 적어 주십시오.", "write gives or wants."),
        )
    temperature = read.number("temperature", -50, HOTTEST, "°C")
    base = read.number("base", -50, HOTTEST, "°C")
    if base >= temperature:
        read.add(
            "base",
            f"{base:g} °C가 {temperature:g} °C보다 낮지 않습니다.",
            f"{base:g} °C is not below {temperature:g} °C.",
            Text(
                "식는 온도나 환수 온도는 더 낮아야 합니다.",
                "it is cooled to, or comes back at, less.",
            ),
        )
    power = tuple(read.number(name, 0, MOST, "kW") for name in HOUR_COLUMNS)
    fuel, efficiency = _burnt(read, way)
    named = cells["named"].lower()
    if named not in _YES | _NO:
        read.add("named", f"'{named}'은(는) yes나 no가 아닙니다.", f"'{named}' is neither yes nor no.", _FLAG)
    if read.found or way is None:
        return None, read.found
    name = cells["name"] or cells["id"]
    made = HeatStream(
        cells["id"], cells["firm"], name, way, temperature, base, power, fuel, efficiency, named in _YES
    )
    return made, ()


def _burnt(read: _Row, way: Way | None) -> tuple[str, float | None]:
    """What is burnt today and how well; only wanted heat burns anything."""
    if way is not Way.WANTS:
        return "", None
    fuel = read.cells["fuel"]
    if fuel not in fuels():
        there = ", ".join(fuels())
        read.add(
            "fuel",
            f"연료 '{fuel}'이(가) 표에 없습니다.",
            f"there is no fuel '{fuel}'.",
            Text(f"쓸 수 있는 값: {there}.", f"values: {there}."),
        )
    return fuel, read.number("efficiency", 0.05, 1.2, "1 (0.9 = 90 %)")


_FLAG = Text("yes 또는 no로 적어 주십시오.", "write yes or no.")


def read_streams(text: str, firms: Collection[str]) -> list[HeatStream]:
    """The streams of a CSV file; `InvalidInput` with every finding of every row."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    needed = [*SAID[:6], *HOUR_COLUMNS]
    missing = [name for name in needed if name not in (rows.fieldnames or ())]
    if missing:
        raise InvalidInput.because(
            "file",
            Text(f"열이 없습니다: {', '.join(missing)}.", f"columns are missing: {', '.join(missing)}."),
            Text(f"첫 행: {', '.join(COLUMNS)}", f"first row: {', '.join(COLUMNS)}"),
        )
    made: dict[str, HeatStream] = {}
    findings: list[Finding] = []
    for number, row in enumerate(rows, 2):
        one, faults = read_stream(row, firms, where=f"{number}: ")
        findings += faults
        if one is None:
            continue
        if one.id in made:
            findings.append(
                Finding(
                    f"{number}: id",
                    Text(f"'{one.id}'이(가) 두 번 나옵니다.", f"'{one.id}' occurs twice."),
                    Text("한 행만 남겨 주십시오.", "leave one row."),
                )
            )
        made[one.id] = one
    if not made and not findings:
        findings.append(
            Finding(
                "file",
                Text("열이 한 건도 없습니다.", "holds no stream."),
                Text("둘째 행부터 적어 주십시오.", "write streams from the second row on."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    return list(made.values())


def as_row(one: HeatStream) -> dict[str, str]:
    """The stream as text by column."""
    said = {
        "id": one.id,
        "firm": one.firm,
        "name": one.name,
        "way": one.way.value,
        "temperature": f"{one.temperature:g}",
        "base": f"{one.base:g}",
        "fuel": one.fuel,
        "efficiency": "" if one.efficiency is None else f"{one.efficiency:g}",
        "named": "yes" if one.named else "no",
    }
    return said | {name: f"{kw:g}" for name, kw in zip(HOUR_COLUMNS, one.power, strict=True)}


def heat_params(terms: HeatTerms) -> HeatParams | None:
    """The operator's figures as `match_heat` takes them; None while one is missing."""
    if (
        terms.pinch is None
        or terms.decay is None
        or terms.ground is None
        or terms.reach is None
        or terms.days is None
        or terms.least is None
    ):
        return None
    return HeatParams(terms.pinch, terms.decay, terms.ground, terms.reach, terms.days, terms.least)


def sides(
    streams: Sequence[HeatStream], places: Mapping[str, tuple[float, float]]
) -> tuple[list[HeatSource], list[HeatSink]]:
    """The streams whose firm has a place [lon, lat], as sources and sinks; the others cannot be matched."""
    sources: list[HeatSource] = []
    sinks: list[HeatSink] = []
    for one in streams:
        place = places.get(one.firm)
        if place is None:
            continue
        power = np.array(one.power, np.float64)
        if one.way is Way.GIVES:
            sources.append(HeatSource(one.id, one.temperature, one.base, power, place))
        else:
            efficiency = one.efficiency if one.efficiency is not None else math.nan
            sinks.append(HeatSink(one.id, one.temperature, one.base, power, place, one.fuel, efficiency))
    return sources, sinks
