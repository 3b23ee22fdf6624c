"""What is written is read back unchanged, by ourselves, for any sound complex."""

from datetime import timedelta

import orjson
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from sandan.errors import InvalidInput
from sandan.twin.checks import check_points, check_things
from sandan.twin.formats.geojson import read_geojson, write_geojson
from sandan.twin.formats.things_csv import (
    read_points_csv,
    read_things_csv,
    write_points_csv,
    write_things_csv,
)
from sandan.twin.model import Point, Thing
from sandan.twin.soundness import check_geometry
from sandan.twin.tables import Attribute, kinds, quantities

ID = st.from_regex(r"\A[A-Za-z0-9가-힣][A-Za-z0-9가-힣._:@-]{0,12}\Z")
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
NAME = TEXT.filter(lambda name: name.strip() != "")
LON, LAT = st.floats(126.0, 129.0), st.floats(34.0, 38.0)
SIZE = st.floats(1e-4, 1e-2)


def values(attribute: Attribute) -> st.SearchStrategy[str | float | int]:
    low, high = attribute.low or 0, attribute.high
    match attribute.type:
        case "number":
            return st.floats(low, high if high is not None else 1e12)
        case "integer":
            return st.integers(int(low), int(high) if high is not None else 10**6)
        case "date":
            return st.dates().filter(lambda d: 1900 <= d.year <= 2200).map(lambda d: d.isoformat())
        case _:
            return TEXT


def shapes(kind: str) -> st.SearchStrategy[shapely.Geometry | None]:
    line = st.lists(st.tuples(LON, LAT), min_size=2, max_size=5, unique=True)
    drawn = {
        "Point": st.builds(shapely.Point, LON, LAT),
        "LineString": line.map(shapely.LineString).filter(lambda shape: shape.is_valid),
        "Polygon": st.builds(lambda x, y, w, h: shapely.box(x, y, x + w, y + h), LON, LAT, SIZE, SIZE),
    }[kinds()[kind].geometry]
    return st.none() | drawn


@st.composite
def things(draw: st.DrawFn) -> list[Thing]:
    ids = draw(st.lists(ID, min_size=1, max_size=6, unique=True))
    made: list[Thing] = []
    for id in ids:
        kind = kinds()[draw(st.sampled_from(sorted(kinds())))]
        chosen = {a.id: a for a in kind.attributes.values() if a.required or draw(st.booleans())}
        firms = [thing.id for thing in made if thing.kind == "firm"]
        made.append(
            Thing(
                id,
                kind.id,
                draw(NAME),
                draw(st.none() | st.sampled_from([t.id for t in made])) if made else None,
                id if kind.id == "firm" else draw(st.none() | st.sampled_from(firms)) if firms else None,
                draw(shapes(kind.id)),
                {name: draw(values(attribute)) for name, attribute in chosen.items()},
                draw(st.booleans()),
            )
        )
    return made


@st.composite
def measured(draw: st.DrawFn) -> tuple[list[Thing], list[Point]]:
    batch = draw(things())
    points = []
    for id in draw(st.lists(ID, max_size=5, unique=True)):
        thing = draw(st.sampled_from(batch))
        quantity = quantities()[draw(st.sampled_from(sorted(quantities())))]
        limits = sorted(
            draw(st.lists(st.floats(quantity.low, quantity.high), min_size=2, max_size=2, unique=True))
        )
        low, high = (draw(st.none() | st.just(limit)) for limit in limits)
        interval = draw(st.none() | st.timedeltas(timedelta(milliseconds=1), timedelta(days=31)))
        points.append(
            Point(id, thing.id, quantity.id, interval, thing.tenant, low, high, simulated=draw(st.booleans()))
        )
    return batch, points


@given(things())
def test_the_generator_makes_sound_things(batch: list[Thing]):
    """What the tests below write has nothing wrong with it."""
    assert check_things(batch) == []


@given(things())
def test_geojson(batch: list[Thing]):
    """GeoJSON written with every digit gives the same things."""
    preview = read_geojson(b"".join(write_geojson(batch, digits=None)))
    assert preview.findings == ()
    assert [same_way_round(t) for t in preview.things] == [same_way_round(t) for t in batch]


@given(things())
def test_things_csv(batch: list[Thing]):
    """The table of things gives the same things, to the last digit."""
    preview = read_things_csv(b"".join(write_things_csv(batch)))
    assert preview.findings == ()
    assert list(preview.things) == batch
    assert preview.rows == len(batch)


