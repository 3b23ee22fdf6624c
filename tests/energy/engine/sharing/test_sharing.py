"""Sharing between firms: nothing is lost, nobody gets more than they use, and rules do what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from sandan.energy.engine.sharing import finalise, fingerprint, share_surplus
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.sharing import Rule, SharingParams, SharingProblem, SharingResult, Stage
from sandan.errors import Conflict, InvalidInput

LOSSES = [(0.0, 0.0), (0.01, 0.03), (0.05, 0.05)]
PARAMS = {
    rule: SharingParams(rule, 0.01, 0.03, price=None if rule in (Rule.PRICE, Rule.SHAPLEY) else 120.0)
    for rule in Rule
}


def make(
    net: list[list[float]],
    feeder: list[int],
    *,
    bid: float | list[float] = 180.0,
    ask: float | list[float] = 90.0,
    limit: float | list[float] = np.inf,
) -> SharingProblem:
    """A problem with the same prices and limits in every quarter-hour."""
    members, n = len(net), len(net[0])
    feeders = max(feeder) + 1
    each = np.ones((members, n))
    return SharingProblem(
        SLOT_MS * np.arange(n, dtype=np.int64),
        tuple(f"m{i}" for i in range(members)),
        tuple(f"f{i}" for i in range(feeders)),
        np.array(feeder, dtype=np.int64),
        np.array(net),
        each * np.reshape(bid, (-1, 1)),
        each * np.reshape(ask, (-1, 1)),
        np.ones((feeders, n)) * np.reshape(limit, (-1, 1)),
        np.ones((feeders, n)) * np.reshape(limit, (-1, 1)),
    )


def random_problem(seed: int) -> SharingProblem:
    """Up to nine members on up to four feeders, whole prices so that ties happen, some readings missing."""
    random = np.random.default_rng(seed)
    members, feeders, n = int(random.integers(1, 10)), int(random.integers(1, 5)), 4
    net = np.round(random.normal(0, 20, (members, n)), 3)
    net[random.random((members, n)) < 0.15] = 0.0
    net[random.random((members, n)) < 0.1] = np.nan
    limits = np.where(random.random((2, feeders, n)) < 0.4, np.inf, random.uniform(0, 25, (2, feeders, n)))
    return SharingProblem(
        SLOT_MS * np.arange(n, dtype=np.int64),
        tuple(f"m{i}" for i in range(members)),
        tuple(f"f{i}" for i in range(feeders)),
        random.integers(0, feeders, members),
        net,
        random.integers(10, 25, (members, n)) * 10.0,
        random.integers(5, 20, (members, n)) * 10.0,
        limits[0],
        limits[1],
    )


def by_feeder(problem: SharingProblem, values: np.ndarray) -> np.ndarray:
    """Sums over the members of each feeder."""
    sums = np.zeros((len(problem.feeders), values.shape[1]), dtype=np.int64)
    np.add.at(sums, problem.feeder, values)
    return sums


def assert_sound(problem: SharingProblem, params: SharingParams, found: SharingResult) -> None:
    """What every rule owes."""
    assert ((found.given >= 0) & (found.given <= found.surplus)).all()
    assert ((found.received >= 0) & (found.received <= found.need)).all()
    assert (found.loss >= 0).all()
    assert (found.given + found.to_grid == found.surplus).all()
    assert (found.received + found.from_grid == found.need).all()
    gone, came = found.crossing_out, found.crossing_in
    assert (gone <= problem.out_limit * 1000).all()
    assert (came <= problem.in_limit * 1000).all()
    within, between = params.loss_within, params.loss_between
    kept = by_feeder(problem, found.given) - gone
    home = by_feeder(problem, found.received) - came
    assert (np.abs(kept * (1 - within) - home) < 1.001).all()
    assert (np.abs(gone.sum(axis=0) * (1 - between) - came.sum(axis=0)) < 1.001).all()
    if within == between == 0:
        assert (found.loss == 0).all()
    assert int(found.won.sum()) + found.rent == 0
    assert abs(int(found.saving.sum()) + found.rent - found.value) <= len(found.members)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6), st.sampled_from(list(Rule)), st.sampled_from([(0, 0), (0.01, 0.03), (0.05, 0.05)])
)
def test_nothing_is_lost_and_no_limit_is_broken(seed: int, rule: Rule, loss: tuple[float, float]) -> None:
    """Energy is conserved to the watt-hour and money to the won by every rule, whatever the limits."""
    problem = random_problem(seed)
    params = replace(PARAMS[rule], loss_within=loss[0], loss_between=loss[1])
    assert_sound(problem, params, share_surplus(problem, params))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_home_first_shares_the_most(seed: int) -> None:
    """With equal losses no rule delivers more than the one that serves the own feeder first."""
    problem = random_problem(seed)
    done = {
        rule: share_surplus(problem, replace(PARAMS[rule], loss_within=0.0, loss_between=0.0)).received.sum()
        for rule in (Rule.FEEDER_FIRST, Rule.PRO_RATA, Rule.PRICE)
    }
    slack = 4 * len(problem.feeders) * 3
    assert done[Rule.PRO_RATA] <= done[Rule.FEEDER_FIRST] + slack
    assert done[Rule.PRICE] <= done[Rule.FEEDER_FIRST] + slack


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_nobody_trades_against_their_price(seed: int) -> None:
    """In the market nobody pays more than their bid or earns less than their ask, so nobody loses."""
    problem = random_problem(seed)
    found = share_surplus(problem, PARAMS[Rule.PRICE])
    at = found.price[problem.feeder]
    bought, sold = found.received > 1, found.given > 1
    assert (at[bought] <= problem.bid[bought] + 1e-6).all()
    assert (at[sold] * (1 - 0.01) >= problem.ask[sold] - 1e-6).all()
    assert (found.saving >= -2 - 0.4 * problem.net.shape[1]).all()
    assert found.rent >= -1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(LOSSES))
def test_the_market_is_worth_what_a_linear_program_finds(seed: int, loss: tuple[float, float]) -> None:
    """Prices find the greatest worth there is under limits and losses, but for the rounding to watt-hours."""
    problem = random_problem(seed)
    found = share_surplus(problem, SharingParams(Rule.PRICE, *loss))
    best = sum(best_worth(problem, found, t, *loss) for t in range(problem.net.shape[1]))
    rounding = 0.25 * problem.net.shape[1] * (len(problem.members) + len(problem.feeders))
    assert best - rounding - 1 <= found.value <= best + 1


def best_worth(problem: SharingProblem, found: SharingResult, t: int, within: float, between: float) -> float:
    """Of one quarter-hour [won]: Σ bid · received − Σ ask · given at most, by an LP."""
    members, feeders = len(problem.members), len(problem.feeders)
    here = (problem.feeder[None, :] == np.arange(feeders)[:, None]).astype(float)
    stay, cross = 1 - within, 1 - between
    balance = np.hstack([stay * here, -here, -stay * np.eye(feeders), np.eye(feeders)])
    bus = np.concatenate([np.zeros(2 * members), np.full(feeders, cross), np.full(feeders, -1.0)])
    most = np.concatenate(
        [
            found.surplus[:, t] / 1000,
            found.need[:, t] / 1000,
            problem.out_limit[:, t],
            problem.in_limit[:, t],
        ]
    )
    worth = np.concatenate([problem.ask[:, t], -problem.bid[:, t], np.zeros(2 * feeders)])
    done = linprog(
        worth,
        A_eq=np.vstack([balance, bus]),
        b_eq=np.zeros(feeders + 1),
        bounds=[(0.0, None if np.isinf(top) else top) for top in most],
    )
    return -float(done.fun)


def test_pro_rata_by_hand() -> None:
    """40 kWh for needs of 60 and 20: each gets half of what it needs, the givers half from each."""
    problem = make([[30.0], [10.0], [-60.0], [-20.0]], [0, 0, 0, 0])
    found = share_surplus(problem, SharingParams(Rule.PRO_RATA, 0, 0, price=120))
    assert found.received[:, 0].tolist() == [0, 0, 30_000, 10_000]
    assert found.won.tolist() == [3600, 1200, -3600, -1200]
    assert found.saving.tolist() == [900, 300, 1800, 600]


def test_pro_rata_overlooks_feeders_until_a_limit_binds() -> None:
    """A neighbour on the same feeder gets no more than one on another, unless only so much may cross."""
    net, feeder = [[40.0], [-40.0], [-40.0]], [0, 0, 1]
    free = share_surplus(make(net, feeder), SharingParams(Rule.PRO_RATA, 0, 0, price=100))
    assert free.received[:, 0].tolist() == [0, 20_000, 20_000]
    full = share_surplus(make(net, feeder, limit=5.0), SharingParams(Rule.PRO_RATA, 0, 0, price=100))
    assert full.received[:, 0].tolist() == [0, 35_000, 5_000]
    home = share_surplus(make(net, feeder), SharingParams(Rule.FEEDER_FIRST, 0, 0, price=100))
    assert home.received[:, 0].tolist() == [0, 40_000, 0]


def test_losses_depend_on_the_way() -> None:
    """100 kWh given within a feeder lose 1 %, across two lose 4 %."""
    params = SharingParams(Rule.FEEDER_FIRST, 0.01, 0.04, price=100)
    assert share_surplus(make([[100.0], [-200.0]], [0, 0]), params).received.sum() == 99_000
    assert share_surplus(make([[100.0], [-200.0]], [0, 1]), params).received.sum() == 96_000


def test_the_market_clears_by_merit_at_one_price() -> None:
    """Asks 80, 100, 130 of 10 each, bids 170, 120, 90 of 10 each: two trade, between 100 and 120."""
    problem = make(
        [[10.0], [10.0], [10.0], [-10.0], [-10.0], [-10.0]],
        [0] * 6,
        ask=[80, 100, 130, 0, 0, 0],
        bid=[0, 0, 0, 170, 120, 90],
    )
    found = share_surplus(problem, SharingParams(Rule.PRICE, 0, 0))
    assert found.given[:, 0].tolist() == [10_000, 10_000, 0, 0, 0, 0]
    assert found.received[:, 0].tolist() == [0, 0, 0, 10_000, 10_000, 0]
    assert found.price[0, 0] == pytest.approx(110.0)
    assert found.won.tolist() == [1100, 1100, 0, -1100, -1100, 0]
    assert found.rent == 0


def test_a_full_feeder_parts_the_prices_and_the_rent_is_told() -> None:
    """Cheap power behind a limit of 4 kWh: each side clears by itself and the difference is rent."""
    problem = make(
        [[10.0], [-10.0], [10.0], [-2.0]],
        [0, 1, 1, 0],
        ask=[50, 0, 150, 0],
        bid=[0, 170, 0, 90],
        limit=4.0,
    )
    found = share_surplus(problem, SharingParams(Rule.PRICE, 0, 0))
    assert found.crossing_out[0, 0] == found.crossing_in[1, 0] == 4_000
    assert found.received[:, 0].tolist() == [0, 10_000, 0, 2_000]
    assert found.given[:, 0].tolist() == [6_000, 0, 6_000, 0]
    assert found.price[:, 0].tolist() == pytest.approx([50.0, 150.0])
    assert found.rent == 400


def test_shapley_by_hand() -> None:
    """One seller of 10 and two buyers who each want 10: the glove game, ⅔ and ⅙ and ⅙ of 900 won."""
    problem = make([[10.0], [-10.0], [-10.0]], [0, 0, 0])
    found = share_surplus(problem, SharingParams(Rule.SHAPLEY, 0, 0))
    assert found.value == 900
    assert found.saving.tolist() == [600, 150, 150]
    assert (found.error == 0).all()


def test_sampling_approaches_the_exact_value_within_its_error() -> None:
    """Orders drawn by a seed give the exact values within four standard errors, and again the same."""
    random = np.random.default_rng(4)
    net = np.round(random.normal(0, 20, (8, 24)), 3).tolist()
    problem = make(
        net, [0, 0, 0, 1, 1, 1, 2, 2], limit=[8.0, 12.0, 5.0], bid=(150 + 10 * np.arange(8.0)).tolist()
    )
    exact = share_surplus(problem, PARAMS[Rule.SHAPLEY])
    drawn = replace(PARAMS[Rule.SHAPLEY], exact=0, samples=300, seed=7)
    found = share_surplus(problem, drawn)
    assert (np.abs(found.saving - exact.saving) <= 4 * found.error + 1).all()
    assert (found.error > 0).any()
    assert found.error.max() < 0.05 * exact.saving.max()
    assert share_surplus(problem, drawn).won.tolist() == found.won.tolist()


def test_a_missing_reading_is_neither_given_nor_needed() -> None:
    """Who has no reading takes no part in that quarter-hour, and the result counts it."""
    found = share_surplus(make([[10.0, 10.0], [-10.0, np.nan]], [0, 0]), PARAMS[Rule.PRO_RATA])
    assert found.given[0].tolist() == [10_000, 0]
    assert found.missing.tolist() == [0, 1]


def test_a_preview_becomes_final_once_and_only_unchanged() -> None:
    """A changed reading or a second time is refused; the hash is of the inputs alone."""
    problem = make([[10.0], [-10.0]], [0, 0])
    params = PARAMS[Rule.FEEDER_FIRST]
    preview = share_surplus(problem, params)
    assert preview.stage is Stage.PREVIEW
    final = finalise(preview, problem, params)
    assert final.stage is Stage.FINAL
    with pytest.raises(Conflict):
        finalise(final, problem, params)
    with pytest.raises(Conflict):
        finalise(preview, make([[10.001], [-10.0]], [0, 0]), params)
    assert fingerprint(problem, params) == fingerprint(make([[10.0], [-10.0]], [0, 0]), params)
    assert fingerprint(problem, params) != fingerprint(problem, replace(params, price=121.0))


def test_the_hash_does_not_tell_one_missing_value_from_another() -> None:
    """NaN has many bit patterns and zero has two; the hash has one for each."""
    other = np.array([0xFFF8000000000001], dtype=np.uint64).view(np.float64)[0]
    first, second = make([[np.nan, 0.0]], [0]), make([[float(other), -0.0]], [0])
    assert fingerprint(first, PARAMS[Rule.PRICE]) == fingerprint(second, PARAMS[Rule.PRICE])


def test_a_rule_without_its_price_and_wrong_losses_are_refused() -> None:
    """The members' price has no default, and losses between feeders are no smaller than within."""
    with pytest.raises(InvalidInput) as caught:
        SharingParams(Rule.PRO_RATA, 0.05, 0.01)
    assert {finding.where for finding in caught.value.findings} == {"price", "loss"}


def test_arrays_of_the_wrong_size_are_all_told() -> None:
    """Every array is checked before anything is computed."""
    problem = make([[10.0], [-10.0]], [0, 0])
    with pytest.raises(InvalidInput) as caught:
        replace(problem, bid=np.zeros((1, 1)), ask=np.zeros((3, 1)))
    assert {finding.where for finding in caught.value.findings} >= {"bid", "ask"}
