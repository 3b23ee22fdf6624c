"""The air quality index against its table."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.control.engine.environment import (
    air_bands,
    assess_air,
    close_bands,
    index_hours,
    predict_day_mean,
    sub_index,
)
from sandan.control.model.environment import POLLUTANTS
from sandan.errors import InvalidInput

CASES = Path(__file__).parents[3] / "cases" / "air_index"


def rows(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "row", rows("bands/sub.csv"), ids=lambda row: f"{row['pollutant']}-{row['concentration']}"
)
def test_each_band_gives_the_index_of_the_table(row: dict[str, str]):
    """Both ends of every band, and points inside, give the published index."""
    index, at_least = sub_index(row["pollutant"], np.array([float(row["concentration"])]))
    assert index[0] == int(row["index"])
    assert not at_least[0]


@pytest.mark.parametrize("row", rows("days/whole.csv"), ids=lambda row: row["note"])
def test_a_whole_index_follows_the_published_rules(row: dict[str, str]):
    """The highest wins, bad pollutants add points, and a required one missing leaves no index."""
    found = assess_air({name: float(row[name]) if row[name] else None for name in POLLUTANTS})
    assert found.value == (int(row["value"]) if row["value"] else None)
    assert found.added == int(row["added"])
    assert list(found.main) == row["main"].split()
    assert found.grade == (int(row["grade"]) if row["grade"] else None)


@pytest.mark.parametrize("row", rows("days/dust.csv"), ids=lambda row: row["note"])
def test_dust_is_predicted_from_twelve_hours(row: dict[str, str]):
    """The predicted 24-hour mean is that of the published formula."""
    hours = np.array([float(one) for one in row["hours"].split()])
    assert predict_day_mean(hours, row["pollutant"])[-1] == pytest.approx(float(row["expected"]), abs=1e-9)


def test_a_gap_leaves_no_predicted_mean_unless_it_is_allowed():
    """Eleven hours of twelve are not enough by the formula; the operator may say they are."""
    hours = np.full(12, 40.0)
    hours[3] = np.nan
    assert np.isnan(predict_day_mean(hours, "pm10")[-1])
    assert predict_day_mean(hours, "pm10", needed=(9, 3))[-1] == 40
    with pytest.raises(InvalidInput):
        predict_day_mean(hours, "o3")


def test_ozone_beyond_its_last_known_end_is_said_to_be_at_least_that():
    """No source tells where the last band of ozone ends: the index is a lower bound until it is set."""
    index, at_least = sub_index("o3", np.array([0.3]))
    assert (index[0], at_least[0]) == (251, True)
    index, at_least = sub_index("o3", np.array([0.3]), close_bands(air_bands(), {"o3": 0.6}))
    assert (index[0], at_least[0]) == (334, False)
    with pytest.raises(InvalidInput):
        close_bands(air_bands(), {"o3": 0.1})


def test_what_passes_the_last_band_is_500_and_says_so():
    """700 ㎍/㎥ of PM10 is off the table."""
    index, at_least = sub_index("pm10", np.array([700.0, -1.0, np.nan]))
    assert index[0] == 500
    assert at_least.tolist() == [True, False, False]
    assert np.isnan(index[1:]).all()
    found = assess_air({"pm10": 700, "pm25": 1, "no2": 0.01, "o3": 0.01})
    assert found.at_least
    assert "더 높을 수" in found.why.ko


@given(
    st.sampled_from(sorted(POLLUTANTS)),
    st.lists(st.floats(0, 700), min_size=2, max_size=20),
)
def test_the_index_never_falls_as_a_concentration_rises(pollutant: str, values: list[float]):
    """Rounding and bands keep the order of concentrations."""
    index, _ = sub_index(pollutant, np.sort(np.array(values)))
    assert (np.diff(index) >= 0).all()
    assert ((index >= 0) & (index <= 500)).all()


def test_the_hourly_history_is_the_index_of_each_hour():
    """Arrays of places and hours give what each hour gives on its own."""
    rng = np.random.default_rng(0)
    scale = {"so2": 0.02, "co": 3, "o3": 0.08, "no2": 0.05, "pm10": 90, "pm25": 40}
    series = {name: rng.lognormal(0, 0.5, (3, 30)) * scale[name] for name in POLLUTANTS}
    series["so2"][1, :] = np.nan
    series["o3"][2, 20] = np.nan
    hours = index_hours(series)
    assert np.isnan(hours.value[:, :11]).all(), "the first eleven hours have no dust yet"
    for place in range(3):
        for hour in range(11, 30):
            single = {name: series[name][place, hour] for name in POLLUTANTS}
            for dust in ("pm10", "pm25"):
                single[dust] = predict_day_mean(series[dust][place], dust)[hour]
            found = assess_air(single)
            if found.value is None:
                assert np.isnan(hours.value[place, hour])
                assert hours.grade[place, hour] == 0
            else:
                assert hours.value[place, hour] == found.value
                assert hours.grade[place, hour] == found.grade
                assert hours.added[place, hour] == found.added
                assert list(POLLUTANTS)[hours.main[place, hour]] in found.main


def test_a_series_without_a_required_pollutant_is_refused_with_all_findings():
    """NO2 and O3 absent and PM2.5 of another shape are three findings."""
    with pytest.raises(InvalidInput) as caught:
        index_hours({"pm10": np.zeros((1, 2)), "pm25": np.zeros((1, 3))})
    assert [finding.where for finding in caught.value.findings] == ["no2", "o3", "pm25"]


def test_every_band_says_where_it_comes_from():
    """A band is sourced with its address, or marked as to be confirmed."""
    for band in air_bands():
        assert band.basis.mark in {"S", "F"}
        assert band.basis.source.startswith("http") == (band.basis.mark == "S")
