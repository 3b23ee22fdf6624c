"""One commit: check what has gathered, keep it, hold the rest back. Runs in a worker thread.

In two steps, and only the second is repeated when a disk is full: what was checked keeps its
`known_at`, so rows that landed in part the first time fold with the same rows written again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.errors import SandanError, Unavailable
from sandan.ingest.engine import (
    HELD,
    KEYS,
    NEVER,
    Catalogue,
    Checked,
    Screened,
    advance,
    doubtful,
    millis,
    receipt_of,
    screen,
    settle,
)
from sandan.ingest.model import CODES, Reason, Receipt, Terms, Unreadable
from sandan.ingest.records import Held, all_bindings, put_held
from sandan.ingest.service.intake import Outcome, Waiting
from sandan.store import Store
from sandan.twin.samples import READINGS, SAMPLES, Stream
from sandan.twin.silence import is_silent

log = logging.getLogger("sandan.ingest")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rounds(items: Sequence[Waiting]) -> list[list[Waiting]]:
    """Deliveries that can be checked together: one issue time for each source.

    A second issue time has to wait until the first is kept, or it could not be compared with it.
    """
    found: list[list[Waiting]] = []
    issued: list[dict[tuple[str, Stream], tuple[Terms, datetime | None]]] = []
    for item in items:
        key = (item.source, item.terms.stream)
        for batch, times in zip(found, issued, strict=True):
            if times.setdefault(key, (item.terms, item.delivery.known_at)) == (
                item.terms,
                item.delivery.known_at,
            ):
                batch.append(item)
                break
        else:
            found.append([item])
            issued.append({key: (item.terms, item.delivery.known_at)})
    return found


@dataclass(frozen=True, slots=True)
class Prepared:
    """Checked and ready to be kept; one outcome for each delivery, in their order."""

    samples: pa.Table
    actual: pa.Table
    """Those of `samples` that happened; forecasts and schedules left out."""
    held: Sequence[Held]
    outcomes: Sequence[Outcome]
    newest: Mapping[Stream, pa.Table]
    silent: NDArray[np.int64]


@dataclass(slots=True)
class _Group:
    """Deliveries of one source and one issue time: checked as one batch."""

    items: list[Waiting] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    readings: pa.Table | None = None
    screened: Screened | None = None
    number: int = 0


class Committer:
    """Knows the points and, for each, the newest time known; used by one thread at a time."""

    def __init__(self, store: Store, *, alone: bool = True) -> None:
        self._store = store
        self._alone = alone
        self._numbers: dict[tuple[str, Stream], int] = {}
        self._head = -1
        self._began: datetime | None = None
        self.catalogue = Catalogue.of(())
        self.newest: dict[Stream, NDArray[np.int64]] = {}
        self.silent: NDArray[np.bool_] = np.zeros(0, bool)

    def hydrate(self, now: datetime) -> datetime | None:
        """Load points and the newest times known; the latest `known_at` there is."""
        self.reload(force=True)
        latest: datetime | None = None
        for stream in Stream:
            table = self._store.historian.latest(stream=stream)
            if table.num_rows:
                self._reach(int(pa.compute.max(table["point"]).as_py()) + 1)
                advance(self.newest[stream], table)
                known = pa.compute.max(table["known_at"]).as_py()
                latest = known if latest is None else max(latest, known)
        if latest is not None or self._store.historian.count():
            self._began = now if latest is None else max(now, latest)
        return latest

    def reload(self, *, force: bool = False) -> bool:
        """Load the points again if anything has happened in the registry since; whether it did."""
        with self._store.registry.read() as conn:
            head = self._store.events.head(conn).seq
            if head == self._head and not force:
                return False
            points, bindings = self._store.points.all(conn), all_bindings(conn)
        self.catalogue, self._head = Catalogue.of(points, bindings), head
        self._reach(self.catalogue.size)
        return True

    def prepare(self, items: Sequence[Waiting], now: datetime) -> Prepared:
        """Check deliveries; those of one source must share their issue time, see `rounds`."""
        groups: dict[tuple[str, Stream], _Group] = {}
        for place, item in enumerate(items):
            group = groups.setdefault((item.source, item.terms.stream), _Group())
            group.items.append(item)
            group.places.append(place)
        return self._prepare(list(groups.values()), now)

    def keep(self, prepared: Prepared, now: datetime) -> None:
        """Make it durable; safe to repeat. `Unavailable` when the store cannot at the moment."""
        held = prepared.held
        if prepared.samples.num_rows:
            try:
                self._store.historian.append(prepared.samples)
            except Unavailable:
                raise
            except SandanError:
                # whatever it is, trying again will not help, and the readings behind it must not wait
                log.exception("the historian refused a batch; its readings go to quarantine")
                held = [*held, *self._refused(prepared.samples, now)]
        if held:
            with self._store.registry.write() as conn:
                put_held(conn, held)
        for stream, samples in prepared.newest.items():
            advance(self.newest[stream], samples)
            if stream is Stream.ACTUAL:
                self.silent[samples["point"].to_numpy()] = False
        self.silent[prepared.silent] = True

    def stale(self, now: datetime) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of points that have spoken and are silent now, and their newest start [ms]."""
        size = self.catalogue.size
        newest, step = self.newest[Stream.ACTUAL][:size], self.catalogue.interval
        spoke = newest > NEVER
        late = spoke & is_silent(np.where(spoke, newest, 0), step, millis(now))
        found = np.flatnonzero(late | (self.silent[:size] & spoke))
        return found, newest[found]

    def _prepare(self, groups: list[_Group], now: datetime) -> Prepared:
        for group in groups:
            first = group.items[0]
            group.number = self._number(first.source, first.terms.stream)
            tables = [item.delivery.readings for item in group.items]
            group.readings = pa.concat_tables(tables) if tables else READINGS.empty_table()
            group.screened = screen(group.readings, self.catalogue, first.source, first.terms, now)
        held_by = self._holds(groups)
        kept: list[pa.Table] = []
        actual: list[pa.Table] = []
        newest: dict[Stream, list[pa.Table]] = {}
        held: list[Held] = []
        outcomes: dict[int, Outcome] = {}
        silent: list[int] = []
        for group in groups:
            first = group.items[0]
            stream, given = first.terms.stream, first.delivery.known_at
            assert group.screened is not None
            checked = settle(
                group.screened,
                held_by.filter(pa.compute.equal(held_by["source"], group.number)),
                group.number,
                given or now,
                given=given is not None,
                newest=self.newest[stream],
                interval=self.catalogue.interval,
            )
            kept.append(checked.samples)
            newest.setdefault(stream, []).append(checked.samples)
            if stream is Stream.ACTUAL:
                actual.append(checked.samples)
            held.extend(self._held(group, checked))
            outcomes.update(_outcomes(group, checked))
            silent.extend(self._silent(group))
        return Prepared(
            pa.concat_tables(kept),
            pa.concat_tables(actual) if actual else SAMPLES.empty_table(),
            held,
            [outcomes[place] for place in sorted(outcomes)],
            {stream: pa.concat_tables(tables) for stream, tables in newest.items()},
            np.array(silent, np.int64),
        )

    def _holds(self, groups: list[_Group]) -> pa.Table:
        """What the historian has for the keys that may be there; one question for the whole commit."""
        asked = []
        for group in groups:
            assert group.screened is not None
            terms = group.items[0].terms
            newest = self.newest[terms.stream]
            asked.append(doubtful(group.screened, newest, group.number, self._floor(terms)))
        keys = pa.concat_tables(asked) if asked else KEYS.empty_table()
        if keys.num_rows == 0:
            return SAMPLES.empty_table()
        return self._store.historian.holds(keys)

    def _floor(self, terms: Terms) -> int:
        """Up to when [ms] the historian is asked, newest known or not.

        Whatever an earlier run kept started at most `tolerance` after this run began. An earlier run that
        was killed may have kept a batch that the newest times do not show. Beside other writers, or where
        readings may lie in the future, there is no such bound.
        """
        if not self._alone or terms.tolerance is None:
            return int(np.iinfo(np.int64).max)
        return NEVER if self._began is None else millis(self._began + terms.tolerance)

    def _held(self, group: _Group, checked: Checked) -> list[Held]:
        first = group.items[0]
        held = [_unread(item, part) for item in group.items for part in item.delivery.unreadable]
        if checked.quarantined.num_rows == 0:
            return held
        rows = checked.quarantined.to_pylist()
        received = np.repeat(
            np.arange(len(group.items)), [item.delivery.readings.num_rows for item in group.items]
        )[checked.fate >= HELD]
        for row, i in zip(rows, received, strict=True):
            number = row["point"]
            tenant = self.catalogue.tenants[self.catalogue.tenant[number]] if number else None
            held.append(
                Held(
                    first.source,
                    first.terms.stream,
                    row["address"],
                    row["start"],
                    row["value"],
                    row["unit"],
                    row["quality"],
                    Reason(row["reason"]),
                    group.items[i].delivery.received_at,
                    point=self.catalogue.ids[number] or None,
                    tenant=first.terms.tenant or tenant,
                    known_at=group.items[i].delivery.known_at,
                )
            )
        return held

    def _refused(self, samples: pa.Table, now: datetime) -> list[Held]:
        names = {number: (id, stream) for (id, stream), number in self._numbers.items()}
        return [
            Held(
                names[row["source"]][0],
                names[row["source"]][1],
                self.catalogue.ids[row["point"]],
                row["start"],
                row["value"],
                None,
                row["quality"],
                Reason.REFUSED,
                now,
                point=self.catalogue.ids[row["point"]],
                tenant=self.catalogue.tenants[self.catalogue.tenant[row["point"]]],
            )
            for row in samples.to_pylist()
        ]

    def _silent(self, group: _Group) -> list[int]:
        bindings = self.catalogue.bindings.get(group.items[0].source, {})
        index = self.catalogue.index
        named = (address for item in group.items for address in item.delivery.silent)
        points = (bindings[a].point if a in bindings else a for a in named)
        return [index[p] for p in points if p in index]

    def _number(self, source: str, stream: Stream) -> int:
        number = self._numbers.get((source, stream))
        if number is None:
            with self._store.registry.write() as conn:
                number = self._store.sources.number(conn, source, stream)
            self._numbers[source, stream] = number
        return number

    def _reach(self, size: int) -> None:
        """Make room for points up to `size`."""
        for stream in Stream:
            old = self.newest.get(stream, np.empty(0, np.int64))
            grown = np.full(max(size, len(old)), NEVER, np.int64)
            grown[: len(old)] = old
            self.newest[stream] = grown
        silent = np.zeros(max(size, len(self.silent)), bool)
        silent[: len(self.silent)] = self.silent
        self.silent = silent


