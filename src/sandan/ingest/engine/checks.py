"""The checks: readings in, samples and what is held back out. Pure, and vectorised.

Two steps, because one question in the middle needs the historian: `screen` looks at each reading
by itself; `settle` compares with what is known and with the rest of the batch. `check` does both.
Nothing is lost: every reading is a sample, a duplicate or in quarantine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sandan.ingest.engine.catalogue import UNKNOWN, Catalogue, conversions
from sandan.ingest.model import CODES, Binding, Reason, Receipt, Terms
from sandan.twin.model import Quality
from sandan.twin.samples import INSTANT, READINGS, SAMPLES

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

OLDEST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""A device whose clock was never set says 1970; nothing here is older than this."""
FARTHEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)
NEVER = np.iinfo(np.int64).min
KEYS = pa.schema([SAMPLES.field("point"), SAMPLES.field("start"), SAMPLES.field("source")])
QUARANTINED = READINGS.append(pa.field("reason", pa.string(), nullable=False)).append(
    pa.field("point", pa.uint32(), nullable=False)
)
"""A reading held back, why, and the point it resolved to (0: none)."""
KEPT, DUPLICATE, CORRECTION, HELD = 0, 1, 2, 10
"""What became of a reading; `HELD + i` is `CODES[i]`."""


def millis(instant: datetime) -> int:
    """An instant as the historian counts it."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Screened:
    """Readings good by themselves, as arrays in the order received, and those that are not."""

    point: Ints
    start: Ints
    value: Floats
    quality: NDArray[np.uint8]
    quarantined: pa.Table
    reason: NDArray[np.uint8]
    """For every reading received: 0, or one more than its reason's place in `CODES`."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`samples` to keep, `quarantined` readings, and the fate of every reading in the order received."""

    samples: pa.Table
    quarantined: pa.Table
    fate: NDArray[np.uint8]
    gaps: int = 0

    @property
    def receipt(self) -> Receipt:
        return receipt_of(self.fate, self.gaps)


@dataclass(frozen=True, slots=True)
class _Resolved:
    """What the batch's distinct addresses stand for."""

    number: Ints
    bound: Mask
    unit: list[str | None]
    factor: Floats
    offset: Floats


def screen(readings: pa.Table, catalogue: Catalogue, source: str, terms: Terms, now: datetime) -> Screened:
    """Check each reading by itself: address, time, value, unit, range, clock.

    Values come out in the unit of their point's quantity. The first reason found is the one given.
    """
    n = readings.num_rows
    if n == 0:
        none = np.empty(0, np.int64)
        empty = np.empty(0, np.float64)
        nothing = np.empty(0, np.uint8)
        return Screened(none, none, empty, nothing, QUARANTINED.empty_table(), nothing)
    addresses = _array(pc.dictionary_encode(readings["address"]))
    code = addresses.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    resolved = _resolve(addresses.dictionary.to_pylist(), catalogue, source)
    point = resolved.number[code]
    known = point != UNKNOWN
    safe = np.where(known, point, 0)
    reason = np.zeros(n, np.uint8)

    def hold(bad: Mask, why: Reason) -> None:
        reason[bad & (reason == 0)] = CODES.index(why) + 1

    hold(~known, Reason.UNKNOWN_POINT)
    if terms.tenant is not None:
        own = catalogue.tenants.index(terms.tenant) if terms.tenant in catalogue.tenants else UNKNOWN
        hold(catalogue.tenant[safe] != own, Reason.FOREIGN_POINT)
    start_column = readings["start"]
    start = _array(pc.fill_null(start_column.cast(pa.int64()), 0)).to_numpy(zero_copy_only=False)
    if start_column.null_count:
        hold(_array(pc.is_null(start_column)).to_numpy(zero_copy_only=False), Reason.NO_TIME)
    value = _array(pc.fill_null(readings["value"], np.nan)).to_numpy(zero_copy_only=False)
    hold(np.isnan(value), Reason.NO_VALUE)
    quality = _array(pc.fill_null(readings["quality"], 0)).to_numpy(zero_copy_only=False)
    hold((quality > Quality.BAD) | (quality == Quality.RELEASED), Reason.QUALITY)
    value = _converted(value, code, resolved, readings["unit"], catalogue, safe)
    hold(np.isnan(value), Reason.UNIT)
    hold((value < catalogue.low[safe]) | (value > catalogue.high[safe]), Reason.RANGE)
    moment = millis(now)
    ahead = FARTHEST if terms.tolerance is None else moment + millis_of(terms.tolerance)
    behind = OLDEST if terms.max_age is None else max(OLDEST, moment - millis_of(terms.max_age))
    hold(start > ahead, Reason.FUTURE)
    hold(start < behind, Reason.TOO_OLD)
    if terms.released:
        quality = np.where(quality == Quality.GOOD, np.uint8(Quality.RELEASED), quality)
    good = reason == 0
    if good.all():
        return Screened(point, start, value, quality, QUARANTINED.empty_table(), reason)
    why = pa.array([str(CODES[i - 1]) for i in reason[~good]], pa.string())
    held = readings.filter(pa.array(~good)).append_column(QUARANTINED.field("reason"), why)
    quarantined = held.append_column(QUARANTINED.field("point"), pa.array(safe[~good].astype(np.uint32)))
    return Screened(point[good], start[good], value[good], quality[good], quarantined, reason)


