"""Forecasts of completion from a project's own pace, and how such forecasts did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.errors import InvalidInput
from sandan.programme.engine.forecast import (
    ForecastParams,
    ForecastProblem,
    ForecastStatus,
    Pace,
    forecast_completion,
    replay,
    track_record,
)
from sandan.programme.model.vocabulary import Quarter

START = Quarter(2022, 1)
FEW = ForecastParams(draws=200)
steps = st.lists(st.floats(0, 0.2), min_size=5, max_size=12).filter(
    lambda rows: sum(rows[1:]) > 0 and sum(rows) < 0.98
)


def at(quarters):
    return Quarter.at(START.ordinal + quarters)


def known(*shares, pace=Pace.PROGRESS, as_of=None):
    rows = {at(i): share for i, share in enumerate(shares) if share is not None}
    return ForecastProblem({pace: rows}, as_of or at(len(shares) - 1))


def grown(rows):
    total, shares = 0.0, []
    for one in rows:
        total += one
        shares.append(total)
    return shares


def test_an_even_pace_ends_when_it_must():
    """A tenth each quarter from 50 %: five quarters more, and no range."""
    made = forecast_completion(known(0, 0.1, 0.2, 0.3, 0.4, 0.5), FEW)
    assert (made.status, made.quarters) == (ForecastStatus.FORECAST, 5)
    assert made.early == made.median == made.late == at(10)


def test_an_uneven_pace_has_a_range():
    """Quarters of 0 and of 20 % make the end uncertain both ways."""
    made = forecast_completion(known(0, 0.2, 0.2, 0.2, 0.4, 0.4), FEW)
    assert made.early < made.median < made.late


def test_little_history_makes_no_forecast():
    """Two reports a quarter apart say nothing; nor does nothing at all."""
    assert forecast_completion(known(0.1, 0.2), FEW).status is ForecastStatus.TOO_LITTLE
    assert forecast_completion(ForecastProblem({}, START), FEW).status is ForecastStatus.TOO_LITTLE


def test_a_project_at_rest_has_no_end_in_sight():
    """The same share for six quarters: not moving, rather than a date."""
    made = forecast_completion(known(0.3, 0.3, 0.3, 0.3, 0.3, 0.3), FEW)
    assert (made.status, made.median) == (ForecastStatus.NOT_MOVING, None)


def test_a_gap_between_reports_is_spread_evenly():
    """Half-yearly reports give the pace of each quarter."""
    made = forecast_completion(known(0, None, 0.2, None, 0.4), FEW)
    assert made.median == at(10)


def test_the_end_is_never_before_what_is_known():
    """A project that was to be done long ago and is not, is done now at the earliest."""
    made = forecast_completion(known(0, 0.2, 0.4, 0.6, 0.8, as_of=at(20)), FEW)
    assert made.early == at(20)


def test_spent_money_does_not_finish_a_project():
    """All the money gone and nothing else known: no forecast; with progress, that decides."""
    shares = [0, 0.25, 0.5, 0.75, 1.0]
    assert forecast_completion(known(*shares, pace=Pace.SPENDING), FEW).status is ForecastStatus.NOT_MOVING
    both = {
        Pace.SPENDING: known(*shares).shares[Pace.PROGRESS],
        Pace.PROGRESS: known(0, 0.1, 0.2, 0.3, 0.4).shares[Pace.PROGRESS],
    }
    assert forecast_completion(ForecastProblem(both, at(4)), FEW).median == at(10)


def test_series_that_disagree_widen_the_range():
    """Milestones twice as fast as spending: the range reaches from one to the other."""
    shares = {
        Pace.MILESTONES: known(0, 0.1, 0.2, 0.3, 0.4).shares[Pace.PROGRESS],
        Pace.SPENDING: known(0, 0.05, 0.1, 0.15, 0.2).shares[Pace.PROGRESS],
    }
    made = forecast_completion(ForecastProblem(shares, at(4)), FEW)
    assert (made.early, made.late) == (at(10), at(20))


@given(steps)
def test_a_finished_project_is_done_in_its_quarter(rows):
    """Whatever came before, and however long it stays so."""
    shares = [*grown(rows), 1.0, 1.0]
    made = forecast_completion(known(*shares), FEW)
    assert (made.status, made.finished) == (ForecastStatus.DONE, at(len(rows)))


@given(steps, st.floats(0, 0.3))
def test_more_progress_is_never_later(rows, more):
    """With more done in the last quarter, no figure of the forecast comes later."""
    shares = grown(rows)
    better = [*shares[:-1], min(shares[-1] + more, 0.999)]
    before, after = forecast_completion(known(*shares), FEW), forecast_completion(known(*better), FEW)
    for name in ("early", "median", "late"):
        old, new = getattr(before, name), getattr(after, name)
        assert old is None or (new is not None and new <= old)


@given(steps, st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_no_forecast_looks_ahead(rows, later):
    """What is reported after a quarter changes nothing of the forecast as of it."""
    shares, as_of = grown(rows), at(len(rows) - 1)
    alone = forecast_completion(known(*shares), FEW)
    assert forecast_completion(known(*shares, *later, as_of=as_of), FEW) == alone


def test_the_record_of_an_even_project_is_perfect():
    """Each forecast since the fourth quarter named the very quarter it ended in."""
    even = known(*(i / 10 for i in range(11)))
    record = track_record([even], FEW)
    assert len(replay(even, FEW)) == 6
    assert (record.forecasts, record.projects) == (6, 1)
    assert (record.bias, record.error, record.coverage) == (0, 0, 1)


def test_the_record_of_a_project_that_slowed_down_says_so():
    """Forecasts from its quick start came too early: a negative bias, and ranges that missed."""
    slow = known(*grown([0, 0.2, 0.2, 0.2, 0.2, 0.05, 0.05, 0.05, 0.05]))
    record = track_record([slow], FEW)
    assert record.bias < 0
    assert record.error == pytest.approx(-record.bias)
    assert record.coverage < 1


def test_without_a_finished_project_there_is_no_record():
    """None rather than a figure."""
    record = track_record([known(0, 0.1, 0.2, 0.3, 0.4, 0.5)], FEW)
    assert (record.forecasts, record.bias, record.coverage) == (0, None, None)


def test_parameters_out_of_range_are_all_named():
    """Three wrong numbers, three findings."""
    with pytest.raises(InvalidInput) as raised:
        ForecastParams(draws=1, least=1, horizon=1)
    assert len(raised.value.findings) == 3
