"""Who gives and receives in each quarter-hour, compiled: three rules, and the rounding to watt-hours.

A feeder has `spare` and `lack` [Wh], sends and takes no more. Electricity goes to the nearest: what is taken
is met at home as far as sends·stay reaches (stay = 1 − loss within), and the rest crosses the boundary:
out = max(0, sends − takes/stay), in = max(0, takes − sends·stay), and Σ in = cross·Σ out, where
cross = 1 − loss between.
"""

from __future__ import annotations

import numpy as np

from sandan.compiled import exact
from sandan.energy.model.rates import Floats

_HALVINGS = 100
_SMALL = 1e-9


@exact
def pro_rata(
    surplus: Floats, need: Floats, out: Floats, into: Floats, stay: float, cross: float
) -> tuple[Floats, Floats]:
    """What feeders send and take: all the same share of spare, or of lack, where limits allow."""
    count = len(surplus)
    give, get = np.empty(count), np.empty(count)
    supply = demand = 0.0
    for f in range(count):
        give[f] = min(surplus[f], need[f] / stay + out[f])
        get[f] = min(need[f], surplus[f] * stay + into[f])
        supply += cross * max(0.0, give[f] - get[f] / stay)
        demand += max(0.0, get[f] - give[f] * stay)
    scarce = supply <= demand
    low, high = 0.0, 1.0
    sends, takes = give.copy(), get.copy()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        missing = 0.0
        for f in range(count):
            if scarce:
                takes[f] = max(min(get[f], middle * need[f]), min(get[f], (give[f] - out[f]) * stay))
            else:
                sends[f] = max(min(give[f], middle * surplus[f]), min(give[f], (get[f] - into[f]) / stay))
            missing += max(0.0, takes[f] - sends[f] * stay) - cross * max(0.0, sends[f] - takes[f] / stay)
        # Of what is changed, less is feasible: needs while scarce, surpluses while not.
        if (missing > 0) == scarce:
            high = middle
        else:
            low = middle
    return sends, takes


@exact
def feeder_first(
    surplus: Floats, need: Floats, out: Floats, into: Floats, stay: float, cross: float
) -> tuple[Floats, Floats]:
    """What feeders send and take: home first; the rest pro rata of what may cross."""
    count = len(surplus)
    sends, takes, o, i = np.empty(count), np.empty(count), np.empty(count), np.empty(count)
    for f in range(count):
        takes[f] = min(surplus[f] * stay, need[f])
        sends[f] = takes[f] / stay
        o[f] = min(max(0.0, surplus[f] - sends[f]), out[f])
        i[f] = min(max(0.0, need[f] - takes[f]), into[f])
    total_out, total_in = o.sum(), i.sum()
    crossing = min(cross * total_out, total_in)
    if crossing > 0:
        for f in range(count):
            sends[f] += o[f] * (crossing / cross) / total_out
            takes[f] += i[f] * crossing / total_in
    return sends, takes


@exact
def _excess(
    q: float, f: int, feeder: np.ndarray, have: Floats, want: Floats, ask: Floats, bid: Floats, stay: float
) -> tuple[float, float]:
    """Least and most net supply of a feeder at the price q of a kWh received [Wh received]."""
    low = high = 0.0
    near = _SMALL * (1 + q)
    for m in range(len(have)):
        if feeder[m] != f:
            continue
        if have[m] > 0:
            at = ask[m] / stay - q
            if at < -near:
                low += have[m] * stay
            if at <= near:
                high += have[m] * stay
        if want[m] > 0:
            at = bid[m] - q
            if at >= -near:
                low -= want[m]
            if at > near:
                high -= want[m]
    return low, high


