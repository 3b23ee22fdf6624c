"""The distribution network as a power flow sees it: a tree from the substation to the meters, and its limits.

Lengths are m, voltages kV, powers kW and kvar over quarter-hours. What the twin does not know of a cable or a
transformer is assumed from a table of standard types, and `Grid.assumptions` says each of it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import Floats
from sandan.energy.model.tariff import Source
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

Index = NDArray[np.int64]
Kilovolt = Annotated[float, "kV"]
PerUnit = Annotated[float, "1"]


@dataclass(frozen=True, slots=True)
class LineType:
    """A conductor; per km and phase, positive sequence."""

    id: str
    resistance: Annotated[float, "Ω/km"]
    reactance: Annotated[float, "Ω/km"]
    capacitance: Annotated[float, "nF/km"]
    rating: Annotated[float, "A"]
    reactance_hertz: Annotated[float, "Hz"]
    """Frequency at which the reactance was given."""
    source: Source


@dataclass(frozen=True, slots=True)
class TransformerType:
    """A transformer of this size; losses and impedance as shares of its rating."""

    rating: Annotated[float, "kVA"]
    impedance: PerUnit
    load_loss: PerUnit
    no_load_loss: PerUnit
    no_load_current: PerUnit
    source: Source


@dataclass(frozen=True, slots=True)
class VoltageBand:
    """What the voltage must be kept within; `low` and `high` are None where no figure was found."""

    version: str
    effective_from: date
    nominal: Kilovolt
    low: Kilovolt | None
    high: Kilovolt | None
    phase: bool
    """Whether the figures are of phase to neutral; the others are between phases."""
    source: Source


@dataclass(frozen=True, slots=True)
class GridParams:
    """What no twin says of its network; what depends on the utility has no default."""

    trunk: str
    """`LineType` of the feeders."""
    lateral: str
    """`LineType` from a feeder to its transformers."""
    power_factor: PerUnit
    """Lagging, where reactive power is not measured."""
    source_voltage: PerUnit
    """Voltage kept at the substation's busbar, of the feeder's nominal."""
    service: str | None = None
    """`LineType` from a transformer to its meters; None: meters sit on its low-voltage busbar."""
    low_voltage: Kilovolt = 0.38
    hertz: Annotated[float, "Hz"] = 60.0
    short_circuit: Annotated[float, "MVA"] | None = None
    """At the substation's busbar; None: infinitely strong."""
    loading: PerUnit = 1.0
    """Share of a rating above which a line or transformer is overloaded."""

    def __post_init__(self) -> None:
        allowed = {
            "power_factor": (0.1, 1.0),
            "source_voltage": (0.8, 1.2),
            "low_voltage": (0.1, 1.0),
            "hertz": (50.0, 60.0),
            "loading": (0.1, 2.0),
        }
        wrong = [
            Finding(
                field.name,
                Text(f"{low:g}~{high:g} 범위여야 합니다.", f"must be between {low:g} and {high:g}."),
                Text("값을 고치십시오.", "Mend the value."),
            )
            for field in fields(self)
            for low, high in [allowed.get(field.name, (0.0, 0.0))]
            if field.name in allowed and not low <= getattr(self, field.name) <= high
        ]
        if wrong:
            raise InvalidInput(wrong)


@dataclass(frozen=True, slots=True)
class NetworkTold:
    """What the operator said the network is made of; nothing is made up before."""

    params: GridParams | None = None
    conductors: tuple[LineType, ...] = ()
    """Cables of the utility that no table knows."""
    band: tuple[Kilovolt, Kilovolt] | None = None
    """What the feeders' voltage must be kept within, which no table knows either."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Stretches of cable; all arrays [lines]."""

    ids: tuple[str, ...]
    """`<thing>/<number>` counted from the substation."""
    things: tuple[str, ...]
    """The feeder or transformer each belongs to."""
    start: Index
    end: Index
    """Nodes; the end is farther from the substation."""
    length: Floats
    resistance: Floats
    reactance: Floats
    """Of the whole stretch [Ω]."""
    capacitance: Floats
    """Of the whole stretch [F]."""
    rating: Floats
    """[A]."""


