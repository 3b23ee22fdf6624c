"""The list of things, the page of one, and explore, as people see them."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)


def test_list_shows_what_there_is_with_counts(browse):
    """The list shows every thing a member of staff may see, and how many of each kind."""
    page = browse("operator").get("/things")
    assert len(page.all("tbody tr")) == 9
    assert any("가람 계량기" in row and "가람정밀" in row for row in page.words("tbody tr"))
    assert "입주기업 (2)" in page.word("#kind")


def test_page_of_a_firm_says_how_complete_its_energy_is(browse):
    """Yesterday was received whole; this month says how much is missing."""
    yesterday, month = browse("operator").get("/things/firm-a").words("#energy .figure")
    assert "480" in yesterday
    assert "96건 모두 받음" in yesterday
    assert "1,000" in month
    assert "128건 받음" in month


def test_explore_shows_gaps_as_gaps(browse):
    """A missing hour is a dash in the table, and counted in the coverage."""
    page = browse("operator").get("/explore?point=meter-a.energy&range=today&every=1h")
    rows = dict(zip(page.words("#values tbody th"), page.words("#values tbody td"), strict=True))
    assert rows["2026. 3. 4. (수) 02:00"] == "40"
    assert rows["2026. 3. 4. (수) 03:00"] == "–"
    assert "36건 중 32건 받음" in page.word("#summary tbody tr")
