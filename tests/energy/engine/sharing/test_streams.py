"""Streams of heat as rows: read whole or with every fault by row and column."""

from __future__ import annotations

import pytest

from sandan.energy.engine.sharing import (
    COLUMNS,
    HOUR_COLUMNS,
    as_row,
    heat_params,
    read_stream,
    read_streams,
    sides,
)
from sandan.energy.model.circulation import HeatTerms, Way
from sandan.errors import InvalidInput

ROW = {
    "id": "dryer",
    "firm": "firm-1",
    "name": "건조기",
    "way": "wants",
    "temperature": "120",
    "base": "60",
    "fuel": "lng",
    "efficiency": "0.85",
    "named": "yes",
    **dict.fromkeys(HOUR_COLUMNS, "300"),
}
FIRMS = {"firm-1"}


def sheet(*rows: dict[str, str]) -> str:
    """Rows as a CSV file."""
    return "\n".join([",".join(COLUMNS), *(",".join(row[name] for name in COLUMNS) for row in rows)])


def test_a_row_is_read_and_written_the_same() -> None:
    """What goes out comes in again."""
    one, faults = read_stream(ROW, FIRMS)
    assert not faults
    assert one is not None
    assert (one.way, one.named, one.efficiency, sum(one.power)) == (Way.WANTS, True, 0.85, 7200.0)
    assert read_stream(as_row(one), FIRMS) == (one, ())


def test_heat_that_is_thrown_away_burns_nothing() -> None:
    """Fuel and efficiency are not asked for."""
    one, faults = read_stream(ROW | {"way": "gives", "fuel": "", "efficiency": ""}, FIRMS)
    assert not faults
    assert one is not None
    assert (one.fuel, one.efficiency) == ("", None)


def test_every_fault_of_every_row_is_named_by_row_and_column() -> None:
    """A wrong firm, an unknown fuel, temperatures the wrong way round, an empty hour; an id twice."""
    wrong = ROW | {"id": "kiln", "firm": "nobody", "fuel": "peat", "base": "130", "h05": ""}
    with pytest.raises(InvalidInput) as caught:
        read_streams(sheet(ROW, wrong, ROW), FIRMS)
    assert {one.where for one in caught.value.findings} == {
        "3: firm",
        "3: fuel",
        "3: base",
        "3: h05",
        "4: id",
    }


def test_a_file_without_its_columns_or_rows_is_refused() -> None:
    """The finding says which first row is needed."""
    with pytest.raises(InvalidInput) as caught:
        read_streams("id,firm\na,b", FIRMS)
    assert "h23" in caught.value.findings[0].problem.en
    with pytest.raises(InvalidInput):
        read_streams(",".join(COLUMNS), FIRMS)


def test_nothing_is_matched_until_the_operator_told_all_figures() -> None:
    """None has a default."""
    assert heat_params(HeatTerms(10, 0.1, 13, 800, 250)) is None
    told = heat_params(HeatTerms(10, 0.1, 13, 800, 250, 0))
    assert told is not None
    assert told.times == 250


def test_a_stream_without_a_place_takes_no_side() -> None:
    """Whose firm is on no map cannot be matched."""
    one, _ = read_stream(ROW, FIRMS)
    assert one is not None
    assert sides([one], {}) == ([], [])
    sources, sinks = sides([one], {"firm-1": (126.6, 37.2)})
    assert not sources
    assert sinks[0].fuel == "lng"
