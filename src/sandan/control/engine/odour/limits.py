"""What the law allows of smells, as a table, and readings against it.

A sensor's reading is no measurement in the sense of the law: it says where to take a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sandan.control.engine.environment.tables import basis_of
from sandan.control.model.odour import REGIONS, SPOTS, OdourLimit, OdourVerdict, Region, Spot
from sandan.errors import InvalidInput
from sandan.tables import read_table
from sandan.words import Text


@cache
def odour_limits() -> Sequence[OdourLimit]:
    """Complex odour at outlet and boundary, and the 22 designated substances (`odour_limits.csv`)."""
    return tuple(
        OdourLimit(
            row["id"],
            Text(row["ko"], row["en"]),
            row["spot"],  # type: ignore[arg-type]  # a test holds the table to the words there are
            row["region"],  # type: ignore[arg-type]
            float(row["limit"]),
            float(row["strict_low"]) if row["strict_low"] else None,
            float(row["strict_high"]) if row["strict_high"] else None,
            row["unit"],
            basis_of(row),
        )
        for row in read_table(__name__, "odour_limits.csv")
    )


def judge_odour(
    id: str,
    reading: float,
    spot: Spot,
    region: Region,
    *,
    strict: float | None = None,
    measured: bool = False,
    limits: Sequence[OdourLimit] | None = None,
) -> OdourVerdict:
    """A reading [OU for `odour`, ppm for a substance] against its limit; over means above it.

    `strict` is the ordinance's stricter limit, within the range the law leaves; `measured` says that it was
    taken by the official method and not by a sensor. Raises `InvalidInput` for a limit there is none of, a
    reading below zero and a stricter limit out of its range.
    Source: REFERENCE.md B7, 악취방지법 시행규칙 별표 3.

    >>> judge_odour("h2s", 0.09, "boundary", "industrial").over
    True
    """
    known = [
        one
        for one in (odour_limits() if limits is None else limits)
        if (one.id, one.spot, one.region) == (id, spot, region)
    ]
    if not known or not reading >= 0:
        raise InvalidInput.because(
            id,
            Text(
                f"{REGIONS[region].ko} {SPOTS[spot].ko}의 '{id}' 기준이 없거나 값이 음수입니다.",
                f"No limit of '{id}' is known for this place, or the reading is below zero.",
            ),
            Text(
                "기준표의 항목과 0 이상의 값을 쓰십시오.",
                "use an item of the table and a reading of 0 or more.",
            ),
        )
    limit = known[0]
    applied = limit.limit if strict is None else _stricter(limit, strict)
    share = reading / applied
    over = reading > applied
    word = Text("초과", "over") if over else Text("이내", "within")
    place = f"{REGIONS[region].ko} {SPOTS[spot].ko}"
    note = Text("", "")
    if not measured:
        note = Text(
            " 센서 값이므로 법정 판정이 아닙니다.",
            " A sensor's reading is no finding in the sense of the law.",
        )
    return OdourVerdict(
        limit,
        applied,
        share,
        over,
        Text(
            f"{limit.name.ko} {reading:g} {limit.unit}, {place} 기준 {applied:g} {word.ko} "
            f"({share:.0%}).{note.ko}",
            f"{limit.name.en} {reading:g} {limit.unit}, {word.en} the limit of {applied:g} "
            f"({REGIONS[region].en.lower()}, {SPOTS[spot].en.lower()}; {share:.0%}).{note.en}",
        ),
    )


def _stricter(limit: OdourLimit, strict: float) -> float:
    if limit.strict_low is None or limit.strict_high is None:
        raise InvalidInput.because(
            "strict",
            Text(
                "엄격한 기준을 둘 수 있는 범위가 알려져 있지 않습니다.",
                "No range of stricter limits is known.",
            ),
            Text("엄격한 기준 없이 판정하십시오.", "judge without one."),
        )
    if not limit.strict_low <= strict <= limit.strict_high:
        raise InvalidInput.because(
            "strict",
            Text(
                f"엄격한 기준 {strict:g}이(가) 법이 정한 범위를 벗어났습니다.",
                f"The stricter limit of {strict:g} is outside the range of the law.",
            ),
            Text(
                f"{limit.strict_low:g}–{limit.strict_high:g} 사이로 적으십시오.",
                f"choose {limit.strict_low:g} to {limit.strict_high:g}.",
            ),
        )
    return strict
