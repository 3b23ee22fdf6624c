"""Networks of the cases, read from their folders."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from shapely import from_wkt

from sandan.energy.engine.network import build_grid
from sandan.energy.model.network import Grid, GridParams
from sandan.energy.model.rates import Floats
from sandan.twin.model import Thing

CASES = Path(__file__).parents[3] / "cases" / "energy" / "network"
PARAMS = GridParams(
    trunk="NA2XS2Y 1x240 RM/25 12/20 kV",
    lateral="NA2XS2Y 1x95 RM/25 12/20 kV",
    power_factor=0.9,
    source_voltage=1.02,
)


def read_things(path: Path) -> list[Thing]:
    """The things of a table; numbers are numbers and empty cells are not there."""
    with path.open(encoding="utf-8") as file:
        return [
            Thing(
                row["id"],
                row["kind"],
                row["id"],
                parent=row["parent"] or None,
                geometry=from_wkt(row["geometry"]),
                attributes={
                    **{k: float(row[k]) for k in ("capacity", "voltage") if row[k]},
                    **{k: row[k] for k in ("feeder", "transformer") if row[k]},
                },
            )
            for row in csv.DictReader(file)
        ]


def read_power(path: Path, grid: Grid) -> Floats:
    """The powers of a table in the order of the grid's meters [kW, meters × n]."""
    with path.open(encoding="utf-8") as file:
        rows = {row[0]: [float(value) for value in row[1:]] for row in list(csv.reader(file))[1:]}
    return np.array([rows[meter] for meter in grid.meters])


def small() -> tuple[Grid, Floats]:
    """Two feeders, five transformers, six meters that are connected and one that is not."""
    grid = build_grid(read_things(CASES / "pandapower" / "things.csv"), PARAMS)
    return grid, read_power(CASES / "pandapower" / "power.csv", grid)


def plainly(grid: Grid, power: Floats, reactive: Floats, params: GridParams) -> dict[str, Any]:
    """The network as bare lists, as `benchmarks/network_pandapower.py` reads it."""
    lines, these = grid.lines, grid.transformers
    return {
        "hertz": params.hertz,
        "source_voltage": params.source_voltage,
        "nominal": grid.nominal.tolist(),
        "sources": grid.sources.tolist(),
        "lines": list(
            zip(
                *(
                    part.tolist()
                    for part in (
                        lines.start,
                        lines.end,
                        lines.resistance,
                        lines.reactance,
                        lines.capacitance,
                        lines.rating,
                    )
                ),
                strict=True,
            )
        ),
        "transformers": list(
            zip(
                *(
                    part.tolist()
                    for part in (
                        these.start,
                        these.end,
                        these.rating,
                        these.impedance,
                        these.load_loss,
                        these.no_load_loss,
                        these.no_load_current,
                    )
                ),
                strict=True,
            )
        ),
        "at": grid.at.tolist(),
        "power": power.T.tolist(),
        "reactive": reactive.T.tolist(),
    }
