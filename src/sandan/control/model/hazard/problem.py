"""What is asked of a model, and how it is to compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sandan.control.model.hazard.places import Grid, Receptors
from sandan.control.model.hazard.quantities import Metre, MetrePerSecond, Second, at_least, check, positive
from sandan.control.model.hazard.release import Release
from sandan.control.model.hazard.weather import Weather
from sandan.control.model.substances import Threshold
from sandan.words import Text


class Terrain(StrEnum):
    """How rough the ground is: an industrial complex with halls is urban."""

    RURAL = "rural"
    URBAN = "urban"


class Model(StrEnum):
    """Which model is asked for, or was used."""

    AUTO = "auto"
    """Gaussian puffs where they are valid, Britter–McQuaid where the cloud is dense."""
    GAUSSIAN_PUFF = "gaussian_puff"
    BRITTER_MCQUAID = "britter_mcquaid"


MODELS = {
    Model.AUTO: Text("자동 선택", "Chosen by the screening"),
    Model.GAUSSIAN_PUFF: Text("가우시안 퍼프", "Gaussian puffs"),
    Model.BRITTER_MCQUAID: Text("Britter–McQuaid 무거운 가스", "Britter–McQuaid dense gas"),
}


@dataclass(frozen=True, slots=True)
class HazardParams:
    """How to compute; what follows from the problem is left empty."""

    model: Model = Model.AUTO
    sigma_set: str = ""
    """Empty: from the terrain and the kind of release; the result says which it was."""
    terrain: Terrain = Terrain.URBAN
    step: Second = 60.0
    steps: int = 60
    puff_interval: Second = 20.0
    height: Metre = 1.5
    """At which people breathe."""
    transport_height: Metre = 10.0
    """Clouds travel with the wind at the release's height, at least at this one."""
    calm: MetrePerSecond = 0.5
    """Slower wind is reckoned as this: a cloud spreads even in a calm."""
    deposition: MetrePerSecond = 0.0
    """Velocity of dry deposition; 0 keeps all of it in the air, which is the safe side."""

    def __post_init__(self) -> None:
        within = Text("0초보다 크고 간격 이하로 적으십시오.", "give more than 0 s, at most a step.")
        check(
            "params",
            [
                ("step", self.step > 0, positive("s")),
                ("steps", 1 <= self.steps <= 10_000, Text("1~10,000으로 적으십시오.", "give 1 to 10,000.")),
                ("puff_interval", 0 < self.puff_interval <= self.step, within),
                ("height", self.height >= 0, at_least(0, "m")),
                ("transport_height", self.transport_height > 0, positive("m")),
                ("calm", self.calm > 0, positive("m/s")),
                ("deposition", self.deposition >= 0, at_least(0, "m/s")),
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HazardProblem:
    """A release, its weather, where to look, and the thresholds that matter."""

    release: Release
    weather: Weather
    grid: Grid | None = None
    receptors: Receptors | None = None
    thresholds: Sequence[Threshold] = ()
    closer: Sequence[Grid] = ()
    """More grids over parts of the same, each as fine as its part asks."""

    def __post_init__(self) -> None:
        somewhere = self.grid is not None or self.receptors is not None
        usable = all(threshold.value is not None for threshold in self.thresholds)
        check(
            "problem",
            [
                ("grid", somewhere, Text("격자나 지점을 정하십시오.", "give a grid or receptors.")),
                (
                    "thresholds",
                    usable,
                    Text("값이 없는 기준은 빼십시오.", "leave out a threshold that has no value."),
                ),
            ],
        )
