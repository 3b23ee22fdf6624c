"""What is exported, read by programs that share no code with us.

GeoJSON by GDAL, tables by pandas, NGSI-LD by rdflib's JSON-LD reader, the administration shell by BaSyx's
reader and by aas-core, another implementation of the metamodel.
"""

import io
import json
import warnings
from datetime import UTC, datetime, timedelta

import aas_core3.jsonization
import aas_core3.verification
import orjson
import pandas as pd
import pyogrio
import pyogrio.raw
import pytest
import rdflib
import shapely
from basyx.aas import model
from basyx.aas.adapter.json import read_aas_json_file
from rdflib import RDF, BNode, Literal, URIRef
from rdflib.collection import Collection

from sandan.twin.formats.aas import submodel_id, write_aas
from sandan.twin.formats.geojson import write_geojson
from sandan.twin.formats.latest import Observed
from sandan.twin.formats.ngsi_ld import VOCABULARY, context, id_of, point_urn, thing_urn, write_ngsi_ld
from sandan.twin.formats.things_csv import write_points_csv, write_things_csv
from sandan.twin.model import Point, Thing
from sandan.twin.tables import kinds, quantities
from sandan.units import unit

SQUARE = shapely.box(126.73, 37.33, 126.74, 37.34)
SAMPLE = {"number": 12.5, "integer": 3, "text": "가람 & <나람>", "code": "29199", "date": "2021-03-01"}
GEOMETRY = {
    "Point": shapely.Point(126.73, 37.33),
    "LineString": shapely.LineString([(126.73, 37.33), (126.74, 37.34)]),
    "Polygon": SQUARE,
}
THINGS = [
    Thing(
        f"{kind.id}-가 1".replace(" ", "_"),
        kind.id,
        f'{kind.name.ko} "1호", 새것',
        None if kind.id == "complex" else "complex-가_1",
        "firm-가_1" if not kind.public else None,
        GEOMETRY[kind.geometry],
        {a.id: SAMPLE[a.type] for a in kind.attributes.values()},
        kind.id == "vehicle",
    )
    for kind in kinds().values()
]
"""One thing of every kind with every attribute."""

POINTS = [
    Point(f"p-{q.id}", "meter-가_1", q.id, timedelta(minutes=15), "firm-가_1", q.low, q.high)
    for q in quantities().values()
] + [Point("p-second", "meter-가_1", "active_energy", None, "firm-가_1", simulated=True)]
AT = datetime(2026, 3, 1, 0, 15, tzinfo=UTC)
LATEST = {
    "p-active_energy": Observed(AT, 5.25),
    "p-second": Observed(AT, 6.0),
    "p-odour": Observed(AT, 300.0),
}


def test_geojson_by_gdal(tmp_path):
    """GDAL, which QGIS reads with, finds every thing, its geometry and its fields."""
    path = tmp_path / "complex.geojson"
    path.write_bytes(b"".join(write_geojson(THINGS)))
    assert pyogrio.read_info(path)["crs"] == "EPSG:4326"
    meta, _, shapes, columns = pyogrio.raw.read(path)
    fields = dict(zip(meta["fields"], columns, strict=True))
    assert list(fields["kind"]) == [t.kind for t in THINGS]
    assert list(fields["name"]) == [t.name for t in THINGS]
    assert all(a.equals(t.geometry) for a, t in zip(shapely.from_wkb(shapes), THINGS, strict=True))
    assert [json.loads(a) if a else {} for a in fields["attributes"]] == [t.attributes for t in THINGS]


def test_things_csv_by_pandas():
    """pandas reads the table of things with its attributes and WKT."""
    frame = pd.read_csv(io.BytesIO(b"".join(write_things_csv(THINGS))), dtype=str, keep_default_na=False)
    assert list(frame["id"]) == [t.id for t in THINGS]
    assert list(frame["name"]) == [t.name for t in THINGS]
    assert all(a.equals(t.geometry) for a, t in zip(shapely.from_wkt(frame["geometry"]), THINGS, strict=True))
    (building,) = frame[frame["kind"] == "building"].to_dict("records")
    assert (building["height"], building["floors"]) == ("12.5", "3")


