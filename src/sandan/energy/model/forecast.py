"""What is known of load and generation, and what is thought of their next days.

A series is a row of equal steps (a quarter-hour unless the data are coarser). NaN is missing, never zero.
Everything here is plain arrays, so that a model can be kept, sent and read again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sandan.clock import DAY_MS, HOUR_MS
from sandan.energy.model.rates import SLOT_MS, Floats, Instants
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

LONGEST_DAYS = 7
"""How far a forecast reaches."""
Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class History:
    """What was measured: `values` [series, slots] in steps of `step` ms from `start` (ms UTC)."""

    series: tuple[str, ...]
    start: int
    values: Floats | Singles
    step: int = SLOT_MS

    def __post_init__(self) -> None:
        found = []
        if self.values.ndim != 2 or len(self.series) != self.values.shape[0]:
            found.append(
                Finding(
                    "values",
                    Text(
                        "계열 수와 값의 행 수가 다릅니다.", "There is not one row of values for each series."
                    ),
                    Text("행을 계열 수에 맞추십시오.", "Give one row for each series."),
                )
            )
        if self.step <= 0 or DAY_MS % self.step or DAY_MS // self.step % 24:
            found.append(
                Finding(
                    "step",
                    Text(
                        f"{self.step} ms는 한 시간을 나누지 못합니다.",
                        f"{self.step} ms do not divide an hour.",
                    ),
                    Text("15분 또는 1시간 간격으로 주십시오.", "Give steps of 15 minutes or an hour."),
                )
            )
        if found:
            raise InvalidInput(found)

    @property
    def end(self) -> int:
        """When the last slot ends [ms UTC]."""
        return self.start + int(self.values.shape[1]) * self.step

    def before(self, until: int) -> History:
        """What was known at `until` if every value came at the end of its slot."""
        return History(
            self.series, self.start, self.values[:, : max(0, (until - self.start) // self.step)], self.step
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days as people live them: where midnight is, and which days are holidays."""

    holidays: frozenset[date]
    offset_ms: int = 9 * HOUR_MS
    """Local time less UTC; Korea knows no summer time."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Weather of one place, each row as it was told at `known_at`: measured, or a forecast of many.

    `start` [rows] is the slot it speaks of, `known_at` [rows] when it could be read, both ms UTC; `values`
    [rows, variables]. What is not known when a forecast is made is not used for it, in training either.
    """

    variables: tuple[str, ...]
    start: Instants
    known_at: Instants
    values: Floats


@dataclass(frozen=True, slots=True)
class Roofs:
    """Photovoltaic roofs of one place; arrays are [roofs]."""

    latitude: float
    longitude: float
    tilt: Floats
    """From the level [°]."""
    azimuth: Floats
    """Which way they face, clockwise from north [°]."""
    dc_kw: Floats
    """Of the modules at 1,000 W/m² and 25 °C [kW]."""
    ac_kw: Floats
    """The most the inverter gives [kW]."""
    temperature: Floats
    """Power lost for each degree of the cell [1/K], below zero."""
    losses: float = 0.14075660688264469
    """Dirt, wiring, mismatch and the like, together [1]; the sum of PVWatts v5."""
    albedo: float = 0.25
    """Of the ground [1]; pvlib's default."""


@dataclass(frozen=True, slots=True)
class TreesParams:
    """How the boosted trees are grown."""

    trees: int = 120
    depth: int = 6
    rate: float = 0.05
    share: float = 0.5
    """Of the rows, for each tree."""
    features: float = 0.7
    """Of the features, for each tree."""
    least: int = 100
    """Rows on each side of a split."""
    rows: int = 120_000
    """Rows drawn from all series for training."""
    seed: int = 7


