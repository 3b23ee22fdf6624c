"""The dispersion formulas against the folders of published cases in tests/cases/hazard."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from sandan.control.engine.hazard.plume import disperse_plume, disperse_puff
from sandan.control.engine.hazard.sigma import sigma
from sandan.control.model.hazard import Stability

CASES = Path(__file__).parents[3] / "cases" / "hazard"


def rows() -> list[tuple[str, dict[str, str]]]:
    read = []
    for path in sorted(CASES.glob("*/cases.csv")):
        with path.open(encoding="utf-8") as file:
            read += [(f"{path.parent.name}-{row['what']}-{row['x']}", row) for row in csv.DictReader(file)]
    return read


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in rows()])
def test_a_formula_gives_the_published_figure(row: dict[str, str]) -> None:
    """Each σ and each concentration agrees with its source to the last printed digit."""
    stability, set_id, x = Stability(row["stability"]), row["sigma_set"], float(row["x"])
    if row["what"] == "plume":
        got = disperse_plume(float(row["rate"]), float(row["speed"]), stability, set_id, np.array(x))
    elif row["what"] == "puff":
        got = disperse_puff(float(row["rate"]), x, stability, set_id)
    else:
        got = sigma(set_id, stability, row["what"][-1], np.array(x))
    assert float(got) == pytest.approx(float(row["expected"]), rel=float(row["tolerance"]))


def test_every_case_names_its_source() -> None:
    """A folder of cases without a README could not be checked by anybody."""
    folders = [path for path in CASES.iterdir() if path.is_dir()]
    assert folders
    assert all((folder / "README.md").exists() for folder in folders)
