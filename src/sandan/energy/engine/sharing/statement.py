"""A shared period as people read it: a line a member and a feeder; parts under several editions add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np

from sandan.energy.model.circulation import (
    FeederLine,
    LineChange,
    MemberLine,
    SharedPart,
    SharingStatement,
    Wiring,
)
from sandan.energy.model.rates import SLOT_HOURS, Floats
from sandan.energy.model.sharing import SharingProblem, SharingResult


@dataclass(frozen=True, slots=True)
class Settled:
    """A part with what it was made from."""

    part: SharedPart
    problem: SharingProblem
    result: SharingResult


@dataclass(frozen=True, slots=True)
class Label:
    """What a member or a feeder is called."""

    name: str
    firm: str = ""
    limit: float | None = None


def net_energy(wiring: Wiring, use: Floats, generation: Floats, power: Floats) -> Floats:
    """What a member has over (positive) or needs in each quarter-hour [kWh, n]; NaN where it is not known.

    BESIDE: `generation` − `use`, both metered [kWh, n]. BEHIND: the mean signed `power` of the meter [kW, n]
    says both ways; where there is none, `use` above zero is a need, and a register that stood still tells
    nothing, for it counts imports only.
    """
    if wiring is Wiring.BESIDE:
        return np.asarray(generation - use)
    told = -power * SLOT_HOURS
    return np.where(np.isfinite(told), told, np.where(use > 0, -use, np.nan))


def state_sharing(
    settled: Sequence[Settled], members: Mapping[str, Label], feeders: Mapping[str, Label]
) -> SharingStatement:
    """The lines of a period; a member that came or left on the way has its own quarter-hours only."""
    lines: dict[str, MemberLine] = {}
    borders: dict[str, FeederLine] = {}
    for one in settled:
        for at, id in enumerate(one.result.members):
            line = _member(one, at, id, members[id])
            lines[id] = _sum(lines[id], line) if id in lines else line
        for at, id in enumerate(one.problem.feeders):
            border = _feeder(one.result, at, id, feeders[id])
            borders[id] = _joined(borders[id], border) if id in borders else border
    return SharingStatement(
        settled[0].part.begin,
        settled[-1].part.end,
        tuple(one.part for one in settled),
        tuple(lines.values()),
        tuple(borders.values()),
        sum(one.result.rent for one in settled),
        sum(one.result.value for one in settled),
    )


def changes(before: SharingStatement, after: SharingStatement) -> tuple[LineChange, ...]:
    """The members whose line is another in the later version."""
    old = {one.meter: one for one in before.members}
    new = {one.meter: one for one in after.members}
    return tuple(
        LineChange((new.get(id) or old[id]).name, old.get(id), new.get(id))
        for id in [*new, *(id for id in old if id not in new)]
        if old.get(id) != new.get(id)
    )


def _member(one: Settled, at: int, id: str, label: Label) -> MemberLine:
    result, problem = one.result, one.problem
    given, received = result.given[at], result.received[at]
    return MemberLine(
        id,
        label.firm,
        label.name,
        int(result.surplus[at].sum()),
        int(result.need[at].sum()),
        int(given.sum()),
        int(received.sum()),
        int(result.won[at]),
        round(float((received * problem.bid[at]).sum()) / 1000),
        round(float((given * problem.ask[at]).sum()) / 1000),
        int(result.saving[at]),
        float(result.error[at]),
        problem.net.shape[1],
        int(result.missing[at]),
    )


def _sum(a: MemberLine, b: MemberLine) -> MemberLine:
    return MemberLine(
        a.meter,
        b.firm,
        b.name,
        a.surplus + b.surplus,
        a.need + b.need,
        a.given + b.given,
        a.received + b.received,
        a.won + b.won,
        a.avoided + b.avoided,
        a.forgone + b.forgone,
        a.saving + b.saving,
        hypot(a.error, b.error),
        a.slots + b.slots,
        a.missing + b.missing,
    )


def _feeder(result: SharingResult, at: int, id: str, label: Label) -> FeederLine:
    out, into = result.crossing_out[at], result.crossing_in[at]
    heaviest = float(max(out.max(initial=0), into.max(initial=0))) / 1000 / SLOT_HOURS
    return FeederLine(id, label.name, int(out.sum()), int(into.sum()), label.limit, heaviest)


def _joined(a: FeederLine, b: FeederLine) -> FeederLine:
    return FeederLine(a.feeder, b.name, a.out + b.out, a.into + b.into, b.limit, max(a.heaviest, b.heaviest))
