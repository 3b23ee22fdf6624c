"""The demo complex as it stands: any size, the same every time, and sound by every rule of the twin."""

from collections import Counter, deque

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandan.errors import InvalidInput
from sandan.twin.checks import check_points, check_things
from sandan.twin.demo import DemoComplex, DemoParams, generate
from sandan.twin.tables import kinds

SQUARE_METRE = 1.0e-10
"""In square degrees at this latitude, roughly."""

WELL_KNOWN = (
    "삼성", "현대", "기아", "엘지", "롯데", "포스코", "한화", "두산", "효성", "금호", "대우",
    "쌍용", "코오롱", "동국", "세아", "풍산", "고려아연", "농심", "오뚜기", "대상", "동원", "풀무원",
    "빙그레", "만도", "한온", "셀트리온", "카카오", "네이버", "쿠팡", "대한통운", "한진", "글로비스",
    "영풍", "남양", "해태", "크라운",
)  # fmt: skip

OWNED = {"meter", "battery", "stack", "tank", "leak_sensor", "thermal_sensor"}
NOBODYS = {"complex", "zone", "block", "parcel", "building", "road", "road_node", "stream",
           "green", "gas_pipe", "pipe", "air_station", "odour_station", "weather_station",
           "water_station", "bus_stop", "logistics_hub"}  # fmt: skip


@pytest.fixture(scope="module")
def complex_() -> DemoComplex:
    return generate(DemoParams())


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), firms=st.integers(50, 500))
@example(seed=0, firms=355)  # the belt has a sliver that rounding folds over
def test_any_complex_keeps_the_rules_of_the_twin(seed, firms):
    """Whatever the seed and size: the firms asked for, and nothing for the checks to find."""
    complex_ = generate(DemoParams(seed, firms))
    assert sum(thing.kind == "firm" for thing in complex_.things) == firms
    assert check_things(complex_.things) == []
    assert check_points(complex_.points, complex_.things) == []
    assert _strongly_connected(complex_)
    assert all(thing.simulated for thing in complex_.things)
    assert all(point.simulated for point in complex_.points)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), firms=st.integers(50, 400))
def test_buildings_stand_inside_their_parcels_and_apart(seed, firms):
    """No building leaves its parcel or runs into another, and no two parcels overlap."""
    complex_ = generate(DemoParams(seed, firms))
    shape = {thing.id: thing.geometry for thing in complex_.things}
    buildings = [thing for thing in complex_.things if thing.kind == "building"]
    outside = [b.id for b in buildings if b.geometry.difference(shape[b.parent]).area > SQUARE_METRE]
    assert outside == []
    assert min(b.geometry.area for b in buildings) > 4 * SQUARE_METRE
    assert _overlapping([b.geometry for b in buildings]) == []
    assert _overlapping([thing.geometry for thing in complex_.things if thing.kind == "parcel"]) == []


def test_the_same_parameters_give_the_same_complex(complex_):
    """Twice the same seed: equal to the last coordinate; another seed: another complex."""
    again, other = generate(DemoParams()), generate(DemoParams(seed=8))
    assert again.things == complex_.things
    assert again.points == complex_.points
    assert other.things != complex_.things


def test_every_kind_of_the_complex_is_there(complex_):
    """The default complex has at least one of every kind but vehicles."""
    present = Counter(thing.kind for thing in complex_.things)
    assert set(kinds()) - set(present) == {"vehicle"}


def test_what_is_a_firms_own_carries_its_tenant(complex_):
    """Meters, tanks and their like belong to a firm; land, streets and stations to nobody."""
    for thing in complex_.things:
        if thing.kind in OWNED:
            assert thing.tenant is not None, thing.id
        if thing.kind in NOBODYS:
            assert thing.tenant is None, thing.id
    tenant = {thing.id: thing.tenant for thing in complex_.things}
    assert all(point.tenant == tenant[point.thing] for point in complex_.points)