@dataclass(frozen=True, slots=True)
class Transformers:
    """All arrays [transformers]; `start` is the node of the higher voltage."""

    ids: tuple[str, ...]
    start: Index
    end: Index
    rating: Floats
    """[kVA]."""
    impedance: Floats
    load_loss: Floats
    no_load_loss: Floats
    no_load_current: Floats


@dataclass(frozen=True, slots=True)
class Grid:
    """A network that can be computed."""

    nodes: tuple[str, ...]
    things: tuple[str, ...]
    """What of the twin each node belongs to."""
    place: Floats
    """Longitude and latitude [nodes × 2]."""
    nominal: Floats
    """[kV, nodes]."""
    lines: Lines
    transformers: Transformers
    meters: tuple[str, ...]
    at: Index
    """Node of each meter."""
    sources: Index
    """Nodes of the substations' busbars."""
    feeders: tuple[str, ...]
    heads: Index
    """The first line of each feeder."""
    capacity: Floats
    """What each feeder may carry [kW]; NaN where the twin does not say."""
    assumptions: tuple[Text, ...]
    left_out: tuple[Finding, ...]
    """Things that could not be connected, and why; their power is not in the flow."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A power flow in each quarter-hour; NaN throughout where none was found."""

    voltage: Floats
    """Of nominal [nodes × n]."""
    line_loading: Floats
    """Of the rated current [lines × n]."""
    transformer_loading: Floats
    """Of the rated power [transformers × n]."""
    head: Floats
    """Into each feeder at the substation [kW, feeders × n]; negative when it gives back."""
    losses: Floats
    """[kW, n]."""
    supplied: Floats
    """By the substations [kW, n]."""

    @property
    def unsolved(self) -> Index:
        """Quarter-hours in which the voltage has no solution: more is asked than the network can carry."""
        return np.flatnonzero(np.isnan(self.losses))


class Fault(StrEnum):
    """How a limit is broken."""

    LOW_VOLTAGE = "low_voltage"
    HIGH_VOLTAGE = "high_voltage"
    LINE = "line"
    TRANSFORMER = "transformer"
    FEEDER = "feeder"
    COLLAPSE = "collapse"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that breaks one limit, at its worst."""

    thing: str
    fault: Fault
    worst: float
    limit: float
    unit: str
    slot: int
    """Quarter-hour of the worst."""
    slots: int
    """How many quarter-hours it lasts."""
    said: Text


@dataclass(frozen=True, slots=True)
class GridCheck:
    """What a plan does to the network."""

    before: Flow
    after: Flow
    broken_before: tuple[Violation, ...]
    broken_after: tuple[Violation, ...]
    unchecked: tuple[Text, ...]
    """Limits that nobody has given."""
    assumptions: tuple[Text, ...]
    left_out: tuple[Finding, ...]

    @property
    def caused(self) -> tuple[Violation, ...]:
        """What was within its limits before the plan."""
        known = {(one.thing, one.fault) for one in self.broken_before}
        return tuple(one for one in self.broken_after if (one.thing, one.fault) not in known)

    @property
    def mended(self) -> tuple[Violation, ...]:
        """What is within its limits only with the plan."""
        known = {(one.thing, one.fault) for one in self.broken_after}
        return tuple(one for one in self.broken_before if (one.thing, one.fault) not in known)

    @property
    def worsened(self) -> tuple[Violation, ...]:
        """What was broken and is more so with the plan."""
        known = {(one.thing, one.fault): one for one in self.broken_before}
        return tuple(
            one
            for one in self.broken_after
            if (old := known.get((one.thing, one.fault)))
            and abs(one.worst - one.limit) > abs(old.worst - old.limit) * (1 + 1e-6)
        )
