"""Scripted troubles: often enough to be seen, the same for everybody, and visible in the readings."""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from sandan.clock import SEOUL, Period, Window
from sandan.errors import NotFound
from sandan.twin.demo import DemoParams, Reduction, behave, generate

COMPLEX = generate(DemoParams(seed=3, firms=80))
LIFE = behave(COMPLEX)
CALM = behave(COMPLEX, troubles=False)
DAYS = Period(datetime(2026, 5, 18, tzinfo=SEOUL), datetime(2026, 5, 22, tzinfo=SEOUL))


def _of(kind):
    return [trouble for trouble in LIFE.troubles(DAYS) if trouble.kind == kind]


def test_a_trouble_starts_every_few_minutes():
    """One about every five to ten minutes, each lasting two to twenty, of all four kinds."""
    troubles = LIFE.troubles(DAYS)
    apart = DAYS.length / len(troubles)
    assert timedelta(minutes=5) < apart < timedelta(minutes=10)
    assert {trouble.kind for trouble in troubles} == {"leak", "peak", "stuck", "dead"}
    for trouble in troubles:
        assert timedelta(minutes=2) <= trouble.end - trouble.start <= timedelta(minutes=20)
        assert trouble.name.ko
        assert trouble.name.en


def test_the_script_of_a_day_can_be_read_alone():
    """An hour's troubles are those of the day that reach into it, however they are asked for."""
    hour = Period(DAYS.start + timedelta(hours=30), DAYS.start + timedelta(hours=31))
    whole = [t for t in behave(COMPLEX).troubles(DAYS) if t.start < hour.end and t.end > hour.start]
    assert LIFE.troubles(hour) == whole
    assert CALM.troubles(DAYS) == []


def test_a_leak_is_seen_by_the_sensor_beside_it():
    """The sensor stands above its alarm level while the leak lasts, and near zero an hour before."""
    high = {p.thing: (p.id, p.high) for p in COMPLEX.points if p.thing.startswith("leak_sensor")}
    quiet = [t for t in _of("leak") if not _dead(t) and not _stuck(t)]
    assert quiet
    for leak in quiet:
        point, alarm = high[leak.target]
        middle = leak.start + (leak.end - leak.start) / 2
        assert LIFE.at(Window(middle, timedelta(seconds=10), 1), [point])[0, 0] > alarm
        assert CALM.at(Window(middle, timedelta(seconds=10), 1), [point])[0, 0] < 0.2 * alarm


def test_a_peak_pushes_its_meter_over_the_contract():
    """Power exceeds the contract in the middle of the peak, and the quarter-hour's energy shows it."""
    contract = {t.id: t.attributes["contract_power"] for t in COMPLEX.things if t.kind == "meter"}
    for peak in _of("peak"):
        if _dead(peak):
            continue
        middle = peak.start + (peak.end - peak.start) / 2
        power = [f"{peak.target}.active_power"]
        assert LIFE.at(Window(middle, timedelta(seconds=10), 1), power)[0, 0] > contract[peak.target]
        starts = np.array([int(middle.timestamp()) // 900 * 900])
        column = [t.id for t in LIFE.physics.rosters["meter"].things].index(peak.target)
        more, usual = (
            b.physics.values("meter", "active_energy", starts, 900)[0, column] for b in (LIFE, CALM)
        )
        assert more > usual


def test_a_stuck_sensor_repeats_its_value():
    """From when it sticks to when it is freed the point says one thing only."""
    for trouble in _of("stuck"):
        if _dead(trouble):
            continue
        step = next(p.interval for p in COMPLEX.points if p.id == trouble.target)
        n = int((trouble.end - trouble.start) / step)
        values = LIFE.at(Window(trouble.start + step, step, n - 1), [trouble.target])[:, 0]
        assert len(set(values.tolist())) == 1


def test_a_dead_gateway_delivers_nothing():
    """Rows are missing, not zero, and only those of the things behind it."""
    for trouble in _of("dead")[:12]:
        mine = {p.id for p in COMPLEX.points if COMPLEX.gateways[p.thing] == trouble.target}
        table = pa.concat_tables([LIFE.tick(trouble.start, trouble.end - timedelta(seconds=1))])
        assert mine.isdisjoint(table["address"].to_pylist())
        healthy = CALM.tick(trouble.start, trouble.end - timedelta(seconds=1))
        assert not mine.isdisjoint(healthy["address"].to_pylist())
        assert len(table) < len(healthy)


def _behind(trouble):
    """The gateway that the troubled thing's readings come through."""
    return COMPLEX.gateways[trouble.target.rsplit(".", 1)[0]]


def _dead(trouble):
    around = Period(trouble.start - timedelta(minutes=25), trouble.end + timedelta(minutes=2))
    return any(t.kind == "dead" and t.target == _behind(trouble) for t in LIFE.troubles(around))


def _stuck(trouble):
    around = Period(trouble.start, trouble.end)
    return any(t.kind == "stuck" and t.target.startswith(trouble.target) for t in LIFE.troubles(around))


def test_a_firm_that_was_asked_leaves_load_and_takes_it_up_again():
    """Energy and power fall by what it leaves, before and after all is as it was; said twice, left once."""
    asked, free = behave(COMPLEX, troubles=False), CALM
    start = datetime(2026, 5, 20, 14, tzinfo=SEOUL)
    meter = max(
        (t for t in COMPLEX.things if t.kind == "meter"), key=lambda t: t.attributes["contract_power"]
    ).id
    for power in (10.0, 40.0, 40.0):
        asked.plan_reductions([Reduction(meter, start, start + timedelta(hours=1), power)])
    around = Window(start - timedelta(hours=1), timedelta(minutes=15), 12)
    fell = free.at(around, [f"{meter}.active_energy"]) - asked.at(around, [f"{meter}.active_energy"])
    assert np.allclose(fell[[*range(4), *range(8, 12)]], 0)
    assert np.allclose(fell[5:7], 10, atol=0.01)
    assert (fell[[4, 7]] > 8).all()
    now = Window(start + timedelta(minutes=30), timedelta(seconds=10), 1)
    power = free.at(now, [f"{meter}.active_power"]) - asked.at(now, [f"{meter}.active_power"])
    assert np.allclose(power, 40, atol=0.02)
    asked.plan_reductions([], start + timedelta(minutes=1))
    assert asked.script.reductions
    asked.plan_reductions([], start)
    assert not asked.script.reductions
    with pytest.raises(NotFound):
        asked.plan_reductions([Reduction("nobody", start, start + timedelta(hours=1), 1.0)])
