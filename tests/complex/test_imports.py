"""Import: look first, then write; the same file twice changes nothing; faults name row and field."""

from __future__ import annotations

import json

import pytest

from sandan.access import SYSTEM, Actor, Role
from sandan.complex.service import imports
from sandan.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
FIRMS = """회사명,공장관리번호,업종코드,종업원수,대표주소
다솜기계,F-001,29271,35,경기도 어딘가시 새빛로 1
라온전자,F-002,26121,120,경기도 어딘가시 새빛로 2
"""
FAULTY = """회사명,공장관리번호,업종코드,종업원수,대표주소
다솜기계,F-001,29271,35,경기도 어딘가시 새빛로 1
마루금속,F-003,24199,약 서른,경기도 어딘가시 새빛로 3
"""


def upload(browser, text: str, format: str = "firms", filename: str = "firms.csv", **more: str):
    files = {"file": (filename, text.encode())}
    return browser.post("/import", files=files, data={"format": format, **more})


def test_preview_writes_nothing_and_confirming_writes_once(browse, site):
    """The preview counts what is new; only confirming writes, with one event; twice is a conflict."""
    operator = browse("operator")
    draft = upload(operator, FIRMS, parent="complex").response.headers["location"]
    page = operator.get(draft)
    assert page.words("#counts dd") == ["2", "0", "0", "0"]
    assert [row.split()[0] for row in page.words("#added tbody tr")] == ["다솜기계", "라온전자"]
    assert len(operator.get("/things?q=다솜기계").all("tbody tr")) == 0

    assert "추가 2건" in operator.post(f"{draft}/confirm").word("#written")
    assert len(operator.get("/things?q=다솜기계").all("tbody tr")) == 1
    assert operator.post(f"{draft}/confirm").status == 409
    events = operator.get("/audit?kind=ThingsImported").words("#events tbody tr")
    assert len(events) == 1
    assert "operator 님이 firms.csv에서" in events[0]


def test_the_same_file_twice_changes_nothing(browse):
    """A second import of the same file has nothing to confirm, and a changed one shows each change."""
    operator = browse("operator")
    first = upload(operator, FIRMS, parent="complex").response.headers["location"]
    operator.post(f"{first}/confirm")
    again = operator.get(upload(operator, FIRMS, parent="complex").response.headers["location"])
    assert again.words("#counts dd") == ["0", "0", "2", "0"]
    assert not again.all("form[action$=confirm]")
    changed = FIRMS.replace(",35,", ",40,")
    page = operator.get(upload(operator, changed, parent="complex").response.headers["location"])
    (row,) = page.words("#changed tbody tr")
    assert row == "다솜기계 종업원수 35 40"


def test_faults_name_row_and_field(browse):
    """What cannot be read is named by row and column, and never silently zero."""
    operator = browse("operator")
    page = operator.get(upload(operator, FAULTY, parent="complex").response.headers["location"])
    (finding,) = [one for one in page.words("#findings li") if "약 서른" in one]
    assert "3행" in finding
    assert "종업원수" in finding


def test_faulty_features_are_left_out_and_said(browse):
    """A GeoJSON feature of an unknown kind is left out with its number; the sound one can be imported."""
    features = [
        {"type": "Feature", "geometry": None, "properties": {"id": "g-1", "kind": "green", "name": "숲"}},
        {"type": "Feature", "geometry": None, "properties": {"id": "x-1", "kind": "castle", "name": "성"}},
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    operator = browse("operator")
    page = operator.get(upload(operator, text, "geojson", "a.geojson").response.headers["location"])
    assert page.words("#counts dd") == ["1", "0", "0", "1"]
    assert any("features[1]" in one and "castle" in one for one in page.words("#findings li"))
    assert "1건은 빼고" in page.word("form[action$=confirm] button")


def test_what_is_no_such_file_at_all_answers_422(browse):
    """A file that is not what it claims, or no file, comes back with the form and the reason."""
    operator = browse("operator")
    broken = upload(operator, "{nonsense", "geojson", "a.geojson")
    assert broken.status == 422
    assert broken.all(".findings li")
    assert operator.post("/import", data={"format": "firms"}).status == 422
    assert upload(operator, FIRMS, "castle").status == 422


def test_script_uploads_are_sent_on(browse):
    """The page's own upload is told where to go, and gets only the findings when it failed."""
    operator = browse("operator")
    headers = {"hx-request": "true"}
    files = {"file": ("firms.csv", FIRMS.encode())}
    sent = operator.post("/import", files=files, data={"format": "firms"}, headers=headers)
    assert sent.response.headers["hx-redirect"].startswith("/import/")
    failed = operator.post("/import", data={"format": "firms"}, headers=headers)
    assert failed.status == 422
    assert not failed.all("html")


def test_discarding_forgets_the_draft(browse):
    """A discarded draft is gone, and nothing was written."""
    operator = browse("operator")
    draft = upload(operator, FIRMS).response.headers["location"]
    assert operator.post(f"{draft}/discard").status == 303
    assert operator.get(draft).status == 404


def test_points_arrive_with_their_firm(browse, site):
    """A point on a firm's meter is the firm's; changing what it measures is refused with a reason."""
    operator = browse("operator")
    text = "id,thing,quantity,interval\nmeter-a.power,meter-a,active_power,5min\n"
    draft = upload(operator, text, "points", "points.csv").response.headers["location"]
    operator.post(f"{draft}/confirm")
    assert site.point("meter-a.power").tenant == "firm-a"
    wrong = "id,thing,quantity,interval\nmeter-a.energy,meter-a,active_power,15min\n"
    page = operator.get(upload(operator, wrong, "points", "points.csv").response.headers["location"])
    assert any("바꿀 수 없습니다" in one for one in page.words("#findings li"))
    assert not page.all("form[action$=confirm]")


def test_the_service_asks_for_the_right_itself(site, clock):
    """A caller without the right is refused below the pages as well."""
    tenant = Actor("kim", "가람 담당", frozenset({Role.FIRM}), "firm-a")
    with pytest.raises(NotAllowed):
        imports.start(site.store, tenant, "firms", "a.csv", b"", {}, clock.now())
    with pytest.raises(InvalidInput):
        imports.start(site.store, SYSTEM, "firms", "a.csv", b"", {}, clock.now())
