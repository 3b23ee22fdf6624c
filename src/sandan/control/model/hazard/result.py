"""What becomes of a release, and how far to believe it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from sandan.control.model.hazard.problem import HazardParams, HazardProblem, Model
from sandan.control.model.hazard.quantities import Floats, Kilogram, Ratio
from sandan.control.model.hazard.weather import Stability
from sandan.control.model.substances import Threshold
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader of a result must know; a serious one means that the area may be wrong."""

    text: Text
    serious: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """What people breathe: `places` is (rows, columns) of the grid, or (receptors,).

    `peak` [kg/m³] is the highest over time; `dose` [ppmⁿ·min] the toxic load, n being the substance's
    exponent or 1 where none is known; `arrival` [s] when each threshold is first reached, at the
    earliest, infinite if never: shape (thresholds, *places).
    """

    peak: Floats
    dose: Floats
    arrival: Floats
    dose_exponent: Ratio


@dataclass(frozen=True, slots=True)
class MassBalance:
    """Where the substance is at the end; released = airborne + deposited, indoors is still in the hall."""

    released: Kilogram
    airborne: Kilogram
    deposited: Kilogram
    indoors: Kilogram


@dataclass(frozen=True, slots=True)
class HazardResult:
    """What the release does, and how far to believe it."""

    model: Model
    sigma_set: str
    """Id in the table of σ sets; empty for a model that has none."""
    stability: Sequence[Stability]
    """Those met, in the order of the weather."""
    times: Floats
    """Shape (steps,): the ends of the steps [s]."""
    thresholds: Sequence[Threshold]
    levels: Floats
    """The thresholds in kg/m³ at the air's temperature, shape (thresholds,)."""
    per_ppm: Annotated[float, "kg/m³ per ppm"]
    field: Exposure | None
    people: Exposure | None
    series: Floats | None
    """Mean concentration of each step [kg/m³], shape (steps, receptors)."""
    mass: MassBalance
    notes: Sequence[Note]
    closer: Sequence[Exposure] = ()
    """Over the closer grids of the problem, in their order."""


Disperse = Callable[[HazardProblem, HazardParams], HazardResult]
"""The face that every model has."""


def serious(notes: Sequence[Note]) -> Iterator[Note]:
    """Those that put the area in doubt."""
    return (note for note in notes if note.serious)
