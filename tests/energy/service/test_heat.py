"""Waste heat: who may read what of it, and that nothing is matched by figures nobody told."""

import pytest
from tests.energy.service.neighbours import OUTSIDER, TRADER, VIEWER, A, B, settle_in

from sandan.energy.engine.sharing import HOUR_COLUMNS
from sandan.energy.service import heat
from sandan.errors import Conflict, InvalidInput, NotAllowed
from sandan.sheets import BOM, decode

TERMS = {
    "pinch": "10",
    "decay": "0.1",
    "ground": "13",
    "reach": "1000",
    "days": "250",
    "least": "1,000",
    "reason": "배관 설계",
}


def row(id, firm, way, temperature, base, *, kw="300", named="no"):
    """A stream as a form says it."""
    burnt = {"fuel": "lng", "efficiency": "0.9"} if way == "wants" else {"fuel": "", "efficiency": ""}
    said = {"id": id, "firm": firm, "name": f"{id} 열", "way": way, "temperature": temperature, "base": base}
    return said | burnt | {"named": named} | dict.fromkeys(HOUR_COLUMNS, kw)


@pytest.fixture
def streams(sqlite_store, clock):
    """A furnace of firm-a, a dryer of firm-b that may not be named, a boiler of firm-c that may."""
    store, now = sqlite_store, clock.now()
    settle_in(store, now, agreed=False)
    heat.save_stream(store, TRADER, 0, row("furnace", "firm-a", "gives", "180", "40", kw="500"), "조사", now)
    heat.save_stream(store, TRADER, 1, row("dryer", "firm-b", "wants", "120", "60"), "조사", now)
    heat.save_stream(store, TRADER, 2, row("boiler", "firm-c", "wants", "90", "50", named="yes"), "조사", now)
    heat.save_stream(store, TRADER, 3, row("kiln", "firm-c", "wants", "400", "50"), "조사", now)
    return store


def test_nothing_is_matched_until_every_figure_is_told(streams, clock):
    """Each missing one is named; an emission factor too stays unknown until somebody says it."""
    found = heat.heat_view(streams, TRADER)
    assert {one.where for one in found.lacking} == set(heat.ASKED)
    assert not found.matches
    heat.save_terms(streams, TRADER, 0, TERMS, clock.now())
    found = heat.heat_view(streams, TRADER)
    assert not found.lacking
    assert found.matches[0].found.carbon_saved is None
    assert found.unknown
    heat.save_terms(streams, TRADER, 1, TERMS | {"factor_lng": "0.2"}, clock.now())
    best = heat.heat_view(streams, TRADER).matches[0].found
    assert best.carbon_saved == pytest.approx(best.fuel_saved / 1000 * 0.2)
    with pytest.raises(InvalidInput) as caught:
        heat.save_terms(streams, TRADER, 2, TERMS | {"pinch": "-1", "factor_lng": "많음"}, clock.now())
    assert {one.where for one in caught.value.findings} == {"pinch", "lng"}


def test_staff_see_matches_by_rank_and_why_the_others_are_none(streams, clock):
    """The kiln is too hot for the furnace's gas."""
    heat.save_terms(streams, TRADER, 0, TERMS, clock.now())
    found = heat.heat_view(streams, TRADER)
    assert [one.rank for one in found.matches] == [1, 2]
    assert {one.sink.name for one in found.matches} == {"다라기계", "마바섬유"}
    assert [(one.found.sink, str(one.found.why)) for one in found.misses] == [("kiln", "too_cool")]
    assert sum(found.matches[0].hours) * 250 == pytest.approx(found.matches[0].found.heat)


def test_a_firm_reads_of_a_neighbour_only_what_that_one_allowed(streams, clock):
    """No name, stream or place of the dryer, and its distance only to a hundred metres."""
    heat.save_terms(streams, TRADER, 0, TERMS, clock.now())
    mine = heat.heat_view(streams, A)
    assert [one.id for one in mine.streams] == ["furnace"]
    hidden = next(one for one in mine.matches if one.sink.stream is None)
    assert (hidden.sink.name, hidden.sink.place) == ("", None)
    assert hidden.distance % 100 == 0
    assert hidden.distance >= hidden.found.distance
    assert {one.sink.name for one in mine.matches} == {"", "마바섬유"}
    assert not mine.misses
    assert [one.source.stream for one in heat.heat_view(streams, B).matches] == [None]
    assert not heat.heat_view(streams, OUTSIDER).matches
    with pytest.raises(NotAllowed):
        heat.heat_view(streams, VIEWER)


def test_a_sheet_comes_in_whole_or_not_at_all_and_goes_out_the_same(streams, clock):
    """What a firm exports is its own."""
    now = clock.now()
    sheet = heat.export_streams(streams, TRADER)
    with pytest.raises(Conflict):
        heat.import_streams(streams, TRADER, 1, sheet.encode(), "다시", now)
    before = heat.heat_view(streams, TRADER).book
    after = heat.import_streams(streams, TRADER, before.version, sheet.encode(), "다시", now)
    assert after.body == before.body
    spoiled = sheet.replace("firm-b", "nobody").replace("180.0", "뜨거움")
    with pytest.raises(InvalidInput) as caught:
        heat.import_streams(
            streams, TRADER, after.version, spoiled.removeprefix(BOM).encode("cp949"), "조사", now
        )
    assert {one.where for one in caught.value.findings} == {"2: temperature", "3: firm"}
    assert "dryer" not in decode(heat.export_streams(streams, A).encode())


def test_only_who_trades_writes_and_a_removed_stream_is_gone(streams, clock):
    """A firm changes nothing; each change has its reason."""
    now = clock.now()
    for change in (
        lambda: heat.save_stream(streams, A, 4, row("x", "firm-a", "gives", "90", "40"), "왜", now),
        lambda: heat.import_streams(streams, A, 4, b"", "왜", now),
        lambda: heat.remove_stream(streams, A, 4, "dryer", "왜", now),
        lambda: heat.save_terms(streams, A, 0, TERMS, now),
        lambda: heat.find_stream(streams, A, "dryer"),
    ):
        with pytest.raises(NotAllowed):
            change()
    with pytest.raises(InvalidInput):
        heat.remove_stream(streams, TRADER, 4, "dryer", "", now)
    left = heat.remove_stream(streams, TRADER, 4, "dryer", "철거", now)
    assert "dryer" not in {one.id for one in left.body.streams}
    assert heat.find_stream(streams, TRADER, "dryer") is None
