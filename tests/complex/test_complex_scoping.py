"""A firm sees its own and what is nobody's: checked on every route, on both databases."""

from __future__ import annotations

import pytest

from sandan.complex.plugin import domain

OF_FIRM_A = [
    "/things/firm-a",
    "/things/firm-a/latest",
    "/things/meter-a/map.geojson",
    "/things/meter-a",
    "/explore?point=meter-a.energy",
    "/explore?point=weather.temperature&point=meter-a.energy",
    "/explore/download.csv?point=meter-a.energy",
    "/explore/download.parquet?point=meter-a.energy",
    "/things?under=firm-a",
    "/export/geojson?under=firm-a",
    "/api/things/firm-a",
    "/api/points/meter-a.energy",
    "/api/points?thing=meter-a",
    "/api/latest?point=meter-a.energy",
    "/api/latest?thing=meter-a",
    "/api/series?point=meter-a.energy",
    "/api/samples?point=meter-a.energy",
    "/api/samples?point=meter-a.energy&format=arrow",
]
LISTS = [
    "/things",
    "/things?q=가람",
    "/things?kind=meter",
    "/things/complex",
    "/things/bldg-1",
    "/explore/points?q=전력사용량",
    "/explore?q=meter",
    "/export",
    "/export/geojson",
    "/export/csv",
    "/export/points",
    "/export/ngsi-ld",
    "/export/aas",
    "/api/things?limit=1000",
    "/api/points",
    "/things/complex/map.geojson",
]
STAFF_ONLY = ["/audit", "/api/events"]
IMPORTERS_ONLY = ["/import", "/import/some-draft"]


def test_another_firms_data_do_not_exist(browse):
    """What is firm A's is found by A and by staff; for B and for outsiders it is not there at all."""
    for path in OF_FIRM_A:
        assert browse("firm-a").get(path).status == 200, path
        assert browse("operator").get(path).status == 200, path
        assert browse("firm-b").get(path).status == 404, path
        assert browse("viewer").get(path).status == 404, path


def test_lists_lack_what_is_another_firms(browse):
    """No list, search or export shown to firm B or to an outsider mentions firm A's things."""
    own = {"meter-a", "firm-a", "pv-a", "가람정밀", "가람 계량기"}
    for path in LISTS:
        for person in ("firm-b", "viewer"):
            answer = browse(person).get(path)
            assert answer.status == 200, path
            assert not {word for word in own if word in answer.response.text}, (path, person)
    mine = browse("firm-a").get("/api/things?limit=1000").json()["items"]
    assert {one["id"] for one in mine} >= {"firm-a", "meter-a", "pv-a", "weather", "complex"}


def test_audit_and_import_are_for_those_who_may(browse):
    """The audit trail is for staff, imports for those with that right; others are told so."""
    for path in STAFF_ONLY:
        assert browse("energy").get(path).status == 200, path
        assert browse("firm-a").get(path).status == 403, path
    for path in IMPORTERS_ONLY:
        assert browse("energy").get(path).status == 403, path
        assert browse("firm-a").get(path).status == 403, path
    assert browse("operator").get("/import").status == 200


def test_a_draft_is_its_makers_only(browse):
    """Another importer cannot see or confirm one's draft."""
    sent = browse("operator").post(
        "/import", files={"file": ("a.csv", "회사명\n다솜\n".encode())}, data={"format": "firms"}
    )
    assert sent.status == 303
    draft = sent.response.headers["location"]
    assert browse("operator").get(draft).status == 200
    assert browse("admin").get(draft).status == 404
    assert browse("admin").post(f"{draft}/confirm").status == 404


@pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
def test_every_route_of_the_complex_is_covered_here(browse):
    """A new route must be added to one of the lists above, so that it is tested for scoping."""
    known = {path.partition("?")[0] for path in (*OF_FIRM_A, *LISTS, *STAFF_ONLY, *IMPORTERS_ONLY)}
    for routes in domain.routes:
        for route in routes.router.routes:
            if "GET" in route.methods:
                assert any(route.path_regex.match(path) for path in known), route.path
