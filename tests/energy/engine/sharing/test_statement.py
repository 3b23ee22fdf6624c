"""A shared period as lines: what a member has over by how its roof is wired, sums over parts, changes."""

from __future__ import annotations

import numpy as np
import pytest

from sandan.energy.engine.sharing import Label, Settled, changes, net_energy, share_surplus, state_sharing
from sandan.energy.model.circulation import SharedPart, SharingStatement, Wiring
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.sharing import Rule, SharingParams, SharingProblem

NAN = float("nan")
LABELS = {"a": Label("가나", "firm-a"), "b": Label("다라", "firm-b")}
FEEDERS = {"line": Label("선로", limit=100.0)}


def settle(net: list[list[float]], begin: int = 0, price: float = 120.0) -> Settled:
    """Two members on one feeder: the grid sells at 180 and pays 90."""
    values = np.array(net)
    n = values.shape[1]
    start = begin + SLOT_MS * np.arange(n, dtype=np.int64)
    limits = np.full((1, n), 25.0)
    problem = SharingProblem(
        start,
        ("a", "b"),
        ("line",),
        np.zeros(2, np.int64),
        values,
        np.full((2, n), 180.0),
        np.full((2, n), 90.0),
        limits,
        limits,
    )
    result = share_surplus(problem, SharingParams(Rule.FEEDER_FIRST, 0.0, 0.0, price))
    part = SharedPart(begin, begin + n * SLOT_MS, 1, Rule.FEEDER_FIRST, price, 0.0, 0.0, result.inputs)
    return Settled(part, problem, result)


def state(*settled: Settled) -> SharingStatement:
    """The statement of these parts."""
    return state_sharing(settled, LABELS, FEEDERS)


def test_a_roof_beside_the_meter_has_over_what_it_made_less_what_was_used() -> None:
    """Either reading missing makes it unknown."""
    use, made = np.array([2.0, 2.0, NAN]), np.array([5.0, NAN, 5.0])
    net = net_energy(Wiring.BESIDE, use, made, np.full(3, NAN))
    assert net[0] == 3.0
    assert np.isnan(net[1:]).all()


def test_a_roof_behind_the_meter_is_known_by_what_the_meter_feeds_back() -> None:
    """Negative power is a surplus; a register of imports that stood still tells nothing without it."""
    use = np.array([0.0, 3.0, 3.0, 0.0])
    power = np.array([-8.0, 12.0, NAN, NAN])
    net = net_energy(Wiring.BEHIND, use, np.full(4, 99.0), power)
    assert net[:3].tolist() == [2.0, -3.0, -3.0]
    assert np.isnan(net[3])


def test_a_line_says_what_the_grid_would_have_cost_and_paid() -> None:
    """4 kWh at 120 won: the giver forgoes 360, the taker avoids 720, each gains."""
    made = state(settle([[4.0], [-10.0]]))
    giver, taker = made.members
    assert (giver.given, giver.won, giver.forgone, giver.saving) == (4000, 480, 360, 120)
    assert (taker.received, taker.won, taker.avoided, taker.saving) == (4000, -480, 720, 240)
    assert (made.given, made.received, made.lost, made.balance, made.value) == (4000, 4000, 0, 0, 360)
    assert made.paid == 480
    assert giver.firm == "firm-a"


def test_parts_under_several_editions_add_up() -> None:
    """Energies, money and missing quarter-hours of both; each part keeps its own terms."""
    one, two = settle([[4.0, NAN], [-10.0, -1.0]]), settle([[2.0], [-2.0]], 2 * SLOT_MS, 100.0)
    made = state(one, two)
    giver = made.members[0]
    assert (giver.given, giver.won, giver.slots, giver.missing) == (6000, 680, 3, 1)
    assert [part.price for part in made.parts] == [120.0, 100.0]
    assert (made.begin, made.end) == (0, 3 * SLOT_MS)
    assert made.value == state(one).value + state(two).value


def test_only_lines_that_differ_are_changes() -> None:
    """A late reading of one changes whom it dealt with as well."""
    before, same = state(settle([[4.0], [-10.0]])), state(settle([[4.0], [-10.0]]))
    after = state(settle([[5.0], [-10.0]]))
    assert changes(before, same) == ()
    found = changes(before, after)
    assert [one.name for one in found] == ["가나", "다라"]
    assert found[0].before is not None
    assert found[0].after is not None
    assert found[0].after.given - found[0].before.given == pytest.approx(1000)
