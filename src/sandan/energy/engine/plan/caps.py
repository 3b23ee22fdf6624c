"""Many sites, one after another, in compiled code; each also finds its best cap on the import that counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sandan.energy.engine.plan.kernels import (
    FAR,
    OVERFLOW,
    TINY,
    dispatch,
    quick,
    sweep_back,
    walk_forward,
    worth_of_cap,
)
from sandan.energy.model.rates import Floats


@quick
def _can(
    cap: float,
    need: Floats,
    spare: Floats,
    counts: NDArray[np.bool_],
    limit_in: float,
    free: Floats,
    power_in: Floats,
    power_out: Floats,
    up: float,
    down: float,
    taken: Floats,
    floor: Floats,
    ceiling: float,
    start: float,
) -> bool:
    """Whether counted import can stay under `cap` [kWh a quarter-hour], charging all that it allows."""
    stored = start
    for t in range(len(need)):
        limit = limit_in
        if counts[t]:
            limit = max(0.0, min(limit, cap - spare[t]))
        top = min(limit + free[t] - need[t], power_in[t])
        if top < -power_out[t] - TINY:
            return False
        stored = min(ceiling, stored - taken[t] + (top * up if top >= 0 else top / down))
        if stored < floor[t] - TINY:
            return False
    return True


@quick
def lowest_cap(
    cap: float,
    need: Floats,
    spare: Floats,
    counts: NDArray[np.bool_],
    limit_in: float,
    free: Floats,
    power_in: Floats,
    power_out: Floats,
    up: float,
    down: float,
    taken: Floats,
    floor: Floats,
    ceiling: float,
    start: float,
) -> float:
    """The least cap of at least `cap` that can be kept, by halving; infinite when none can."""
    high = cap
    for t in range(len(need)):
        if counts[t]:
            cap = max(cap, spare[t])
            high = max(high, max(0.0, need[t] + power_in[t]) + spare[t])
    for turn in range(62):
        # First the lowest, then the highest, then halves.
        tried = cap if turn == 0 else (high if turn == 1 else 0.5 * (cap + high))
        good = _can(
            tried,
            need,
            spare,
            counts,
            limit_in,
            free,
            power_in,
            power_out,
            up,
            down,
            taken,
            floor,
            ceiling,
            start,
        )
        if turn == 0 and good:
            return cap
        if turn == 1 and not good:
            return FAR
        if good:
            high = tried
        else:
            cap = tried
    return high * (1 + 1e-10) + 1e-8


@quick
def plan_many(
    offset: int,
    need: Floats,
    spare: Floats,
    spare_row: NDArray[np.int64],
    counts: NDArray[np.bool_],
    buy: Floats,
    sell: Floats,
    rate_row: NDArray[np.int64],
    extra: Floats,
    extra_row: NDArray[np.int64],
    limit_in: Floats,
    limit_out: Floats,
    prices: Floats,
    amounts: Floats,
    plugged: Floats,
    needed: Floats,
    taken: Floats,
    profile_row: NDArray[np.int64],
    battery: Floats,
    demand_price: Floats,
    standing: Floats,
    noise: float,
    seed: int,
    hint: Floats,
    exact: bool,
    width: int,
    lowest: Floats,
    value: Floats,
    peak: Floats,
    change: Floats,
) -> bool:
    """Plan the sites, the first of which is number `offset` of all; False when `width` was too small.

    All in kWh a quarter-hour. `battery` [sites, 8]: power, energy, charge and discharge efficiency, least
    stored, most stored, stored at the start, least at the end, then wear and the worth of the end's kWh.
    `extra` [rows, n] is added to both prices (of the limits that sites share); up to `noise` [won/kWh]
    to what the battery takes, so that sites with a choice choose differently. With `exact` the cap on
    counted import is the best there is; without, `hint` is taken when it can be kept. `lowest` holds the
    least caps that can be kept, found here where they are negative. Fills the least cost
    (infinite when nothing can be done; demand above `standing` counted, `extra` included), the cap, and the
    change of what is stored [sites, n].
    """
    slots, sources = need.shape[1], prices.shape[1]
    slopes, lengths = np.empty((slots + 1, width)), np.empty((slots + 1, width))
    sizes, low = np.empty(slots + 1, np.int64), np.empty(slots + 1)
    step_slopes, step_lengths = np.empty((slots, sources + 5)), np.empty((slots, sources + 5))
    step_sizes, ranges = np.empty(slots, np.int64), np.empty((slots, 2))
    bought, sold, free = np.empty(slots), np.empty(slots), np.empty(slots)
    power_in, power_out, floor = np.empty(slots), np.empty(slots), np.empty(slots)
    own, worth = np.empty(slots), np.empty(slots)
    golden = 0.6180339887498949
    for i in range(need.shape[0]):
        b, r, p, x = battery[i], rate_row[i], profile_row[i], extra_row[i]
        draw = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(offset + i + 1) * np.uint64(
            0xD1342543DE82EF95
        )
        for t in range(slots):
            draw ^= draw << np.uint64(13)
            draw ^= draw >> np.uint64(7)
            draw ^= draw << np.uint64(17)
            own[t] = noise * float(draw >> np.uint64(11)) / 9007199254740992.0
            bought[t], sold[t], free[t] = buy[r, t] + extra[x, t], sell[r, t] + extra[x, t], 0.0
            for m in range(sources):
                free[t] += amounts[i, m, t]
            power_in[t] = power_out[t] = b[0] * plugged[p, t]
            floor[t] = max(b[4], b[1] * needed[p, t])
        floor[slots - 1] = max(floor[slots - 1], b[7])
        kept, spared, flags, trips = need[i], spare[spare_row[i]], counts[r], taken[p]
        price, cap = demand_price[i], lowest[i]
        if cap < 0:
            cap = lowest_cap(
                max(standing[i], 0.0),
                kept,
                spared,
                flags,
                limit_in[i],
                free,
                power_in,
                power_out,
                b[2],
                b[3],
                trips,
                floor,
                b[5],
                b[6],
            )
            lowest[i] = cap
        if cap == FAR:
            value[i], peak[i] = FAR, FAR
            change[i] = 0.0
            continue
        floor_cap, best_cap, best = cap, cap, FAR
        a, c, x1, x2, y1, y2, stage, turn = cap, cap, cap, cap, 0.0, 0.0, 0, 0
        walked = False
        if not exact:
            cap = max(floor_cap, hint[i])
            stage = 9
        bump = 1e-7 * max(floor_cap, 0.25)
        if exact and price <= 0:
            # Nothing is owed for a peak: there is no cap to look for.
            cap, stage = 1e15, 9
        # One loop calls the sweep, so that it is compiled once: first at the lowest cap, which mostly is seen
        # to be best; else a little above it, and only when that is cheaper by golden section (the cost is
        # convex in the cap).
        while True:
            cost = sweep_back(
                cap,
                kept,
                spared,
                flags,
                bought,
                sold,
                limit_in[i],
                limit_out[i],
                prices[i],
                amounts[i],
                power_in,
                power_out,
                b[2],
                b[3],
                b[8],
                own,
                trips,
                floor,
                b[5],
                b[6],
                b[9],
                slopes,
                lengths,
                sizes,
                low,
                step_slopes,
                step_lengths,
                step_sizes,
                ranges,
            )
            if cost == OVERFLOW:
                return False
            cost += price * 4 * max(0.0, cap - standing[i])
            if stage == 9:
                best = cost
                break
            if cost < best:
                best, best_cap = cost, cap
            if stage == 0:
                if cost < FAR:
                    walk_forward(
                        b[6],
                        trips,
                        b[5],
                        slopes,
                        lengths,
                        sizes,
                        low,
                        step_slopes,
                        step_lengths,
                        step_sizes,
                        ranges,
                        change[i],
                        worth,
                    )
                    gain = worth_of_cap(
                        cap,
                        kept,
                        spared,
                        flags,
                        bought,
                        sold,
                        limit_in[i],
                        b[2],
                        b[3],
                        b[8],
                        change[i],
                        worth,
                        ranges,
                    )
                    if gain <= price * 4:
                        walked = True
                        break
                y1, cap, stage = cost, floor_cap + bump, 1
            elif stage == 1:
                if cost >= y1 - 1e-9 * abs(y1):
                    cap, stage = floor_cap, 9
                    continue
                a, c = floor_cap, floor_cap
                for t in range(slots):
                    if flags[t]:
                        c = max(c, kept[t] + power_in[t] + spared[t])
                x1, x2 = c - golden * (c - a), a + golden * (c - a)
                cap, stage = x1, 2
            elif stage == 2:
                y1, cap, stage = cost, x2, 3
            else:
                if stage == 3:
                    y2 = cost
                else:
                    y1 = cost
                turn += 1
                if turn > 48 or c - a < 1e-9 * max(1.0, a):
                    cap, stage = best_cap, 9
                    continue
                if y1 < y2:
                    c, x2, y2 = x2, x1, y1
                    x1 = c - golden * (c - a)
                    cap, stage = x1, 4
                else:
                    a, x1, y1 = x1, x2, y2
                    x2 = a + golden * (c - a)
                    cap, stage = x2, 3
        value[i], peak[i] = best, cap
        if best == FAR:
            change[i] = 0.0
        elif not walked:
            walk_forward(
                b[6],
                trips,
                b[5],
                slopes,
                lengths,
                sizes,
                low,
                step_slopes,
                step_lengths,
                step_sizes,
                ranges,
                change[i],
                worth,
            )
    return True


@quick
def dispatch_many(
    need: Floats,
    buy: Floats,
    sell: Floats,
    rate_row: NDArray[np.int64],
    extra: Floats,
    extra_row: NDArray[np.int64],
    counts: NDArray[np.bool_],
    spare: Floats,
    spare_row: NDArray[np.int64],
    cap: Floats,
    limit_in: Floats,
    limit_out: Floats,
    prices: Floats,
    amounts: Floats,
    battery: Floats,
    change: Floats,
    grid: Floats,
    used: Floats,
) -> None:
    """What the grid and each source give in each quarter-hour, once `change` of the stores is known."""
    for i in range(need.shape[0]):
        order, r, x = np.argsort(prices[i]), rate_row[i], extra_row[i]
        for t in range(need.shape[1]):
            e = change[i, t]
            whole = need[i, t] + (e / battery[i, 2] if e >= 0 else e * battery[i, 3])
            if prices.shape[1] == 0:
                grid[i, t] = whole
                continue
            limit = limit_in[i]
            if counts[r, t]:
                limit = max(0.0, min(limit, cap[i] - spare[spare_row[i], t]))
            grid[i, t] = dispatch(
                whole,
                buy[r, t] + extra[x, t],
                sell[r, t] + extra[x, t],
                limit,
                limit_out[i],
                order,
                prices[i],
                amounts[i, :, t],
                used[i, :, t],
            )


@quick
def own_cost(
    grid: Floats,
    used: Floats,
    change: Floats,
    peak: Floats,
    buy: Floats,
    sell: Floats,
    rate_row: NDArray[np.int64],
    prices: Floats,
    battery: Floats,
    demand_price: Floats,
    standing: Floats,
    cost: Floats,
) -> None:
    """What each site pays itself, its limits' prices aside: energy, sources, wear, demand up to `peak`."""
    for i in range(grid.shape[0]):
        r, total, worn = rate_row[i], 0.0, battery[i, 3] * battery[i, 8]
        for t in range(grid.shape[1]):
            g = grid[i, t]
            total += (buy[r, t] if g > 0 else sell[r, t]) * g
            for m in range(used.shape[1]):
                total += prices[i, m] * used[i, m, t]
            if change[i, t] < 0:
                total -= worn * change[i, t]
        owed = peak[i] - standing[i]
        cost[i] = total + (demand_price[i] * 4 * owed if demand_price[i] > 0 and owed > 0 else 0.0)
