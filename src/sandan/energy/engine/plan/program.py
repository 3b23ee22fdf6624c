"""Sites as a linear program, solved by HiGHS.

For what the dynamic program cannot say: several stores, work that may be moved, sources with limited hours
or ramps. It is also the judge of the other two methods in the tests, with all limits in one program, and it
finds what must give way when nothing is feasible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import NDArray

from sandan.energy.engine.plan.fleet import price_rows, source_price, stored_limits
from sandan.energy.model.plan import ComplexProblem, PlanParams, Site
from sandan.energy.model.rates import SLOT_HOURS, Floats

Ints = NDArray[np.int64]
INF = highspy.kHighsInf


@dataclass(slots=True)
class Rows:
    """A linear program under construction: columns, then rows as triplets."""

    cost: list[Floats] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)
    least: list[Floats] = field(default_factory=list)
    most: list[Floats] = field(default_factory=list)
    entries: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    columns: int = 0
    rows: int = 0

    def variables(self, cost: Floats | float, low: Floats | float, high: Floats | float, count: int) -> Ints:
        for kept, value in ((self.cost, cost), (self.low, low), (self.high, high)):
            kept.append(np.broadcast_to(np.asarray(value, float), (count,)))
        self.columns += count
        return np.arange(self.columns - count, self.columns)

    def constraints(self, least: Floats | float, most: Floats | float, count: int) -> Ints:
        for kept, value in ((self.least, least), (self.most, most)):
            kept.append(np.broadcast_to(np.asarray(value, float), (count,)))
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def put(self, rows: Ints, columns: Ints, value: Floats | float) -> None:
        rows, columns = np.broadcast_arrays(rows, columns)
        self.entries.append((rows, columns, np.broadcast_to(np.asarray(value, float), rows.shape)))

    def load(self) -> highspy.Highs:
        """The program in a solver of its own, single-threaded."""
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.columns, self.rows
        model.col_cost_ = np.concatenate(self.cost)
        model.col_lower_, model.col_upper_ = np.concatenate(self.low), np.concatenate(self.high)
        model.row_lower_, model.row_upper_ = np.concatenate(self.least), np.concatenate(self.most)
        rows, columns, values = (np.concatenate(part) for part in zip(*self.entries, strict=True))
        order = np.lexsort((columns, rows))
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.searchsorted(rows[order], np.arange(self.rows + 1)).astype(np.int32)
        model.a_matrix_.index_ = columns[order].astype(np.int32)
        model.a_matrix_.value_ = values[order]
        highs = highspy.Highs()  # type: ignore[no-untyped-call]  # it ships no types for it
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        highs.passModel(model)
        return highs

    def solve(self) -> tuple[bool, float, Floats, Floats]:
        """Whether an optimum was found, the optimum, the values of columns, the prices of rows."""
        highs = self.load()
        highs.run()
        good = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        found = highs.getSolution()
        return (
            good,
            float(highs.getInfo().objective_function_value),
            np.array(found.col_value),
            np.array(found.row_dual),
        )


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a site's variables are; `slack` are those of its elastic constraints."""

    into: Ints
    out: Ints
    charge: list[Ints]
    give: list[Ints]
    stored: list[Ints]
    sources: list[Ints]
    works: list[Ints]
    excess: Ints
    slack: dict[str, Ints]


ELASTIC = 1e6
"""What a kWh beyond a constraint costs when the smallest relaxation is looked for [won]."""


def reach(site: Site) -> tuple[Floats, Floats]:
    """The most a site could take from the grid, and give to it, whatever its limits [kW, n]."""
    n = len(site.load)
    stores, works = np.zeros(n), np.zeros(n)
    for unit in site.batteries:
        stores += unit.power if unit.plugged is None else unit.power * unit.plugged
    for work in site.shiftables:
        works[work.first : work.last] += work.power
    given = sum((np.maximum(source.power, 0) for source in site.sources), np.zeros(n))
    return np.maximum(site.load + stores + works, 0), np.maximum(stores + given - site.load, 0)