def doubtful(screened: Screened, newest: Ints, source: int, floor: int = NEVER) -> pa.Table:
    """The keys, each once, that may be known already: not newer than the newest known of their point.

    Up to `floor` [ms] everything is doubtful, whatever `newest` says.
    """
    late = screened.start <= np.maximum(newest[screened.point], floor)
    if not late.any():
        return KEYS.empty_table()
    pairs = np.unique(_key(screened.point[late], screened.start[late]), return_index=True)[1]
    point, start = screened.point[late][pairs], screened.start[late][pairs]
    return pa.table(
        [
            pa.array(point.astype(np.uint32)),
            pa.array(start).cast(INSTANT),
            pa.array(np.full(len(pairs), source, np.uint16)),
        ],
        schema=KEYS,
    )


def settle(
    screened: Screened,
    held: pa.Table,
    source: int,
    known_at: datetime,
    *,
    given: bool = False,
    newest: Ints | None = None,
    interval: Ints | None = None,
) -> Checked:
    """Tell new samples from duplicates and corrections; `held` is what the historian has for the doubtful.

    A correction is always known later than what it corrects, even if the clock went back. With `given`,
    `known_at` is the sender's own (a forecast's issue time) and is moved only where it would collide.
    """
    n = len(screened.point)
    key = _key(screened.point, screened.start)
    order = np.argsort(key, kind="stable")
    key, value, quality = key[order], screened.value[order], screened.quality[order]
    first = np.ones(n, bool)
    first[1:] = key[1:] != key[:-1]
    previous, previous_quality = np.empty(n), np.zeros(n, np.int16)
    previous[1:], previous_quality[1:] = value[:-1], quality[:-1]
    previous[first] = np.nan
    moment = millis(known_at)
    known = np.full(n, moment, np.int64)
    earlier: Mask = np.zeros(n, bool)
    if held.num_rows:
        at, present = _find(key, held)
        held_known = held["known_at"].cast(pa.int64()).to_numpy()[at]
        earlier = present & (held_known <= known) if given else present
        look = first & earlier
        previous[look] = held["value"].to_numpy()[at[look]]
        previous_quality[look] = held["quality"].to_numpy()[at[look]]
        later = present & ((held_known == known) if given else (held_known >= known))
        known[later] = held_known[later] + 1
    same = (value == previous) & (quality == previous_quality)
    kept = ~same
    # the j-th distinct value of one key in this batch is known j milliseconds later, so that none folds away
    running = np.cumsum(kept)
    before = (running - kept)[first]
    group = np.cumsum(first) - 1
    nth = running - 1 - before[group]
    known = known + np.where(kept, nth, 0)
    fate = np.where(screened.reason == 0, 0, screened.reason + np.uint8(HELD - 1)).astype(np.uint8)
    good = np.flatnonzero(screened.reason == 0)
    fate[good[order]] = np.where(same, DUPLICATE, np.where(earlier | (nth > 0), CORRECTION, KEPT))
    take = order[kept]
    # back to the order received: a reader of the batch sees what came first, first
    back = np.argsort(take, kind="stable")
    take, known_kept = take[back], known[kept][back]
    samples = pa.table(
        [
            pa.array(screened.point[take].astype(np.uint32)),
            pa.array(screened.start[take]).cast(INSTANT),
            pa.array(known_kept).cast(INSTANT),
            pa.array(np.full(len(take), source, np.uint16)),
            pa.array(screened.value[take]),
            pa.array(screened.quality[take].astype(np.uint8)),
        ],
        schema=SAMPLES,
    )
    gaps = 0
    if newest is not None and interval is not None and n:
        gaps = _gaps(screened.point[order], screened.start[order], newest, interval)
    return Checked(samples, screened.quarantined, fate, gaps)


def check(
    readings: pa.Table,
    catalogue: Catalogue,
    terms: Terms,
    now: datetime,
    *,
    source: str = "",
    number: int = 0,
    newest: Ints | None = None,
    holds: Callable[[pa.Table], pa.Table] | None = None,
    known_at: datetime | None = None,
) -> Checked:
    """All checks on one source's readings; `holds` answers for keys not newer than `newest`.

    Without `newest` every key is asked about; without `holds` nothing is known yet.
    """
    screened = screen(readings, catalogue, source, terms, now)
    bound = np.full(catalogue.size, FARTHEST, np.int64) if newest is None else newest
    keys = doubtful(screened, bound, number) if holds is not None else KEYS.empty_table()
    held = holds(keys) if holds is not None and keys.num_rows else KEYS.empty_table()
    return settle(
        screened,
        held,
        number,
        known_at or now,
        given=known_at is not None,
        newest=newest,
        interval=catalogue.interval,
    )


def advance(newest: Ints, samples: pa.Table) -> None:
    """Note in `newest` what was committed."""
    np.maximum.at(newest, samples["point"].to_numpy(), samples["start"].cast(pa.int64()).to_numpy())


