"""Work permits against each other, the weather, alarms, pipes and their own conditions."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon

from sandan.clock import SEOUL
from sandan.control.engine.permits import check_permits, is_dark, permit_rules
from sandan.control.model.permits import (
    AirTest,
    AlarmNear,
    Conflict,
    Installation,
    Permit,
    PermitParams,
    WeatherSpell,
    Weight,
)
from sandan.errors import InvalidInput
from sandan.words import Text

NOW = datetime(2026, 3, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
GOOD_AIR = tuple(
    AirTest(quantity, value, NOW - HOUR)
    for quantity, value in (("oxygen", 20.9), ("h2s", 0), ("co", 0), ("co2", 0.1), ("combustible_gas", 0))
)
PROVISIONS = frozenset(rule.provision for rule in permit_rules().needs)


def permit(id: str, kind: str, x: float = 0, begin: float = 1, hours: float = 2, **more: object) -> Permit:
    start = NOW + begin * HOUR
    made = Permit(
        id,
        kind,
        f"작업 {id}",
        Point(x, 0),
        start,
        start + hours * HOUR,
        outdoors=False,
        provisions=PROVISIONS,
        tests=GOOD_AIR,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def rules_of(conflicts: list[Conflict] | tuple[Conflict, ...]) -> list[str]:
    return [one.rule for one in conflicts]


def test_hot_work_by_a_confined_space_is_stopped_within_eleven_metres():
    """Sparks fly 11 m: at 10 m the two stop, at 12 m they do not meet."""
    near = check_permits([permit("a", "hot_work"), permit("b", "confined_space", x=10)], now=NOW)
    assert rules_of(near.conflicts) == ["hot_confined"]
    assert near.verdicts == {"a": Weight.STOP, "b": Weight.STOP}
    assert "10 m" in near.conflicts[0].why.ko
    assert near.conflicts[0].basis is not None
    far = check_permits([permit("a", "hot_work"), permit("b", "confined_space", x=12)], now=NOW)
    assert not far.conflicts
    assert far.verdicts == {"a": None, "b": None}


def test_works_one_after_the_other_do_not_conflict():
    """Times are half-open; a fire watch set by the operator makes hot work matter longer."""
    permits = [permit("a", "hot_work"), permit("b", "confined_space", begin=3)]
    assert not check_permits(permits, now=NOW).conflicts
    watched = check_permits(permits, now=NOW, params=PermitParams(after={"hot_work": HOUR / 2}))
    assert rules_of(watched.conflicts) == ["hot_confined"]
    assert watched.conflicts[0].end - watched.conflicts[0].start == HOUR / 2


def test_what_is_over_is_left_out():
    """A permit that ended before now neither conflicts nor has a verdict."""
    permits = [permit("a", "hot_work"), permit("b", "confined_space")]
    found = check_permits(permits, now=NOW + 4 * HOUR)
    assert not found.conflicts
    assert not found.verdicts


def test_nobody_else_works_where_there_is_radiography():
    """A rule for any kind meets every kind, but not the permit that lets a contractor in."""
    permits = [permit("r", "radiography"), permit("g", "general"), permit("e", "contractor_entry")]
    found = check_permits(permits, now=NOW)
    assert [(one.rule, tuple(one.permits)) for one in found.conflicts] == [("radiography_any", ("r", "g"))]


def test_wind_and_rain_stop_work_at_height():
    """10 m/s stops it when measured, holds it when forecast, and does not matter indoors."""
    spell = WeatherSpell(NOW, NOW + 5 * HOUR, {"wind_speed": 10, "rain_rate": 0.5})
    work = permit("h", "height", outdoors=True)
    found = check_permits([work], now=NOW, weather=[spell])
    assert [(one.rule, one.weight) for one in found.conflicts] == [("height_wind", Weight.STOP)]
    found = check_permits([work], now=NOW, weather=[replace(spell, forecast=True)])
    assert found.conflicts[0].weight is Weight.HOLD
    assert not check_permits([replace(work, outdoors=False)], now=NOW, weather=[spell]).conflicts
    crane = permit("c", "heavy_equipment", outdoors=True)
    gust = replace(spell, values={"gust": 15.0})
    assert not check_permits([crane], now=NOW, weather=[gust]).conflicts, "15 is not above 15"


def test_weather_says_whether_it_was_measured_or_foretold_and_since_when():
    """Windy hours that follow each other are one conflict with the worst of them; a calm hour parts two."""
    work = permit("h", "height", outdoors=True, start=NOW, end=NOW + 6 * HOUR)
    wind = (12.0, 11.0, 13.0, 4.0, 10.0)
    hours = [
        WeatherSpell(NOW + n * HOUR, NOW + (n + 1) * HOUR, {"wind_speed": value}, True, NOW - n * HOUR)
        for n, value in enumerate(wind)
    ]
    found = check_permits([work], now=NOW, weather=hours)
    first, second = found.conflicts
    assert (first.end - NOW, second.start - NOW) == (3 * HOUR, 4 * HOUR)
    at = (NOW - 2 * HOUR).astimezone(SEOUL)
    assert f"예보 13 m/s ({at.month}월 {at.day}일 {at:%H:%M} 수신), 기준 10 m/s" in first.why.ko
    assert f"Forecast 13 m/s (known {at.day} {at:%b} {at:%H:%M}), limit 10 m/s" in first.why.en
    assert any("까지만" in note.ko for note in found.notes), "the forecast ends an hour before the work"
    measured = check_permits([work], now=NOW, weather=[replace(hours[0], forecast=False, known=NOW)])
    (stop,) = measured.conflicts
    assert stop.weight is Weight.STOP
    assert "측정 12 m/s" in stop.why.ko
    assert "현재)" in stop.why.ko
    assert any("예보가 없어" in note.ko for note in measured.notes)


def test_a_limit_nobody_set_is_said_not_to_be_checked():
    """Wind for hot work has no source: a note until the operator sets it, then a conflict."""
    work = permit("w", "hot_work", outdoors=True)
    spell = WeatherSpell(NOW, NOW + 5 * HOUR, {"wind_speed": 9})
    found = check_permits([work], now=NOW, weather=[spell])
    assert not found.conflicts
    assert any("설정되지 않아" in note.ko for note in found.notes)
    limits = PermitParams(weather_limits={"hot_wind": 8.0})
    assert rules_of(check_permits([work], now=NOW, weather=[spell], params=limits).conflicts) == ["hot_wind"]
    assert any("기상 자료가 없어" in note.ko for note in check_permits([work], now=NOW).notes)


def test_an_alarm_stops_work_in_its_reach():
    """Gas in alarm stops hot work going on within the operator's reach, and holds what is planned."""
    alarm = AlarmNear("a1", Text("가연성가스 상한", "Gas high"), "combustible_gas", Point(40, 0), NOW)
    going_on = permit("w", "hot_work", begin=-1)
    spot_only = check_permits([going_on], now=NOW, alarms=[alarm])
    assert not spot_only.conflicts
    assert any("영향 거리" in note.ko for note in spot_only.notes)
    reach = PermitParams(alarm_reach={"*": 50.0})
    found = check_permits([going_on], now=NOW, alarms=[alarm], params=reach)
    assert [(one.rule, one.weight, one.other) for one in found.conflicts] == [("hot_gas", Weight.STOP, "a1")]
    planned = check_permits([permit("w", "hot_work")], now=NOW, alarms=[alarm], params=reach)
    assert planned.conflicts[0].weight is Weight.HOLD
    area = replace(alarm, quantity="nh3", place=Polygon([(-5, -5), (5, -5), (5, 5), (-5, 5)]))
    assert rules_of(
        check_permits([permit("x", "excavation", begin=-1)], now=NOW, alarms=[area]).conflicts
    ) == ["any_nh3"]


