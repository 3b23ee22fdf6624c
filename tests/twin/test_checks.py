"""The rules of things and points: every fault is found, none stops the search."""

from dataclasses import replace
from datetime import timedelta

import pytest
import shapely

from sandan.errors import Finding
from sandan.twin.checks import check_points, check_things
from sandan.twin.model import Point, Thing

PLACE = shapely.Point(126.73, 37.33)
COMPLEX = Thing("c", "complex", "가람산단", geometry=shapely.box(126.7, 37.3, 126.8, 37.4))
FIRM = Thing("f", "firm", "가람정밀", "c", "f", PLACE, {"ksic": "29", "employees": 12})
BUILDING = Thing(
    "b", "building", "1동", "c", None, shapely.box(126.73, 37.33, 126.731, 37.331), {"height": 12.5}
)
METER = Thing("m", "meter", "전력량계", "b", "f", PLACE)
SOUND = [COMPLEX, FIRM, BUILDING, METER]


def wheres(findings: list[Finding]) -> list[str]:
    return [finding.where for finding in findings]


def test_a_sound_complex_has_no_finding():
    """Things that keep every rule pass, whatever the order of parents and children."""
    assert check_things(SOUND) == []
    assert check_things(SOUND[::-1]) == []


@pytest.mark.parametrize(
    ("thing", "where", "says"),
    [
        (replace(FIRM, kind="castle"), "f · kind", "castle"),
        (replace(FIRM, name="  "), "f · name", "missing"),
        (replace(FIRM, name="a\x00b"), "f · name", "invisible"),
        (replace(FIRM, attributes={"colour": "red"}), "f · colour", "no attribute 'colour'"),
        (replace(FIRM, attributes={"employees": 12.5}), "f · employees", "not a whole number"),
        (replace(FIRM, attributes={"employees": True}), "f · employees", "not a whole number"),
        (replace(FIRM, attributes={"employees": -1}), "f · employees", "out of range"),
        (replace(FIRM, attributes={"site_area": float("nan")}), "f · site_area", "not a number"),
        (replace(FIRM, attributes={"registered_on": "2021-02-30"}), "f · registered_on", "not a date"),
        (replace(FIRM, attributes={"registered_on": "20210301"}), "f · registered_on", "not a date"),
        (replace(FIRM, attributes={"ksic": 29}), "f · ksic", "not a code"),
        (replace(FIRM, attributes={"industry": "\x07"}), "f · industry", "invisible"),
        (replace(BUILDING, attributes={}), "b · height", "missing"),
        (replace(BUILDING, attributes={"height": None}), "b · height", "missing"),
        (replace(BUILDING, attributes={"height": 401}), "b · height", "out of range"),
        (replace(BUILDING, geometry=PLACE), "b · geometry", "drawn as a Polygon"),
        (replace(METER, geometry=COMPLEX.geometry), "m · geometry", "drawn as a Point"),
        (replace(METER, geometry=shapely.Point(37.3, 126.7)), "m · geometry", "swapped"),
        (replace(METER, parent="nowhere"), "m · parent", "does not exist"),
        (replace(METER, tenant="nobody"), "m · tenant", "does not exist"),
        (replace(METER, tenant="b"), "m · tenant", "not a firm"),
        (replace(COMPLEX, parent="m"), "c · parent", "circle"),
    ],
)
def test_each_fault_is_found_where_it_is(thing: Thing, where: str, says: str):
    """A single fault in a sound complex gives its finding, in both languages."""
    batch = [thing if thing.id == other.id else other for other in SOUND]
    found = [f for f in check_things(batch) if f.where == where]
    assert len(found) == 1
    assert says in found[0].problem.en
    assert found[0].problem.ko
    assert found[0].remedy.ko
    assert found[0].remedy.en


@pytest.mark.parametrize("id", ["", "a b", "a/b", "-", "../x", "a" * 121, "x\n", "?", "a#b"])
def test_ids_that_cannot_stand_in_an_address_are_refused(id: str):
    """An id with blanks, slashes or too many letters is a finding; '-' is nobody's and no firm's."""
    assert [w.endswith("· id") for w in wheres(check_things([replace(COMPLEX, id=id)]))] == [True]


