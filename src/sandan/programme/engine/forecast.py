"""When a project will be finished, from the pace of its milestones, its spending and its progress.

Method: the share of the work done at the ends of past quarters gives the increments per quarter; they are
drawn again with replacement (a bootstrap, seeded) until the work is complete. Each series known of a
project gives as many draws as any other, so that the range also shows where they disagree. How well such
forecasts did is found by making them again as of earlier quarters, from what those quarters knew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sandan.errors import Finding, InvalidInput
from sandan.programme.model.vocabulary import Quarter
from sandan.words import Text

WHOLE = 1.0 - 1e-9


class Pace(StrEnum):
    """What a share of the work done was read from."""

    PROGRESS = "progress"
    MILESTONES = "milestones"
    SPENDING = "spending"


PACE_NAMES = {
    Pace.PROGRESS: Text("보고된 추진율", "Reported progress"),
    Pace.MILESTONES: Text("끝난 일정", "Finished milestones"),
    Pace.SPENDING: Text("집행액", "Spending"),
}


class ForecastStatus(StrEnum):
    """Whether there is a forecast, and if not why."""

    DONE = "done"
    FORECAST = "forecast"
    NOT_MOVING = "not_moving"
    TOO_LITTLE = "too_little"


STATUS_NAMES = {
    ForecastStatus.DONE: Text("완료", "Done"),
    ForecastStatus.FORECAST: Text("예측", "Forecast"),
    ForecastStatus.NOT_MOVING: Text(
        "움직임이 없어 끝나는 때를 예측할 수 없습니다", "Nothing moves: no end can be forecast"
    ),
    ForecastStatus.TOO_LITTLE: Text("자료가 부족합니다", "Not enough data"),
}


@dataclass(frozen=True, slots=True)
class ForecastParams:
    """`draws` [100, 100000] of the bootstrap for each series; at least `least` [2, 40] quarters of history;
    a finish beyond `horizon` [4, 400] quarters is *not in sight*; `seed` fixes the draws."""

    draws: int = 2_000
    least: int = 4
    horizon: int = 120
    seed: int = 20_210_324

    def __post_init__(self) -> None:
        ranges = {"draws": (100, 100_000), "least": (2, 40), "horizon": (4, 400)}
        faults = [
            Finding(
                name,
                Text(
                    f"{name}={getattr(self, name)}은(는) {low}–{high} 범위를 벗어납니다.",
                    f"{name}={getattr(self, name)} is outside {low}–{high}.",
                ),
                Text(f"{low}에서 {high} 사이로 정하십시오.", f"give a number from {low} to {high}."),
            )
            for name, (low, high) in ranges.items()
            if not low <= getattr(self, name) <= high
        ]
        if faults:
            raise InvalidInput(faults)


@dataclass(frozen=True, slots=True)
class ForecastProblem:
    """The share of the work done [0, 1] at the end of each quarter known, by what it was read from.

    A project is finished when its progress or its milestones are complete; all its money being spent does
    not finish it. `as_of` is the last quarter whose data may be used.
    """

    shares: Mapping[Pace, Mapping[Quarter, float]]
    as_of: Quarter


@dataclass(frozen=True, slots=True)
class Forecast:
    """The finishing quarter: median and 80 % range, both ends included; `finished` once it is done.

    `late` is None where the upper end is beyond the horizon. `quarters` is the length of the history used.
    """

    status: ForecastStatus
    as_of: Quarter
    median: Quarter | None = None
    early: Quarter | None = None
    late: Quarter | None = None
    finished: Quarter | None = None
    paces: Sequence[Pace] = ()
    quarters: int = 0


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How forecasts of finished projects did: `bias` is mean(median - actual) and `error` the mean absolute
    difference [quarters], `coverage` the share [0, 1] of the 80 % ranges that held the actual quarter.

    All three are None when no forecast could be tried."""

    forecasts: int
    projects: int
    bias: float | None = None
    error: float | None = None
    coverage: float | None = None


_DEFAULT = ForecastParams()


def forecast_completion(problem: ForecastProblem, params: ForecastParams = _DEFAULT) -> Forecast:
    """The quarter in which a project will be finished, as a median with an 80 % range.

    For each series with `least` quarters between its first and last value the increments per quarter d_1…d_n
    (a gap is spread evenly, a step back counts as none) are drawn with replacement until
    share + Σ d ≥ 1; the quarter of the k-th draw is last + k, never before `as_of`. Quantiles 10, 50 and
    90 % over all draws, upward to a whole quarter. Deterministic for a seed; more progress in the last
    quarter of a series that moves is never a later end. A series that does not move, and money that is all
    spent, say nothing of the end. Efron & Tibshirani (1993), An Introduction to the Bootstrap, ch. 8.

    >>> even = {Quarter.at(8000 + i): i / 10 for i in range(6)}
    >>> str(forecast_completion(ForecastProblem({Pace.PROGRESS: even}, Quarter.at(8005))).median)
    '2002-Q3'
    """
    known = {pace: _known(rows, problem.as_of) for pace, rows in problem.shares.items()}
    known = {pace: rows for pace, rows in known.items() if rows}
    finished = _finished(known)
    used = sorted(
        pace for pace, rows in known.items() if rows[-1][0].ordinal - rows[0][0].ordinal >= params.least
    )
    length = max((known[pace][-1][0].ordinal - known[pace][0][0].ordinal for pace in used), default=0)
    if finished is not None:
        return Forecast(
            ForecastStatus.DONE, problem.as_of, finished, finished, finished, finished, used, length
        )
    if not used:
        return Forecast(ForecastStatus.TOO_LITTLE, problem.as_of)
    ends = [draws for pace in used if (draws := _draw(known[pace], problem.as_of, params)) is not None]
    if not ends:
        return Forecast(ForecastStatus.NOT_MOVING, problem.as_of, paces=used, quarters=length)
    early, median, late = _quantiles(np.concatenate(ends), problem.as_of, params)
    return Forecast(ForecastStatus.FORECAST, problem.as_of, median, early, late, None, used, length)