@given(measured())
def test_points_csv(drawn: tuple[list[Thing], list[Point]]):
    """The table of points gives the same points."""
    batch, points = drawn
    known = {thing.id: thing for thing in batch}
    assert check_points(points, known) == []
    preview = read_points_csv(b"".join(write_points_csv(points)), things=known)
    assert preview.findings == ()
    assert list(preview.points) == points


def same_way_round(thing: Thing) -> tuple[object, ...]:
    """The thing with its rings in one direction, because RFC 7946 asks for one."""
    geometry = None if thing.geometry is None else thing.geometry.normalize()
    return (
        thing.id,
        thing.kind,
        thing.name,
        thing.parent,
        thing.tenant,
        thing.attributes,
        thing.simulated,
        geometry,
    )


def test_written_in_pieces():
    """A large table leaves in pieces, and is whole when they are put together."""
    batch = [
        Thing(f"b{i}", "building", f"{i}동", None, None, shapely.box(126, 37, 126.1, 37.1), {"height": 9.5})
        for i in range(3_000)
    ]
    for write, read in ((write_geojson, read_geojson), (write_things_csv, read_things_csv)):
        pieces = list(write(batch))
        assert len(pieces) > 3
        assert max(map(len, pieces)) < 70_000
        assert [t.id for t in read(b"".join(pieces)).things] == [t.id for t in batch]


def test_names_units_and_synonyms_in_a_table_of_things():
    """Korean headers, kinds by name, units in headers and coordinates in columns are understood."""
    table = (
        "식별자,종류,이름,상위,높이(km),층수,위도,경도,색\n"
        "b1,건물,1동,,0.01,3,,,빨강\n"
        "b2,Building,2동,,0.02,4,,,\n"
    )
    preview = read_things_csv(table.encode("cp949"))
    assert [(t.kind, t.attributes) for t in preview.things] == [
        ("building", {"height": 10.0, "floors": 3}),
        ("building", {"height": 20.0, "floors": 4}),
    ]
    (finding,) = preview.findings
    assert finding.where == "색"
    assert finding.severity == "warning"


def test_faults_in_a_table_of_things():
    """Each row that cannot be kept is named with its cell; the others are kept."""
    table = (
        "id,kind,name,parent,height,geometry\n"
        "c,complex,가람,,,\n"
        "b1,building,1동,c,tall,\n"
        "b2,building,2동,c,9,POINT (\n"
        "b3,building,3동,c,9,POINT (126.7 37.3)\n"
        "b4,building,4동,b1,9,\n"
        "b5,building,5동,b4,9,\n"
        "b6,building,6동,c,9,,,extra\n"
        "b7,building,7동,c,9,\n"
    )
    preview = read_things_csv(table.encode())
    assert [t.id for t in preview.things] == ["c", "b7"]
    assert sorted(f.where for f in preview.errors) == [
        "3행/row 3 · height",
        "4행/row 4 · geometry",
        "5행/row 5 · geometry",
        "6행/row 6 · parent",
        "7행/row 7 · parent",
        "8행/row 8",
    ]