def add_site(lp: Rows, site: Site, params: PlanParams, elastic: bool = False) -> Columns:
    """Put a site's variables [kWh a quarter-hour] and constraints into the program.

    With `elastic` its constraints may be broken at `ELASTIC` won a kWh, and nothing else costs anything.
    """
    n, slot = len(site.load), SLOT_HOURS
    buy, sell = price_rows(site, params)
    plain = 0.0 if elastic else 1.0
    most_in, most_out = reach(site)
    into = lp.variables(plain * buy, 0.0, np.minimum(site.import_limit, most_in) * slot, n)
    out = lp.variables(-plain * sell, 0.0, np.minimum(site.export_limit, most_out) * slot, n)
    excess = lp.variables(plain * site.rates.demand, 0.0, INF, 1)
    slack: dict[str, Ints] = {}
    balance = lp.constraints(site.load * slot, site.load * slot, n)
    lp.put(balance, into, 1.0)
    lp.put(balance, out, -1.0)
    if elastic:
        for name, sign in (("import", 1.0), ("export", -1.0)):
            slack[name] = lp.variables(ELASTIC, 0.0, INF, n)
            lp.put(balance, slack[name], sign)
    counted = np.flatnonzero(site.rates.counts)
    spare = np.zeros(n) if site.high_load is None else np.maximum(site.high_load - site.load, 0)
    peak = lp.constraints(-INF, (max(site.rates.standing_demand, 0.0) - spare[counted]) * slot, len(counted))
    lp.put(peak, into[counted], 1.0)
    lp.put(peak, np.full(len(counted), excess[0]), -slot)
    charge, give, kept = [], [], []
    for unit in site.batteries:
        low, high, start, end = stored_limits(unit)
        there = np.ones(n) if unit.plugged is None else unit.plugged.astype(float)
        taken = np.zeros(n) if unit.taken is None else unit.taken
        floor = np.full(n, low) if unit.needed is None else np.maximum(low, unit.energy * unit.needed)
        floor[-1] = max(floor[-1], end)
        takes = lp.variables(0.0, 0.0, unit.power * slot * there, n)
        gives = lp.variables(plain * unit.wear, 0.0, unit.power * slot * there, n)
        stored = lp.variables(0.0, 0.0 if elastic else floor, high, n)
        moves = np.zeros(n)
        moves[0] = start
        rows = lp.constraints(moves - taken, moves - taken, n)
        lp.put(rows, stored, 1.0)
        lp.put(rows[1:], stored[:-1], -1.0)
        lp.put(rows, takes, -unit.charge_efficiency)
        lp.put(rows, gives, 1 / unit.discharge_efficiency)
        lp.put(balance, takes, -1.0)
        lp.put(balance, gives, 1.0)
        if elastic:
            # Added to what is stored as if it came from nowhere: the energy that is wanting.
            wanting = lp.variables(ELASTIC, 0.0, INF, n)
            lp.put(rows, wanting, -1.0)
            least = lp.constraints(floor, INF, n)
            lp.put(least, stored, 1.0)
            slack[f"battery {unit.name}"] = wanting
        charge.append(takes)
        give.append(gives)
        kept.append(stored)
    sources = []
    for source in site.sources:
        price = plain * source_price(source.cost, source.carbon, params)
        power = np.maximum(source.power, 0)
        used = lp.variables(price, 0.0, power * slot, n)
        lp.put(balance, used, 1.0)
        if source.hours is not None:
            whole = lp.constraints(-INF, source.hours * float(power.max(initial=0.0)), 1)
            lp.put(np.full(n, whole[0]), used, 1.0)
        if source.ramp is not None and n > 1:
            rows = lp.constraints(-source.ramp * slot, source.ramp * slot, n - 1)
            lp.put(rows, used[1:], 1.0)
            lp.put(rows, used[:-1], -1.0)
        sources.append(used)
    works = []
    for work in site.shiftables:
        open_ = (np.arange(n) >= work.first) & (np.arange(n) < work.last)
        done = lp.variables(0.0, 0.0, np.asarray(work.power * slot * open_, np.float64), n)
        lp.put(balance, done, -1.0)
        rows = lp.constraints(work.energy, work.energy, 1)
        lp.put(np.full(n, rows[0]), done, 1.0)
        if elastic:
            slack[f"work {work.name}"] = lp.variables(ELASTIC, 0.0, INF, 1)
            lp.put(rows, slack[f"work {work.name}"], 1.0)
        works.append(done)
    return Columns(into, out, charge, give, kept, sources, works, excess, slack)


@dataclass(frozen=True, slots=True)
class Shared:
    """Where the rows of the limits that sites share are, and the columns of each event's shortfall."""

    rows: list[Ints]
    short: list[Ints]
    give_way: list[int]
    """The column by which each limit gives way [kW]; empty when they are to be kept."""


def add_limits(
    lp: Rows, problem: ComplexProblem, columns: Sequence[Columns], elastic: bool = False
) -> Shared:
    """Put the limits and events that sites share into the program, after the sites.

    With `elastic` each limit may give way by some kW in all its quarter-hours, and events are left out.
    """
    n, slot = len(problem.sites[0].load), SLOT_HOURS
    kept, short, give_way = [], [], []
    for limit in problem.limits:
        sides = [(-limit.export_limit * slot, limit.import_limit * slot, 0.0)]
        if elastic:
            give_way.append(int(lp.variables(ELASTIC, 0.0, INF, 1)[0]))
            sides = [(np.full(n, -INF), sides[0][1], -slot), (sides[0][0], np.full(n, INF), slot)]
        for least, most, way in sides:
            rows = lp.constraints(least, most, n)
            for i in limit.members:
                lp.put(rows, columns[int(i)].into, 1.0)
                lp.put(rows, columns[int(i)].out, -1.0)
            if elastic:
                lp.put(rows, np.full(n, give_way[-1]), way)
        kept.append(rows)
    for event in () if elastic else problem.requests:
        rows = lp.constraints(-INF, event.ceiling * slot, len(event.slots))
        for i in event.members:
            lp.put(rows, columns[int(i)].into[event.slots], 1.0)
            lp.put(rows, columns[int(i)].out[event.slots], -1.0)
        short.append(lp.variables(event.penalty, 0.0, INF, len(event.slots)))
        lp.put(rows, short[-1], -1.0)
    return Shared(kept, short, give_way)


class Repriced:
    """A site's program kept in its solver, asked again and again at other prices."""

    def __init__(self, site: Site, params: PlanParams) -> None:
        lp = Rows()
        self.columns, self._n = add_site(lp, site, params), len(site.load)
        self._cost, self._highs = np.concatenate(lp.cost), lp.load()

    def ask(self, extra: Floats) -> tuple[float, float, Floats, Floats]:
        """At prices raised by `extra` [won/kWh, n]: least and own cost, grid [kWh, n], all variables [kWh].

        The least cost is infinite when nothing can be done.
        """
        into, out = self.columns.into, self.columns.out
        for at, price in ((into, self._cost[into] + extra), (out, self._cost[out] - extra)):
            self._highs.changeColsCost(len(at), at.astype(np.int32), price)
        self._highs.run()
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return np.inf, np.inf, np.zeros(self._n), np.zeros(len(self._cost))
        x = np.array(self._highs.getSolution().col_value)
        value = float(self._highs.getInfo().objective_function_value)
        return value, float(self._cost @ x), x[into] - x[out], x
