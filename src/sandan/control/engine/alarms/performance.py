"""How well the alarms serve the people who get them, against the figures of ISA-18.2 and EEMUA 191.

The figures, what is acceptable and where that comes from are rows of `performance.csv`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sandan.clock import Period, milliseconds
from sandan.control.engine.alarms.flood import Flood, FloodParams, find_chattering, find_floods
from sandan.tables import read_table
from sandan.words import Text

TEN_MINUTES, HOUR = 600_000, 3_600_000
TOP, URGENT = 10, 2


class Occurred(Protocol):
    """One time an alarm came; `hidden` when nobody was shown it."""

    @property
    def alarm(self) -> str: ...
    @property
    def priority(self) -> int: ...
    @property
    def told(self) -> datetime: ...
    @property
    def acknowledged(self) -> datetime | None: ...
    @property
    def returned(self) -> datetime | None: ...
    @property
    def hidden(self) -> bool: ...


class Verdict(StrEnum):
    """How a figure stands to what is acceptable."""

    GOOD = "good"
    BEARABLE = "bearable"
    POOR = "poor"


VERDICTS: Mapping[Verdict, Text] = {
    Verdict.GOOD: Text("양호", "Good"),
    Verdict.BEARABLE: Text("관리 한계 안", "Bearable"),
    Verdict.POOR: Text("초과", "Too much"),
}


@dataclass(frozen=True, slots=True)
class Norm:
    """A row of `performance.csv`: up to `target` is good, up to `limit` can be borne."""

    id: str
    name: Text
    unit: str
    target: float
    limit: float
    source: Text

    def judge(self, value: float) -> Verdict:
        """The verdict on a value in the norm's unit."""
        if value <= self.target:
            return Verdict.GOOD
        return Verdict.BEARABLE if value <= self.limit else Verdict.POOR


@dataclass(frozen=True, slots=True)
class Measure:
    """A norm and the value there is; None where there was nothing to measure."""

    norm: Norm
    value: float | None

    @property
    def verdict(self) -> Verdict | None:
        """None without a value."""
        return None if self.value is None else self.norm.judge(self.value)


@dataclass(frozen=True, slots=True)
class Answer:
    """How fast alarms of one priority were acknowledged; times are None when none was."""

    priority: int
    alarms: int
    acknowledged: int
    median: timedelta | None
    slow: timedelta | None
    """The 90th percentile."""
    late: int
    """Acknowledged, or still waiting, after their time to respond."""


@dataclass(frozen=True, slots=True)
class Performance:
    """A period of the alarm system, seen from one operator's desk."""

    period: Period
    operators: int
    alarms: int
    measures: Sequence[Measure]
    rate: NDArray[np.int64]
    """Alarms in each ten minutes of the period, all operators together: shape (tens,)."""
    priorities: Mapping[int, int]
    top: Sequence[tuple[str, int]]
    """The most frequent alarms, with how often they came."""
    chattering: Sequence[tuple[str, int]]
    """Alarms that chattered, with how many of their occurrences did."""
    standing: Sequence[str]
    """Alarms whose condition is still there at the end, oldest first…"""
    stale: Sequence[str]
    """…and those of them that have been for too long."""
    floods: Sequence[Flood]
    answers: Sequence[Answer]
    evidence: Mapping[str, Sequence[Occurred]]
    """The occurrences behind each measure, by its id; `priority-1`… of an answer, `flood-0`… of a flood."""


@cache
def norms() -> Mapping[str, Norm]:
    """What is acceptable, by the id of the figure."""
    return {
        row["id"]: Norm(
            row["id"],
            Text(row["ko"], row["en"]),
            row["unit"],
            float(row["target"]),
            float(row["limit"]),
            Text(row["source"], row["source_en"]),
        )
        for row in read_table(__name__, "performance.csv")
    }