def test_points_csv_by_pandas():
    """pandas reads the table of points."""
    frame = pd.read_csv(io.BytesIO(b"".join(write_points_csv(POINTS))))
    assert list(frame["id"]) == [p.id for p in POINTS]
    assert list(frame["high"].iloc[:-1]) == [p.high for p in POINTS[:-1]]
    assert set(frame["interval"].dropna()) == {"15min"}


NGSI = "https://uri.etsi.org/ngsi-ld/"


def parsed(data: bytes) -> rdflib.Graph:
    graph = rdflib.Graph()
    with warnings.catch_warnings():
        # rdflib's reader makes its own deprecated ConjunctiveGraph, whatever it is given.
        warnings.simplefilter("ignore", DeprecationWarning)
        graph.parse(data=data, format="json-ld")
    return graph


def single(graph: rdflib.Graph, subject: rdflib.term.Node, predicate: str) -> rdflib.term.Node:
    (found,) = graph.objects(subject, URIRef(predicate))
    return found


def test_ngsi_ld_by_rdflib():
    """Read as linked data, without a network, the entities say what the things and points say."""
    graph = parsed(b"".join(write_ngsi_ld(THINGS, POINTS, LATEST)))
    for thing in THINGS:
        subject = URIRef(thing_urn(thing.id))
        assert id_of(str(subject)) == thing.id
        assert single(graph, subject, str(RDF.type)) == URIRef(VOCABULARY + kinds()[thing.kind].entity)
        name = single(graph, subject, "https://schema.org/name")
        assert single(graph, name, f"{NGSI}hasValue") == Literal(thing.name)
        if thing.parent is not None:
            parent = single(graph, subject, f"{VOCABULARY}isPartOf")
            assert single(graph, parent, str(RDF.type)) == URIRef(f"{NGSI}Relationship")
            assert single(graph, parent, f"{NGSI}hasObject") == URIRef(thing_urn(thing.parent))
        for attribute in kinds()[thing.kind].attributes.values():
            node = single(graph, subject, VOCABULARY + attribute.id)
            value = single(graph, node, f"{NGSI}hasValue")
            if attribute.type == "date":
                assert value == Literal("2021-03-01", datatype=URIRef(f"{NGSI}Date"))
            else:
                assert value.toPython() == SAMPLE[attribute.type]
            code = unit(attribute.unit).unece if attribute.unit else ""
            assert {str(c) for c in graph.objects(node, URIRef(f"{NGSI}unitCode"))} == ({code} - {""})
    assert len(set(graph.subjects(RDF.type, URIRef(f"{VOCABULARY}MeasuringPoint")))) == len(POINTS)


def test_ngsi_ld_geometry_by_rdflib():
    """A place is a GeoProperty whose value is a GeoJSON geometry with its coordinates in order."""
    graph = parsed(b"".join(write_ngsi_ld(THINGS)))
    location = single(graph, URIRef(thing_urn("firm-가_1")), f"{NGSI}location")
    assert single(graph, location, str(RDF.type)) == URIRef(f"{NGSI}GeoProperty")
    value = single(graph, location, f"{NGSI}hasValue")
    assert single(graph, value, str(RDF.type)) == URIRef("https://purl.org/geojson/vocab#Point")
    head = single(graph, value, "https://purl.org/geojson/vocab#coordinates")
    assert isinstance(head, BNode)
    assert [c.toPython() for c in Collection(graph, head)] == [126.73, 37.33]


def test_ngsi_ld_observations_by_rdflib():
    """The newest values stand on their thing with time, unit and the point they come from."""
    graph = parsed(b"".join(write_ngsi_ld(THINGS, POINTS, LATEST)))
    meter = URIRef(thing_urn("meter-가_1"))
    found = {
        str(single(graph, node, f"{NGSI}datasetId")): (
            single(graph, node, f"{NGSI}hasValue").toPython(),
            str(single(graph, node, f"{NGSI}observedAt")),
            str(single(graph, node, f"{NGSI}unitCode")),
        )
        for node in graph.objects(meter, URIRef(f"{VOCABULARY}active_energy"))
    }
    assert found == {
        point_urn("p-active_energy"): (5.25, "2026-03-01T00:15:00.000Z", "KWH"),
        point_urn("p-second"): (6.0, "2026-03-01T00:15:00.000Z", "KWH"),
    }
    assert list(graph.objects(meter, URIRef(f"{VOCABULARY}voltage"))) == []