def _known(rows: Mapping[Quarter, float], as_of: Quarter) -> list[tuple[Quarter, float]]:
    return sorted((quarter, float(share)) for quarter, share in rows.items() if quarter <= as_of)


def _finished(known: Mapping[Pace, Sequence[tuple[Quarter, float]]]) -> Quarter | None:
    """The quarter from which on the work has been complete by what was reported last."""
    ends = []
    for pace in (Pace.PROGRESS, Pace.MILESTONES):
        rows = known.get(pace, ())
        if not rows or rows[-1][1] < WHOLE:
            continue
        first = rows[-1][0]
        for quarter, share in reversed(rows):
            if share < WHOLE:
                break
            first = quarter
        ends.append(first)
    return min(ends, default=None)


def _draw(rows: Sequence[tuple[Quarter, float]], as_of: Quarter, params: ForecastParams) -> np.ndarray | None:
    """The finishing quarter's ordinal by draw, infinite beyond the horizon; None when it says nothing."""
    at = [quarter.ordinal for quarter, _ in rows]
    filled = np.interp(np.arange(at[0], at[-1] + 1), at, [share for _, share in rows])
    steps = np.clip(np.diff(filled), 0.0, None)
    left = 1.0 - filled[-1]
    if left <= 1e-9 or steps.sum() <= 0:
        return None
    random = np.random.default_rng(params.seed)
    chosen = random.integers(0, len(steps), size=(params.draws, params.horizon))
    grown = np.cumsum(steps[chosen], axis=1)
    reached = grown >= left - 1e-9
    count = np.where(reached[:, -1], reached.argmax(axis=1) + 1, np.inf)
    return np.asarray(np.maximum(at[-1] + count, as_of.ordinal))


def _quantiles(
    ends: np.ndarray, as_of: Quarter, params: ForecastParams
) -> tuple[Quarter | None, Quarter | None, Quarter | None]:
    ordered = np.sort(ends)
    found = []
    for share in (0.1, 0.5, 0.9):
        value = ordered[min(int(np.ceil(share * len(ordered))), len(ordered)) - 1]
        within = np.isfinite(value) and value <= as_of.ordinal + params.horizon
        found.append(Quarter.at(int(value)) if within else None)
    return found[0], found[1], found[2]


def replay(problem: ForecastProblem, params: ForecastParams = _DEFAULT) -> list[tuple[Forecast, Quarter]]:
    """Every forecast that could have been made of a finished project before it was, with when it was.

    Each is made as of an earlier quarter and sees nothing that was of a later one. Empty for a project that
    is not finished."""
    finished = forecast_completion(problem, params).finished
    if finished is None:
        return []
    first = min((quarter for rows in problem.shares.values() for quarter in rows), default=finished)
    past = []
    for ordinal in range(first.ordinal, finished.ordinal):
        made = forecast_completion(ForecastProblem(problem.shares, Quarter.at(ordinal)), params)
        if made.status is ForecastStatus.FORECAST:
            past.append((made, finished))
    return past


def track_record(problems: Iterable[ForecastProblem], params: ForecastParams = _DEFAULT) -> TrackRecord:
    """How the forecasts of finished projects did, made again as of every quarter before their end.

    A forecast whose median is beyond the horizon counts with the horizon as its median; one whose range has
    no upper end holds every later quarter."""
    tried = [past for problem in problems if (past := replay(problem, params))]
    pairs = [pair for past in tried for pair in past]
    if not pairs:
        return TrackRecord(0, 0)
    misses, held = [], 0
    for made, actual in pairs:
        median = made.median.ordinal if made.median else made.as_of.ordinal + params.horizon
        misses.append(median - actual.ordinal)
        after = made.early is None or made.early <= actual
        before = made.late is None or actual <= made.late
        held += made.early is not None and after and before
    return TrackRecord(
        forecasts=len(pairs),
        projects=len(tried),
        bias=sum(misses) / len(misses),
        error=sum(abs(one) for one in misses) / len(misses),
        coverage=held / len(pairs),
    )
