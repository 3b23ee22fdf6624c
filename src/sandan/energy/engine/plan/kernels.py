"""One store behind one meter, planned exactly: dynamic programming over convex, piecewise linear functions.

The least cost from a quarter-hour on is a convex, piecewise linear function of what is stored, kept as
slopes with lengths. A step back adds the quarter-hour's own cost, another such function: the sum over all
ways to split is the two lists of slopes merged in order (infimal convolution). Nothing is on a grid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.compiled import compiled
from sandan.energy.model.rates import Floats

TINY = 1e-9
FAR = np.inf
OVERFLOW = -np.inf
quick = compiled(error_model="numpy", fastmath={"contract", "nsz", "arcp"})
"""Division as of arrays; sums stay in their order, or the plan and its proof would differ."""


@quick
def _sort(slope: Floats, length: Floats, count: int) -> None:
    """Ascending slopes, in place; there are three or four."""
    for i in range(1, count):
        a, b, j = slope[i], length[i], i - 1
        while j >= 0 and slope[j] > a:
            slope[j + 1], length[j + 1] = slope[j], length[j]
            j -= 1
        slope[j + 1], length[j + 1] = a, b


@quick
def _reach(
    need: float, most_in: float, most_out: float, limit_in: float, limit_out: float, free: float
) -> tuple[float, float]:
    """Import and export that can be met at all; `most_*` are of the battery, `free` of all sources [kWh]."""
    into = min(limit_in, max(0.0, need + most_in))
    out = min(limit_out, max(0.0, most_out + free - need))
    return max(0.0, into), max(0.0, out)


@quick
def slot_curve(
    need: float,
    buy: float,
    sell: float,
    limit_in: float,
    limit_out: float,
    prices: Floats,
    amounts: Floats,
    power_in: float,
    power_out: float,
    up: float,
    down: float,
    wear: float,
    own: float,
    t: int,
    slope: Floats,
    length: Floats,
    work_slope: Floats,
    work_length: Floats,
) -> tuple[int, float, float, float]:
    """The quarter-hour's cost over the change `e` of what is stored, from the largest `e` down.

    `need` is load [kWh], `power_*` the most that the battery takes and gives at its terminals [kWh],
    `up`, `down` its efficiencies, `own` a price on its terminals alone. Fills row `t` with minus the slopes,
    ascending, and lengths in `e`; gives how many, the least and the largest `e`, and the cost at the
    largest. A count of 0 means that no `e` will do.
    Where the cost is not convex (export dearer than import, energy that is worth less than nothing) it is
    the convex envelope, which never costs more.
    """
    sources, free = len(prices), 0.0
    for m in range(sources):
        free += amounts[m, t]
    into, out = _reach(need, power_in, power_out, limit_in, limit_out, free)
    count = 0
    if sell > buy:
        if into + out > 0:
            work_slope[0], work_length[0] = (buy * into + sell * out) / (into + out), into + out
            count = 1
    else:
        if out > 0:
            work_slope[count], work_length[count] = sell, out
            count += 1
        if into > 0:
            work_slope[count], work_length[count] = buy, into
            count += 1
    for m in range(sources):
        if amounts[m, t] > 0:
            work_slope[count], work_length[count] = prices[m], amounts[m, t]
            count += 1
    _sort(work_slope, work_length, count)
    lowest, highest = -out, into + free
    top, bottom = min(highest - need, power_in), max(lowest - need, -power_out)
    if bottom > top + TINY or (count == 0 and abs(need) > TINY):
        return 0, 0.0, 0.0, 0.0
    if bottom > top:
        bottom = top
    # The cost at the top: all that is exported given back, then each source up to the need.
    cost, left = -sell * out, need + top - lowest
    for m in range(count):
        part = min(left, work_length[m])
        cost += work_slope[m] * part
        left -= part
        if left <= 0:
            break
    cost += own * top
    if top < 0:
        cost -= wear * top
    k, at, end = 0, top, highest - need
    m = count - 1
    while m >= 0 and at > bottom:
        begin = end - work_length[m]
        if begin < at:
            for charging in (True, False):
                high = at if charging else min(at, 0.0)
                low = max(begin, bottom, 0.0) if charging else max(begin, bottom)
                if high > low:
                    worth = work_slope[m] + own
                    slope[t, k] = -worth / up if charging else -(worth - wear) * down
                    length[t, k] = (high - low) * up if charging else (high - low) / down
                    # The convex envelope: what is out of order is averaged with its neighbour.
                    while k > 0 and slope[t, k - 1] > slope[t, k]:
                        both = length[t, k - 1] + length[t, k]
                        slope[t, k - 1] = (
                            slope[t, k - 1] * length[t, k - 1] + slope[t, k] * length[t, k]
                        ) / both
                        length[t, k - 1] = both
                        k -= 1
                    k += 1
                    at = low
        end = begin
        m -= 1
    least = bottom * up if bottom >= 0 else bottom / down
    most = top * up if top >= 0 else top / down
    if k == 0:
        slope[t, 0], length[t, 0], k = 0.0, 0.0, 1
    return k, least, most, cost


@quick
def sweep_back(
    cap: float,
    need: Floats,
    spare: Floats,
    counts: NDArray[np.bool_],
    buy: Floats,
    sell: Floats,
    limit_in: float,
    limit_out: float,
    prices: Floats,
    amounts: Floats,
    power_in: Floats,
    power_out: Floats,
    up: float,
    down: float,
    wear: float,
    own: Floats,
    taken: Floats,
    floor: Floats,
    ceiling: float,
    start: float,
    value: float,
    slopes: Floats,
    lengths: Floats,
    sizes: NDArray[np.int64],
    low: Floats,
    step_slopes: Floats,
    step_lengths: Floats,
    step_sizes: NDArray[np.int64],
    ranges: Floats,
) -> float:
    """Least cost of all quarter-hours when counted import stays under `cap` [kWh a quarter-hour].

    `floor` is the least stored at the end of each quarter-hour, `value` what a kWh left at the end is
    worth. Infinite when it cannot be done, minus infinity when the buffers are too small.
    """
    slots, width = len(need), slopes.shape[1]
    work_slope, work_length = np.empty(len(prices) + 3), np.empty(len(prices) + 3)
    sizes[slots] = 1
    slopes[slots, 0], lengths[slots, 0], low[slots] = -value, ceiling - floor[slots - 1], floor[slots - 1]
    worth = 0.0
    for t in range(slots - 1, -1, -1):
        limit = limit_in
        if counts[t]:
            limit = min(limit, cap - spare[t])
        more, least, most, top_cost = slot_curve(
            need[t],
            buy[t],
            sell[t],
            limit,
            limit_out,
            prices,
            amounts,
            power_in[t],
            power_out[t],
            up,
            down,
            wear,
            own[t],
            t,
            step_slopes,
            step_lengths,
            work_slope,
            work_length,
        )
        if more == 0:
            return FAR
        step_sizes[t], ranges[t, 0], ranges[t, 1] = more, least, most
        bottom = floor[t - 1] if t > 0 else start
        # Stored before the quarter-hour's trip is what is left after it, plus the trip.
        at = low[t + 1] - most + taken[t]
        worth += top_cost
        have, i, j, k, started = sizes[t + 1], 0, 0, 0, False
        if at > ceiling + TINY:
            return FAR
        if at >= bottom:
            started, low[t] = True, at
        while i < have or j < more:
            if j >= more or (i < have and slopes[t + 1, i] <= step_slopes[t, j]):
                s, piece = slopes[t + 1, i], lengths[t + 1, i]
                i += 1
            else:
                s, piece = step_slopes[t, j], step_lengths[t, j]
                j += 1
            if not started:
                if at + piece <= bottom:
                    worth += s * piece
                    at += piece
                    continue
                cut = bottom - at
                worth += s * cut
                piece -= cut
                at = bottom
                started, low[t] = True, bottom
            if at + piece > ceiling:
                piece = ceiling - at
            if piece <= 0:
                if at >= ceiling:
                    break
                continue
            if k > 0 and abs(slopes[t, k - 1] - s) < 1e-12:
                lengths[t, k - 1] += piece
            else:
                if k == width:
                    return OVERFLOW
                slopes[t, k], lengths[t, k] = s, piece
                k += 1
            at += piece
        if not started:
            if at < bottom - 1e-7:
                return FAR
            low[t] = at
        sizes[t] = k
    # The function at the beginning starts at `start`, where `worth` was added up.
    return FAR if low[0] > start + 1e-7 else worth


@quick
def walk_forward(
    start: float,
    taken: Floats,
    ceiling: float,
    slopes: Floats,
    lengths: Floats,
    sizes: NDArray[np.int64],
    low: Floats,
    step_slopes: Floats,
    step_lengths: Floats,
    step_sizes: NDArray[np.int64],
    ranges: Floats,
    change: Floats,
    worth: Floats,
) -> None:
    """Fill the change of what is stored in each quarter-hour [kWh], after `sweep_back`.

    And `worth`, the most that a stored kWh more can be worth at its end [won/kWh]: infinite where the list
    of slopes does not say.
    """
    stored = start
    for t in range(len(change)):
        stored -= taken[t]
        least, most = ranges[t, 0], ranges[t, 1]
        e = min(most, max(least, low[t + 1] - stored))
        j, edge = step_sizes[t] - 1, least
        while j >= 0 and edge + step_lengths[t, j] <= e + 1e-12:
            edge += step_lengths[t, j]
            j -= 1
        i, place = 0, low[t + 1]
        while i < sizes[t + 1] and place + lengths[t + 1, i] <= stored + e + 1e-12:
            place += lengths[t + 1, i]
            i += 1
        while j >= 0 and i < sizes[t + 1] and slopes[t + 1, i] < step_slopes[t, j] - 1e-10:
            here, there = edge + step_lengths[t, j] - e, place + lengths[t + 1, i] - (stored + e)
            if here <= there:
                e += here
                edge += step_lengths[t, j]
                j -= 1
                if there - here <= 1e-12:
                    place += lengths[t + 1, i]
                    i += 1
            else:
                e += there
                place += lengths[t + 1, i]
                i += 1
        # No more than what was paid for it would earn, nor than the next kWh to be charged costs.
        before = i if place < stored + e - 1e-12 else i - 1
        worth[t] = -slopes[t + 1, before] if 0 <= before < sizes[t + 1] else FAR
        if j >= 0:
            worth[t] = min(worth[t], -step_slopes[t, j])
        change[t] = e
        stored = min(ceiling, stored + e)


@quick
def worth_of_cap(
    cap: float,
    need: Floats,
    spare: Floats,
    counts: NDArray[np.bool_],
    buy: Floats,
    sell: Floats,
    limit_in: float,
    up: float,
    down: float,
    wear: float,
    change: Floats,
    worth: Floats,
    ranges: Floats,
) -> float:
    """No less than what costs fall by when `cap` is raised, besides demand [won/kWh], after `walk_forward`.

    By duality: in each quarter-hour that is at the cap a kWh more saves what energy is worth there less its
    price. Energy is worth no more than what a kWh less given from the store would be, unless the store
    gives all it can. Infinite where that says nothing.
    """
    total = 0.0
    for t in range(len(need)):
        if not counts[t]:
            continue
        if sell[t] > buy[t]:
            return FAR
        e = change[t]
        limit = max(0.0, min(limit_in, cap - spare[t]))
        if need[t] + (e / up if e >= 0 else e * down) < limit - TINY:
            continue
        if e <= ranges[t, 0] + TINY or worth[t] == FAR:
            return FAR
        total += max(0.0, max(worth[t] * up, worth[t] / down + wear) - buy[t])
    return total


@quick
def dispatch(
    need: float,
    buy: float,
    sell: float,
    limit_in: float,
    limit_out: float,
    order: NDArray[np.int64],
    prices: Floats,
    amounts: Floats,
    used: Floats,
) -> float:
    """The grid's part of `need` [kWh] when sources are used as is cheapest on either side of the meter."""
    best, grid, chosen = FAR, 0.0, 0
    for side in (0, 1):
        price = buy if side == 0 else sell
        given, cost = 0.0, 0.0
        # Importing: sources cheaper than the grid, and dearer ones beyond what the grid may give.
        # Exporting: all that the need asks for, and more while it earns.
        for m in order:
            take = 0.0
            if side == 0:
                wanted = max(0.0, need - given)
                take = min(amounts[m], wanted if prices[m] < price else max(0.0, wanted - limit_in))
            else:
                until = need + limit_out if prices[m] < price else need
                take = min(amounts[m], max(0.0, until - given))
            given += take
            cost += take * prices[m]
        rest = need - given
        if side == 0 and (rest < -TINY or rest > limit_in + 1e-6):
            continue
        if side == 1 and (rest > TINY or rest < -limit_out - 1e-6):
            continue
        cost += price * rest
        if cost < best:
            best, grid, chosen = cost, rest, side
    if best == FAR:
        return np.nan
    price = buy if chosen == 0 else sell
    given = 0.0
    for m in order:
        if chosen == 0:
            wanted = max(0.0, need - given)
            used[m] = min(amounts[m], wanted if prices[m] < price else max(0.0, wanted - limit_in))
        else:
            until = need + limit_out if prices[m] < price else need
            used[m] = min(amounts[m], max(0.0, until - given))
        given += used[m]
    return grid