def test_things_hang_in_the_tree_of_places(complex_):
    """Complex, zone, block, parcel, building, and in it the firm with its meter."""
    kind = {thing.id: thing.kind for thing in complex_.things}
    above = {
        "zone": "complex", "block": "zone", "parcel": "block", "building": "parcel", "firm": "building",
        "meter": "building", "feeder": "substation",
    }  # fmt: skip
    for thing in complex_.things:
        if thing.kind in above:
            assert kind[thing.parent] == above[thing.kind], thing.id


def test_every_point_is_carried_by_a_gateway(complex_):
    """A thing with points is served by a gateway that exists; a firm's gateway serves its own things only."""
    things = {thing.id: thing for thing in complex_.things}
    for point in complex_.points:
        gateway = things[complex_.gateways[point.thing]]
        assert gateway.kind == "gateway"
        assert gateway.tenant in (None, point.tenant)
        assert point.id == f"{point.thing}.{point.quantity}"


def test_most_firms_are_small_and_a_few_are_large():
    """About 95 in 100 firms have fewer than fifty people, as in the real complexes."""
    people = np.array(
        [t.attributes["employees"] for t in generate(DemoParams(firms=1500)).things if t.kind == "firm"]
    )
    assert 0.93 <= np.mean(people < 50) <= 0.97
    assert people.max() > 150
    assert np.median(people) < 20


def test_firms_have_names_of_their_own_and_nobody_elses(complex_):
    """No two firms share a name, and none borrows that of a well-known company."""
    names = [thing.name for thing in generate(DemoParams(firms=3000)).things if thing.kind == "firm"]
    assert len(set(names)) == len(names)
    assert [name for name in names if any(name.startswith(known) for known in WELL_KNOWN)] == []


def test_the_grid_can_carry_what_hangs_on_it(complex_):
    """Every meter has a transformer and every transformer a feeder."""
    ids = {thing.id for thing in complex_.things}
    for thing in complex_.things:
        if thing.kind == "meter":
            assert thing.attributes["transformer"] in ids
            assert thing.attributes["contract_power"] >= 5
        if thing.kind == "transformer":
            assert thing.attributes["feeder"] in ids


def test_road_lengths_are_those_on_the_ground(complex_):
    """A road's stated length is that of its line; the graph holds each stretch both ways."""
    roads = complex_.roads
    half = len(roads.road) // 2
    assert roads.road[:half] == roads.road[half:]
    np.testing.assert_array_equal(roads.tail[:half], roads.head[half:])
    straight = np.hypot(*((roads.lonlat[roads.tail] - roads.lonlat[roads.head]) * [88_700, 111_000]).T)
    assert (roads.length >= straight * 0.98 - 0.5).all()


def test_sizes_nobody_can_lay_out_are_refused():
    """All that is wrong with the parameters is said at once."""
    with pytest.raises(InvalidInput) as caught:
        DemoParams(seed=-1, firms=10, origin=(0, 0))
    assert [finding.where for finding in caught.value.findings] == ["firms", "seed", "origin"]


def _overlapping(shapes):
    """Pairs that share more than two square metres: neighbours meet in a curve drawn with straight pieces."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    array = np.array(shapes, dtype=object)
    left, right = left[left < right], right[left < right]
    shared = shapely.area(shapely.intersection(array[left], array[right]))
    return [
        pair for pair, area in zip(zip(left, right, strict=True), shared, strict=True) if area > SQUARE_METRE
    ]


def _strongly_connected(complex_):
    roads = complex_.roads
    for tail, head in ((roads.tail, roads.head), (roads.head, roads.tail)):
        near = {}
        for a, b in zip(tail.tolist(), head.tolist(), strict=True):
            near.setdefault(a, []).append(b)
        seen, todo = {0}, deque([0])
        while todo:
            for other in near.get(todo.popleft(), []):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        if len(seen) != len(roads.nodes):
            return False
    return True