@pytest.mark.parametrize("id", ["가람-1", "KR.12:34@x", "0", "a_b", "a" * 120])
def test_ids_of_any_script_are_welcome(id: str):
    """Korean letters and the marks of codes may stand in an id."""
    assert check_things([replace(COMPLEX, id=id)]) == []


def test_all_findings_come_at_once():
    """A thing with six faults has six findings."""
    bad = Thing("x y", "building", "", "none", "nobody", PLACE, {"floors": "two", "wings": 2})
    assert wheres(check_things([bad])) == [
        "x y · id",
        "x y · name",
        "x y · floors",
        "x y · wings",
        "x y · height",
        "x y · geometry",
        "x y · parent",
        "x y · tenant",
    ]


def test_findings_name_the_row_they_came_from():
    """With `where`, findings speak of rows instead of ids."""
    assert wheres(check_things([replace(FIRM, parent=None, name="")], where=["row 7"])) == ["row 7 · name"]


def test_the_second_of_two_is_the_duplicate():
    """An id given twice is told at its second place, which names the first."""
    (finding,) = check_things([COMPLEX, COMPLEX], where=["row 2", "row 9"])
    assert finding.where == "row 9 · id"
    assert "row 2" in finding.problem.en


def test_parents_and_firms_may_be_kept_already():
    """A parent known by its id alone is enough; known as a thing, it is looked at."""
    assert check_things([METER], {"b", "f"}) == []
    assert check_things([METER], {"b": BUILDING, "f": FIRM}) == []
    assert wheres(check_things([METER], {"b": BUILDING, "f": BUILDING})) == ["m · tenant"]


def test_a_loop_through_kept_things_is_found():
    """Hanging a complex under its own building is a circle even when the building is not in the batch."""
    assert wheres(check_things([replace(COMPLEX, parent="b")], {"b": BUILDING, "c": COMPLEX})) == [
        "c · parent"
    ]


def test_what_hangs_on_a_loop_is_not_blamed():
    """Only the things in a circle are told, not those below it."""
    a, b = replace(COMPLEX, id="a", parent="b"), replace(COMPLEX, id="b", parent="a")
    below = replace(COMPLEX, id="z", parent="a")
    assert wheres(check_things([below, a, b])) == ["a · parent", "b · parent"]


def test_a_firm_is_its_own_tenant():
    """A firm whose tenant is another firm would show its data to that one."""
    other = replace(FIRM, id="g", tenant="f")
    assert wheres(check_things([COMPLEX, FIRM, other])) == ["g · tenant"]


def test_a_chain_of_any_length_is_walked():
    """Ten thousand things, each the parent of the next, are checked without recursion."""
    chain = [
        replace(COMPLEX, id=f"c{i}", parent=f"c{i + 1}" if i < 9_999 else None, geometry=None)
        for i in range(10_000)
    ]
    assert check_things(chain) == []


POINT = Point("p", "m", "active_energy", timedelta(minutes=15), "f")


@pytest.mark.parametrize(
    ("point", "where", "says"),
    [
        (replace(POINT, quantity="mood"), "p · quantity", "mood"),
        (replace(POINT, thing="nowhere"), "p · thing", "does not exist"),
        (replace(POINT, tenant=None), "p · tenant", "not that of its thing"),
        (replace(POINT, tenant="g"), "p · tenant", "not that of its thing"),
        (replace(POINT, interval=timedelta(0)), "p · interval", "cannot be used"),
        (replace(POINT, interval=timedelta(days=400)), "p · interval", "cannot be used"),
        (replace(POINT, low=-5.0), "p · low", "possible range"),
        (replace(POINT, high=float("inf")), "p · high", "finite"),
        (replace(POINT, low=5.0, high=5.0), "p · low", "not below"),
        (replace(POINT, id="a b"), "a b · id", "cannot be used"),
    ],
)
def test_each_fault_of_a_point_is_found(point: Point, where: str, says: str):
    """A single fault of a point gives its finding."""
    (finding,) = check_points([point], SOUND)
    assert finding.where == where
    assert says in finding.problem.en


def test_points_of_a_firm_itself_are_the_firms():
    """A point on a firm belongs to that firm; a second point of the same id does not."""
    assert check_points([replace(POINT, thing="f")], SOUND) == []
    assert wheres(check_points([POINT, POINT], {t.id: t for t in SOUND})) == ["p · id"]