def _unread(item: Waiting, part: Unreadable) -> Held:
    return Held(
        item.source,
        item.terms.stream,
        part.address,
        None,
        None,
        None,
        None,
        Reason.UNREADABLE,
        item.delivery.received_at,
        raw=f"{part.problem}\n{part.raw}",
        tenant=item.terms.tenant,
    )


def _outcomes(group: _Group, checked: Checked) -> dict[int, Outcome]:
    """Each delivery's share of what became of the batch; gaps go to the first."""
    ends = list(accumulate(item.delivery.readings.num_rows for item in group.items))
    found = {}
    for i, (place, item, end) in enumerate(zip(group.places, group.items, ends, strict=True)):
        fate = checked.fate[end - item.delivery.readings.num_rows : end]
        receipt = receipt_of(fate, item.delivery.gaps + (checked.gaps if i == 0 else 0))
        unread = len(item.delivery.unreadable)
        if unread:
            receipt += Receipt(received=unread, quarantined=unread, reasons={Reason.UNREADABLE: unread})
        found[place] = Outcome(receipt, fate.tobytes())
    return found


def reason_of(fate: int) -> Reason | None:
    """The reason a reading was held back for, if it was."""
    return CODES[fate - HELD] if fate >= HELD else None


def at(moment: int) -> datetime:
    """An instant from the historian's milliseconds."""
    return EPOCH + timedelta(milliseconds=moment)
