"""The tables of the environment: bands of the index, states of a stack monitor, levels of air warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from types import MappingProxyType

from sandan.control.model.environment import AirGrade, Band, Basis, StackState, WarningLevel
from sandan.errors import Finding, InvalidInput
from sandan.tables import read_table
from sandan.words import Text


def basis_of(row: Mapping[str, str]) -> Basis:
    """Version, effective date, mark and source of a row of any table of the control centre."""
    effective = date.fromisoformat(row["effective"]) if row["effective"] else None
    return Basis(row["version"], effective, row["mark"], row["source"], row.get("version_en", ""))


@cache
def air_bands() -> Sequence[Band]:
    """The bands of the index (`bands.csv`), pollutant by pollutant, the best first."""
    return tuple(
        Band(
            row["pollutant"],
            AirGrade(int(row["grade"])),
            float(row["low"]),
            float(row["high"]) if row["high"] else None,
            int(row["index_low"]),
            int(row["index_high"]),
            int(row["digits"]),
            basis_of(row),
        )
        for row in read_table(__name__, "bands.csv")
    )


def close_bands(bands: Sequence[Band], tops: Mapping[str, float]) -> Sequence[Band]:
    """The bands with the ends that no source tells set by the operator: pollutant to concentration.

    Raises `InvalidInput` for an end that lies below its band's beginning.

    >>> [band.high for band in close_bands(air_bands(), {"o3": 0.6}) if band.pollutant == "o3"]
    [0.03, 0.09, 0.15, 0.6]
    """
    low = [
        Finding(
            band.pollutant,
            Text(
                f"상한 {tops[band.pollutant]:g}이(가) 구간 시작보다 낮습니다.", "The end lies below the band."
            ),
            Text(f"{band.low:g}보다 큰 값을 적으십시오.", f"write a value above {band.low:g}."),
        )
        for band in bands
        if band.high is None and band.pollutant in tops and tops[band.pollutant] <= band.low
    ]
    if low:
        raise InvalidInput(low)
    return tuple(
        replace(band, high=tops.get(band.pollutant)) if band.high is None else band for band in bands
    )


@cache
def stack_states() -> Mapping[str, StackState]:
    """The states of a stack monitor (`stack_states.csv`) by id."""
    return MappingProxyType(
        {
            row["id"]: StackState(
                row["id"], Text(row["ko"], row["en"]), row["counts"] == "yes", basis_of(row)
            )
            for row in read_table(__name__, "stack_states.csv")
        }
    )


@cache
def warning_levels() -> Sequence[WarningLevel]:
    """The levels of air warnings (`warnings.csv`), the lowest of each pollutant first."""
    return tuple(
        WarningLevel(
            row["pollutant"],
            int(row["level"]),
            Text(row["ko"], row["en"]),
            float(row["from"]),
            int(row["hours"]),
            float(row["end_below"]),
            basis_of(row),
        )
        for row in read_table(__name__, "warnings.csv")
    )
