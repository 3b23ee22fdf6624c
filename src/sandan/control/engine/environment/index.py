"""통합대기환경지수 (CAI): the index of the air, exactly as published, and its hourly history.

The surprise: dust goes in as a predicted 24-hour mean made of the last twelve hours, not as measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.environment.tables import air_bands
from sandan.control.model.environment import (
    AIR_GRADES,
    POLLUTANTS,
    AirGrade,
    AirIndex,
    Band,
    IndexHours,
    SubIndex,
)
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Array = NDArray[np.float64]

REQUIRED = ("pm10", "pm25", "no2", "o3")
"""Without each of these there is no index."""
DUST_FROM = {"pm10": 70.0, "pm25": 30.0}
"""M of the predicted mean [㎍/㎥]: from here on a steady hour counts three quarters."""
TOP = 500
_ADDED = np.array([0, 0, 50, 75, 75, 75, 75], np.int16)
_TINY = 1e-9
"""Keeps 0.0205, stored a hair below itself, from being rounded down."""


def predict_day_mean(hourly: Array, pollutant: str, needed: tuple[int, int] = (12, 4)) -> Array:
    """The predicted 24-hour mean of dust for every hour, shape as `hourly` (…, hours) [㎍/㎥].

    C24E = (12·C12 + 12·C4)/24, with C12 the mean of the last twelve hours and C4 that of the last four
    hours' Ca; Ca = 0.75·C when C ≥ M (PM10 70, PM2.5 30) and 0.9 ≤ C/C12 ≤ 1.7, else Ca = C, where C12 is
    that of the hour whose index is made. NaN where fewer hours than `needed` (of twelve, of four) are
    there: the formula as published knows no gaps, so all are needed unless the operator says otherwise.

    Source: https://www.airkorea.or.kr/web/caiCalculator?pMENU_NO=147 (REFERENCE.md B6).

    >>> float(predict_day_mean(np.full(12, 100.0), "pm10")[-1])
    87.5
    """
    if pollutant not in DUST_FROM:
        raise InvalidInput.because(
            "pollutant",
            Text(f"'{pollutant}'은(는) 먼지 항목이 아닙니다.", f"'{pollutant}' is no dust."),
            Text("pm10 또는 pm25를 쓰십시오.", "use pm10 or pm25."),
        )
    c12, n12 = _trailing(hourly, 12)
    c12 = np.where(n12 >= needed[0], c12, np.nan)
    total, count = np.zeros_like(c12), np.zeros(c12.shape)
    for back in range(4):
        c = _shift(hourly, back)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = c / c12
            steady = (c >= DUST_FROM[pollutant]) & (ratio >= 0.9 - _TINY) & (ratio <= 1.7 + _TINY)
        there = np.isfinite(c)
        total += np.where(there, np.where(steady, 0.75 * c, c), 0.0)
        count += there
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count >= needed[1], (12 * c12 + 12 * total / count) / 24, np.nan)


def sub_index(
    pollutant: str, concentration: Array, bands: Sequence[Band] | None = None
) -> tuple[Array, NDArray[np.bool_]]:
    """The index of one pollutant and where it may be higher, both shaped as `concentration`.

    I = (I_hi − I_lo)/(C_hi − C_lo)·(C − C_lo) + I_lo. C is rounded half up to the decimals the table
    prints (three for SO2, NO2 and O3, two for CO, none for dust), so that no value falls between two
    bands; I is rounded half up to a whole number. Beyond the last band I is 500, and in a band whose end
    nobody tells it is the band's beginning; both are marked. NaN stays NaN; below zero is NaN too.

    >>> index, _ = sub_index("pm10", np.array([30.0, 31.0, 80.4, 81.0]))
    >>> index.tolist()
    [50.0, 51.0, 100.0, 101.0]
    """
    own = [band for band in (air_bands() if bands is None else bands) if band.pollutant == pollutant]
    if not own:
        raise InvalidInput.because(
            "pollutant",
            Text(f"'{pollutant}'의 지수 구간이 없습니다.", f"No bands are known for '{pollutant}'."),
            Text("구간표에 있는 항목을 쓰십시오.", "use a pollutant of the table."),
        )
    c = _round_half_up(np.asarray(concentration, np.float64), own[0].digits)
    index, at_least = np.full(c.shape, np.nan), np.zeros(c.shape, np.bool_)
    for band in own:
        inside = c >= band.low - _TINY
        if band.high is None:
            index, at_least = np.where(inside, band.index_low, index), at_least | inside
            continue
        slope = (band.index_high - band.index_low) / (band.high - band.low)
        value = _round_half_up(slope * (c - band.low) + band.index_low, 0)
        index = np.where(inside, np.minimum(value, band.index_high), index)
        at_least = inside & (c > band.high + _TINY) & (band is own[-1]) | at_least & ~inside
    return index, at_least


def index_hours(
    concentration: Mapping[str, Array],
    bands: Sequence[Band] | None = None,
    needed: tuple[int, int] = (12, 4),
) -> IndexHours:
    """The index of every place and hour from hourly means, arrays of shape (places, hours).

    `concentration` is by pollutant; dust as measured (its predicted 24-hour mean is made here). SO2 and CO
    may be missing, of an hour or altogether; without PM10, PM2.5, NO2 or O3 there is no index. The highest
    sub-index wins; two pollutants at 나쁨 or worse add 50, three and more 75; the scale ends at 500.

    Raises `InvalidInput` with every pollutant that is required and absent, or of another shape.
    Source: REFERENCE.md B6.
    """
    shape = _shape_of(concentration)
    subs: dict[str, Array] = {}
    marks: list[NDArray[np.bool_]] = []
    for name in POLLUTANTS:
        c = np.asarray(concentration.get(name, np.full(shape, np.nan)), np.float64)
        subs[name], mark = sub_index(
            name, predict_day_mean(c, name, needed) if name in DUST_FROM else c, bands
        )
        marks.append(mark)
    return _combine(subs, marks)


def assess_air(concentration: Mapping[str, float | None], bands: Sequence[Band] | None = None) -> AirIndex:
    """The index of one place and hour, with its parts and a sentence that says how it came about.

    `concentration` is by pollutant; PM10 and PM2.5 as predicted 24-hour means (`predict_day_mean`). What
    is None, NaN or negative is missing.

    >>> found = assess_air({"pm10": 90, "pm25": 40, "no2": 0.02, "o3": 0.05})
    >>> found.value, found.added, found.main, found.grade
    (170, 50, ('pm10',), <AirGrade.BAD: 3>)
    """
    subs: dict[str, Array] = {}
    marks = []
    parts = []
    for name in POLLUTANTS:
        given = concentration.get(name)
        c = np.array([np.nan if given is None else float(given)])
        subs[name], mark = sub_index(name, c, bands)
        marks.append(mark)
        if np.isfinite(subs[name][0]):
            index = int(subs[name][0])
            parts.append(SubIndex(name, float(c[0]), index, _grade_of(index), bool(mark[0])))
    missing = tuple(name for name in REQUIRED if np.isnan(subs[name][0]))
    if missing:
        return AirIndex(None, None, (), parts, 0, missing, False, _why_none(missing))
    whole = _combine(subs, marks)
    value, added = int(whole.value[0]), int(whole.added[0])
    highest = max(part.index for part in parts)
    main = tuple(part.pollutant for part in parts if part.index == highest)
    at_least = bool(whole.at_least[0])
    return AirIndex(
        value, _grade_of(value), main, parts, added, (), at_least, _why(value, main, added, at_least)
    )


def _combine(subs: Mapping[str, Array], marks: Sequence[NDArray[np.bool_]]) -> IndexHours:
    table = np.stack([subs[name] for name in POLLUTANTS])
    there = np.all([np.isfinite(subs[name]) for name in REQUIRED], axis=0)
    filled = np.where(np.isfinite(table), table, -1.0)
    bad = (filled >= 101).sum(axis=0)
    added = np.where(there, _ADDED[bad], 0).astype(np.int16)
    value = np.where(there, np.minimum(filled.max(axis=0) + added, TOP), np.nan)
    grade = np.select([~there, value <= 50, value <= 100, value <= 250], [0, 1, 2, 3], 4).astype(np.int8)
    main = np.where(there, filled.argmax(axis=0), -1).astype(np.int8)
    return IndexHours(value, grade, added, main, subs, np.any(marks, axis=0) & there)


def _grade_of(index: int) -> AirGrade:
    return AirGrade(1 + sum(index > end for end in (50, 100, 250)))


def _shape_of(concentration: Mapping[str, Array]) -> tuple[int, ...]:
    shapes = {name: np.shape(values) for name, values in concentration.items()}
    first = next(iter(shapes.values()), ())
    findings = [
        Finding(
            name,
            Text(f"{POLLUTANTS[name].ko} 자료가 없습니다.", f"There is no {POLLUTANTS[name].en}."),
            Text("PM10, PM2.5, NO2, O3를 모두 주십시오.", "give PM10, PM2.5, NO2 and O3."),
        )
        for name in REQUIRED
        if name not in shapes
    ] + [
        Finding(
            name,
            Text(
                f"배열 크기 {shape}이(가) 다른 항목과 다릅니다.", f"Shape {shape} differs from the others'."
            ),
            Text("(지점, 시간) 크기를 맞추십시오.", "give all the same (places, hours)."),
        )
        for name, shape in shapes.items()
        if shape != first
    ]
    if findings:
        raise InvalidInput(findings)
    return first


def _trailing(hourly: Array, hours: int) -> tuple[Array, Array]:
    """Mean and count of what is there in the last `hours` hours of every hour."""
    total, count = np.zeros(np.shape(hourly)), np.zeros(np.shape(hourly))
    for back in range(hours):
        c = _shift(hourly, back)
        total += np.where(np.isfinite(c), c, 0.0)
        count += np.isfinite(c)
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count, count


def _shift(hourly: Array, back: int) -> Array:
    """The value `back` hours before every hour; NaN before the series begins or where negative."""
    shifted = np.full(np.shape(hourly), np.nan)
    hours = np.shape(hourly)[-1]
    if back < hours:
        shifted[..., back:] = hourly[..., : hours - back]
    return np.where(shifted >= 0, shifted, np.nan)


def _round_half_up(values: Array, digits: int) -> Array:
    scale = 10.0**digits
    rounded: Array = np.floor(values * scale + 0.5 + _TINY) / scale
    return rounded


def _why_none(missing: Sequence[str]) -> Text:
    ko = ", ".join(POLLUTANTS[name].ko for name in missing)
    en = ", ".join(POLLUTANTS[name].en for name in missing)
    return Text(
        f"{ko} 자료가 없어 통합대기환경지수를 산정하지 않습니다.", f"No index is made: {en} is missing."
    )


def _why(value: int, main: Sequence[str], added: int, at_least: bool) -> Text:
    ko = ", ".join(POLLUTANTS[name].ko for name in main)
    en = ", ".join(POLLUTANTS[name].en for name in main)
    grade = AIR_GRADES[_grade_of(value)]
    more = Text("", "")
    if added:
        count = Text("2개", "two") if added == 50 else Text("3개 이상", "three or more")
        more = Text(
            f" '나쁨' 이상인 항목이 {count.ko}여서 {added}점을 더했습니다.",
            f" {added} points were added because {count.en} pollutants are bad or worse.",
        )
    if at_least:
        more = Text(
            more.ko + " 구간의 상한을 알 수 없거나 벗어나 실제 지수는 더 높을 수 있습니다.",
            more.en + " A band's end is unknown or passed, so the true index may be higher.",
        )
    return Text(
        f"통합대기환경지수 {value} ({grade.ko}), 주 오염물질 {ko}.{more.ko}",
        f"Index {value} ({grade.en}), main pollutant {en}.{more.en}",
    )
