"""What each member adds to sharing: the Shapley value of what sharing saves, exact or from orders drawn.

The game: v(C) is what the members of C save together by the rule "own feeder first" among themselves. It
depends on C only through each feeder's sums, so that adding a member costs a few additions a quarter-hour.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np

from sandan.compiled import exact
from sandan.energy.model.rates import Floats


def shapley(
    feeder: np.ndarray,
    net: Floats,
    worth: Floats,
    out: Floats,
    into: Floats,
    within: float,
    between: float,
    *,
    exact: int,
    samples: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """Value of each member [won] and its standard error.

    `net` [Wh, members × n], `worth` [won/kWh, members × n]: the bid of who needs, the ask of who has. Up to
    `exact` members every coalition is valued; above, `samples` orders are drawn by `seed`, each with its
    reverse, and the error is that of the mean over those pairs (Castro et al. 2009, Computers & Operations
    Research 36; antithetic as Mitchell et al. 2022, JMLR 23). Either way the values add up to v(all).
    """
    stay, cross = 1 - within, 1 - between
    busy = (net > 0).any(axis=0) & (net < 0).any(axis=0)
    rows = (np.ascontiguousarray(one[:, busy].T) for one in (net, worth, out, into))
    game: tuple[Any, ...] = (feeder, *rows, stay, cross)
    members = len(net)
    if members <= exact:
        return _exact(members, game), np.zeros(members)
    random = np.random.default_rng(seed)
    total, squares = np.zeros(members), np.zeros(members)
    for _ in range(samples):
        order = random.permutation(members)
        pair = (_along(order, *game) + _along(order[::-1].copy(), *game)) / 2
        total += pair
        squares += pair**2
    mean = total / samples
    variance = np.maximum(squares / samples - mean**2, 0.0) * samples / (samples - 1)
    return mean, np.sqrt(variance / samples)


def _exact(members: int, game: tuple[Any, ...]) -> Floats:
    """φᵢ = Σ_C |C|! (m − |C| − 1)! / m! · (v(C ∪ i) − v(C)), coalitions as bits."""
    values = _all_values(members, *game)
    size = np.array([mask.bit_count() for mask in range(2**members)])
    weight = np.array(
        [factorial(k) * factorial(members - k - 1) / factorial(members) for k in range(members)] + [0.0]
    )
    masks = np.arange(2**members)
    found = np.zeros(members)
    for i in range(members):
        without = masks[(masks >> i) & 1 == 0]
        found[i] = (weight[size[without]] * (values[without | (1 << i)] - values[without])).sum()
    return found


@exact
def _all_values(
    members: int,
    feeder: np.ndarray,
    net: Floats,
    worth: Floats,
    out: Floats,
    into: Floats,
    stay: float,
    cross: float,
) -> Floats:
    n, count = out.shape
    values = np.zeros(2**members)
    spare, lack, forgone, avoided = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    over, short = np.zeros(count), np.zeros(count)
    for mask in range(2**members):
        for t in range(n):
            spare[:], lack[:], forgone[:], avoided[:] = 0.0, 0.0, 0.0, 0.0
            for m in range(members):
                if (mask >> m) & 1:
                    _add(m, t, feeder, net, worth, spare, lack, forgone, avoided)
            values[mask] += _value(spare, lack, forgone, avoided, out[t], into[t], stay, cross, over, short)
    return values


@exact
def _along(
    order: np.ndarray,
    feeder: np.ndarray,
    net: Floats,
    worth: Floats,
    out: Floats,
    into: Floats,
    stay: float,
    cross: float,
) -> Floats:
    """What each adds when they come in this order."""
    n, count = out.shape
    found = np.zeros(len(order))
    spare, lack, forgone, avoided = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    over, short = np.zeros(count), np.zeros(count)
    for t in range(n):
        spare[:], lack[:], forgone[:], avoided[:] = 0.0, 0.0, 0.0, 0.0
        before = 0.0
        for m in order:
            if net[t, m] == 0.0:
                continue
            _add(m, t, feeder, net, worth, spare, lack, forgone, avoided)
            now = _value(spare, lack, forgone, avoided, out[t], into[t], stay, cross, over, short)
            found[m] += now - before
            before = now
    return found


@exact
def _add(
    m: int,
    t: int,
    feeder: np.ndarray,
    net: Floats,
    worth: Floats,
    spare: Floats,
    lack: Floats,
    forgone: Floats,
    avoided: Floats,
) -> None:
    f, x = feeder[m], net[t, m]
    if x > 0:
        spare[f] += x
        forgone[f] += x * worth[t, m]
    elif x < 0:
        lack[f] -= x
        avoided[f] -= x * worth[t, m]


@exact
def _value(
    spare: Floats,
    lack: Floats,
    forgone: Floats,
    avoided: Floats,
    out: Floats,
    into: Floats,
    stay: float,
    cross: float,
    over: Floats,
    short: Floats,
) -> float:
    """Saved in one quarter-hour [won]: what is received at its worth less what is given at its own.

    The rule is `kernels.feeder_first`, written out: it is asked millions of times, and arrays would cost more
    than the sums. `over` and `short` are room for what may cross [feeders].
    """
    value = total_out = total_in = 0.0
    for f in range(len(spare)):
        taken = min(spare[f] * stay, lack[f])
        if taken > 0:
            value += avoided[f] * taken / lack[f] - forgone[f] * (taken / stay) / spare[f]
        over[f] = min(max(0.0, spare[f] - taken / stay), out[f])
        short[f] = min(max(0.0, lack[f] - taken), into[f])
        total_out += over[f]
        total_in += short[f]
    crossing = min(cross * total_out, total_in)
    if crossing > 0:
        for f in range(len(spare)):
            if over[f] > 0:
                value -= forgone[f] * (over[f] * (crossing / cross) / total_out) / spare[f]
            if short[f] > 0:
                value += avoided[f] * (short[f] * crossing / total_in) / lack[f]
    return value / 1000
