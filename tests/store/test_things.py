"""Things in the registry, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.store import Changes, Points, Registry, Things
from sandan.twin.model import Point, Thing

THINGS = Things()
COMPLEX = Thing("complex", "complex", "가온 산업단지", geometry=shapely.box(126.0, 37.0, 126.2, 37.2))
ZONE = Thing("zone-a", "zone", "가 구역", "complex", geometry=shapely.box(126.0, 37.0, 126.1, 37.1))
FIRM = Thing(
    "firm-1", "firm", "한빛정밀", "zone-a", "firm-1", shapely.Point(126.05, 37.05), {"employees": 41}
)
OTHER = Thing("firm-2", "firm", "나루화학", "zone-a", "firm-2", shapely.Point(126.15, 37.15))
METER = Thing("meter-1", "meter", "수전 계량기", "firm-1", "firm-1", simulated=True)
EVERYTHING = [METER, OTHER, FIRM, ZONE, COMPLEX]  # children first: order within a batch is free


@pytest.fixture
def filled(registry: Registry) -> Registry:
    with registry.write() as conn:
        THINGS.put(conn, EVERYTHING)
    return registry


def test_put_keeps_every_field(filled: Registry) -> None:
    """What is read back equals what was put, geometry to the last bit."""
    with filled.read() as conn:
        assert THINGS.all(conn) == sorted(EVERYTHING, key=lambda t: t.id)
        assert THINGS.get(conn, "firm-1") == FIRM
        assert THINGS.count(conn) == 5


def test_put_twice_changes_nothing(filled: Registry) -> None:
    """The second import of the same things reports all of them as the same."""
    with filled.write() as conn:
        again = THINGS.put(conn, EVERYTHING)
    assert not again
    assert sorted(again.same) == sorted(t.id for t in EVERYTHING)


def test_put_tells_added_changed_and_same_apart(filled: Registry) -> None:
    """Each thing of a mixed batch is reported once, as what happened to it."""
    moved = replace(OTHER, geometry=shapely.Point(126.16, 37.15))
    new = Thing("firm-3", "firm", "새솔물산", "complex", "firm-3")
    with filled.write() as conn:
        assert THINGS.put(conn, [moved, new, FIRM]) == Changes(["firm-3"], ["firm-2"], ["firm-1"])
        assert THINGS.get(conn, "firm-2") == moved


def test_a_bad_batch_is_refused_whole_with_every_finding(filled: Registry) -> None:
    """All that is wrong is said at once, and nothing of the batch is kept."""
    batch = [
        Thing("good", "zone", "나 구역", "complex"),
        Thing("orphan", "zone", "고아", "nowhere"),
        Thing("strange", "castle", "성", "complex"),
        Thing("owned", "meter", "계량기", "complex", "no-firm"),
        Thing("nan", "complex", "단지", attributes={"area": float("nan")}),
        Thing("nul", "complex", "단\0지"),
        replace(FIRM, name="다른 이름"),
        FIRM,
    ]
    with filled.write() as conn, pytest.raises(InvalidInput) as error:
        THINGS.put(conn, batch)
    assert [finding.where for finding in error.value.findings] == [
        "strange", "nan", "nul", "firm-1", "orphan", "owned",
    ]  # fmt: skip
    with filled.read() as conn:
        assert THINGS.count(conn) == 5


@pytest.mark.parametrize(
    "batch",
    [
        [Thing("a", "zone", "a", "b"), Thing("b", "zone", "b", "a")],
        [Thing("a", "zone", "a", "a")],
        [replace(COMPLEX, parent="zone-a")],
        [replace(COMPLEX, parent="new"), Thing("new", "zone", "new", "firm-1")],
    ],
)
def test_nothing_stands_under_itself(filled: Registry, batch: list[Thing]) -> None:
    """A ring is refused, whether it closes inside the batch or through what is stored."""
    with filled.write() as conn, pytest.raises(InvalidInput, match="문제"):
        THINGS.put(conn, batch)


def test_a_tenant_finds_its_own_things_and_those_of_nobody(filled: Registry) -> None:
    """Another firm's things are left out; without a tenant nothing is."""
    with filled.read() as conn:
        mine = {t.id for t in THINGS.find(conn, tenant="firm-1")}
        assert mine == {"complex", "zone-a", "firm-1", "meter-1"}
        assert len(THINGS.find(conn)) == 5