def assess_performance(
    occurred: Sequence[Occurred],
    period: Period,
    params: FloodParams,
    operators: int = 1,
    time_to_respond: Mapping[str, timedelta] | None = None,
) -> Performance:
    """Measure a period by what people were told in it.

    `occurred` may hold what came before and still stands: it counts as standing, not for rates. What
    was hidden counts for nothing. `time_to_respond` is by alarm; one without is never late. Rates
    are per operator.
    """
    shown = [one for one in occurred if not one.hidden and one.told < period.end]
    came = sorted((one for one in shown if one.told >= period.start), key=lambda one: one.told)
    number = {id: i for i, id in enumerate(dict.fromkeys(one.alarm for one in came))}
    names = list(number)
    at = np.array([milliseconds(one.told) for one in came], np.int64)
    alarm = np.array([number[one.alarm] for one in came], np.int64)
    chattering = find_chattering(alarm, at, params)
    bursts = Counter(alarm[chattering].tolist())
    often = Counter(one.alarm for one in came).most_common()
    standing = _standing(shown, period.end)
    start, end = milliseconds(period.start), milliseconds(period.end)
    rate = _count(at, start, end, TEN_MINUTES)
    floods = find_floods(at, params, operators)
    late = _late(came, period.end, time_to_respond or {})
    answers = _answers(came, late)
    stale = [one for one in standing if milliseconds(one.told) < end - params.stale_after]
    hour, ten = _counted(at, start, end, HOUR), _counted(at, start, end, TEN_MINUTES)
    busiest = _busiest(at, params)
    top = {id for id, _ in often[:TOP]}
    chosen: dict[str, NDArray[np.bool_]] = {
        "peak": busiest,
        "busy_hours": hour > params.busy_hour * operators,
        "busy_tens": ten > params.flood_above * operators,
        "flood_time": np.any(
            [_inside(at, flood) for flood in floods] or [np.zeros(len(at), np.bool_)], axis=0
        ),
        "top_ten": np.array([one.alarm in top for one in came], np.bool_),
        "chattering": chattering,
        "urgent": np.array([one.priority <= URGENT for one in came], np.bool_),
        "late_answers": late,
        **{f"priority-{a.priority}": np.array([one.priority == a.priority for one in came]) for a in answers},
        **{f"flood-{i}": _inside(at, flood) for i, flood in enumerate(floods)},
    }
    evidence: dict[str, Sequence[Occurred]] = {"day": came, "ten_minutes": came}
    evidence |= {"standing": standing, "stale": stale}
    evidence |= {id: [came[i] for i in np.flatnonzero(mine)] for id, mine in chosen.items()}
    values = {
        "day": _per(len(came), operators * (end - start) / (24 * HOUR)),
        "ten_minutes": _per(len(came), operators * (end - start) / TEN_MINUTES),
        "peak": busiest.sum() / operators,
        "busy_hours": _share(_count(at, start, end, HOUR) > params.busy_hour * operators),
        "busy_tens": _share(rate > params.flood_above * operators),
        "flood_time": _per(100 * sum(min(f.end, end) - f.start for f in floods), end - start),
        "top_ten": _top_share(often),
        "chattering": float(len(bursts)),
        "stale": float(len(stale)),
        "standing": float(len(standing)),
        "urgent": _per(100 * len(evidence["urgent"]), len(came)),
        "late_answers": _per(100 * len(evidence["late_answers"]), len(came)),
    }
    return Performance(
        period,
        operators,
        len(came),
        [Measure(norm, values[id]) for id, norm in norms().items()],
        rate,
        dict(sorted(Counter(one.priority for one in came).items())),
        often[:TOP],
        [(names[i], times) for i, times in bursts.most_common()],
        [one.alarm for one in standing],
        [one.alarm for one in stale],
        floods,
        answers,
        evidence,
    )


def _standing(shown: Sequence[Occurred], end: datetime) -> list[Occurred]:
    open_ = [one for one in shown if one.returned is None or one.returned >= end]
    newest = {one.alarm: one for one in sorted(open_, key=lambda one: one.told)}
    return sorted(newest.values(), key=lambda one: one.told)


def _late(
    came: Sequence[Occurred], end: datetime, time_to_respond: Mapping[str, timedelta]
) -> NDArray[np.bool_]:
    """Acknowledged, or still waiting, after their time to respond."""
    waited = [
        one.alarm in time_to_respond and (one.acknowledged or end) - one.told > time_to_respond[one.alarm]
        for one in came
    ]
    return np.array(waited, np.bool_)


def _answers(came: Sequence[Occurred], late: NDArray[np.bool_]) -> list[Answer]:
    found = []
    for priority in sorted({one.priority for one in came}):
        mine = [one for one in came if one.priority == priority]
        waits = [(one.acknowledged - one.told) for one in mine if one.acknowledged is not None]
        seconds = [wait.total_seconds() for wait in waits]
        middle, slow = np.quantile(seconds, [0.5, 0.9]) if seconds else (None, None)
        behind = sum(late[i] for i, one in enumerate(came) if one.priority == priority)
        found.append(Answer(priority, len(mine), len(waits), _length(middle), _length(slow), int(behind)))
    return found


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=float(seconds))


def _count(at: NDArray[np.int64], start: int, end: int, step: int) -> NDArray[np.int64]:
    """How many came in each whole step of the period, and in what is left of it."""
    return np.bincount((at - start) // step, minlength=-(-(end - start) // step)).astype(np.int64)


def _counted(at: NDArray[np.int64], start: int, end: int, step: int) -> NDArray[np.int64]:
    """For each occurrence how many came in its step of the period."""
    return _count(at, start, end, step)[(at - start) // step]


def _inside(at: NDArray[np.int64], flood: Flood) -> NDArray[np.bool_]:
    return np.asarray((at >= flood.start) & (at < flood.end))


def _busiest(at: NDArray[np.int64], params: FloodParams) -> NDArray[np.bool_]:
    """Which came within the ten minutes that had most, wherever they begin."""
    first = np.searchsorted(at, at - params.flood_within, "right")
    place = np.arange(len(at))
    if not len(at):
        return np.zeros(0, np.bool_)
    last = int(np.argmax(place + 1 - first))
    return np.asarray((place >= first[last]) & (place <= last))


def _top_share(often: Sequence[tuple[str, int]]) -> float | None:
    """None for no more alarms than there are places: they would always have all of it."""
    if len(often) <= TOP:
        return None
    return 100 * sum(times for _, times in often[:TOP]) / sum(times for _, times in often)


def _share(which: NDArray[np.bool_]) -> float | None:
    return float(100 * which.mean()) if len(which) else None


def _per(value: float, of: float) -> float | None:
    return value / of if of else None