@dataclass(frozen=True, slots=True)
class ForecastParams:
    """How a model is trained and what it tells."""

    quantiles: tuple[float, ...] = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
    days: int = 364
    """Newest days of history that are learned from."""
    least_days: int = 28
    """Days with data that a series needs; one with fewer is given the naive forecast, and says so."""
    calibration_days: int = 28
    """Newest days whose errors make the quantiles."""
    leads: tuple[int, ...] = (1, 2, 4)
    """Days between the last whole day known and the day forecast, one set of weights for each; a lead between
    two of them takes the longer, and one beyond the last takes the last."""
    penalty: float = 0.001
    """How strongly the experts' weights are drawn to the first guess."""
    learning_rate: float = 0.02
    """Step γ of the adaptive conformal levels, per day, by what a series itself missed."""
    pooled_rate: float = 0.1
    """The same by what all series missed in the mean."""
    trees: TreesParams = field(default_factory=TreesParams)

    def __post_init__(self) -> None:
        q = self.quantiles
        found = []
        if not q or list(q) != sorted(set(q)) or q[0] <= 0 or q[-1] >= 1 or 0.5 not in q:
            found.append(
                Finding(
                    "quantiles",
                    Text("분위수가 맞지 않습니다.", "The quantiles do not fit."),
                    Text(
                        "0과 1 사이에서 오름차순으로, 0.5를 포함하여 적으십시오.",
                        "Give rising levels between 0 and 1, the median 0.5 among them.",
                    ),
                )
            )
        if not self.leads or list(self.leads) != sorted(set(self.leads)) or self.leads[0] < 1:
            found.append(
                Finding(
                    "leads",
                    Text("예측 일수가 맞지 않습니다.", "The leads do not fit."),
                    Text("1 이상을 오름차순으로 적으십시오.", "Give rising whole numbers from 1."),
                )
            )
        if found:
            raise InvalidInput(found)


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted oblivious trees: `feature`, `above` [trees, depth], `value` [trees, 2^depth]."""

    edges: Singles
    """Where features are cut into bins [features, bins − 1]."""
    feature: NDArray[np.int64]
    above: NDArray[np.uint8]
    value: Singles


class Method(IntEnum):
    """Where a series' forecast comes from."""

    NAIVE = 0
    """Too little history: the same hours of last week."""
    LEARNED = 1


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned of some series, and from what; it holds no measurement but its newest errors."""

    series: tuple[str, ...]
    step: int
    begin: int
    """The first instant it learned from [ms UTC]."""
    until: int
    """What came later it has not seen [ms UTC]."""
    params: ForecastParams
    calendar: Calendar
    variables: tuple[str, ...]
    """The weather it wants; none when it was trained without."""
    usual_weather: Floats
    """Mean and spread of each variable [2, variables]."""
    method: NDArray[np.int8]
    """`Method` of each series."""
    days: NDArray[np.int64]
    """Days' worth of values each series was learned from."""
    level: Floats
    """Mean size of each series, to which all else is relative."""
    floor: Floats
    """0 for a series that never went below it, else −∞."""
    weights: Singles
    """Of the experts [series, leads, working day or day off, experts]."""
    trees: Trees
    scale: Singles
    """How far a forecast is usually off, as a share of the level [series, working or off, blocks]."""
    errors: Singles
    """Newest errors over their scale [series, leads, days, samples]; NaN where there is none."""
    shift: Singles
    """What the adaptive levels have moved by [series, leads, quantiles]."""
    carry: Singles
    """How much of today's error stays [series, reaches, windows]."""
    narrow: Singles
    """How much smaller errors are soon after a measurement [series, reaches], 1 a day later."""


@dataclass(frozen=True, slots=True)
class Score:
    """How far forecasts were from what came; one figure a series, NaN where nothing can be compared."""

    n_mae: Floats
    """Mean absolute error of the median over the mean of the actual's size [1]."""
    mase: Floats
    """The same over the mean absolute change from one week to the next [1]."""
    pinball: Floats
    """Mean pinball loss of all quantiles over the mean of the actual's size [1]."""
    coverage: Floats
    """Share of the actual between the outermost pair asked for [1]."""
    slots: NDArray[np.int64]
    """How many values were compared."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is thought at `until` of the slots that begin at `start` [slots].

    `values` [series, slots, quantiles]; NaN where even last week is missing.
    """

    series: tuple[str, ...]
    until: int
    start: Instants
    quantiles: tuple[float, ...]
    values: Singles
    method: NDArray[np.int8]
    """`Method` of each series."""

    @property
    def median(self) -> Singles:
        """The middle of what is thought [series, slots]."""
        return self.values[:, :, self.quantiles.index(0.5)]


@dataclass(frozen=True, slots=True)
class Record:
    """How a series has been forecast over the last weeks, beside the naive forecast of the same slots."""

    series: tuple[str, ...]
    begin: int
    end: int
    forecast: Score
    naive: Score

    @property
    def gain(self) -> Floats:
        """How much smaller the error is than the naive one [1]; below zero where the naive is better."""
        return np.asarray(1 - self.forecast.n_mae / self.naive.n_mae, np.float64)
