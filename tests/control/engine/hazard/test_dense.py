"""Dense gases: the published cases, the screening, and the choice of model."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from sandan.control.engine.hazard import disperse, screen
from sandan.control.engine.hazard.britter_mcquaid import DenseCloud, DensePlume, curve
from sandan.control.engine.hazard.dense import disperse_dense
from sandan.control.engine.hazard.density import DenseSource, dense_source
from sandan.control.model.hazard import (
    HazardParams,
    HazardProblem,
    Model,
    Receptors,
    Release,
    Stability,
    Weather,
    square_grid,
    steady,
)
from sandan.control.model.substances import substances, thresholds
from sandan.errors import InvalidInput

CASES = Path(__file__).parents[3] / "cases" / "hazard"
KNOWN = substances()
WIND = steady(270, 3, Stability.D)


def rows() -> list[tuple[str, dict[str, str]]]:
    read = []
    for path in sorted(CASES.glob("*/dense.csv")):
        with path.open(encoding="utf-8") as file:
            read += [(f"{path.parent.name}-{row['at']}", row) for row in csv.DictReader(file)]
    return read


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in rows()])
def test_a_dense_cloud_is_as_strong_as_published(row: dict[str, str]) -> None:
    """The workbook's cases to the last printed digit."""
    number = {name: float(row[name]) for name in ("volume", "density", "air_density", "share", "ratio")}
    source, at = DenseSource(**number), np.array(float(row["at"]))
    if row["what"] == "plume":
        got = DensePlume(source, float(row["speed"])).share(at)
    else:
        got = DenseCloud(source, float(row["speed"])).share_at(at)
    assert float(got) == pytest.approx(float(row["expected"]), rel=float(row["tolerance"]))


def test_the_curves_are_those_of_the_workbook() -> None:
    """Read at the α that GasDispersion.jl's tests print."""
    assert curve("plume", -0.2)[1] == pytest.approx([1.832, 2.06, 2.25, 2.45, 2.63, 2.77])
    assert curve("puff", 0.75)[1] == pytest.approx([0.93, 1.03, 1.185, 1.375, 1.525, 1.68, 1.8475])


def test_spray_makes_ammonia_heavy() -> None:
    """Liquefied ammonia gives the mixture that the workbook assumes: 1.43 kg/m³, one part in some 15."""
    release = Release(KNOWN["ammonia"], 600, rate=5, liquefied=True)
    source = dense_source(release, WIND)
    assert source.density == pytest.approx(1.434, rel=0.01)
    assert 1 / source.share == pytest.approx(16.4, rel=0.1)


@pytest.mark.parametrize(
    ("substance", "liquefied", "dense"),
    [("ammonia", True, True), ("ammonia", False, False), ("chlorine", True, True), ("chlorine", False, True)],
)
def test_a_heavy_cloud_is_called_heavy(substance: str, liquefied: bool, dense: bool) -> None:
    """Chlorine always, ammonia when it is cold; the sentence says that a Gaussian is not valid."""
    release = Release(KNOWN[substance], 600, rate=5, liquefied=liquefied)
    found = screen(HazardProblem(release, WIND, square_grid(100, 10)), HazardParams())
    assert found.dense is dense
    assert ("not valid" in found.text.en) is dense
    assert ("유효하지 않습니다" in found.text.ko) is dense


def test_the_model_follows_from_the_cloud() -> None:
    """Asked for nothing a dense cloud gets its model; asked for Gaussian it gets a serious note."""
    release = Release(KNOWN["chlorine"], 600, rate=5, liquefied=True)
    problem = HazardProblem(release, WIND, square_grid(1000, 40))
    assert disperse(problem, HazardParams()).model is Model.BRITTER_MCQUAID
    forced = disperse(problem, HazardParams(model=Model.GAUSSIAN_PUFF))
    assert forced.model is Model.GAUSSIAN_PUFF
    assert any(note.serious and "not valid" in note.text.en for note in forced.notes)
    inside = Release(KNOWN["chlorine"], 600, rate=5, indoors=True, air_changes=2)
    assert disperse(HazardProblem(inside, WIND, square_grid(100, 10)), HazardParams()).model is (
        Model.GAUSSIAN_PUFF
    )


@pytest.mark.parametrize("duration", [0.0, 300.0, 3600.0])
def test_series_dose_and_arrival_tell_one_story(duration: float) -> None:
    """The dose is the sum of the series, nothing is breathed before the arrival or without one."""
    release = Release(KNOWN["chlorine"], duration, amount=2000.0)
    level = [t for t in thresholds() if t.substance == "chlorine" and t.label == "ERPG-2"]
    places = Receptors(np.array([50.0, 200.0, 500.0, 900.0, 200.0]), np.array([0.0, 5.0, 20.0, 0.0, 3000.0]))
    problem = HazardProblem(release, WIND, receptors=places, thresholds=level)
    result = disperse_dense(problem, HazardParams(step=20, steps=400))
    assert result.people is not None
    assert result.series is not None
    added = result.series.sum(axis=0) / result.per_ppm * 20 / 60
    assert added == pytest.approx(result.people.dose, rel=0.12)
    assert np.isinf(result.people.arrival[0, -1])
    assert np.all(np.isfinite(result.people.arrival[0, :-1]))
    for place, arrival in enumerate(result.people.arrival[0, :-1]):
        assert np.all(result.series[result.times <= arrival, place] == 0)


def test_a_turning_wind_is_beyond_the_workbook() -> None:
    """It follows the mean wind and says that it does."""
    weather = Weather(
        np.array([0.0, 300.0]), np.array([270.0, 180.0]), np.array([3.0, 3.0]), (Stability.D,) * 2
    )
    release = Release(KNOWN["chlorine"], 600, rate=5)
    result = disperse_dense(HazardProblem(release, weather, square_grid(1000, 40)), HazardParams())
    assert any(note.serious and "45°" in note.text.en for note in result.notes)
    assert result.field is not None
    peak = result.field.peak
    north_east = peak[20:, 20:].sum()
    assert north_east > 3 * max(peak[:20, :20].sum(), peak[20:, :20].sum(), peak[:20, 20:].sum())


def test_a_rising_cloud_is_refused_by_the_dense_model() -> None:
    """Warm ammonia is lighter than air."""
    release = Release(KNOWN["ammonia"], 600, rate=5)
    with pytest.raises(InvalidInput):
        disperse_dense(HazardProblem(release, WIND, square_grid(100, 10)), HazardParams())


@pytest.mark.parametrize(
    ("kind", "alpha", "expected"),
    [
        ("plume", -0.75, [1.75, 1.92, 2.08, 2.25, 2.4, 2.6]),
        ("plume", -0.4, [1.784, 2.016, 2.21, 2.394, 2.564, 2.714]),
        ("plume", -0.2, [1.832, 2.06, 2.25, 2.45, 2.63, 2.77]),
        ("plume", 0.0, [1.78, 1.96, 2.16, 2.35, 2.56, 2.71]),
        ("puff", -0.75, [0.7, 0.85, 0.95, 1.15, 1.48, 1.83, 2.075]),
        ("puff", 0.0, [0.81, 1.0, 1.19, 1.39, 1.62, 1.83, 2.05]),
        ("puff", 0.75, [0.93, 1.03, 1.185, 1.375, 1.525, 1.68, 1.8475]),
    ],
)
def test_the_curves_are_those_of_another_implementation(
    kind: str, alpha: float, expected: list[float]
) -> None:
    """As published with the test suite of GasDispersion.jl, commit 27ac300."""
    assert curve(kind, alpha)[1] == pytest.approx(expected, rel=1e-12)
