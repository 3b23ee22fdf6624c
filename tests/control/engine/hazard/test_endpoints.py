"""Thresholds: the order of endpoints, disagreement told, and a table read with all its faults."""

from __future__ import annotations

import pytest

from sandan.control.engine.hazard.endpoints import choose_endpoint, find_disagreements
from sandan.control.model.substances import (
    COLUMNS,
    find_substance,
    read_thresholds,
    substances,
    thresholds,
)
from sandan.errors import InvalidInput

HEAD = ",".join(COLUMNS)
SHORT = "ammonia,AEGL,2,10,220,ppm,2025,2025-01-01,S,table of a test,,"


def test_a_long_exposure_is_bounded_by_erpg_2() -> None:
    """Both values that sources give are drawn, the lower first, and the reader is told."""
    found = choose_endpoint(thresholds(), "ammonia", 60)
    assert [row.value for row in found.rows] == [150, 200]
    assert found.disagreement is not None
    assert "150 ppm / 200 ppm" in found.disagreement.text.ko


def test_a_short_exposure_takes_the_short_table() -> None:
    """AEGL-2 of 10 minutes where the table has it, else the next with a word about it."""
    found = choose_endpoint(thresholds(), "ammonia", 5)
    assert [row.value for row in found.rows] == [220]
    assert [row.value for row in choose_endpoint(thresholds(), "ammonia", 15).rows] == [220]
    mine = read_thresholds(f"{HEAD}\n{SHORT}\n")
    assert [row.label for row in choose_endpoint(mine, "ammonia", 5).rows] == ["AEGL-2 10 min"]
    without = choose_endpoint(thresholds(), "toluene", 5)
    assert [row.label for row in without.rows] == ["AEGL-2 60 min"]
    assert "AEGL-2 (10 min)" in without.basis.en
    first = choose_endpoint(thresholds(), "benzene", 5, "1")
    assert [(row.label, row.value) for row in first.rows] == [("AEGL-1 10 min", 130)]


def test_a_substance_without_thresholds_has_no_area() -> None:
    """And the answer says that a table is missing, not that nothing is dangerous."""
    found = choose_endpoint(thresholds(), "phenol", 60)
    assert found.rows == ()
    assert "load one" in found.basis.en


def test_every_contradiction_is_listed() -> None:
    """Ammonia's ERPG-2 and 3, hydrogen sulphide's IDLH, and one row of chlorine's AEGL."""
    told = {(d.rows[0].substance, d.rows[0].label) for d in find_disagreements(thresholds())}
    assert {("ammonia", "ERPG-3"), ("hydrogen_sulphide", "IDLH"), ("chlorine", "AEGL-2 480 min")} <= told
    assert not {("benzene", "ERPG-2"), ("chlorine", "AEGL-2 60 min")} & told


def test_the_table_is_of_substances_there_are() -> None:
    """Each row has its source, none claims more than it is, and what two copies say names both."""
    assert {row.substance for row in thresholds()} == set(substances()) - {"phenol", "dichloromethane"}
    assert all(row.source for row in thresholds())
    assert [row.label for row in thresholds() if row.sure] == ["AEGL-1 60 min"]
    assert all(";" in row.source for row in thresholds() if row.agreed)
    for higher, lower in (("3", "2"), ("2", "1")):
        values = {
            (row.substance, row.scale, row.exposure, row.level): row.value or 0.0 for row in thresholds()
        }
        for (substance, scale, exposure, level), value in values.items():
            below = values.get((substance, scale, exposure, lower))
            assert level != higher or below is None or value >= below, (substance, scale, exposure)


@pytest.mark.parametrize("word", ["염소", "Chlorine", "7782-50-5", "UN1017", "1017", "un 1017", "Cl2"])
def test_a_substance_is_found_by_whatever_it_is_called(word: str) -> None:
    """Name in both languages, CAS and UN number, formula."""
    found = find_substance(word)
    assert found is not None
    assert found.id == "chlorine"


def test_no_name_stands_for_two_substances() -> None:
    """Whoever types a name gets the one that is meant by it."""
    words = [
        word.casefold()
        for one in substances().values()
        for word in (*one.names, one.cas, *([one.un] if one.un else []))
    ]
    assert len(words) == len(set(words))
    assert find_substance("염산") == substances()["hydrogen_chloride"]
    assert find_substance("없는 물질") is None


def test_all_faults_of_a_table_are_told() -> None:
    """A wrong number, a wrong unit and a missing source in three rows."""
    rows = [SHORT.replace("220", "-1"), SHORT.replace("ppm", "%"), SHORT.replace("table of a test", "")]
    with pytest.raises(InvalidInput) as told:
        read_thresholds("\n".join([HEAD, *rows]))
    assert [finding.where for finding in told.value.findings] == [f"{row}행/row {row}" for row in (2, 3, 4)]
    with pytest.raises(InvalidInput):
        read_thresholds("substance,value\n")
    with pytest.raises(InvalidInput):
        read_thresholds(f"{HEAD}\n{SHORT.replace('ammonia', 'unobtainium')}\n")
    with pytest.raises(InvalidInput):
        read_thresholds(f"{HEAD}\nammonia,AEGL\n")
