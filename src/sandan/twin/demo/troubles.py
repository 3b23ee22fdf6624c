"""Scripted troubles: what goes wrong, where and when, decided by seed and date alone.

Time is cut into slots; most slots begin one trouble. Which one follows from a hash of the slot, so
the script of any day can be read without playing the days before.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np

from sandan.clock import Period
from sandan.twin.demo.calendar import instant, seconds
from sandan.twin.demo.noise import Floats, Ints, chance, keys
from sandan.words import Text

TroubleKind = Literal["leak", "peak", "stuck", "dead"]
KINDS: tuple[TroubleKind, ...] = ("leak", "peak", "stuck", "dead")
ODDS = (0.22, 0.34, 0.20, 0.24)
SLOT = 420
"""Seconds; with `LIKELY` this begins a trouble about every eight minutes."""

LIKELY = 0.88
SHORTEST, LONGEST = 120, 1200
RAMP = 180
"""Seconds in which a firm sheds load it was asked to leave."""
NAMES: Mapping[TroubleKind, Text] = {
    "leak": Text("화학물질 누출", "Chemical leak"),
    "peak": Text("계약전력 초과", "Contract power exceeded"),
    "stuck": Text("센서값 고착", "Stuck sensor"),
    "dead": Text("게이트웨이 통신 두절", "Dead gateway"),
}
_KEPT = 512


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing going wrong, `start <= t < end`.

    `target` is a leak sensor, a meter, a point or a gateway by kind; `strength` in [0, 1).
    """

    kind: TroubleKind
    target: str
    start: datetime
    end: datetime
    strength: float

    @property
    def name(self) -> Text:
        return NAMES[self.kind]

    def swell(self, t: Ints | Floats) -> Floats:
        """How far it has developed at instants [s]: up within a minute, down in the last quarter."""
        begin, stop = seconds(self.start), seconds(self.end)
        rise = np.clip((t - begin) / 60, 0, 1)
        fall = np.clip((stop - t) / (0.25 * (stop - begin)), 0, 1)
        return np.asarray(np.minimum(rise, fall))


@dataclass(frozen=True, slots=True)
class Reduction:
    """A firm that leaves `power` [kW] of its load because it was asked to, `start <= t < end`."""

    target: str
    start: datetime
    end: datetime
    power: float

    def swell(self, t: Ints | Floats) -> Floats:
        """How far it is under way at instants [s]: machines stop, and start again, within minutes."""
        begin, stop = seconds(self.start), seconds(self.end)
        return np.asarray(np.clip(np.minimum(t - begin, stop - t) / RAMP, 0, 1))


@dataclass(frozen=True, slots=True)
class Script:
    """The troubles of a complex; `targets` are the ids each kind may strike.

    `planned` are those somebody asked for, beside what chance brings; `reductions` is load that is left.
    """

    seed: int
    targets: Mapping[TroubleKind, Sequence[str]]
    planned: list[Trouble] = field(default_factory=list, compare=False)
    reductions: list[Reduction] = field(default_factory=list, compare=False)
    _slots: OrderedDict[int, Trouble | None] = field(default_factory=OrderedDict, repr=False, compare=False)

    def during(self, period: Period) -> list[Trouble]:
        """The troubles that are going on at some time in `period`, by their start."""
        return self.between(seconds(period.start), seconds(period.end))

    def between(self, start: int, end: int) -> list[Trouble]:
        """The same for whole seconds."""
        first = (start - LONGEST) // SLOT - 1
        last = (end - 1) // SLOT
        found = [*(self._slot(i) for i in range(first, last + 1)), *self.planned]
        return [t for t in found if t is not None and seconds(t.end) > start and seconds(t.start) < end]

    def reducing(self, start: int, end: int) -> list[Reduction]:
        """What firms leave at some time in these whole seconds."""
        return [one for one in self.reductions if seconds(one.end) > start and seconds(one.start) < end]

    def _slot(self, number: int) -> Trouble | None:
        if number not in self._slots:
            self._slots[number] = self._decide(number)
            while len(self._slots) > _KEPT:
                self._slots.popitem(last=False)
        return self._slots[number]

    def _decide(self, number: int) -> Trouble | None:
        who = keys([f"trouble {self.seed}"])
        happens, kind_draw, target, begin, length, strength = (
            float(chance(who, number, what)[0]) for what in range(6)
        )
        kind = KINDS[int(np.searchsorted(np.cumsum(ODDS), kind_draw, side="right").clip(0, 3))]
        among = self.targets.get(kind, ())
        if happens >= LIKELY or not among:
            return None
        start = number * SLOT + int(begin * SLOT)
        end = start + SHORTEST + int((LONGEST - SHORTEST) * length**1.6)
        return Trouble(kind, among[int(target * len(among))], instant(start), instant(end), strength)
