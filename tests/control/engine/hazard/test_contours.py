"""Contours: rings that close, holes that stay holes, areas that agree with the field."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from sandan.control.engine.hazard.contours import contour, touches_rim
from sandan.control.model.hazard import Grid, square_grid
from sandan.errors import InvalidInput


def test_a_gaussian_hill_gives_a_circle() -> None:
    """Level 1/e² of a hill of width σ lies at 2σ."""
    grid = square_grid(500, 100)
    x, y = np.meshgrid(grid.x, grid.y)
    found = contour(np.exp(-(x**2 + y**2) / (2 * 100**2)), grid, math.exp(-2))
    assert len(found.geoms) == 1
    assert found.area == pytest.approx(math.pi * 200**2, rel=2e-3)


def test_a_ring_has_a_hole() -> None:
    """Where the middle is below the level nobody is told to leave."""
    grid = square_grid(500, 100)
    x, y = np.meshgrid(grid.x, grid.y)
    away = np.hypot(x, y) - 250
    found = contour(np.exp(-(away**2) / (2 * 50**2)), grid, math.exp(-0.5))
    assert len(found.geoms) == 1
    assert len(found.geoms[0].interiors) == 1
    assert found.area == pytest.approx(math.pi * (300**2 - 200**2), rel=0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_field_gives_a_valid_area(seed: int) -> None:
    """Rough fields, saddles and rims included: valid polygons that hold every centre above the level."""
    field = np.random.default_rng(seed).random((9, 9))
    grid = Grid(0, 0, 10, 9, 9)
    found = contour(field, grid, 0.6)
    assert found.is_valid
    assert found.area <= 8100
    x, y = np.meshgrid(grid.x, grid.y)
    from_centres = found.buffer(1e-6)
    for px, py, value in zip(x.flat, y.flat, field.flat, strict=True):
        inside = from_centres.covers(Point(px, py))
        assert inside == (value >= 0.6)


def test_nothing_above_the_level_is_no_area() -> None:
    """An empty answer is a polygon of nothing, not an error."""
    assert contour(np.zeros((5, 5)), Grid(0, 0, 1, 5, 5), 1.0).is_empty


def test_an_area_that_leaves_the_grid_is_noticed() -> None:
    """Then a larger grid is needed."""
    field = np.zeros((5, 5))
    field[2, 4] = 2.0
    assert touches_rim(field, 1.0)
    assert not touches_rim(field, 3.0)


def test_a_level_of_nothing_is_refused() -> None:
    """Everything exceeds 0."""
    with pytest.raises(InvalidInput):
        contour(np.ones((3, 3)), Grid(0, 0, 1, 3, 3), 0.0)
