"""Measures on the Earth, projections, and what is said about faulty geometry."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from sandan.errors import InvalidInput
from sandan.twin.geometry import (
    KOREA,
    LocalMetres,
    area,
    bearing,
    check_system,
    destination,
    destinations,
    distance,
    distances,
    length,
    likely_systems,
    place,
    read_geometry,
    reproject,
    write_geometry,
)
from sandan.twin.soundness import check_geometries, check_geometry

LON = st.floats(126.0, 129.5)
LAT = st.floats(34.0, 38.5)


def test_distance_is_vincentys_flinders_peak_to_buninyong():
    """Vincenty's own example (here on WGS 84, 8 mm from his GRS 80 figure): 54,972.271 m at 306°52′05″."""
    flinders = (144 + 25 / 60 + 29.52440 / 3600, -(37 + 57 / 60 + 3.72030 / 3600))
    buninyong = (143 + 55 / 60 + 35.38390 / 3600, -(37 + 39 / 60 + 10.15610 / 3600))
    assert distance(flinders, buninyong) == pytest.approx(54972.271, abs=0.01)
    assert bearing(flinders, buninyong) == pytest.approx(306 + 52 / 60 + 5.37 / 3600, abs=1e-5)


@given(LON, LAT, st.floats(0, 360), st.floats(1, 50_000))
def test_destination_is_where_the_distance_and_bearing_lead(lon: float, lat: float, to: float, metres: float):
    """Going somewhere and measuring the way gives the way."""
    there = destination((lon, lat), to, metres)
    assert distance((lon, lat), there) == pytest.approx(metres, abs=1e-4)
    turned = (bearing((lon, lat), there) - to + 180) % 360 - 180
    assert abs(turned) * metres < 0.1
    assert 0 <= bearing((lon, lat), there) < 360


@given(st.lists(st.tuples(LON, LAT, st.floats(0, 360), st.floats(0, 1e5)), min_size=1, max_size=5))
def test_arrays_say_the_same_as_single_calls(ways: list[tuple[float, float, float, float]]):
    """The vectorised forms agree with the plain ones and leave their arguments alone."""
    lon, lat, to, metres = (np.array(column) for column in zip(*ways, strict=True))
    before = lon.copy()
    lons, lats = destinations(lon, lat, to, metres)
    expected = [destination((a, b), c, d) for a, b, c, d in ways]
    assert np.allclose(np.c_[lons, lats], expected, atol=1e-12)
    pairs = distances(lon, lat, lons, lats)
    assert np.allclose(pairs, [distance((a, b), e) for (a, b, _, _), e in zip(ways, expected, strict=True)])
    assert (lon == before).all()


def test_area_does_not_depend_on_the_way_round_and_leaves_holes_out():
    """A ring drawn either way has the same area; a hole takes its own away."""
    ring = [(126.7, 37.3), (126.71, 37.3), (126.71, 37.31), (126.7, 37.31)]
    hole = [(126.702, 37.302), (126.703, 37.302), (126.703, 37.303), (126.702, 37.303)]
    whole = area(shapely.Polygon(ring))
    assert whole == pytest.approx(983_921.7, abs=1)
    assert area(shapely.Polygon(ring[::-1])) == pytest.approx(whole)
    assert area(shapely.Polygon(ring, [hole])) == pytest.approx(whole - area(shapely.Polygon(hole)))
    assert area(shapely.Point(126.7, 37.3)) == 0


def test_length_is_the_sum_of_its_legs():
    """A line is as long as the distances between its places; a point has no length."""
    places = [(126.7, 37.3), (126.71, 37.3), (126.71, 37.32)]
    assert length(shapely.LineString(places)) == pytest.approx(
        distance(places[0], places[1]) + distance(places[1], places[2])
    )
    assert length(shapely.Point(126.7, 37.3)) == 0


def test_place_lies_on_the_shape():
    """The place of a horseshoe is inside it, not at its centre."""
    horseshoe = shapely.from_wkt("POLYGON ((0 0, 9 0, 9 9, 6 9, 6 3, 3 3, 3 9, 0 9, 0 0))")
    assert horseshoe.contains(shapely.Point(place(horseshoe)))
    assert place(shapely.Point(126.7, 37.3)) == (126.7, 37.3)


@given(LON, LAT, st.floats(0, 360), st.floats(1, 20_000))
def test_local_metres_are_metres_on_the_ground(lon: float, lat: float, to: float, metres: float):
    """Within 20 km of its origin the flat map is true to one part in 100,000, and can be undone."""
    flat = LocalMetres((lon, lat))
    x, y = flat.to_metres(*destination((lon, lat), to, metres))
    assert math.hypot(x, y) == pytest.approx(metres, rel=1e-5)
    turned = (math.degrees(math.atan2(x, y)) - to + 180) % 360 - 180
    assert abs(turned) < 0.01
    back = flat.to_degrees(x, y)
    assert distance((float(back[0]), float(back[1])), destination((lon, lat), to, metres)) < 1e-5


def test_shapes_are_flattened_and_unflattened():
    """A square of 100 m has 10,000 m² on the ground, and comes back as it went."""
    flat = LocalMetres((126.7, 37.3))
    square = flat.unflatten(shapely.box(0, 0, 100, 100))
    assert area(square) == pytest.approx(10_000, rel=1e-5)
    assert flat.flatten(square).equals_exact(shapely.box(0, 0, 100, 100), 1e-6)


