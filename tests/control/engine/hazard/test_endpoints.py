"""Thresholds: the order of endpoints, disagreement told, and a table read with all its faults."""

from __future__ import annotations

import pytest

from sandan.control.engine.hazard.endpoints import choose_endpoint, find_disagreements
from sandan.control.model.substances import COLUMNS, read_thresholds, substances, thresholds
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
    """AEGL-2 of 10 minutes where the operator's table has it, else the next with a word about it."""
    mine = read_thresholds(f"{HEAD}\n{SHORT}\n")
    found = choose_endpoint([*thresholds(), *mine], "ammonia", 5)
    assert [row.value for row in found.rows] == [220]
    without = choose_endpoint(thresholds(), "chlorine", 5)
    assert [row.label for row in without.rows] == ["ERPG-2"]
    assert "AEGL-2 (10 min)" in without.basis.en


def test_a_substance_without_thresholds_has_no_area() -> None:
    """And the answer says that a table is missing, not that nothing is dangerous."""
    found = choose_endpoint(thresholds(), "phosgene", 60)
    assert found.rows == ()
    assert "load one" in found.basis.en


def test_every_contradiction_is_listed() -> None:
    """Ammonia's ERPG-2 and 3, hydrogen sulphide's IDLH, and chlorine's AEGL that nobody may use."""
    told = {(d.rows[0].substance, d.rows[0].label) for d in find_disagreements(thresholds())}
    assert {("ammonia", "ERPG-3"), ("hydrogen_sulphide", "IDLH"), ("chlorine", "AEGL-2 60 min")} <= told
    assert ("benzene", "ERPG-2") not in told


def test_the_table_is_of_substances_there_are() -> None:
    """Each row has its source, and none claims more than it is."""
    assert {row.substance for row in thresholds()} == set(substances())
    assert all(row.source for row in thresholds())
    assert [row.label for row in thresholds() if row.sure] == ["AEGL-1 60 min"]


def test_all_faults_of_a_table_are_told() -> None:
    """A wrong number, a wrong unit and a missing source in three rows."""
    rows = [SHORT.replace("220", "-1"), SHORT.replace("ppm", "%"), SHORT.replace("table of a test", "")]
    with pytest.raises(InvalidInput) as told:
        read_thresholds("\n".join([HEAD, *rows]))
    assert [finding.where for finding in told.value.findings] == ["row 2", "row 3", "row 4"]
    with pytest.raises(InvalidInput):
        read_thresholds("substance,value\n")
