"""The points as arrays: what the engine needs to check a batch without touching a Python object a row.

Everything is indexed by a point's registry number. Built once, and again when the twin changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sandan.errors import InvalidInput
from sandan.ingest.model import Binding
from sandan.twin.model import Point
from sandan.twin.tables import quantities
from sandan.units import convert
from sandan.words import Text

UNKNOWN = -1
MOST = 1 << 21
"""Numbers stay below this, so that a point and a start fit one 64-bit key."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Points by number; `ids[number]` is empty where there is no such point."""

    index: Mapping[str, int]
    ids: tuple[str, ...]
    units: tuple[str, ...]
    unit: NDArray[np.int16]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    interval: NDArray[np.int64]
    """Nominal spacing [ms]; 0 where a point speaks only when something changes."""
    tenants: tuple[str | None, ...]
    tenant: NDArray[np.int32]
    bindings: Mapping[str, Mapping[str, Binding]]

    @property
    def size(self) -> int:
        """One more than the largest number."""
        return len(self.ids)

    @classmethod
    def of(cls, points: Iterable[Point], bindings: Iterable[Binding] = ()) -> Catalogue:
        """Arrays over `points`; a binding to a point that is not there is left out."""
        rows = list(points)
        size = max((point.number for point in rows), default=0) + 1
        if size > MOST:
            raise InvalidInput.because(
                "point",
                Text(f"측정점이 {MOST:,}개를 넘습니다.", f"there are more than {MOST:,} points."),
                Text("단지를 나누어 설치하십시오.", "divide the complex over several installations."),
            )
        table = quantities()
        units = tuple(dict.fromkeys(table[point.quantity].unit for point in rows))
        unit_code = {symbol: i for i, symbol in enumerate(units)}
        tenants: tuple[str | None, ...] = (None, *sorted({p.tenant for p in rows if p.tenant is not None}))
        tenant_code = {tenant: i for i, tenant in enumerate(tenants)}
        ids = [""] * size
        unit = np.full(size, UNKNOWN, np.int16)
        low, high = np.full(size, np.nan), np.full(size, np.nan)
        interval, tenant = np.zeros(size, np.int64), np.zeros(size, np.int32)
        for point in rows:
            quantity, number = table[point.quantity], point.number
            ids[number] = point.id
            unit[number], tenant[number] = unit_code[quantity.unit], tenant_code[point.tenant]
            low[number], high[number] = quantity.low, quantity.high
            if point.interval is not None:
                interval[number] = round(point.interval.total_seconds() * 1000)
        index = {point.id: point.number for point in rows}
        bound: dict[str, dict[str, Binding]] = {}
        for binding in bindings:
            if binding.point in index:
                bound.setdefault(binding.source, {})[binding.address] = binding
        return cls(
            MappingProxyType(index),
            tuple(ids),
            units,
            unit,
            low,
            high,
            interval,
            tenants,
            tenant,
            MappingProxyType(bound),
        )


@lru_cache(maxsize=512)
def conversions(symbol: str, targets: tuple[str, ...]) -> NDArray[np.float64]:
    """Factor and offset [2, len(targets)] from `symbol` to each target; NaN where it does not fit.

    Zero and one are put through `units.convert`, so that the rule of conversion is in one place.
    """
    table = np.full((2, len(targets)), np.nan)
    for i, target in enumerate(targets):
        try:
            offset = convert(0.0, symbol, target)
            factor = convert(1.0, symbol, target) - offset
        except InvalidInput:
            continue
        table[:, i] = factor, offset
    return table
