"""Pasquill's class from what a weather station or a forecast tells.

Measured radiation is used by day where there is any, then the sun's height and the cloud; at night the
cloud. Where nothing is known the class is taken that keeps a cloud together, and the estimate says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sandan.control.model.hazard import Stability
from sandan.errors import InvalidInput
from sandan.tables import read_table
from sandan.words import Text

_WINDS = (("below_2", 2.0), ("below_3", 3.0), ("below_5", 5.0), ("below_6", 6.0))
_OVERCAST, _CLOUDY = 7 / 8, 5 / 8
_STRONG, _MODERATE = 60.0, 35.0
"""Heights of the sun [°] from which a clear sky heats strongly and moderately (Turner 1970)."""


@dataclass(frozen=True, slots=True)
class StabilityEstimate:
    """A class, what it was concluded from, and whether enough was known for that."""

    stability: Stability
    basis: Text
    sure: bool


@cache
def _table() -> tuple[tuple[str, float, dict[str, Stability]], ...]:
    return tuple(
        (
            row["method"],
            float(row["at_least"]),
            {name: Stability(row[name]) for name in (*(w for w, _ in _WINDS), "above")},
        )
        for row in read_table(__name__, "stability_classes.csv")
    )


def _look_up(method: str, value: float, speed: float) -> Stability:
    column = next((name for name, limit in _WINDS if speed < limit), "above")
    return next(row[column] for at, least, row in _table() if at == method and value >= least)


def estimate_stability(
    speed: float,
    *,
    sun_elevation: float | None = None,
    radiation: float | None = None,
    cloud: float | None = None,
) -> StabilityEstimate:
    """The class for a wind of `speed` [m/s] at 10 m.

    `sun_elevation` [°], `radiation` [W/m²] on the level, `cloud` as a share of the sky 0 to 1. Sources:
    US EPA (2000), EPA-454/R-99-005 (radiation); Pasquill (1961) and Turner (1970) (sun and cloud).
    `InvalidInput` for a wind below 0 or a cloud outside 0 to 1.

    >>> estimate_stability(3.5, sun_elevation=50, radiation=800).stability
    <Stability.B: 'B'>
    """
    if not speed >= 0 or not (cloud is None or 0 <= cloud <= 1):
        raise InvalidInput.because(
            "weather",
            Text("풍속은 0 이상, 운량은 0~1이어야 합니다.", "wind is 0 or more, cloud lies in 0 to 1."),
            Text("기상 값을 확인하십시오.", "check the weather."),
        )
    if sun_elevation is None and radiation is None:
        return _guess(speed)
    day = sun_elevation > 0 if sun_elevation is not None else (radiation or 0.0) > 0
    if not day:
        basis = Text("야간 풍속과 구름", "the wind and the cloud at night")
        return StabilityEstimate(_look_up("cloud", cloud or 0.0, speed), basis, cloud is not None)
    if radiation is not None:
        basis = Text("풍속과 일사량", "the wind and the radiation")
        return StabilityEstimate(_look_up("radiation", max(radiation, 0.0), speed), basis, True)
    if cloud is None:
        basis = Text("구름을 알 수 없어 중립으로 봄", "the cloud is unknown, so neutral is taken")
        return StabilityEstimate(Stability.D, basis, False)
    basis = Text("풍속과 태양 고도, 구름", "the wind, the sun's height and the cloud")
    if cloud >= _OVERCAST:
        return StabilityEstimate(Stability.D, basis, True)
    heat = 1 + ((sun_elevation or 0.0) > _MODERATE) + ((sun_elevation or 0.0) > _STRONG)
    heat = max(1, heat - (cloud >= _CLOUDY))
    return StabilityEstimate(_look_up("insolation", heat, speed), basis, True)


def _guess(speed: float) -> StabilityEstimate:
    basis = Text("일사와 구름을 알 수 없어 안전측으로 봄", "radiation and cloud are unknown: the safe side")
    return StabilityEstimate(_look_up("cloud", 0.0, speed), basis, False)
