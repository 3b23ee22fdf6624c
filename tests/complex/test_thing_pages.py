"""The list of things and the page of one, as people see them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandan.access import SYSTEM
from sandan.twin.model import Point, Thing

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)


def test_list_shows_what_there_is_with_counts(browse):
    """The list shows every thing a member of staff may see, and how many of each kind."""
    page = browse("operator").get("/things")
    assert len(page.all("tbody tr")) == 9
    assert any("가람 계량기" in row and "가람정밀" in row for row in page.words("tbody tr"))
    assert "입주기업 (2)" in page.word("#kind")


def test_list_narrows_by_word_kind_and_place(browse):
    """Words, kind and what stands under a zone narrow the list together."""
    operator = browse("operator")
    assert operator.get("/things?q=계량기").words("tbody td:first-child a") == ["가람 계량기", "나래 계량기"]
    assert operator.get("/things?kind=meter&under=bldg-1").words("tbody td:first-child a") == ["가람 계량기"]
    assert "찾은 것이 없습니다" in operator.get("/things?q=없는것").word(".empty h2")


def test_list_pages_by_key_and_reaches_everything_once(browse, site):
    """Following `next` to the end shows each thing once, though there are more than one page holds."""
    with site.store.registry.write() as conn:
        site.store.things.put(
            conn, [Thing(f"tree-{i:03}", "green", f"녹지 {i}", "complex") for i in range(120)]
        )
    operator, seen, path = browse("operator"), [], "/things"
    while path:
        page = operator.get(path)
        seen += page.words("tbody td:first-child .code")
        following = page.all("a[rel=next]")
        path = following[0]["href"] if following else ""
    assert len(seen) == len(set(seen)) == 129
    assert seen == sorted(seen)


def test_page_of_a_firm_says_how_complete_its_energy_is(browse):
    """Yesterday was received whole; this month says how much is missing, and nothing of the future is."""
    yesterday, month = browse("operator").get("/things/firm-a").words("#energy .figure")
    assert "480 kWh" in yesterday
    assert "96건 모두 받음" in yesterday
    assert "1,000 kWh" in month
    assert "324건 중 128건 받음" in month


def test_page_of_a_firm_shows_what_it_has(browse):
    """Its meter, its PV and their latest values; what is simulated says so; links lead on."""
    page = browse("firm-a").get("/things/firm-a")
    meter, pv = page.words("#latest tr[data-point]")
    assert "20 kWh" in meter
    assert "정상" in meter
    assert "모의" in pv
    assert "끊김" in pv
    assert page.words("dl.facts dd") == ["C25924", "42 명", "가람 1동"]
    assert page.all('a[href^="/explore?point=meter-a.energy"]')
    assert "point=meter-a.energy" in page.all(".chart")[0]["data-src"]


def test_values_outside_limits_stand_out(browse):
    """A value above the operator's limit is marked; a point that never spoke says that."""
    page = browse("operator").get("/things/weather")
    gust, temperature = page.words("#latest tr[data-point]")
    assert "받은 값 없음" in gust
    assert "한계 벗어남" in temperature
    assert page.all("#latest tr[data-point]")[1]["data-state"] == "3"


def test_small_map_has_the_thing_and_its_surroundings(browse):
    """The map shows the building among its zone; a meter without a place stands where its building does."""
    operator = browse("operator")
    answer = operator.get("/things/bldg-1/map.geojson")
    features = answer.json()["features"]
    assert features[0]["properties"]["id"] == "bldg-1"
    assert features[0]["properties"]["height"] == 12.5
    assert {"zone-1", "complex"} <= {feature["properties"]["id"] for feature in features}
    meter = operator.get("/things/meter-a/map.geojson").json()["features"]
    assert meter[0]["properties"]["id"] == "firm-a"
    tag = answer.response.headers["etag"]
    again = operator.get("/things/bldg-1/map.geojson", **{"if-none-match": tag})
    assert again.status == 304


def test_history_is_told_as_sentences(browse, site, clock):
    """What happened to a thing is told in the reader's language."""
    with site.store.registry.write() as conn:
        site.store.events.append(
            conn,
            "ThingsImported",
            actor=SYSTEM,
            subject="weather",
            payload={"filename": "a.csv", "added": 1, "changed": 0, "same": 2},
            at=clock.now() - timedelta(hours=1),
        )
    korean, english = (browse("operator", language).get("/things/weather") for language in ("ko", "en"))
    assert "시스템이 a.csv에서" in korean.word(".timeline")
    assert "the system imported things from a.csv" in english.word(".timeline")


def test_unknown_things_are_not_found(browse):
    """An id nobody has is a page that says so."""
    answer = browse("operator").get("/things/nothing")
    assert answer.status == 404
    assert "찾을 수 없습니다" in answer.response.text


def test_whole_pages_in_english(browse):
    """No Korean is left on an English page but the names of things."""
    names = {"새빛 산단", "기계 구역", "가람 1동", "가람정밀", "가람 계량기", "가람 태양광"}
    for path in ("/things", "/things/firm-a", "/things/bldg-1", "/import", "/export", "/audit"):
        text = browse("admin", "en").get(path).word("main")
        for name in sorted([*names, "나래화학", "나래 계량기", "기상측정소"], key=len, reverse=True):
            text = text.replace(name, "")
        text = text.replace("회사명, 단지명, 업종코드, 종업원수, 대표주소", "")
        assert not [c for c in text if "가" <= c <= "힣"], (path, text)


def test_a_firm_finds_its_own_among_many(browse, site):
    """However much stands in the complex that is nobody's, the firm's page shows all that is the firm's."""
    with site.store.registry.write() as conn:
        many = [Thing(f"a-{i:04}", "green", f"녹지 {i}", "complex") for i in range(1200)]
        site.store.things.put(conn, many)
        site.store.points.put(conn, [Point(f"{one.id}.t", one.id, "air_temperature") for one in many])
    page = browse("firm-a").get("/things/firm-a")
    assert {tag["data-point"] for tag in page.all("#latest tr[data-point]")} == {
        "meter-a.energy",
        "pv-a.power",
    }
    assert {"/things/meter-a", "/things/pv-a"} <= {tag["href"] for tag in page.all("section ul a")}
