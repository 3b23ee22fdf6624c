"""Living with many alarms at once: which chatter, which are a flood, which one explains the others.

Nothing here hides an alarm by itself: it says what could be hidden behind what, and the life-cycle
writes it down as suppressed by design.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sandan.tables import read_table


@dataclass(frozen=True, slots=True)
class FloodParams:
    """What counts as chattering, flood, stale and dead; times in ms, the figures of `flood.csv`."""

    chatter_times: int
    chatter_within: int
    flood_within: int
    flood_above: float
    flood_below: float
    busy_hour: float
    stale_after: int
    dead_share: float
    alive_share: float
    dead_least: int


@cache
def flood_params() -> FloodParams:
    """The figures Sandan comes with, each with its source in the table."""
    given = {
        row["id"]: float(row["value"]) * (1000 if row["unit"] == "s" else 1)
        for row in read_table(__name__, "flood.csv")
    }
    whole = ("chatter_times", "chatter_within", "flood_within", "stale_after", "dead_least")
    return FloodParams(**{name: int(x) if name in whole else x for name, x in given.items()})  # type: ignore[arg-type]


def find_chattering(
    alarm: NDArray[np.int64], at: NDArray[np.int64], params: FloodParams
) -> NDArray[np.bool_]:
    """Whether each occurrence is one of a burst, arrays of shape (occurrences,).

    `alarm` numbers the alarms, `at` [ms] is when each occurrence came. A burst is `chatter_times` or
    more occurrences of one alarm of which the last came within `chatter_within` of the first.

    >>> every = np.array([0, 10_000, 50_000, 300_000])
    >>> find_chattering(np.zeros(4, np.int64), every, flood_params()).tolist()
    [True, True, True, False]
    """
    order = np.lexsort((at, alarm))
    alarm, at, reach = alarm[order], at[order], params.chatter_times - 1
    found = np.zeros(len(at), np.bool_)
    if len(at) > reach:
        burst = (alarm[reach:] == alarm[: len(at) - reach]) & (
            at[reach:] - at[: len(at) - reach] <= params.chatter_within
        )
        for later in range(params.chatter_times):
            found[later : later + len(burst)] |= burst
    back = np.empty(len(at), np.bool_)
    back[order] = found
    return back


@dataclass(frozen=True, slots=True)
class Flood:
    """A stretch of time with more alarms than people can take in; times in ms."""

    start: int
    end: int
    alarms: int
    peak: int
    """Most alarms within `flood_within`."""


def find_floods(at: NDArray[np.int64], params: FloodParams, operators: int = 1) -> list[Flood]:
    """The floods among occurrences that came at `at` [ms, shape (occurrences,)].

    A flood begins when more than `flood_above` alarms per operator came within the last
    `flood_within`, and ends when fewer than `flood_below` did.
    """
    at = np.sort(at)
    since = np.searchsorted(at, at - params.flood_within, "right")
    rate = np.arange(1, len(at) + 1) - since
    found: list[Flood] = []
    i = 0
    while i < len(at):
        if rate[i] <= params.flood_above * operators:
            i += 1
            continue
        begin = i
        while i + 1 < len(at) and not _calm_before(at, i, params, operators):
            i += 1
        end = _calm_at(at, i, params, operators)
        first = int(since[begin])
        found.append(Flood(int(at[first]), end, i - first + 1, int(rate[begin : i + 1].max())))
        i += 1
    return found


def _calm_at(at: NDArray[np.int64], i: int, params: FloodParams, operators: int) -> int:
    """When fewer than `flood_below` are left of those up to the i-th, if no more come."""
    left = max(int(np.ceil(params.flood_below * operators)), 1)
    return int(at[max(i - left + 1, 0)]) + params.flood_within


def _calm_before(at: NDArray[np.int64], i: int, params: FloodParams, operators: int) -> bool:
    return bool(_calm_at(at, i, params, operators) <= at[i + 1])


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that is active: where, of which cause, since when [ms]."""

    id: str
    thing: str
    cause: str
    raised: int


CONSEQUENCES = frozenset({("power", "stale"), ("stale", "stale")})
"""An alarm of the first cause on a parent explains one of the second on its children."""
SILENCE = "stale"


@dataclass(frozen=True, slots=True)
class Suppression:
    """What to hide behind what: alarms by the alarm that explains them; and which to show again."""

    suppress: Mapping[str, str]
    release: Sequence[str]
    dead: Mapping[str, Sequence[str]]
    """Parents that must be dead, with their silent things; the first alarm among them stays visible."""


def plan_suppression(
    standing: Sequence[Standing],
    parents: Mapping[str, str],
    suppressed: Mapping[str, str],
    params: FloodParams,
    consequences: Collection[tuple[str, str]] = CONSEQUENCES,
) -> Suppression:
    """Hide what a parent explains, and show again what it no longer does.

    `standing` are all active alarms, suppressed ones too; `parents` leads from each thing to what it
    depends on (its gateway, feeder), over several steps if need be, and must hold every child;
    `suppressed` is what is suppressed now, by which alarm. A parent with an alarm of its own explains
    those of its children that `consequences` names. A parent without one is taken for dead when
    `dead_share` of its children, and `dead_least` of their signals, are silent: the first-out stays, the
    others are hidden behind it, until fewer than `alive_share` are.
    """
    explained: dict[str, str] = {}
    own: dict[str, list[Standing]] = defaultdict(list)
    for one in standing:
        own[one.thing].append(one)
    for one in standing:
        by = _explains(one, own, parents, consequences)
        if by is not None:
            explained[one.id] = by
    dead = _dead_parents(standing, parents, suppressed, params)
    first_out: dict[str, str] = {}
    for one in sorted(standing, key=lambda one: (one.raised, one.id)):
        parent = parents.get(one.thing)
        if one.cause == SILENCE and parent in dead and one.id not in explained:
            lead = first_out.setdefault(parent, one.id)
            if lead != one.id:
                explained[one.id] = lead
    return Suppression(
        {id: by for id, by in explained.items() if id not in suppressed},
        sorted(id for id in suppressed if id not in explained),
        dead,
    )


def _explains(
    one: Standing,
    own: Mapping[str, Sequence[Standing]],
    parents: Mapping[str, str],
    consequences: Collection[tuple[str, str]],
) -> str | None:
    seen = {one.thing}
    above = parents.get(one.thing)
    while above is not None and above not in seen:
        for other in own.get(above, ()):
            if (other.cause, one.cause) in consequences:
                return other.id
        seen.add(above)
        above = parents.get(above)
    return None


def _dead_parents(
    standing: Sequence[Standing],
    parents: Mapping[str, str],
    suppressed: Mapping[str, str],
    params: FloodParams,
) -> dict[str, list[str]]:
    children: dict[str, int] = defaultdict(int)
    for parent in parents.values():
        children[parent] += 1
    silent: dict[str, set[str]] = defaultdict(set)
    signals: dict[str, int] = defaultdict(int)
    was: set[str] = set()
    for one in standing:
        mine = parents.get(one.thing)
        if mine is not None and one.cause == SILENCE:
            silent[mine].add(one.thing)
            signals[mine] += 1
            if one.id in suppressed:
                was.add(mine)
    found = {}
    for above, things in silent.items():
        share = len(things) / children[above]
        if above in was:
            stays = share >= params.alive_share and signals[above] > 1
        else:
            stays = share >= params.dead_share and signals[above] >= params.dead_least
        if stays:
            found[above] = sorted(things)
    return found