def test_faults_in_a_table_of_points():
    """Each point that cannot be kept is named; limits in another unit are converted, tenants filled in."""
    known = {
        "f": Thing("f", "firm", "가람", None, "f"),
        "m": Thing("m", "meter", "계기", None, "f"),
    }
    table = (
        "id,thing,quantity,interval,low,high,unit,색\n"
        "p1,m,active_power,15분,0,1.5,MW,\n"
        "p2,m,active_power,15,,,,\n"
        "p3,m,active_power,,low,,,\n"
        "p4,m,active_power,,1,,kWh,\n"
        "p5,x,active_power,,,,,\n"
        "p6,m,mood,,,,,\n"
        "p7,f,active_power,,,,,빨강\n"
        "p1,m,active_power,,,,,\n"
    )
    preview = read_points_csv(table.encode(), things=known)
    assert preview.points == (
        Point("p1", "m", "active_power", timedelta(minutes=15), "f", 0, 1500),
        Point("p7", "f", "active_power", None, "f"),
    )
    assert sorted(f.where for f in preview.errors) == [
        "3행/row 3 · interval",
        "4행/row 4 · low",
        "5행/row 5 · low",
        "6행/row 6 · thing",
        "7행/row 7 · quantity",
        "9행/row 9 · id",
    ]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes):
    """No input makes a reader fail in another way than by `InvalidInput`."""
    heads = (
        "id,kind,name,parent,height,geometry\nb,building,x,,9,",
        "id,thing,quantity,interval,low\np,m,odour,",
    )
    for read in (read_geojson, read_things_csv, lambda raw: read_points_csv(raw, things={})):
        for head in ("", '{"type":"FeatureCollection","features":[', *heads):
            try:
                preview = read(head.encode() + data)
            except InvalidInput:
                continue
            assert all(f.where for f in preview.findings)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FEATURE = st.fixed_dictionaries(
    {},
    optional={
        "type": st.just("Feature") | JSON,
        "id": JSON,
        "geometry": JSON
        | st.fixed_dictionaries(
            {"type": st.sampled_from(["Point", "Polygon", "MultiPoint"]), "coordinates": JSON}
        ),
        "properties": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                "id": JSON,
                "kind": st.sampled_from(["building", "firm", "건물"]) | JSON,
                "name": st.just("가람") | JSON,
                "parent": JSON,
                "height": JSON,
                "attributes": st.dictionaries(st.sampled_from(["height", "층수", "색"]), JSON) | JSON,
            },
        ),
    },
)


@given(st.lists(FEATURE | JSON, max_size=4))
def test_every_feature_is_a_thing_or_is_named(features: list[object]):
    """Each feature, whatever it holds, is a thing or stands in a finding; reading again gives the same."""
    data = orjson.dumps({"type": "FeatureCollection", "features": features})
    preview = read_geojson(data)
    named = {f.where.partition(" · ")[0] for f in preview.errors}
    assert (
        preview.rows
        == len(features)
        == len(preview.things) + len(named & {f"features[{i}]" for i in range(9)})
    )
    assert [f for f in check_things(preview.things) if f.severity == "error"] == []
    assert read_geojson(data) == preview


def test_layers_of_map_programs():
    """A layer without kinds or ids, in metres, with a declared system and single MultiPolygons, is read."""
    ring = [[176071, 526009], [176171, 526009], [176171, 526109], [176071, 526009]]
    first = {
        "type": "Feature",
        "properties": {"UFID": "2021-1", "name": "A", "높이": 12, "fid": 7},
        "geometry": {"type": "MultiPolygon", "coordinates": [[ring]]},
    }
    second = {"type": "Feature", "properties": {"name": "B", "height": "9 m"}, "geometry": None}
    declared = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5186"}}
    layer = orjson.dumps({"type": "FeatureCollection", "crs": declared, "features": [first, second]})
    preview = read_geojson(layer, kind="building")
    one, two = preview.things
    assert (one.id, one.kind, one.attributes) == ("2021-1", "building", {"height": 12.0})
    assert one.geometry.geom_type == "Polygon"
    assert check_geometry(one.geometry) == []
    assert two.attributes == {"height": 9.0}
    assert read_geojson(layer, kind="building").things[1].id == two.id
    assert preview.errors == ()
    assert {f.where for f in preview.warnings} == {"fid", "id"}


def test_sequences_and_single_features():
    """Features one a line, and a single Feature, are read like a collection."""
    line = b'{"type":"Feature","id":"%d","properties":{"kind":"green","name":"x"},"geometry":null}'
    assert [t.id for t in read_geojson(b"\n".join([line % 1, b"\x1e" + line % 2])).things] == ["1", "2"]
    assert [t.id for t in read_geojson(line % 3).things] == ["3"]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"3", b'{"type":"FeatureCollection"}', b'{"features":{}}', b"name,kind\n"]
)
def test_what_is_no_geojson_is_refused(data: bytes):
    """Another kind of file is an `InvalidInput`."""
    with pytest.raises(InvalidInput) as error:
        read_geojson(data)
    assert error.value.findings[0].remedy.ko


def test_the_first_that_holds_something_counts():
    """Of two names for one field the first with a value is read, and the other is told."""
    properties = {"kind": "green", "name": "", "이름": "B", "id": "x", "UFID": "y"}
    data = orjson.dumps({"type": "Feature", "properties": properties, "geometry": None})
    preview = read_geojson(data)
    assert (preview.things[0].name, preview.things[0].id) == ("B", "x")
    assert [f.where for f in preview.warnings] == ["UFID"]
