"""Explore: choose, look, fix in time, download; what it shows is what the files hold."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.shared import ENERGY

from sandan.clock import SEOUL

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
MIDNIGHT = datetime(2026, 3, 4, tzinfo=SEOUL)
METER = "/explore?point=meter-a.energy"


def chart_of(page):
    return json.loads(page.one(".chart script").string)


def test_gaps_are_gaps_in_table_chart_and_words(browse):
    """A missing hour is a dash, a null with coverage 0, and part of what the coverage says."""
    page = browse("operator").get(f"{METER}&range=today&every=1h")
    rows = dict(zip(page.words("#values tbody th"), page.words("#values tbody td"), strict=True))
    assert rows["2026. 3. 4. (수) 02:00"] == "40"
    assert rows["2026. 3. 4. (수) 03:00"] == "–"
    (series,) = chart_of(page)["series"]
    hour = next(i for i, (at, _) in enumerate(series["data"]) if at == 1772560800000)
    assert series["data"][hour][1] is None
    assert series["coverage"][hour] == 0
    assert "36건 중 32건 받음" in page.word("#summary tbody tr")
    assert "520 kWh" in page.word("#summary tbody tr")


def test_hours_to_come_are_not_missing(browse):
    """At nine in the morning today's chart ends at nine; nothing is missing after that."""
    (series,) = chart_of(browse("operator").get(f"{METER}&range=today&every=1h"))["series"]
    assert len(series["data"]) == 10
    assert series["summary"]["expected"] == 36


def test_raw_marks_the_gap_too(browse):
    """Raw samples carry a null at the first missing quarter, so that no line crosses the gap."""
    (series,) = chart_of(browse("operator").get(f"{METER}&range=today&every=raw"))["series"]
    nulls = [at for at, value in series["data"] if value is None]
    assert nulls == [int((MIDNIGHT + timedelta(hours=3)).timestamp() * 1000)]
    assert len(series["data"]) == 33


def test_as_of_shows_what_was_known_then(browse, site):
    """A correction changes today's figure, and not the one asked for as of before it."""
    site.tell("meter-a.energy", [(MIDNIGHT, 13.0)], known_at=MIDNIGHT + timedelta(hours=8))
    operator = browse("operator")
    assert "523 kWh" in operator.get(f"{METER}&range=today").word("#summary tbody tr")
    then = operator.get(f"{METER}&range=today&as_of=2026-03-04T07:00")
    assert "28건 중 24건 받음" in then.word("#summary tbody tr")
    assert "360 kWh" in then.word("#summary tbody tr")
    assert "2026. 3. 4. (수) 07:00" in then.word("#as-of-said")


def test_the_fixed_address_reproduces_the_picture(browse, site, clock):
    """The address that fixes the moment shows the same figures after a correction and a day later."""
    operator = browse("operator")
    page = operator.get(f"{METER}&range=today")
    (address,) = [a["href"] for a in page.all(".page-head a") if "as_of" in a["href"]]
    before = operator.get(address)
    clock.advance(timedelta(days=1))
    site.tell("meter-a.energy", [(MIDNIGHT, 99.0)], known_at=MIDNIGHT + timedelta(hours=20))
    after = operator.get(address)
    assert before.words("#summary tbody tr") == after.words("#summary tbody tr")
    assert before.words("#values tbody td") == after.words("#values tbody td")
    assert "99" in operator.get(f"{METER}&from=2026-03-04&to=2026-03-05").words("#values tbody td")


def test_too_fine_an_interval_is_coarsened_and_said(browse):
    """A year of quarter-hours is not drawn one by one, and the page says so."""
    page = browse("operator").get(f"{METER}&from=2024-01-01&to=2026-03-05&every=15min")
    assert "모아 그렸습니다" in page.word("#coarsened")
    assert len(chart_of(page)["series"][0]["data"]) <= 2000


def test_search_finds_by_firm_and_quantity_and_adds(browse):
    """Words of firm, thing and quantity together find the point; its link adds it and keeps the range."""
    found = browse("operator").get("/explore/points?q=가람+전력&range=7d&point=weather.temperature")
    (link,) = found.all("a")
    assert link["href"] == "/explore?point=weather.temperature&point=meter-a.energy&range=7d"
    assert "meter-b" not in found.response.text
    assert "찾은 측정점이 없습니다" in browse("operator").get("/explore/points?q=없는것").response.text


def test_empty_and_mistaken_questions_get_a_page(browse):
    """No point is an invitation; a wrong date names the field; an unknown point is not found."""
    operator = browse("operator")
    assert "볼 측정점을 고르십시오" in operator.get("/explore").word(".empty h2")
    wrong = operator.get(f"{METER}&from=어제")
    assert any("from" in one for one in wrong.words(".findings li"))
    assert "every" in operator.get(f"{METER}&every=2h").word(".findings li")
    assert operator.get("/explore?point=nothing").status == 404
    silent = operator.get("/explore?point=weather.gust&range=today")
    assert "받은 값이 없습니다" in silent.word(".card .empty h3")


