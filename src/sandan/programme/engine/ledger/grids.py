"""Money as people read it: sources down, years across, one table for each stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandan.programme.engine.ledger import Grouping, Leaf, totals
from sandan.programme.model.vocabulary import Stage, period_order, sources

Place = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class MoneyGrid:
    """Sums [won] by source and year; None is what is not split by source or year.

    `stage` is None for what is planned and not secured.
    """

    stage: Stage | None
    sources: Sequence[str | None]
    periods: Sequence[str | None]
    cells: Mapping[Place, int]
    rows: Mapping[str | None, int]
    columns: Mapping[str | None, int]
    total: int


def money_grids(leaves: Sequence[Leaf]) -> list[MoneyGrid]:
    """One table for each stage that has money, and one of what is unsecured where something is secured."""
    by_stage: dict[Stage, dict[Place, int]] = defaultdict(dict)
    for (source, period, stage), won in totals(
        leaves, Grouping.SOURCE, Grouping.PERIOD, Grouping.STAGE
    ).items():
        assert stage is not None  # every leaf has one
        by_stage[Stage(stage)][source, period] = won
    periods = sorted({period for cells in by_stage.values() for _, period in cells}, key=period_order)
    grids = [_grid(stage, by_stage[stage], periods) for stage in Stage if stage in by_stage]
    if Stage.PLANNED in by_stage and Stage.SECURED in by_stage:
        planned, secured = by_stage[Stage.PLANNED], by_stage[Stage.SECURED]
        rest = {place: planned.get(place, 0) - secured.get(place, 0) for place in {**planned, **secured}}
        grids.insert(2, _grid(None, rest, periods))
    return grids


def _grid(stage: Stage | None, cells: Mapping[Place, int], periods: Sequence[str | None]) -> MoneyGrid:
    order = {id: at for at, id in enumerate(sources())}
    rows: dict[str | None, int] = defaultdict(int)
    columns: dict[str | None, int] = defaultdict(int)
    for (source, period), won in cells.items():
        rows[source] += won
        columns[period] += won
    return MoneyGrid(
        stage,
        sorted(rows, key=lambda one: (one is None, order.get(one or "", len(order)), one or "")),
        periods,
        cells,
        rows,
        columns,
        sum(cells.values()),
    )
