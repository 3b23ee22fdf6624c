"""The audit trail: newest first, narrowed, paged, and verified."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from sandan.access import SYSTEM

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)


@pytest.fixture
def told(site, clock):
    """Sixty events, one a minute, of two kinds."""
    with site.store.registry.write() as conn:
        for i in range(60):
            kind = "PumpPainted" if i % 3 else "ThingsImported"
            site.store.events.append(
                conn,
                kind,
                actor=SYSTEM,
                subject=f"pump-{i % 2}",
                payload={"n": i, "filename": f"{i}.csv"},
                at=clock.now() - timedelta(minutes=60 - i),
            )
    return site


def test_newest_first_and_every_one_once(browse, told):
    """Pages follow one another without loss or repetition."""
    operator = browse("operator")
    page = operator.get("/audit")
    first = [int(cell) for cell in page.words("#events tbody td.num")]
    (older,) = page.all("a[rel=next]")
    rest = [int(cell) for cell in operator.get(older["href"]).words("#events tbody td.num")]
    assert first + rest == list(range(60, 0, -1))


def test_narrowed_by_kind_subject_and_time(browse, told):
    """The filters work together; a period without events is an empty page, a wrong date a finding."""
    operator = browse("operator")
    page = operator.get("/audit?kind=PumpPainted&subject=pump-1&from=2026-03-04T08:30")
    assert len(page.all("#events tbody tr")) == 10
    assert all("pump-1" in row for row in page.words("#events tbody tr"))
    assert '"n": 59' in page.words("#events pre")[0]
    assert "찾은 사건이 없습니다" in operator.get("/audit?to=2020-01-01").word(".empty h2")
    assert operator.get("/audit?from=어제").all(".findings li")


def test_a_whole_chain_is_said_to_be_whole(browse, told):
    """Verification counts the events, as a piece of the page or as a page."""
    operator = browse("operator")
    assert "60건이 모두 온전합니다" in operator.post("/audit/verify").word(".note.good")
    piece = operator.post("/audit/verify", headers={"hx-request": "true"})
    assert not piece.all("html")
    assert "60건이 모두 온전합니다" in piece.word(".note")


def test_a_tampered_chain_says_where(browse, told):
    """An event changed behind the registry's back is found and named."""
    with told.store.registry.write() as conn:
        triggers = conn.scalars(sa.text("SELECT name FROM sqlite_master WHERE type='trigger'")).all()
        for name in triggers:
            conn.execute(sa.text(f"DROP TRIGGER {name}"))
        conn.execute(sa.text("UPDATE event SET subject='somebody else' WHERE seq=17"))
    assert "17번" in browse("operator").post("/audit/verify").word(".note.bad")


def test_the_api_pages_backwards(browse, told):
    """Following `next` reaches the first event."""
    operator, path, seen = browse("operator"), "/api/events?limit=25", []
    while path:
        answer = operator.get(path).json()
        seen += [one["seq"] for one in answer["items"]]
        path = answer["next"]
    assert seen == list(range(60, 0, -1))
