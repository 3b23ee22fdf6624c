"""What the operator sets for air, stacks and smells; what is missing is said on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sandan.control.engine.environment import air_bands, close_bands
from sandan.control.engine.odour import judge_odour, odour_limits
from sandan.control.model.environment import POLLUTANTS, RepeatRule
from sandan.control.model.odour import REGIONS, Region
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EnvironmentSettings:
    """Settings of `[control]`; None or empty where nothing is set, because no source gives a figure."""

    hour_share: float | None = None
    """Share of an hour's samples its mean needs; without it one sample is enough, and the share is shown."""
    half_hour_share: float | None = None
    """Share of a half-hour's samples a stack's mean needs; without it all are needed."""
    repeat: RepeatRule | None = None
    index_tops: Numbers = field(default_factory=dict)
    """Ends of the index's last bands that no source tells, by pollutant."""
    region: Region = "industrial"
    """What the complex is in the sense of the law on smells."""
    strict: Numbers = field(default_factory=dict)
    """Stricter limits of the local ordinance at the site boundary, by quantity."""
    wind_error: float | None = None
    """Standard error of the wind's direction [°]; the engine's own is taken without it."""
    detection: Numbers = field(default_factory=dict)
    """Detection limits of smell sensors by quantity, in its unit."""
    catches: Numbers = field(default_factory=dict)
    """What a sample can be told from nothing by, by quantity."""
    smelled_at: Numbers = field(default_factory=dict)
    """The concentration at which half of all people complain, by quantity."""


SMELLS = (*dict.fromkeys(one.id for one in odour_limits()), "tvoc")
"""Quantities of an odour station: the smell itself, the 22 designated substances, and all vapours at once."""


def environment_settings(table: Mapping[str, Any]) -> EnvironmentSettings:
    """The settings of `[control]`; `InvalidInput` names everything that cannot be used.

    `air_hour_share`, `stack_half_hour_share` (0 to 1), `stack_over_in_a_row`, `stack_over_in_a_week`,
    `wind_error_direction` [°], `odour_region` (industrial or other), and tables by quantity `air_index_top`,
    `odour_strict`, `odour_detection`, `odour_sample_catches`, `odour_smelled_at`.
    """
    reader = _Reader(table)
    region = table.get("odour_region", "industrial")
    if region not in REGIONS:
        reader.refuse("odour_region", Text("industrial 또는 other", "industrial or other"))
    row = reader.number("stack_over_in_a_row", 1, 1_000)
    week = reader.number("stack_over_in_a_week", 1, 1_000)
    found = EnvironmentSettings(
        reader.number("air_hour_share", 0.01, 1),
        reader.number("stack_half_hour_share", 0.01, 1),
        None
        if row is None and week is None
        else RepeatRule(None if row is None else int(row), None if week is None else int(week)),
        reader.numbers("air_index_top", tuple(POLLUTANTS)),
        cast(Region, region),
        reader.numbers("odour_strict", SMELLS),
        reader.number("wind_error_direction", 0, 30),
        reader.numbers("odour_detection", SMELLS),
        reader.numbers("odour_sample_catches", SMELLS),
        reader.numbers("odour_smelled_at", SMELLS),
    )
    if reader.findings:
        raise InvalidInput(reader.findings)
    close_bands(air_bands(), found.index_tops)
    for id, strict in found.strict.items():
        # Refuses what the law leaves no room for.
        judge_odour(id, 0.0, "boundary", found.region, strict=strict)
    return found


class _Reader:
    """Reads figures of a table and keeps what was wrong with them."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self.findings: list[Finding] = []

    def refuse(self, name: str, remedy: Text) -> None:
        problem = Text("쓸 수 없는 값입니다.", "is not a usable value.")
        self.findings.append(Finding(f"[control] {name}", problem, remedy))

    def number(self, name: str, low: float, high: float) -> float | None:
        """A number within its range, or None where nothing is set."""
        value = self._table.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.refuse(name, Text(f"{low:g}에서 {high:g} 사이의 수", f"a number from {low:g} to {high:g}"))
            return None
        return float(value)

    def numbers(self, name: str, known: tuple[str, ...]) -> Numbers:
        """Numbers above zero by quantity."""
        table = self._table.get(name, {})
        if not isinstance(table, Mapping):
            self.refuse(name, Text(f"예: {known[0]} = 3", f"a table such as {known[0]} = 3"))
            return {}
        found = {}
        for key, value in table.items():
            good = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
            if key in known and good:
                found[key] = float(value)
            else:
                names = ", ".join(known)
                self.refuse(
                    f"{name}.{key}",
                    Text(f"{names} 가운데 하나와 0보다 큰 수", f"one of {names} and a number above 0"),
                )
        return found
