"""Sharing from its register to its papers: what is over is measured, terms are told, papers stay."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from tests.energy.service.neighbours import OUTSIDER, TERMS, TRADER, VIEWER, A, B, read, settle_in

from sandan.clock import Period, milliseconds
from sandan.energy.model.circulation import Member, Wiring
from sandan.energy.model.sharing import Rule
from sandan.energy.service import sharing as register
from sandan.energy.service import sharing_papers as papers
from sandan.energy.service.sharing import AGREEMENT
from sandan.energy.service.surplus import courses, preview
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound

YESTERDAY = "2026-03-03"


def test_a_day_is_shared_as_agreed_and_by_every_other_rule(sqlite_store, clock):
    """What is given less what is lost is received, all payments add up to nothing, by each rule."""
    settle_in(sqlite_store, clock.now())
    found = preview(sqlite_store, TRADER, YESTERDAY, clock.now())
    assert set(found.by_rule) == set(Rule)
    assert found.agreed == found.by_rule[Rule.FEEDER_FIRST]
    for made in found.by_rule.values():
        assert made.given - made.lost == made.received > 0
        assert made.balance == 0
        assert made.surplus >= made.given
    one = found.agreed.members[0]
    local = np.arange(96) / 4
    over = np.rint(1000 * (40 * np.clip(np.cos((local - 12.5) / 12 * np.pi), 0, None) - 5))
    assert one.surplus == over[over > 0].sum()
    assert one.slots == 96
    assert {line.name for line in found.agreed.feeders} == {"동부 선로", "서부 선로"}
    course = courses(found, "firm-a")
    assert course is not None
    assert np.nansum(course.given) == pytest.approx(one.given / 1000)


def test_a_feeders_capacity_bounds_what_crosses_it(sqlite_store, clock):
    """60 kW out of the eastern feeder, as its capacity in the twin says."""
    settle_in(sqlite_store, clock.now(), agreed=False)
    members = (Member("m-a", ("pv-a",)), Member("m-c"))
    AGREEMENT.put(sqlite_store, TRADER, 0, replace(TERMS, members=members), "협약", clock.now())
    with sqlite_store.registry.write() as conn:
        line = sqlite_store.things.get(conn, "east")
        sqlite_store.things.put(conn, [replace(line, attributes={"capacity": 10.0})])
    made = preview(sqlite_store, TRADER, YESTERDAY, clock.now()).agreed
    assert made is not None
    assert made.feeders[0].heaviest == pytest.approx(10.0, abs=0.01)


def test_what_nobody_told_is_asked_for_and_never_invented(sqlite_store, clock):
    """Energies are shown; nothing is settled; each missing figure says who knows it."""
    settle_in(sqlite_store, clock.now(), agreed=False)
    bare = replace(TERMS, rule=None, price=None, loss_within=None, loss_between=None, export=None)
    AGREEMENT.put(sqlite_store, TRADER, 0, bare, "명단만", clock.now())
    found = preview(sqlite_store, TRADER, YESTERDAY, clock.now())
    assert found.agreed is None
    assert {one.where for one in found.read.findings} == {"rule", "loss_within", "loss_between", "export"}
    assert np.nansum(courses(found).surplus) > 0
    with pytest.raises(InvalidInput):
        papers.finish(sqlite_store, TRADER, YESTERDAY, 0, "", clock.now())


def test_a_member_without_a_contract_has_no_grid_price(sqlite_store, clock):
    """It is named, and nothing is settled at an invented price."""
    settle_in(sqlite_store, clock.now(), agreed=False)
    with sqlite_store.registry.write() as conn:
        thing = sqlite_store.things.get(conn, "m-z")
        sqlite_store.things.put(conn, [replace(thing, attributes={"transformer": "tr-w"})])
    members = (*TERMS.members, Member("m-z"))
    AGREEMENT.put(sqlite_store, TRADER, 0, replace(TERMS, members=members), "협약", clock.now())
    found = preview(sqlite_store, TRADER, YESTERDAY, clock.now())
    assert found.agreed is None
    assert found.read.findings[0].where == "하하상사"


def test_an_edition_holds_from_its_first_day(sqlite_store, clock):
    """A price changed from the third of March leaves the second as it was, and the month has both."""
    settle_in(sqlite_store, clock.now())
    later = replace(TERMS, since=date(2026, 3, 3), price=150.0)
    AGREEMENT.put(sqlite_store, TRADER, 1, later, "단가 인상", clock.now())
    parts = preview(sqlite_store, TRADER, "2026-03", clock.now(), others=False).agreed.parts
    assert [(part.edition, part.price) for part in parts] == [(1, 120.0), (2, 150.0)]
    assert preview(sqlite_store, TRADER, "2026-03-01", clock.now()).read.pieces == []
    days = [preview(sqlite_store, TRADER, f"2026-03-0{day}", clock.now()).agreed for day in (2, 3, 4)]
    month = preview(sqlite_store, TRADER, "2026-03", clock.now()).agreed
    assert month.given == sum(one.given for one in days)


def test_a_roof_behind_the_meter_shares_what_the_meter_feeds_back(sqlite_store, clock):
    """Without signed power such a member is known by what it drew, and gives nothing."""
    settle_in(sqlite_store, clock.now(), agreed=False)
    members = (replace(TERMS.members[0], wiring=Wiring.BEHIND), *TERMS.members[1:])
    AGREEMENT.put(sqlite_store, TRADER, 0, replace(TERMS, members=members), "협약", clock.now())
    made = preview(sqlite_store, TRADER, YESTERDAY, clock.now()).agreed
    assert made.members[0].surplus == 0
    assert made.members[0].need == 96 * 5000


def test_a_final_paper_stays_and_late_readings_make_a_new_version(sqlite_store, clock):
    """The first version reads as it was; the second says who changed; both can be checked again."""
    store = sqlite_store
    settle_in(store, clock.now())
    first = papers.finish(store, TRADER, YESTERDAY, 0, "", clock.now())
    assert first.version == 1
    with pytest.raises(Conflict):
        papers.finish(store, TRADER, YESTERDAY, 1, "다시", clock.now())
    known = clock.now() + timedelta(hours=1)
    at = milliseconds(Period.day(date(2026, 3, 3)).start) + 48 * 900_000
    read(store, "pv-a.generation_energy", np.array([at]), np.array([30.0]), known=known)
    later = clock.now() + timedelta(hours=2)
    second = papers.finish(store, TRADER, YESTERDAY, 1, "늦은 검침", later)
    opened = papers.open_paper(store, TRADER, YESTERDAY)
    assert opened.paper == second
    assert opened.whole
    assert "가나태양" in [one.name for one in opened.changed]
    assert papers.open_paper(store, TRADER, YESTERDAY, 1).paper == first
    assert papers.check_again(store, TRADER, YESTERDAY, 1)
    assert papers.check_again(store, TRADER, YESTERDAY, 2)
    with store.registry.read() as conn:
        events = store.events.find(conn, kind="SharingSettled", limit=5)
    assert {one.payload["version"] for one in events} == {1, 2}


def test_a_check_tells_when_the_prices_are_no_longer_those_of_then(sqlite_store, clock):
    """An edition written since is left out, but a feeder given another capacity shows."""
    store = sqlite_store
    settle_in(store, clock.now())
    papers.finish(store, TRADER, YESTERDAY, 0, "", clock.now())
    AGREEMENT.put(store, TRADER, 1, replace(TERMS, price=10.0), "소급", clock.now())
    assert papers.check_again(store, TRADER, YESTERDAY, 1)
    with store.registry.write() as conn:
        store.things.put(conn, [replace(store.things.get(conn, "east"), attributes={"capacity": 1.0})])
    assert not papers.check_again(store, TRADER, YESTERDAY, 1)


def test_no_day_is_settled_twice(sqlite_store, clock):
    """A month with a final day is not made final as a whole, nor what still runs."""
    store = sqlite_store
    settle_in(store, clock.now())
    with pytest.raises(Conflict):
        papers.finish(store, TRADER, "2026-03", 0, "", clock.now())
    papers.finish(store, TRADER, YESTERDAY, 0, "", clock.now())
    with pytest.raises(Conflict, match="두 번"):
        papers.finish(store, TRADER, "2026-03", 0, "", clock.now() + timedelta(days=40))
    with pytest.raises(Conflict):
        papers.finish(store, TRADER, "2026-02", 0, "", clock.now())


def test_a_firm_reads_its_own_lines_and_no_sums_of_others(sqlite_store, clock):
    """Neither lines, feeders nor rent of the others; who shares nothing finds no paper."""
    store = sqlite_store
    settle_in(store, clock.now())
    papers.finish(store, TRADER, YESTERDAY, 0, "", clock.now())
    mine = papers.open_paper(store, A, YESTERDAY).paper.body
    assert [one.firm for one in mine.members] == ["firm-a"]
    assert mine.feeders == ()
    assert mine.value == mine.members[0].saving
    assert [one.body.members[0].firm for one in papers.papers(store, B)] == ["firm-b"]
    assert papers.papers(store, OUTSIDER) == []
    with pytest.raises(NotFound):
        papers.open_paper(store, OUTSIDER, YESTERDAY)
    assert set(preview(store, A, YESTERDAY, clock.now()).by_rule) == {Rule.FEEDER_FIRST}
    for change in (
        lambda: papers.finish(store, A, YESTERDAY, 1, "x", clock.now()),
        lambda: papers.check_again(store, A, YESTERDAY, 1),
        lambda: register.roster(store, A),
        lambda: papers.papers(store, VIEWER),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_members_join_with_the_roofs_of_their_firm_and_leave(sqlite_store, clock):
    """Each change is an edition with its reason; a meter without a feeder cannot join."""
    store, now = sqlite_store, clock.now()
    settle_in(store, now, agreed=False)
    given = {"meter": "m-a", "wiring": "beside", "export": "", "since": "2026-03-02", "reason": "가입"}
    made = register.add_member(store, TRADER, 0, given, now)
    assert made.body.members == (Member("m-a", ("pv-a",)),)
    with pytest.raises(InvalidInput) as caught:
        register.add_member(store, TRADER, 1, given | {"meter": "m-z", "wiring": "?", "since": ""}, now)
    assert {one.where for one in caught.value.findings} == {"meter", "wiring", "since"}
    with pytest.raises(Conflict):
        register.add_member(store, TRADER, 0, given | {"meter": "m-b"}, now)
    left = register.remove_member(store, TRADER, 1, given | {"reason": "탈퇴"}, now)
    assert left.body.members == ()
    with pytest.raises(NotAllowed):
        register.remove_member(store, A, 2, given, now)


def test_terms_are_read_in_per_cent_and_faults_are_all_told(sqlite_store, clock):
    """An empty figure stays unknown; what crosses never loses less."""
    store, now = sqlite_store, clock.now()
    given = {
        "rule": "price",
        "loss_within": "1.5",
        "loss_between": "",
        "since": "2026-03-01",
        "reason": "총회",
    }
    body = register.save_terms(store, TRADER, 0, given, now).body
    assert (body.rule, body.loss_within, body.loss_between, body.price) == (Rule.PRICE, 0.015, None, None)
    wrong = given | {"loss_between": "1", "price": "비쌈", "since": "언젠가"}
    with pytest.raises(InvalidInput) as caught:
        register.save_terms(store, TRADER, 1, wrong, now)
    assert {one.where for one in caught.value.findings} == {"loss_between", "price", "since"}


def test_what_is_over_waits_until_it_is_final(sqlite_store, clock):
    """Last month once the agreement held in it; where days are settled, yesterday."""
    store, now = sqlite_store, clock.now()
    settle_in(store, now)
    assert papers.waiting(store, TRADER, now) is None
    assert papers.waiting(store, TRADER, now + timedelta(days=30)) == "2026-03"
    papers.finish(store, TRADER, "2026-03-02", 0, "", now)
    assert papers.waiting(store, TRADER, now) == YESTERDAY
    papers.finish(store, TRADER, YESTERDAY, 0, "", now)
    assert papers.waiting(store, TRADER, now) is None