def test_digging_by_a_gas_pipe_is_by_hand_and_announced():
    """Within a metre of a gas pipe a machine may not dig, and on it EOCS must know."""
    pipe = Installation("p1", "gas_pipe", "도시가스 중압관", LineString([(-50, 0.5), (50, 0.5)]))
    dig = permit("d", "excavation")
    assert rules_of(check_permits([dig], now=NOW, installations=[pipe]).conflicts) == ["dig_by_hand"]
    across = replace(dig, place=LineString([(0, 0), (0, 1)]))
    found = check_permits([across], now=NOW, installations=[pipe])
    assert sorted(rules_of(found.conflicts)) == ["dig_by_hand", "dig_notice"]
    by_hand = replace(across, provisions=PROVISIONS | {"hand_digging", "excavation_notice"})
    assert not check_permits([by_hand], now=NOW, installations=[pipe]).conflicts
    away = replace(dig, place=Point(0, -1))
    assert not check_permits([away], now=NOW, installations=[pipe]).conflicts


def test_a_permit_without_what_its_kind_needs_is_stopped():
    """Confined space entry without any provision or test is stopped by each that the law asks for."""
    bare = permit("c", "confined_space", provisions=frozenset(), tests=())
    found = check_permits([bare], now=NOW)
    assert sorted(rules_of(found.conflicts)) == [
        "air_co",
        "air_co2",
        "air_h2s",
        "air_oxygen",
        "attendant",
        "head_count",
        "isolation",
        "rescue",
        "ventilation",
    ]
    assert found.verdicts["c"] is Weight.STOP


