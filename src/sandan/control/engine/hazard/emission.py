"""How much leaves into the open, and when: at once, steadily, or out of a hall's ventilation."""

from __future__ import annotations

import numpy as np

from sandan.control.model.hazard import Floats, Release


def emission_times(release: Release, horizon: float, interval: float) -> Floats:
    """The bounds [s] of the stretches in which a release is followed, shape (stretches + 1,).

    A release at once in the open is a single stretch of no length.
    """
    end = horizon if release.indoors else min(release.duration, horizon)
    if end <= 0:
        return np.zeros(2)
    return np.linspace(0.0, end, max(1, int(np.ceil(end / interval - 1e-9))) + 1)


def emitted(release: Release, times: Floats) -> Floats:
    """Kilograms that have come into the open air by each of `times` [s], same shape.

    In a hall that is well mixed and changes its air λ times an hour, dM/dt = Q − λM, and λM leaves.
    """
    times = np.asarray(times, np.float64)
    out = _let_out(release, times)
    if not release.indoors or release.air_changes is None:
        return out
    return out - _indoors(release, times)


def let_out(release: Release, time: float) -> float:
    """Kilograms that have left their vessel by `time` [s], whether or not they are outdoors yet."""
    return float(_let_out(release, np.asarray(time, np.float64)))


def _let_out(release: Release, times: Floats) -> Floats:
    if release.duration == 0:
        return np.where(times >= 0, release.mass, 0.0)
    return np.asarray(release.mass * np.clip(times / release.duration, 0.0, 1.0), np.float64)


def _indoors(release: Release, times: Floats) -> Floats:
    change = (release.air_changes or 0.0) / 3600
    if release.duration == 0:
        return np.asarray(release.mass * np.exp(-change * times), np.float64)
    rate = release.mass / release.duration
    during = rate / change * -np.expm1(-change * np.minimum(times, release.duration))
    after = np.exp(-change * np.maximum(times - release.duration, 0.0))
    return np.asarray(during * after, np.float64)