def test_two_units_and_english(browse):
    """Series of several units come with their units, and the page is whole in English."""
    page = browse("operator", "en").get(f"{METER}&point=weather.temperature&range=today&every=1h")
    assert [one["unit"] for one in chart_of(page)["series"]] == ["kWh", "°C"]
    assert "32 of 36 received (88.9 %)" in page.words("#summary tbody tr")[0]
    text = "".join(page.word("main").split("가람 계량기")).replace("기상측정소", "")
    assert not [c for c in text.replace("가람정밀", "") if "가" <= c <= "힣"]


def test_csv_reads_back_what_was_kept(browse):
    """Korean headers after the mark Excel needs, Seoul time, every sample once, no row for a gap."""
    answer = browse("operator").get("/explore/download.csv?point=meter-a.energy&range=today&every=raw&bom=1")
    assert answer.response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.response.content.decode("utf-8-sig"))))
    assert len(rows) == 32
    assert rows[0] == {
        "측정점": "meter-a.energy",
        "대상": "가람 계량기",
        "측정량": "전력사용량",
        "단위": "kWh",
        "시작": "2026-03-04T00:00:00+09:00",
        "값": "10",
        "품질": "0",
        "인지시각": "2026-03-04T00:15:00+09:00",
        "출처": "test",
    }
    assert sum(float(row["값"]) for row in rows) == 520


def test_rolled_csv_says_its_coverage(browse):
    """A day rolled up says how many of how many."""
    answer = browse("operator", "en").get(
        "/explore/download.csv?point=meter-a.energy&from=2026-03-03&to=2026-03-05&every=1d"
    )
    yesterday, today = csv.DictReader(io.StringIO(answer.response.text))
    assert (yesterday["value"], yesterday["count"], yesterday["coverage"]) == ("480", "96", "1")
    assert (today["value"], today["count"], today["expected"]) == ("520", "32", "96")


def test_parquet_and_arrow_read_back(browse):
    """The columnar files hold the same samples with their types."""
    operator = browse("operator")
    query = "point=meter-a.energy&point=meter-b.energy&range=today"
    table = pq.read_table(
        io.BytesIO(operator.get(f"/explore/download.parquet?{query}&every=raw").response.content)
    )
    stream = pa.ipc.open_stream(operator.get(f"/api/samples?{query}&format=arrow").response.content)
    same = stream.read_all()
    assert table.num_rows == same.num_rows == 32 + 36
    assert table.column("value").to_pylist() == same.column("value").to_pylist()
    assert str(table.schema.field("start").type) == "timestamp[ms, tz=UTC]"


def test_points_that_speak_when_they_like(browse, site):
    """A few words over a year are drawn as they are; too many are rolled up and the page says so."""
    year = "from=2025-03-05&to=2026-03-05&every=raw"
    site.tell("weather.gust", [(MIDNIGHT - timedelta(days=i), float(i)) for i in range(300)])
    page = browse("operator").get(f"/explore?point=weather.gust&{year}")
    assert not page.all("#coarsened")
    assert len(chart_of(page)["series"][0]["data"]) == 300
    site.tell("weather.gust", [(MIDNIGHT - timedelta(minutes=i), 1.0) for i in range(1, 25_000)])
    assert browse("operator").get(f"/explore?point=weather.gust&{year}").all("#coarsened")


STEEL = ENERGY / "steel_gwangyang_15min_2018.parquet"


@pytest.mark.skipif(not STEEL.exists(), reason="the real steel plant's data lie beside the project")
def test_a_real_year_adds_up_to_the_last_digit(browse, site):
    """A steel plant's year of quarter-hours: page and API show the sum of the file, complete."""
    file = pq.read_table(STEEL, columns=["interval_end", "Usage_kWh"])
    ends = file.column("interval_end").to_pylist()
    values = file.column("Usage_kWh").to_pylist()
    starts = [end.replace(tzinfo=SEOUL) - timedelta(minutes=15) for end in ends]
    site.tell("meter-b.energy", list(zip(starts, values, strict=True)))
    year = "point=meter-b.energy&from=2018-01-01&to=2019-01-01"
    summary = browse("firm-b").get(f"/api/series?{year}&every=1y").json()["series"][0]["summary"]
    assert summary["total"] == math.fsum(values)
    assert (summary["count"], summary["expected"]) == (35_040, 35_040)
    row = browse("firm-b").get(f"/explore?{year}").word("#summary tbody tr")
    assert "959,636.71 kWh" in row
    assert "35,040건 모두 받음" in row