@pytest.mark.parametrize(("oxygen", "fit"), [(17.9, False), (18.0, True), (23.4, True), (23.5, False)])
def test_the_air_of_a_confined_space_is_judged_by_its_newest_test(oxygen: float, fit: bool):
    """Oxygen from 18 to below 23.5 % is fit (art. 618: 이상, 미만); an older good test does not help."""
    tests = (*GOOD_AIR, AirTest("oxygen", oxygen, NOW - HOUR / 2))
    found = check_permits([permit("c", "confined_space", tests=tests)], now=NOW)
    assert rules_of(found.conflicts) == ([] if fit else ["air_oxygen"])


@pytest.mark.parametrize(
    ("quantity", "limit", "good"), [("h2s", 10, 9.9), ("co", 30, 29.9), ("co2", 1.5, 1.4)]
)
def test_gas_at_its_limit_is_not_fit(quantity: str, limit: float, good: float):
    """The law says 미만: at the limit itself nobody goes in."""
    for value, rules in ((limit, [f"air_{quantity}"]), (good, [])):
        tests = (*GOOD_AIR, AirTest(quantity, value, NOW - HOUR / 2))
        found = check_permits([permit("c", "confined_space", tests=tests)], now=NOW)
        assert rules_of(found.conflicts) == rules


def test_gas_is_measured_before_hot_work_and_judged_by_the_operator_s_limit():
    """A test has to be there; without a limit its value is a note, with one it stops the work."""
    work = permit("w", "hot_work")
    assert rules_of(check_permits([replace(work, tests=())], now=NOW).conflicts) == ["air_hot_gas_free"]
    gassy = replace(work, tests=(AirTest("combustible_gas", 12, NOW),))
    found = check_permits([gassy], now=NOW)
    assert not found.conflicts
    assert any("가연성가스" in note.ko for note in found.notes)
    strict = PermitParams(air_limits={"hot_gas_free": 10})
    (stop,) = check_permits([gassy], now=NOW, params=strict).conflicts
    assert "10 미만" in stop.why.ko
    assert "below 10" in stop.why.en


def test_work_in_the_dark_needs_lighting_outdoors_only():
    """Between sunset and sunrise outdoor work of any kind is lit."""
    bare = permit("d", "general", dark=True, outdoors=True, provisions=frozenset())
    spell = WeatherSpell(NOW, NOW + 9 * HOUR, {})
    assert rules_of(check_permits([bare], now=NOW, weather=[spell]).conflicts) == ["lighting"]
    for fine in (
        replace(bare, outdoors=False),
        replace(bare, dark=False),
        replace(bare, provisions=PROVISIONS),
    ):
        assert not check_permits([fine], now=NOW, weather=[spell]).conflicts


@pytest.mark.parametrize(
    ("day", "sunrise", "sunset"), [("2026-06-21", "05:11", "19:57"), ("2026-12-22", "07:43", "17:17")]
)
def test_it_is_dark_between_sunset_and_sunrise_of_seoul(day: str, sunrise: str, sunset: str):
    """The almanac's times at the solstices, to within ten minutes."""
    rise, down = (datetime.fromisoformat(f"{day}T{at}:00+09:00").astimezone(UTC) for at in (sunrise, sunset))
    near = timedelta(minutes=10)
    assert not is_dark(rise + near, down - near, 126.98, 37.57)
    assert is_dark(rise - 2 * near, rise - near, 126.98, 37.57)
    assert is_dark(down + near, down + 2 * near, 126.98, 37.57)
    assert is_dark(rise, rise + 24 * HOUR, 126.98, 37.57)


def test_one_permit_lasts_no_longer_than_the_operator_lets_it():
    """Nothing is said without a setting; with one the hours beyond it are held."""
    work = permit("l", "general", hours=9)
    assert not check_permits([work], now=NOW).conflicts
    (held,) = check_permits([work], now=NOW, params=PermitParams(longest={"general": 8 * HOUR})).conflicts
    assert (held.rule, held.weight, held.start) == ("too_long", Weight.HOLD, work.start + 8 * HOUR)


