"""What a device is told: clipped wishes, silence where nothing is sure, and a timer that ends each order."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.energy.engine.dispatch import (
    Feeder,
    breaches,
    clip,
    decide,
    expected,
    keep_feeder,
    strays,
)
from sandan.energy.model.dispatch import (
    Cut,
    Device,
    Limits,
    Measured,
    Mode,
    Order,
    Origin,
    Override,
    Planned,
    Silence,
    Stop,
    Via,
)
from sandan.errors import InvalidInput

NOW = 1_772_582_400_000
QUARTER = 900_000
LIMITS = Limits(charge=50.0, discharge=50.0, energy=200.0)
DEVICE = Device("ess", "firm", Via.MQTT, {}, LIMITS, mode=Mode.ARMED)
STATE = Measured(NOW - 10_000, charge=0.5, power=0.0, grid=100.0)
PLAN = Planned(30.0, NOW + 10 * QUARTER, NOW - 60_000)
BY = {"reason": "점검", "by": "energy"}


def told(device=DEVICE, planned=PLAN, override=None, measured=STATE, last=None, now=NOW):
    """What the device is told now."""
    return decide(device, planned, override, measured, last, now)


def test_advice_tells_nothing():
    """Whatever the plan says, and whatever a person wants of it."""
    advice = replace(DEVICE, mode=Mode.ADVICE)
    override = Override("ess", NOW, NOW + QUARTER, 10.0, **BY)
    assert told(advice).stop is Stop.ADVICE
    assert told(advice, override=override).stop is Stop.ADVICE


def test_an_armed_device_is_told_the_plan_until_its_lease_ends():
    """Ninety seconds, of which a heartbeat is a third."""
    order = told()
    assert (order.power, order.wish, order.origin, order.cuts) == (30.0, 30.0, Origin.PLAN, ())
    assert order.valid_until == NOW + 90_000
    assert DEVICE.beat == 30_000


@pytest.mark.parametrize(
    ("wish", "limits", "measured", "power", "cut"),
    [
        (80.0, LIMITS, STATE, 50.0, Cut.POWER),
        (-80.0, replace(LIMITS, discharge=40.0), STATE, -40.0, Cut.POWER),
        # 200 kWh: 0.2 % up to the limit are 0.4 kWh, in 90 s as much as 16 kW
        (50.0, LIMITS, replace(STATE, charge=0.898), 16.0, Cut.CHARGE),
        # the same downwards, less what is lost on the way out
        (-50.0, LIMITS, replace(STATE, charge=0.102), -15.2, Cut.CHARGE),
        (50.0, LIMITS, replace(STATE, charge=0.95), 0.0, Cut.CHARGE),
        # the site takes 100 kW with the battery at rest, and may take 120
        (30.0, replace(LIMITS, import_cap=120.0), STATE, 20.0, Cut.GRID),
        # it charges with 10 already: 90 without it
        (50.0, replace(LIMITS, import_cap=120.0), replace(STATE, power=10.0), 30.0, Cut.GRID),
        # beyond the cap without the battery: no charging, but nobody is made to discharge either
        (30.0, replace(LIMITS, import_cap=80.0), STATE, 0.0, Cut.GRID),
        (-50.0, replace(LIMITS, export_cap=0.0), replace(STATE, grid=20.0), -20.0, Cut.GRID),
        # 10 kW a minute, and 30 s until the next heartbeat
        (30.0, replace(LIMITS, ramp=10.0), STATE, 5.0, Cut.RAMP),
    ],
)
def test_a_wish_is_clipped_to_each_limit(wish, limits, measured, power, cut):
    """By hand, one limit at a time."""
    order = told(replace(DEVICE, limits=limits), replace(PLAN, power=wish), measured=measured)
    assert order.power == pytest.approx(power, abs=1e-6)
    assert order.cuts == (cut,)


def test_a_ramp_goes_on_from_the_last_order_and_gives_way_to_limits():
    """From 40 kW with 10 kW a minute to 35 in half a minute; at once to rest when the battery is full."""
    limits = replace(LIMITS, ramp=10.0)
    last = Order(40.0, 40.0, Origin.PLAN, NOW - 30_000, NOW + 60_000)
    device, rest = replace(DEVICE, limits=limits), replace(PLAN, power=0.0)
    assert told(device, rest, last=last).power == pytest.approx(35.0)
    full = replace(STATE, charge=0.9, power=40.0)
    order = told(device, rest, last=last, measured=full)
    assert (order.power, order.cuts) == (0.0, (Cut.RAMP, Cut.CHARGE))


def test_a_person_beats_the_plan_until_the_time_is_over():
    """Then the plan goes on by itself; no order outlives the override."""
    override = Override("ess", NOW, NOW + 40_000, -20.0, **BY)
    order = told(override=override)
    assert (order.power, order.origin, order.valid_until) == (-20.0, Origin.PERSON, NOW + 40_000)
    assert told(override=override, planned=None).power == -20.0
    later = NOW + 40_000
    assert told(override=override, now=later).origin is Origin.PLAN
    assert told(override=replace(override, ended_at=NOW)).origin is Origin.PLAN
    assert told(override=replace(override, power=None)).stop is Stop.HANDS_OFF


@pytest.mark.parametrize(
    ("change", "stop"),
    [
        ({"planned": None}, Stop.NO_PLAN),
        ({"planned": replace(PLAN, power=math.nan)}, Stop.NO_PLAN),
        ({"planned": replace(PLAN, until=NOW)}, Stop.NO_PLAN),
        ({"planned": replace(PLAN, made_at=NOW - 31 * 60_000)}, Stop.OLD_PLAN),
        ({"measured": replace(STATE, at=NOW - 301_000)}, Stop.STALE),
        ({"measured": replace(STATE, charge=math.nan)}, Stop.STALE),
        ({"measured": replace(STATE, power=math.nan)}, Stop.STALE),
        ({"measured": Measured(0, math.nan, math.nan)}, Stop.STALE),
        (
            {"device": replace(DEVICE, limits=replace(LIMITS, import_cap=9.0)),
             "measured": replace(STATE, grid=math.nan)},
            Stop.STALE,
        ),
    ],
)  # fmt: skip
def test_what_is_not_known_is_silence(change, stop):
    """No plan, an old one, a battery that says nothing: the reason is told in both languages."""
    answer = told(**change)
    assert isinstance(answer, Silence)
    assert answer.stop is stop
    assert answer.said.ko != answer.said.en


def test_a_stale_state_silences_a_person_too():
    """Nobody knows what the battery holds, so nobody may push it."""
    override = Override("ess", NOW, NOW + QUARTER, 10.0, **BY)
    assert told(override=override, measured=replace(STATE, at=NOW - QUARTER)).stop is Stop.STALE


power = st.floats(-500, 500)
share = st.floats(0, 1)
cap = st.none() | st.floats(0, 500)


@st.composite
def terms(draw):
    """Limits, a state, a wish, how long an order lives, and where the device comes from."""
    lowest, highest = sorted(draw(st.tuples(share, share).filter(lambda two: abs(two[0] - two[1]) > 0.01)))
    limits = Limits(
        draw(st.floats(0, 300)), draw(st.floats(0, 300)), draw(st.floats(1, 2000)), lowest, highest,
        draw(st.none() | st.floats(0.1, 500)), draw(cap), draw(cap),
    )  # fmt: skip
    measured = Measured(NOW, draw(share), draw(power), draw(power))
    before = draw(st.none() | st.tuples(power, st.integers(1, 600_000)))
    return limits, measured, draw(power), draw(st.integers(1000, 1_800_000)), before


@given(terms())
def test_nothing_that_was_clipped_breaks_a_limit(given_terms):
    """Even were nothing more to come: the second check, made another way, always agrees."""
    limits, measured, wish, valid, before = given_terms
    found, _ = clip(wish, limits, measured, valid, before)
    order = Order(found, wish, Origin.PLAN, NOW, NOW + valid)
    assert breaches(order, limits, measured) == ()


@given(terms())
def test_a_limit_takes_away_and_never_adds(given_terms):
    """Without a ramp an order lies between rest and the wish, and is the wish where nothing was cut."""
    limits, measured, wish, valid, _ = given_terms
    found, cuts = clip(wish, limits, measured, valid)
    assert min(0.0, wish) - 1e-9 <= found <= max(0.0, wish) + 1e-9
    assert bool(cuts) == (abs(found - wish) > 1e-6)


@given(terms())
def test_the_second_check_finds_what_was_not_clipped(given_terms):
    """A wish that clipping would lessen by a kilowatt or more is itself a breach."""
    limits, measured, wish, valid, _ = given_terms
    found, _ = clip(wish, limits, measured, valid)
    broken = breaches(Order(wish, wish, Origin.PLAN, NOW, NOW + valid), limits, measured)
    assert bool(broken) or abs(found - wish) < 1.0


@given(
    st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=1, max_size=8),
    st.floats(-500, 500), st.floats(1, 500),
)  # fmt: skip
def test_a_feeder_is_kept_or_not_made_heavier(devices, load, capacity):
    """Together within what it carries, where rest alone would be; no order turned round or enlarged."""
    pairs = [
        (Order(wish, wish, Origin.PLAN, NOW, NOW + 90_000), Measured(NOW, 0.5, now)) for wish, now in devices
    ]
    kept = keep_feeder(Feeder("f", load, capacity), pairs)
    rest = load - sum(now for _, now in devices)
    net = rest + sum(order.power for order in kept)
    others = min(0.0, sum(min(0.0, wish) for wish, _ in devices))
    most = max(capacity, rest + others)
    assert net <= max(most, 0) + 1e-6
    assert -net <= max(capacity, -(rest + sum(max(0.0, wish) for wish, _ in devices))) + 1e-6
    for (order, _), after in zip(pairs, kept, strict=True):
        assert after.power * order.power >= 0
        assert abs(after.power) <= abs(order.power) + 1e-9


def test_when_nothing_fresh_comes_a_device_falls_back():
    """The order until its last moment, then the fallback; its own control where none was set."""
    last = told()
    assert expected(DEVICE, last, NOW + 89_999).power == 30.0
    after = expected(DEVICE, last, NOW + 90_000)
    assert (after.power, after.since, after.fallen_back) == (0.0, NOW + 90_000, True)
    assert expected(replace(DEVICE, fallback=None), last, NOW + 90_000).power is None
    assert expected(DEVICE, None, NOW).fallen_back


def test_a_device_that_does_something_else_is_found_out():
    """After it had a minute to settle, by more than a tenth of its rated power."""
    now = expected(DEVICE, told(), NOW + 80_000)
    assert strays(DEVICE, now, 24.0, NOW + 70_000)
    assert not strays(DEVICE, now, 24.0, NOW + 30_000)
    assert not strays(DEVICE, now, 26.0, NOW + 70_000)
    assert not strays(DEVICE, now, math.nan, NOW + 70_000)
    # heartbeats repeat an order without giving a device another minute
    again = expected(DEVICE, replace(told(), made_at=NOW + 60_000), NOW + 80_000, NOW)
    assert strays(DEVICE, again, 24.0, NOW + 70_000)


def test_limits_that_are_none_are_refused_with_every_finding():
    """Negative power, no range of charge, a lease of a second."""
    with pytest.raises(InvalidInput) as caught:
        Limits(-1.0, math.nan, 0.0, 0.9, 0.1, 0.0, -5.0)
    assert [one.where for one in caught.value.findings] == [
        "charge", "discharge", "energy", "ramp", "import_cap", "lowest",
    ]  # fmt: skip
    with pytest.raises(InvalidInput) as caught:
        replace(DEVICE, lease=1, fresh=0, fallback=60.0)
    assert len(caught.value.findings) == 3