@exact
def _bus(
    p: float,
    feeder: np.ndarray,
    have: Floats,
    want: Floats,
    ask: Floats,
    bid: Floats,
    out: Floats,
    into: Floats,
    stay: float,
    cross: float,
    low: Floats,
    high: Floats,
) -> tuple[float, float]:
    """Least and most that each feeder sends (negative: takes) at the busbar's price p, and their sums."""
    kappa = cross / stay
    for f in range(len(out)):
        away_low, away_high = _excess(kappa * p, f, feeder, have, want, ask, bid, stay)
        home_low, home_high = _excess(p, f, feeder, have, want, ask, bid, stay)
        low[f] = kappa * min(max(0.0, away_low), out[f] * stay) - min(max(0.0, -home_low), into[f])
        high[f] = kappa * min(max(0.0, away_high), out[f] * stay) - min(max(0.0, -home_high), into[f])
    return low.sum(), high.sum()


@exact
def clear_market(
    feeder: np.ndarray,
    have: Floats,
    want: Floats,
    ask: Floats,
    bid: Floats,
    out: Floats,
    into: Floats,
    stay: float,
    cross: float,
    give: Floats,
    get: Floats,
    sends: Floats,
    takes: Floats,
    price: Floats,
) -> bool:
    """Fill in who trades [Wh, members] and each feeder's sum and price; True where a limit parts prices.

    The busbar price p is found at which what feeders send and take balances; a feeder's own price is p when
    it takes, p·cross/stay when it sends, and its own balance's when its limit is reached or it does neither.
    """
    kappa, count, members = cross / stay, len(out), len(have)
    many = 0
    edges = np.empty(2 * members)
    for m in range(members):
        if have[m] > 0:
            edges[many] = ask[m] / stay
            many += 1
        if want[m] > 0:
            edges[many] = bid[m]
            many += 1
    sends[:], takes[:], give[:], get[:] = 0.0, 0.0, 0.0, 0.0
    price[:] = np.nan
    if many == 0:
        return False
    edges = np.sort(np.concatenate((edges[:many], edges[:many] / kappa)))
    low, high = np.empty(count), np.empty(count)
    a, b = 0, len(edges) - 1
    while a < b:
        middle = (a + b) // 2
        if _bus(edges[middle], feeder, have, want, ask, bid, out, into, stay, cross, low, high)[1] >= -_SMALL:
            b = middle
        else:
            a = middle + 1
    first, b = a, len(edges) - 1
    while a < b:
        middle = (a + b + 1) // 2
        if _bus(edges[middle], feeder, have, want, ask, bid, out, into, stay, cross, low, high)[0] <= _SMALL:
            a = middle
        else:
            b = middle - 1
    p = (edges[first] + edges[a]) / 2
    least, most = _bus(p, feeder, have, want, ask, bid, out, into, stay, cross, low, high)
    part = min(1.0, max(0.0, -least / (most - least))) if most > least else 0.0
    parted = False
    for f in range(count):
        net = low[f] + part * (high[f] - low[f])
        x = net / kappa if net > 0 else net
        aim = kappa * p if net > _SMALL else p
        if abs(net) <= _SMALL:
            aim = (1 + kappa) / 2 * p
        q, full = _home_price(x, aim, f, feeder, have, want, ask, bid, stay)
        parted = parted or full
        _trade(x, q, f, feeder, have, want, ask, bid, stay, give, get, sends, takes)
        if takes[f] > 0 or sends[f] > 0:
            price[f] = q
    return parted


@exact
def _home_price(
    x: float,
    aim: float,
    f: int,
    feeder: np.ndarray,
    have: Floats,
    want: Floats,
    ask: Floats,
    bid: Floats,
    stay: float,
) -> tuple[float, bool]:
    """The price nearest to `aim` at which the feeder has x over, and whether it is another price."""
    slack = 1e-6
    low, high = _excess(aim, f, feeder, have, want, ask, bid, stay)
    if low <= x + slack and high >= x - slack:
        return aim, False
    best, away = aim, np.inf
    for m in range(len(have)):
        if feeder[m] != f:
            continue
        for side in range(2):
            if (have[m] if side == 0 else want[m]) <= 0:
                continue
            q = ask[m] / stay if side == 0 else bid[m]
            low, high = _excess(q, f, feeder, have, want, ask, bid, stay)
            if low <= x + slack and high >= x - slack and abs(q - aim) < away:
                best, away = q, abs(q - aim)
    return best, True


