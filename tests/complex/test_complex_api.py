"""The API: paged, tagged, typed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)


def test_lists_are_paged_by_key(browse):
    """Following `next` gives every thing once, in order."""
    operator, path, seen = browse("operator"), "/api/things?limit=4", []
    while path:
        answer = operator.get(path).json()
        seen += [one["id"] for one in answer["items"]]
        path = answer["next"]
    assert seen == sorted(set(seen))
    assert len(seen) == 9


def test_things_carry_geometry_and_attributes(browse):
    """A thing is GeoJSON geometry and plain attributes; a box narrows the list; a bad one is told."""
    operator = browse("operator")
    thing = operator.get("/api/things/bldg-1").json()
    assert thing["geometry"]["type"] == "Polygon"
    assert thing["attributes"]["height"] == 12.5
    inside = operator.get("/api/things?bbox=126.7005,37.3015,126.7015,37.3025").json()["items"]
    assert "weather" in {one["id"] for one in inside}
    assert "firm-a" not in {one["id"] for one in inside}
    wrong = operator.get("/api/things?bbox=1,2")
    assert wrong.status == 422
    assert wrong.response.json()["findings"][0]["where"] == "bbox"


def test_latest_says_what_it_is_worth(browse):
    """Each point has its value, its age's verdict and its unit; as of another moment, that moment's."""
    operator = browse("operator")
    answer = operator.get("/api/latest?point=meter-a.energy&point=pv-a.power&point=weather.gust").json()
    meter, pv, gust = answer["items"]
    assert (meter["value"], meter["unit"], meter["freshness"]) == (20.0, "kWh", "fresh")
    assert pv["freshness"] == "stale"
    assert (gust["value"], gust["freshness"]) == (None, "never")
    then = operator.get("/api/latest?thing=meter-a&as_of=2026-03-04T02:00").json()["items"][0]
    assert (then["value"], then["start"]) == (10.0, "2026-03-03T16:45:00Z")


def test_same_content_is_not_sent_twice(browse):
    """A reader who names the tag it has gets 304."""
    operator = browse("operator")
    tag = operator.get("/api/points").response.headers["etag"]
    assert operator.get("/api/points", **{"if-none-match": tag}).status == 304


def test_series_have_nulls_for_gaps(browse):
    """A missing hour is a null with coverage 0."""
    answer = browse("operator").get("/api/series?point=meter-a.energy&range=today&every=1h").json()
    (series,) = answer["series"]
    assert [value for _, value in series["data"][2:5]] == [40.0, None, 80.0]
    assert series["coverage"][2:5] == [1, 0, 1]


def test_samples_are_paged_and_whole(browse):
    """Pages of raw samples add up to all of them, in order."""
    path, seen = "/api/samples?point=meter-a.energy&range=today&limit=10", []
    while path:
        answer = browse("operator").get(path).json()
        seen += answer["items"]
        path = answer["next"]
    assert [one["value"] for one in seen] == [10.0] * 12 + [20.0] * 20
    assert seen[0]["start"] == "2026-03-03T15:00:00Z"


def test_too_many_points_are_refused(browse):
    """A question about more points than a chart can hold says how many it may."""
    query = "&".join(f"point=meter-{i}" for i in range(40))
    assert browse("operator").get(f"/api/series?{query}").status == 422


def test_openapi_describes_every_answer(browse):
    """Every route of the API names the model of its answer and its permission."""
    document = browse("operator").get("/api/openapi.json").json()
    for path, methods in document["paths"].items():
        if path.startswith("/api/") and path != "/api/ping":
            get = methods["get"]
            assert "$ref" in get["responses"]["200"]["content"]["application/json"]["schema"], path
            assert get["x-permission"], path
