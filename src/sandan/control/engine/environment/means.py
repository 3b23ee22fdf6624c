"""Means over windows that say how much of them was there; hourly means in, air warnings out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sandan.control.engine.environment.tables import warning_levels
from sandan.control.model.environment import (
    POLLUTANTS,
    AirWarning,
    Means,
    WarningLevel,
    Window,
)
from sandan.errors import InvalidInput
from sandan.words import Text

KOREA_MS = 9 * 3_600_000
"""Windows begin with the Korean day, not with that of Greenwich."""


def mean_windows(
    start: NDArray[np.int64],
    value: NDArray[np.float64],
    window: Window,
    *,
    since: int,
    until: int,
    counts: NDArray[np.bool_] | None = None,
) -> Means:
    """Means over the windows of [since, until) [ms since 1970], one after the other, shape (windows,).

    `start` [ms] and `value`, shape (samples,), in any order; of samples with the same start the last one
    given counts. `counts` says which samples may count at all (a stack monitor's states); a NaN never
    does. Windows begin at multiples of their length in Korean time; those not wholly within the period
    are not made. NaN where fewer than `window.needed` of the expected samples count.

    Raises `InvalidInput` when a sample does not lie on the window's grid of intervals.

    >>> half_hour = Window(length=1_800_000, interval=300_000, needed=0.75)
    >>> start = np.arange(6) * 300_000
    >>> mean_windows(start, np.arange(6.0), half_hour, since=0, until=1_800_000).mean.tolist()
    [2.5]
    """
    allowed = np.ones(len(start), np.bool_) if counts is None else np.asarray(counts, np.bool_)
    off = (start % window.interval != 0).sum()
    if off:
        raise InvalidInput.because(
            "start",
            Text(f"{off}개 값의 시각이 측정 간격에 맞지 않습니다.", f"{off} samples lie off the interval."),
            Text("간격의 정각에 맞춘 값을 주십시오.", "give samples that begin at whole intervals."),
        )
    first = -(-(since + KOREA_MS) // window.length)
    last = (until + KOREA_MS) // window.length
    windows = max(int(last - first), 0)
    # A sample sent twice is one sample: keep the one given last.
    order = np.argsort(start, kind="stable")
    keep = np.append(start[order][1:] != start[order][:-1], True)[: len(order)]
    chosen = order[keep]
    place = (start[chosen] + KOREA_MS) // window.length - first
    inside = (place >= 0) & (place < windows)
    chosen, place = chosen[inside], place[inside]
    good = allowed[chosen] & np.isfinite(value[chosen])
    count = np.bincount(place[good], minlength=windows)
    total = np.bincount(place[good], weights=value[chosen][good], minlength=windows)
    share = count * window.interval / window.length
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where((count > 0) & (share >= window.needed - 1e-12), total / count, np.nan)
    return Means(
        (first + np.arange(windows)) * window.length - KOREA_MS,
        mean,
        share,
        np.bincount(place[~good], minlength=windows),
    )


def moving_mean(
    hourly: NDArray[np.float64], hours: int, needed: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean of the last `hours` hours of every hour and the share of them there, shape (…, hours).

    For dust `hours` is 24. NaN where less than the share `needed` is there.

    >>> mean, share = moving_mean(np.array([10.0, np.nan, 40.0]), 2, needed=0.5)
    >>> mean.tolist(), share.tolist()
    ([10.0, 10.0, 40.0], [0.5, 0.5, 0.5])
    """
    there = np.isfinite(hourly)
    total = _last(np.cumsum(np.where(there, hourly, 0.0), axis=-1), hours)
    count = np.rint(_last(np.cumsum(there, axis=-1, dtype=np.float64), hours))
    share = count / hours
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where((count > 0) & (share >= needed - 1e-12), total / count, np.nan)
    return mean, share


def warn_of_air(
    hourly: NDArray[np.float64], pollutant: str, levels: Sequence[WarningLevel] | None = None
) -> AirWarning | None:
    """The air warning in force after the last hour of a series of hourly means, shape (hours,); None if none.

    A level begins when the mean was at or above its threshold for its number of hours on end, and goes on
    until an hour falls below the value that ends it; a gap neither begins nor ends one. The higher level
    goes over into the lower. Whether a warning is issued is for the province to say, by zone; this is what
    the complex's own station would give.

    Source: `warnings.csv`.
    """
    found: AirWarning | None = None
    for level in warning_levels() if levels is None else levels:
        if level.pollutant != pollutant:
            continue
        since = _in_force_since(hourly, level)
        if since is not None and (found is None or level.level > found.level.level):
            name = POLLUTANTS[pollutant]
            found = AirWarning(
                level,
                since,
                Text(
                    f"{name.ko} 시간 평균이 {level.hours}시간 이상 {level.at_least:g} 이상이어서 "
                    f"{level.name.ko} 기준에 해당합니다.",
                    f"The hourly mean of {name.en} was {level.at_least:g} or more for {level.hours} h: "
                    f"{level.name.en.lower()}.",
                ),
            )
    return found


def _in_force_since(hourly: NDArray[np.float64], level: WarningLevel) -> int | None:
    on_end, since = 0, None
    for hour, mean in enumerate(hourly.tolist()):
        if mean != mean:
            on_end = 0
        elif mean >= level.at_least:
            on_end += 1
            if on_end >= level.hours and since is None:
                since = hour
        else:
            on_end = 0
            if mean < level.end_below:
                since = None
    return since


def _last(running: NDArray[np.float64], hours: int) -> NDArray[np.float64]:
    """From running totals to totals of the last `hours`."""
    result = running.copy()
    if hours < running.shape[-1]:
        result[..., hours:] -= running[..., :-hours]
    return result