def test_a_test_of_yesterday_or_older_than_set_does_not_count():
    """Without a setting a test counts on its Korean day; with one, for so long."""
    entry = permit("c", "confined_space")
    old = [replace(test, at=NOW - 24 * HOUR) for test in GOOD_AIR]
    assert len(check_permits([replace(entry, tests=old)], now=NOW).conflicts) == 4
    strict = PermitParams(test_age=HOUR)
    assert len(check_permits([entry], now=NOW, params=strict).conflicts) == 4
    assert not check_permits([entry], now=NOW, params=PermitParams(test_age=2 * HOUR)).conflicts


def test_a_contractor_needs_an_entry_permit_for_the_time_and_place():
    """An entry of another contractor, or one that ends too early, lets nobody in."""
    work = permit("w", "general", contractor="c1")
    assert rules_of(check_permits([work], now=NOW).conflicts) == ["no_entry"]
    entry = permit("e", "contractor_entry", contractor="c1", begin=0, hours=8, place=Point(0, 0).buffer(100))
    assert not check_permits([work, entry], now=NOW).conflicts
    for wrong in (
        replace(entry, contractor="c2"),
        replace(entry, end=NOW + 2 * HOUR),
        replace(entry, place=Point(900, 0)),
    ):
        assert rules_of(check_permits([work, wrong], now=NOW).conflicts) == ["no_entry"]


def test_one_person_cannot_watch_two_works():
    """The same watcher in two permits at once is a conflict wherever they are."""
    one = permit("a", "hot_work", watchers=frozenset({"홍길동"}))
    other = permit("b", "hot_work", x=900, watchers=frozenset({"홍길동"}))
    assert rules_of(check_permits([one, other], now=NOW).conflicts) == ["shared_watcher"]
    assert not check_permits([one, replace(other, watchers=frozenset({"임꺽정"}))], now=NOW).conflicts


def test_unknown_kinds_and_repeated_ids_are_refused_together():
    """Both findings come at once; a permit that ends before it begins cannot be made."""
    with pytest.raises(InvalidInput) as caught:
        check_permits([permit("a", "juggling"), permit("a", "hot_work")], now=NOW)
    assert len(caught.value.findings) == 2
    with pytest.raises(InvalidInput):
        permit("a", "hot_work", hours=0)


@given(st.permutations(["hot_work", "confined_space", "height", "excavation", "radiography"]))
def test_the_order_of_permits_does_not_matter(kinds: list[str]):
    """The same conflicts are found whatever order permits come in."""
    found = check_permits([permit(kind, kind) for kind in kinds], now=NOW)
    assert {(one.rule, frozenset(one.permits)) for one in found.conflicts} == {
        ("hot_confined", frozenset({"hot_work", "confined_space"})),
        ("hot_excavation", frozenset({"hot_work", "excavation"})),
        ("height_confined", frozenset({"height", "confined_space"})),
        ("height_excavation", frozenset({"height", "excavation"})),
        ("height_hot", frozenset({"height", "hot_work"})),
        ("excavation_confined", frozenset({"excavation", "confined_space"})),
        *{
            ("radiography_any", frozenset({"radiography", other}))
            for other in ("hot_work", "confined_space", "height", "excavation")
        },
    }


def test_every_rule_names_known_kinds_and_its_source():
    """Tables hold together: kinds exist, what is marked S has an address."""
    rules = permit_rules()
    named = {rule.first for rule in rules.pairs} | {rule.second for rule in rules.pairs}
    for table in (rules.weather, rules.alarms, rules.surroundings, rules.needs, rules.air):
        named |= {rule.kind for rule in table}
    assert named - {"*"} <= set(rules.kinds)
    for table in (
        rules.pairs, rules.weather, rules.alarms, rules.surroundings, rules.needs, rules.air, rules.closing,
        rules.signs,
    ):  # fmt: skip
        for rule in table:
            assert rule.basis.mark in {"S", "F", "U"}
            assert (rule.basis.mark == "S") == rule.basis.source.startswith("http")


def test_every_basis_has_a_name_in_both_languages():
    """What a conflict rests on is named in English on English pages."""
    rules = permit_rules()
    for table in (rules.pairs, rules.weather, rules.alarms, rules.surroundings, rules.needs, rules.air):
        for rule in table:
            assert rule.basis.version_en, rule.id
            assert not re.search("[가-힣]", rule.basis.name.en), rule.id
            assert rule.basis.name.ko == rule.basis.version