@pytest.mark.parametrize(
    "crs", ["EPSG:5179", "EPSG:5186", "EPSG:5174", "EPSG:5187", "EPSG:3857", "EPSG:32652"]
)
@given(lon=LON, lat=LAT)
def test_projected_places_are_recognised_and_brought_home(crs: str, lon: float, lat: float):
    """A place written in a Korean projected system is told to be one of them, and `crs` undoes it."""
    west, south, east, north = CRS(crs).area_of_use.bounds
    assume(west <= lon <= east and south <= lat <= north)
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    assert crs in [found for found, _ in likely_systems(x, y)]
    (finding,) = check_geometry(shapely.Point(x, y))
    assert crs in finding.problem.en
    assert "crs=" in finding.remedy.ko
    assert distance((lon, lat), place(reproject(shapely.Point(x, y), crs))) < 0.01


def test_bessel_datum_is_shifted_by_more_than_a_false_northing():
    """EPSG:5174 is on the old Bessel datum: taking it for GRS 80 would be a few hundred metres wrong."""
    old = place(reproject(shapely.Point(200_000, 450_000), "EPSG:5174"))
    new = place(reproject(shapely.Point(200_000, 450_000), "EPSG:5181"))
    assert 200 < distance(old, new) < 500


@pytest.mark.parametrize("crs", ["EPSG:nowhere", "", "EPSG:5773", "한국", "+proj=nothing", "EPSG:99999"])
def test_unknown_system_is_refused(crs: str):
    """A coordinate system nobody knows, or of heights alone, is an `InvalidInput`, not a crash."""
    with pytest.raises(InvalidInput):
        check_system(crs)


@pytest.mark.parametrize(
    ("wkt", "says"),
    [
        ("POINT (37.33 126.73)", "swapped"),
        ("POLYGON ((37 126, 37.1 126, 37.1 126.1, 37 126))", "swapped"),
        ("POINT (0 0)", "(0, 0)"),
        ("POINT (126.73 27.33)", "outside Korea"),
        ("POINT (5e9 5e9)", "outside longitude"),
        ("POINT (450000 200000)", "northing and easting"),
        ("POLYGON ((126.7 37.3, 126.8 37.4, 126.7 37.4, 126.8 37.3, 126.7 37.3))", "Self-intersection"),
        ("POLYGON ((126.7 37.3, 126.8 37.3, 126.7 37.3, 126.7 37.3))", "Too few points"),
    ],
)
def test_faults_are_named(wkt: str, says: str):
    """Each usual fault of a coordinate or a shape is called by its name, with a remedy."""
    (finding,) = check_geometry(shapely.from_wkt(wkt), "row 3")
    assert says in finding.problem.en
    assert finding.where == "row 3"
    assert finding.remedy.ko
    assert finding.remedy.en


def test_infinite_and_empty_are_named():
    """A coordinate that is no number, and a shape without any, are findings."""
    assert "finite" in check_geometry(shapely.Point(math.inf, 37.3))[0].problem.en
    assert "empty" in check_geometry(shapely.Polygon())[0].problem.en


def test_many_are_checked_like_one():
    """Checking many at once finds what checking each alone finds, and passes over what is missing."""
    shapes = [
        shapely.Point(126.7, 37.3),
        None,
        shapely.Point(0, 0),
        shapely.box(126, 37, 127, 38),
        shapely.Point(),
    ]
    found = check_geometries(shapes, [str(i) for i in range(5)])
    assert [f.where for f in found] == ["2", "4"]
    assert found[0] == check_geometry(shapes[2], "2")[0]
    assert check_geometries([], []) == []


@given(LON, LAT)
def test_sound_places_in_korea_pass(lon: float, lat: float):
    """What lies in Korea and is sound has no finding."""
    assert KOREA[0] <= lon <= KOREA[2]
    assert check_geometry(shapely.Point(lon, lat)) == []


@given(st.lists(st.tuples(LON, LAT), min_size=3, max_size=8, unique=True))
def test_geojson_geometry_is_read_as_it_was_written(ring: list[tuple[float, float]]):
    """Writing with every digit and reading again changes no coordinate."""
    for shape in (shapely.Point(ring[0]), shapely.LineString(ring), shapely.MultiPoint(ring)):
        assert read_geometry(write_geometry(shape, digits=None)) == shape


def test_single_multis_are_unwrapped_heights_dropped_and_rings_turned():
    """A MultiPolygon of one is a Polygon, a height is left out, outer rings are written counterclockwise."""
    shape = read_geometry(
        {"type": "MultiPolygon", "coordinates": [[[[1, 2, 9], [1, 3, 9], [2, 3, 9], [1, 2, 9]]]]}
    )
    assert shape is not None
    assert shape.geom_type == "Polygon"
    assert not shape.has_z
    written = write_geometry(shape)
    assert shapely.is_ccw(shapely.LinearRing(written["coordinates"][0]))


@pytest.mark.parametrize(
    "value",
    [
        3,
        [],
        {"type": "Feature"},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "Point"},
        {"type": "Point", "coordinates": ["127", 37]},
        {"type": "Point", "coordinates": [127]},
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "Polygon", "coordinates": [[[1, 2], [2, 2], [2, 3]]]},
        {"type": "Polygon", "coordinates": [1, 2]},
    ],
)
def test_what_is_no_geometry_is_refused(value: object):
    """Anything but a GeoJSON geometry is an `InvalidInput` with its place."""
    with pytest.raises(InvalidInput) as error:
        read_geometry(value, "features[2] · geometry")
    assert error.value.findings[0].where == "features[2] · geometry"


def test_nothing_is_no_geometry():
    """Null and an empty geometry are read as none."""
    assert read_geometry(None) is None
    assert read_geometry({"type": "Polygon", "coordinates": []}) is None