@exact
def _trade(
    x: float,
    q: float,
    f: int,
    feeder: np.ndarray,
    have: Floats,
    want: Floats,
    ask: Floats,
    bid: Floats,
    stay: float,
    give: Floats,
    get: Floats,
    sends: Floats,
    takes: Floats,
) -> None:
    """Who of the feeder trades at q so that x is over; those exactly at q trade in part, pro rata."""
    near = _SMALL * (1 + q)
    cheap = level = eager = even = 0.0
    for m in range(len(have)):
        if feeder[m] == f:
            if have[m] > 0 and ask[m] / stay <= q + near:
                if ask[m] / stay < q - near:
                    cheap += have[m]
                else:
                    level += have[m]
            if want[m] > 0 and bid[m] >= q - near:
                if bid[m] > q + near:
                    eager += want[m]
                else:
                    even += want[m]
    takes[f] = max(0.0, min(eager + even, (cheap + level) * stay - x))
    sends[f] = min(max(0.0, (takes[f] + x) / stay), cheap + level)
    sold = min(1.0, max(0.0, (sends[f] - cheap) / level)) if level > 0 else 0.0
    bought = min(1.0, max(0.0, (takes[f] - eager) / even)) if even > 0 else 0.0
    for m in range(len(have)):
        if feeder[m] == f:
            if have[m] > 0 and ask[m] / stay <= q + near:
                give[m] = have[m] if ask[m] / stay < q - near else have[m] * sold
            if want[m] > 0 and bid[m] >= q - near:
                get[m] = want[m] if bid[m] > q + near else want[m] * bought


@exact
def whole(total: int, ideal: Floats, most: np.ndarray, made: np.ndarray) -> None:
    """`total` in whole numbers as near to `ideal` as `most` allows: largest remainders, then the order given.

    Needs total ≤ Σ most.
    """
    wanted = ideal.sum()
    scale = total / wanted if wanted > 0 else 0.0
    rest = total
    remainder = np.empty(len(ideal))
    for m in range(len(ideal)):
        made[m] = min(int(np.floor(ideal[m] * scale + 1e-7)), most[m])
        remainder[m] = ideal[m] * scale - made[m]
        rest -= made[m]
    if rest == 0:
        return
    order = np.argsort(-remainder, kind="mergesort")
    if rest < 0:
        for k in range(len(order) - 1, -1, -1):
            m = order[k]
            less = min(made[m], 1, -rest)
            made[m] -= less
            rest += less
            if rest == 0:
                return
    while rest > 0:
        before = rest
        for k in range(len(order)):
            m = order[k]
            if made[m] < most[m] and ideal[m] > 0:
                made[m] += 1
                rest -= 1
                if rest == 0:
                    return
        if rest == before:
            # Only those who would have had nothing have room.
            for k in range(len(order)):
                m = order[k]
                more = min(most[m] - made[m], rest)
                made[m] += more
                rest -= more
            return