def test_find_narrows_by_kind_parent_text_and_place(filled: Registry) -> None:
    """Each condition narrows; `within` keeps what touches the box, large things too."""
    with filled.read() as conn:

        def ids(**conditions: object) -> list[str]:
            return [t.id for t in THINGS.find(conn, **conditions)]  # type: ignore[arg-type]  # as given below

        assert ids(kind="firm") == ["firm-1", "firm-2"]
        assert ids(parent="firm-1") == ["meter-1"]
        assert ids(text="한빛") == ["firm-1"]
        assert ids(text="METER") == ["meter-1"]
        assert ids(text="%") == ids(text="_") == []
        assert ids(within=(126.04, 37.04, 126.06, 37.06)) == ["complex", "firm-1", "zone-a"]


def test_pages_by_cursor_meet_every_thing_once(registry: Registry) -> None:
    """Ids of mixed case, Hangul and signs come in one order, the same on every database."""
    names = ["b", "A", "a-1", "a_1", "B", "가", "나", "Z", "é", "aa", "a.1", "힣", "漢"]
    with registry.write() as conn:
        THINGS.put(conn, [Thing(name, "complex", name) for name in names])
    seen: list[str] = []
    with registry.read() as conn:
        while page := THINGS.find(conn, after=seen[-1] if seen else None, limit=3):
            seen += [t.id for t in page]
    assert seen == sorted(names)


def test_family_is_told_upwards_and_downwards(filled: Registry) -> None:
    """Ancestors run from the parent to the complex; children are the next level only."""
    with filled.read() as conn:
        assert [t.id for t in THINGS.ancestors(conn, "meter-1")] == ["firm-1", "zone-a", "complex"]
        assert [t.id for t in THINGS.children(conn, "zone-a")] == ["firm-1", "firm-2"]
        assert THINGS.ancestors(conn, "complex") == []


def test_remove_refuses_what_others_hang_on(filled: Registry) -> None:
    """A thing goes only when nothing stands under it, belongs to it or is measured on it."""
    with filled.write() as conn:
        Points().put(conn, [Point("meter-1.power", "meter-1", "active_power", tenant="firm-1")])
    for id in ("zone-a", "firm-1", "meter-1"):
        with filled.write() as conn, pytest.raises(Conflict):
            THINGS.remove(conn, id)
    with filled.write() as conn:
        THINGS.remove(conn, "firm-2")
    with filled.read() as conn, pytest.raises(NotFound):
        THINGS.get(conn, "firm-2")


def test_points_follow_their_thing_to_another_firm(filled: Registry) -> None:
    """When a wrongly assigned meter is given to its owner, so is what it measures."""
    points = Points()
    with filled.write() as conn:
        points.put(conn, [Point("p", "meter-1", "active_power", tenant="firm-1")])
        THINGS.put(conn, [replace(METER, tenant="firm-2")])
        assert points.get(conn, "p").tenant == "firm-2"


NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ATTRIBUTE = st.one_of(
    NAME, st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    NAME,
    st.dictionaries(NAME, ATTRIBUTE, max_size=4),
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.booleans(),
)
def test_any_thing_survives_the_registry(
    registry: Registry, name: str, attributes: dict[str, object], x: float, y: float, simulated: bool
) -> None:
    """Whatever is accepted is read back unchanged, and putting it again changes nothing."""
    thing = Thing(
        "t", "complex", name, geometry=shapely.Point(x, y), attributes=attributes, simulated=simulated
    )  # type: ignore[arg-type]  # Hypothesis draws values of the right kinds
    with registry.write() as conn:
        THINGS.put(conn, [thing])
        assert THINGS.put(conn, [thing]).same == ["t"]
        assert THINGS.get(conn, "t") == thing
