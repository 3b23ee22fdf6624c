"""A day's use fitted to calendar, temperature and production, by least squares with change points.

All change points are tried on one Gram matrix, so that a fit takes milliseconds; which form holds is decided
by BIC on the number of independent days, not of days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import Floats
from sandan.energy.model.savings import Baseline, DayKind, Days, Form, SavingParams
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

_BLOCK = 30
"""Days that are left out together."""
_GRID = 16
"""Change points that are tried."""


@dataclass(frozen=True, slots=True)
class _Fit:
    form: Form
    heating: float
    cooling: float
    columns: Floats
    coefficients: Floats
    rss: float


def fit_baseline(days: Days, params: SavingParams | None = None) -> Baseline:
    """The baseline of the days before a measure.

    energy = Σ kind of day + βh·max(Th − T, 0) + βc·max(T − Tc, 0) + Σ βk·driver, with βh, βc > 0 or left out.
    Days without energy, temperature or a driver are left out. Raises `InvalidInput` for too few days or for a
    driver that does not vary or repeats what the others say.
    """
    params = params or SavingParams()
    use = usable(days)
    n = int(use.sum())
    if n < params.least_days:
        raise InvalidInput.because(
            "baseline",
            Text(
                f"자료가 온전한 날이 {n}일뿐입니다({params.least_days}일 이상 필요).",
                f"Only {n} days have all data; {params.least_days} are needed.",
            ),
            Text(
                "기준 기간을 늘리거나 빠진 자료를 채워 주십시오.",
                "Lengthen the baseline or fill in the data.",
            ),
        )
    seen = tuple(DayKind(kind) for kind in np.unique(days.kind[use]))
    names = tuple(days.drivers)
    fixed = _fixed(days, use, seen, names)
    _check(fixed, seen, names)
    y = days.energy[use]
    fit = _choose(fixed, y, None if days.temperature is None else days.temperature[use], len(seen))
    design = _with_slopes(fit, None if days.temperature is None else days.temperature[use])
    residual = y - fit.columns @ fit.coefficients
    p = design.shape[1]
    sigma = float(np.sqrt(fit.rss / max(n - p, 1)))
    rho = _autocorrelation(days.day[use], residual, p)
    errors = _held_out(days.day[use], design, residual)
    mean = float(y.mean())
    return Baseline(
        form=fit.form,
        heating_below=fit.heating,
        cooling_above=fit.cooling,
        names=_names(seen, fit.form, names),
        coefficients=fit.coefficients,
        kinds=seen,
        drivers=names,
        ranges=_ranges(days, use),
        day=days.day[use],
        residual=residual,
        design=design,
        sigma=sigma,
        autocorrelation=rho,
        effective=max(n * (1 - rho) / (1 + rho), 2.0),
        cv=sigma / mean if mean > 0 else float("inf"),
        bias=float(errors.mean()) / mean if mean > 0 else float("inf"),
        r2=1 - fit.rss / float(((y - mean) ** 2).sum()) if np.ptp(y) > 0 else 1.0,
        coverage=n / int(days.day[-1] - days.day[0] + 1),
        block_errors=errors,
        shape=_shape(days, use, seen),
    )


def usable(days: Days) -> NDArray[np.bool_]:
    """Which days have all that is needed [n]."""
    there = ~np.isnan(days.energy)
    for column in (*days.drivers.values(), *(() if days.temperature is None else (days.temperature,))):
        there = there & ~np.isnan(column)
    return there


def predict(baseline: Baseline, days: Days) -> tuple[Floats, Floats]:
    """What days would take by the baseline [kWh, n] and their rows of the design [n, p + change points].

    NaN where something is missing or the kind of day was never seen. Raises `InvalidInput` when the days lack
    the temperature or a driver the baseline was fitted with.
    """
    lacking = [name for name in baseline.drivers if name not in days.drivers]
    if baseline.form != "flat" and days.temperature is None:
        lacking.append("temperature")
    if lacking:
        raise InvalidInput(
            Finding(
                f"days.{name}",
                Text(
                    f"기준 모형에 쓰인 '{name}' 자료가 없습니다.", f"The baseline was fitted with '{name}'."
                ),
                Text("같은 자료를 주십시오.", "Give the same data."),
            )
            for name in lacking
        )
    everything = np.ones(len(days.day), dtype=np.bool_)
    columns = _columns(
        _fixed(days, everything, baseline.kinds, baseline.drivers),
        days.temperature,
        baseline.heating_below,
        baseline.cooling_above,
        len(baseline.kinds),
    )
    known = np.isin(days.kind, [int(kind) for kind in baseline.kinds])
    fit = _Fit(
        baseline.form, baseline.heating_below, baseline.cooling_above, columns, baseline.coefficients, 0
    )
    design = _with_slopes(fit, days.temperature)
    design = np.where(known[:, None], design, np.nan)
    return design[:, : columns.shape[1]] @ baseline.coefficients, design


def _fixed(days: Days, use: NDArray[np.bool_], seen: tuple[DayKind, ...], names: tuple[str, ...]) -> Floats:
    """Columns that do not depend on change points [n, kinds + drivers]."""
    parts = [(days.kind[use] == kind).astype(np.float64) for kind in seen]
    return np.column_stack([*parts, *(days.drivers[name][use] for name in names)])


def _check(fixed: Floats, seen: tuple[DayKind, ...], names: tuple[str, ...]) -> None:
    scale = np.maximum(np.abs(fixed).max(axis=0), 1e-300)
    for i, name in enumerate(names, start=len(seen)):
        part = fixed[:, : i + 1] / scale[: i + 1]
        if np.linalg.matrix_rank(part, tol=1e-8 * len(part)) <= i:
            raise InvalidInput.because(
                f"driver.{name}",
                Text(
                    f"'{name}'이(가) 변하지 않거나 다른 자료와 같은 말을 합니다.",
                    f"'{name}' does not vary, or says what the others say.",
                ),
                Text("이 자료를 빼십시오.", "Leave it out."),
            )


def _columns(fixed: Floats, temperature: Floats | None, heating: float, cooling: float, kinds: int) -> Floats:
    parts = [fixed[:, :kinds]]
    if temperature is not None and not np.isnan(heating):
        parts.append(np.maximum(heating - temperature, 0)[:, None])
    if temperature is not None and not np.isnan(cooling):
        parts.append(np.maximum(temperature - cooling, 0)[:, None])
    return np.hstack([*parts, fixed[:, kinds:]])


def _choose(fixed: Floats, y: Floats, temperature: Floats | None, kinds: int) -> _Fit:
    """The form and change points of least BIC."""
    n = len(y)
    scale = np.maximum(np.abs(fixed).max(axis=0), 1e-300)
    grid = np.empty(0)
    sides: list[Floats] = [fixed / scale]
    if temperature is not None and np.ptp(temperature) > 0:
        grid = np.unique(np.quantile(temperature, np.linspace(0.08, 0.92, _GRID)))
        sides += [
            np.maximum(grid[None, :] - temperature[:, None], 0),
            np.maximum(temperature[:, None] - grid[None, :], 0),
        ]
    whole = np.hstack(sides)
    gram, moment, power = whole.T @ whole, whole.T @ y, float(y @ y)
    f, g = fixed.shape[1], len(grid)
    base = list(range(f))
    flat_rss, _ = _solve(gram, moment, power, base)
    candidates: list[tuple[float, Form, float, float]] = []
    rho = _lag_one(y - fixed @ np.linalg.lstsq(fixed, y, rcond=None)[0])
    worth = max(n * (1 - rho) / (1 + rho), 10.0)

    def bic(rss: float, k: int) -> float:
        return worth * float(np.log(max(rss, 1e-12 * max(power, 1e-300)) / n)) + k * float(np.log(worth))

    candidates.append((bic(flat_rss, f), "flat", np.nan, np.nan))
    for i in range(g):
        for form, column in (("heating", f + i), ("cooling", f + g + i)):
            rss, slopes = _solve(gram, moment, power, [*base, column])
            if slopes[f] > 0:
                pair = (float(grid[i]), np.nan) if form == "heating" else (np.nan, float(grid[i]))
                candidates.append((bic(rss, f + 2), cast("Form", form), *pair))
        for j in range(i, g):
            rss, slopes = _solve(gram, moment, power, [*base, f + i, f + g + j])
            if slopes[f] > 0 and slopes[f + 1] > 0:
                candidates.append((bic(rss, f + 4), "both", float(grid[i]), float(grid[j])))
    _, form_, heating, cooling = min(candidates, key=lambda one: one[0])
    best = _fit(fixed, y, temperature, kinds, form_, heating, cooling)
    for side in ("heating", "cooling"):
        at = best.heating if side == "heating" else best.cooling
        if np.isnan(at):
            continue
        near = int(np.searchsorted(grid, at))
        steps = np.linspace(grid[max(near - 1, 0)], grid[min(near + 1, g - 1)], _GRID)
        for step in steps.tolist():
            pair = (step, best.cooling) if side == "heating" else (best.heating, step)
            if not pair[0] > pair[1]:
                tried = _fit(fixed, y, temperature, kinds, form_, *pair)
                best = tried if tried.rss < best.rss else best
    return best


def _fit(
    fixed: Floats,
    y: Floats,
    temperature: Floats | None,
    kinds: int,
    form: Form,
    heating: float,
    cooling: float,
) -> _Fit:
    columns = _columns(fixed, temperature, heating, cooling, kinds)
    width = np.maximum(np.abs(columns).max(axis=0), 1e-300)
    coefficients = np.linalg.lstsq(columns / width, y, rcond=None)[0] / width
    residual = y - columns @ coefficients
    return _Fit(form, heating, cooling, columns, coefficients, float(residual @ residual))


def _solve(gram: Floats, moment: Floats, power: float, columns: list[int]) -> tuple[float, Floats]:
    part = gram[np.ix_(columns, columns)]
    ridge = 1e-10 * np.trace(part) / len(columns)
    found = np.linalg.solve(part + ridge * np.eye(len(columns)), moment[columns])
    return power - float(moment[columns] @ found), found


def _with_slopes(fit: _Fit, temperature: Floats | None) -> Floats:
    """The columns and, for each change point, what moving it by a degree would do."""
    if temperature is None or fit.form == "flat":
        return fit.columns
    extra = []
    if not np.isnan(fit.heating):
        extra.append(np.where(np.isnan(temperature), np.nan, (temperature < fit.heating).astype(np.float64)))
    if not np.isnan(fit.cooling):
        extra.append(np.where(np.isnan(temperature), np.nan, -(temperature > fit.cooling).astype(np.float64)))
    return np.column_stack([fit.columns, *extra])


def _names(seen: tuple[DayKind, ...], form: Form, drivers: tuple[str, ...]) -> tuple[str, ...]:
    slopes = {"flat": (), "heating": ("heating",), "cooling": ("cooling",), "both": ("heating", "cooling")}
    return (*(kind.name.lower() for kind in seen), *slopes[form], *drivers)


def _lag_one(residual: Floats) -> float:
    power = float(residual @ residual)
    return float(np.clip(residual[1:] @ residual[:-1] / power, 0, 0.95)) if power > 0 else 0.0


def _autocorrelation(day: NDArray[np.int64], residual: Floats, p: int) -> float:
    """Lag-one correlation of neighbouring days, corrected because a short record shows too little of it."""
    next_day = np.diff(day) == 1
    power = float(residual @ residual) / len(residual)
    if power <= 0 or next_day.sum() < 10:
        return 0.0
    raw = float((residual[1:] * residual[:-1])[next_day].mean()) / power
    return float(np.clip(raw + (1 + 4 * raw + p / 2) / len(residual), 0, 0.95))


def _held_out(day: NDArray[np.int64], design: Floats, residual: Floats) -> Floats:
    """Mean error of each block of days, had the coefficients been fitted without it: (I − H)⁻¹ residual."""
    scaled = design / np.maximum(np.abs(design).max(axis=0), 1e-300)
    inverse = np.linalg.pinv(scaled)
    block = (day - day[0]) // _BLOCK
    errors = []
    for number in np.unique(block):
        inside = np.flatnonzero(block == number)
        if len(inside) < _BLOCK // 3:
            continue
        leverage = scaled[inside] @ inverse[:, inside]
        own = np.linalg.lstsq(np.eye(len(inside)) - leverage, residual[inside], rcond=1e-6)[0]
        errors.append(float(own.mean()))
    return np.array(errors)


def _ranges(days: Days, use: NDArray[np.bool_]) -> dict[str, tuple[float, float]]:
    parts = dict(days.drivers)
    if days.temperature is not None:
        parts["temperature"] = days.temperature
    return {name: (float(part[use].min()), float(part[use].max())) for name, part in parts.items()}


def _shape(days: Days, use: NDArray[np.bool_], seen: tuple[DayKind, ...]) -> dict[DayKind, Floats]:
    if days.slots is None:
        return {}
    shapes = {}
    for kind in seen:
        mean = days.slots[use & (days.kind == kind)].mean(axis=0)
        if mean.sum() > 0:
            shapes[kind] = mean / mean.sum()
    return shapes