def receipt_of(fate: NDArray[np.uint8], gaps: int = 0) -> Receipt:
    """The tally of some readings' fates."""
    counts = np.bincount(fate, minlength=HELD)
    reasons = {CODES[i - HELD]: int(counts[i]) for i in range(HELD, len(counts)) if counts[i]}
    return Receipt(
        received=len(fate),
        kept=int(counts[KEPT] + counts[CORRECTION]),
        duplicates=int(counts[DUPLICATE]),
        corrections=int(counts[CORRECTION]),
        quarantined=sum(reasons.values()),
        gaps=gaps,
        reasons=reasons,
    )


def millis_of(span: timedelta) -> int:
    """A span as the historian counts it."""
    return span // timedelta(milliseconds=1)


def _array(column: pa.ChunkedArray) -> pa.Array:
    """One contiguous array; Arrow keeps the pieces of a concatenated table apart."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()


def _resolve(addresses: list[str], catalogue: Catalogue, source: str) -> _Resolved:
    """Points for the distinct addresses; a binding goes before a point of the same name."""
    index, bindings = catalogue.index, catalogue.bindings.get(source)
    size = len(addresses)
    if not bindings:
        number = np.fromiter((index.get(a, UNKNOWN) for a in addresses), np.int64, size)
        none = np.zeros(size, bool)
        return _Resolved(number, none, [], np.empty(0), np.empty(0))
    found: list[Binding | None] = [bindings.get(a) for a in addresses]
    number = np.fromiter(
        (
            index.get(a, UNKNOWN) if b is None else index[b.point]
            for a, b in zip(addresses, found, strict=True)
        ),
        np.int64,
        size,
    )
    return _Resolved(
        number,
        np.fromiter((b is not None for b in found), bool, size),
        [None if b is None else b.unit for b in found],
        np.fromiter((1.0 if b is None else b.factor for b in found), np.float64, size),
        np.fromiter((0.0 if b is None else b.offset for b in found), np.float64, size),
    )


@np.errstate(over="ignore")  # a number too large once scaled is infinite, and the range holds it back
def _converted(
    value: Floats, code: Ints, resolved: _Resolved, unit: pa.ChunkedArray, catalogue: Catalogue, point: Ints
) -> Floats:
    """Values in their points' units; NaN where the unit does not fit. Same unit: the same bits."""
    bound = resolved.bound.any()
    if bound and ((resolved.factor != 1.0).any() or (resolved.offset != 0.0).any()):
        value = value * resolved.factor[code] + resolved.offset[code]
    named = unit.null_count < len(unit)
    if not named and not (bound and any(u is not None for u in resolved.unit)):
        return value
    symbols: list[str] = []
    given = np.full(len(value), UNKNOWN, np.int64)
    if bound:
        own = {u: i for i, u in enumerate(dict.fromkeys(u for u in resolved.unit if u is not None))}
        symbols.extend(own)
        given = np.array([UNKNOWN if u is None else own[u] for u in resolved.unit], np.int64)[code]
    if named:
        encoded = _array(pc.dictionary_encode(unit))
        sent = _array(pc.fill_null(encoded.indices, UNKNOWN)).to_numpy(zero_copy_only=False).astype(np.int64)
        given = np.where(sent == UNKNOWN, given, sent + len(symbols))
        symbols.extend(encoded.dictionary.to_pylist())
    tables = np.stack([conversions(symbol, catalogue.units) for symbol in symbols])
    stated = given != UNKNOWN
    source, target = np.where(stated, given, 0), catalogue.unit[point]
    factor, offset = tables[source, 0, target], tables[source, 1, target]
    return np.where(stated, value * factor + offset, value)


def _key(point: Ints, start: Ints) -> Ints:
    """Point and start in one integer, ordered by both: `screen` keeps starts below 2**42 (the year 2109)."""
    return (point << 42) | start


def _find(key: Ints, held: pa.Table) -> tuple[Ints, Mask]:
    """For each key, the row of `held` with it, and whether there is one."""
    theirs = _key(
        held["point"].to_numpy().astype(np.int64), held["start"].cast(pa.int64()).to_numpy().astype(np.int64)
    )
    order = np.argsort(theirs, kind="stable")
    place = np.minimum(np.searchsorted(theirs[order], key), len(theirs) - 1)
    at = order[place]
    return at, theirs[at] == key


def _gaps(point: Ints, start: Ints, newest: Ints, interval: Ints) -> int:
    """Nominal intervals skipped between consecutive samples of a point; rows sorted by point and start."""
    before = np.empty(len(point), np.int64)
    before[1:] = start[:-1]
    first = np.ones(len(point), bool)
    first[1:] = point[1:] != point[:-1]
    before[first] = newest[point[first]]
    step = interval[point]
    # late readings fill gaps, they do not open them
    counts = (step > 0) & (before > OLDEST) & (start > before) & (start > newest[point])
    missing = (start[counts] - before[counts] + step[counts] // 2) // step[counts] - 1
    return int(np.maximum(missing, 0).sum())