def test_ngsi_ld_says_the_same_with_the_whole_context():
    """The few terms an entity carries mean what they mean in the context document."""
    found = orjson.loads(b"".join(write_ngsi_ld(THINGS, POINTS, LATEST)))
    linked = orjson.loads(b"".join(write_ngsi_ld(THINGS, POINTS, LATEST, context_url="urn:x")))
    assert {entity.pop("@context") for entity in linked} == {"urn:x"}
    whole = parsed(orjson.dumps({**context(), "@graph": linked}))
    assert len(whole) == len(parsed(orjson.dumps(found)))
    for entity in found:
        assert entity.pop("@context").items() <= context()["@context"].items()
    assert found == linked


def test_ngsi_ld_keeps_what_is_built_beside_what_is_measured():
    """A feeder's own voltage and the one measured on it are two instances of one property."""
    feeder = Thing("fd", "feeder", "1호선", attributes={"voltage": 22.9})
    point = Point("p", "fd", "voltage")
    (entity, _) = orjson.loads(b"".join(write_ngsi_ld([feeder], [point], {"p": Observed(AT, 23.1)})))
    assert [(v["value"], "observedAt" in v) for v in entity["voltage"]] == [(22.9, False), (23.1, True)]


@pytest.fixture(scope="module")
def shell() -> bytes:
    return b"".join(write_aas(THINGS, POINTS, LATEST, asset="가람산단"))


def test_aas_by_basyx(shell: bytes):
    """BaSyx reads one shell with a submodel for each thing, and finds attributes, references and points."""
    store = read_aas_json_file(io.StringIO(shell.decode()), failsafe=False)
    (read,) = (o for o in store if isinstance(o, model.AssetAdministrationShell))
    assert {ref.key[0].value for ref in read.submodel} == {submodel_id(t.id) for t in THINGS}
    for thing in THINGS:
        submodel = store.get_item(submodel_id(thing.id))
        assert submodel.get_referable("name").value == thing.name
        assert shapely.from_wkt(submodel.get_referable("geometry").value).equals(thing.geometry)
        if thing.parent is not None:
            assert submodel.get_referable("parent").value.resolve(store).id == submodel_id(thing.parent)
        for id, value in thing.attributes.items():
            element = submodel.get_referable("attributes").get_referable(id)
            assert str(element.value) == str(value)
    points = store.get_item(submodel_id("meter-가_1")).get_referable("points")
    assert len(points.value) == len(POINTS)
    assert points.get_referable("active_energy").value == 5.25
    second = points.get_referable("active_energy_2")
    assert second.value == 6.0
    assert second.get_qualifier_by_type("point").value == "p-second"
    assert second.get_qualifier_by_type("unit").value == "kWh"
    assert points.get_referable("active_power").value is None


def test_aas_by_aas_core(shell: bytes):
    """The other implementation of the metamodel reads it and finds no constraint broken."""
    environment = aas_core3.jsonization.environment_from_jsonable(json.loads(shell))
    assert [f"{e.path}: {e.cause}" for e in aas_core3.verification.verify(environment)] == []
    assert len(environment.submodels) == len(THINGS)


def test_nothing_is_exported_soundly():
    """An export of nothing is still a valid document of each format."""
    assert json.loads(b"".join(write_geojson([]))) == {"type": "FeatureCollection", "features": []}
    assert json.loads(b"".join(write_ngsi_ld([]))) == []
    empty = json.loads(b"".join(write_aas([])))
    assert list(aas_core3.verification.verify(aas_core3.jsonization.environment_from_jsonable(empty))) == []
    assert b"".join(write_things_csv([])).decode("utf-8-sig").startswith("id,kind,name")


def test_exports_are_the_same_every_time(shell: bytes):
    """Exporting twice gives the same bytes, so that a difference between two exports means something."""
    assert b"".join(write_aas(THINGS, POINTS, LATEST, asset="가람산단")) == shell
    once, twice = (b"".join(write_ngsi_ld(THINGS, POINTS, LATEST)) for _ in range(2))
    assert once == twice