@exact
def share_all(
    rule: int,
    feeder: np.ndarray,
    surplus: np.ndarray,
    need: np.ndarray,
    bid: Floats,
    ask: Floats,
    out: Floats,
    into: Floats,
    stay: float,
    cross: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Floats, np.ndarray]:
    """Given, received [Wh, n × members], crossing out and in [Wh, n × feeders], prices, where prices part.

    A row is a quarter-hour, unlike everywhere else: the machine reads along it.
    """
    n, members = surplus.shape
    count = out.shape[1]
    given, received = np.zeros((n, members), np.int64), np.zeros((n, members), np.int64)
    gone, came = np.zeros((n, count), np.int64), np.zeros((n, count), np.int64)
    price, parted = np.full((n, count), np.nan), np.zeros(n, np.bool_)
    give, get = np.zeros(members), np.zeros(members)
    sends, takes, spare, lack = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    for t in range(n):
        have, want = surplus[t].astype(np.float64), need[t].astype(np.float64)
        spare[:], lack[:] = 0.0, 0.0
        for m in range(members):
            spare[feeder[m]] += have[m]
            lack[feeder[m]] += want[m]
        if spare.sum() == 0 or lack.sum() == 0:
            continue
        if rule == 2:
            parted[t] = clear_market(
                feeder, have, want, ask[t], bid[t], out[t], into[t], stay, cross,
                give, get, sends, takes, price[t],
            )  # fmt: skip
        else:
            if rule == 0:
                sends, takes = pro_rata(spare, lack, out[t], into[t], stay, cross)
            else:
                sends, takes = feeder_first(spare, lack, out[t], into[t], stay, cross)
            for m in range(members):
                f = feeder[m]
                give[m] = have[m] * sends[f] / spare[f] if spare[f] > 0 else 0.0
                get[m] = want[m] * takes[f] / lack[f] if lack[f] > 0 else 0.0
        _settle_wh(
            feeder, surplus[t], need[t], give, get, sends, takes, spare, lack, out[t], into[t],
            stay, cross, given[t], received[t], gone[t], came[t],
        )  # fmt: skip
    return given, received, gone, came, price, parted


@exact
def _floor_limit(value: float) -> int:
    return int(value) if value < 9e15 else 9_000_000_000_000_000


@exact
def _settle_wh(
    feeder: np.ndarray,
    surplus: np.ndarray,
    need: np.ndarray,
    give: Floats,
    get: Floats,
    sends: Floats,
    takes: Floats,
    spare: Floats,
    lack: Floats,
    out: Floats,
    into: Floats,
    stay: float,
    cross: float,
    given: np.ndarray,
    received: np.ndarray,
    gone: np.ndarray,
    came: np.ndarray,
) -> None:
    """Whole watt-hours that keep every limit; what is lost is rounded up, what arrives down."""
    count = len(sends)
    home, sent = np.zeros(count, np.int64), np.zeros(count, np.int64)
    out_ideal, in_ideal = np.zeros(count), np.zeros(count)
    out_most, in_most = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for f in range(count):
        own, all_need = int(spare[f]), int(lack[f])
        local = min(takes[f], sends[f] * stay)
        home[f] = min(int(np.floor(local + 1e-6)), all_need, int(np.floor(own * stay + 1e-9)))
        sent[f] = min(own, int(np.ceil(home[f] / stay - 1e-9)))
        out_ideal[f], in_ideal[f] = max(0.0, sends[f] - takes[f] / stay), max(0.0, takes[f] - sends[f] * stay)
        if out_ideal[f] < 1e-6:
            out_ideal[f] = 0.0
        if in_ideal[f] < 1e-6:
            in_ideal[f] = 0.0
        out_most[f] = min(_floor_limit(out[f]), own - sent[f], int(np.ceil(out_ideal[f] - 1e-6)))
        in_most[f] = min(_floor_limit(into[f]), all_need - home[f], int(np.ceil(in_ideal[f] - 1e-6)))
    arrive = min(
        int(np.floor(in_ideal.sum() + 1e-6)), int(np.floor(out_most.sum() * cross + 1e-9)), in_most.sum()
    )
    leave = min(int(np.ceil(arrive / cross - 1e-9)), out_most.sum())
    whole(arrive, in_ideal, in_most, came)
    whole(leave, out_ideal, out_most, gone)
    for f in range(count):
        who = np.flatnonzero(feeder == f)
        part = np.zeros(len(who), np.int64)
        whole(sent[f] + gone[f], give[who], surplus[who], part)
        for k in range(len(who)):
            given[who[k]] = part[k]
        part[:] = 0
        whole(home[f] + came[f], get[who], need[who], part)
        for k in range(len(who)):
            received[who[k]] = part[k]
