"""Demand response out of a real store: who is asked, what is measured, what is paid, and who may see it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
import sqlalchemy as sa
from tests.energy.service import responders as dr

from sandan.clock import SEOUL, milliseconds
from sandan.domain import House
from sandan.energy.model.demand_response import Standing
from sandan.energy.model.rates import SLOT_MS
from sandan.energy.model.response import Answer
from sandan.energy.records.responses import response
from sandan.energy.service.outlook import Outlook
from sandan.energy.service.response import calls, offers, register, settling
from sandan.energy.service.response.attention import response_attention
from sandan.energy.service.response.baselines import compare_for
from sandan.energy.service.response.book import call_versions, calls_of, find_call
from sandan.energy.service.response.demo import load_demo_responses
from sandan.energy.service.response.desk import look_at_desk, my_desk
from sandan.energy.service.response.following import look
from sandan.energy.service.response.measuring import measure_call
from sandan.energy.service.response.running import run_of
from sandan.energy.service.response.wishes import next_start
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.settings import Settings
from sandan.testing import FixedClock
from sandan.twin.demo import DemoParams, behave, generate
from sandan.web import Live

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)


def wheres(error):
    return {one.where for one in error.value.findings}


def test_an_event_is_measured_and_paid_to_the_won(sqlite_store):
    """All leave what they were asked: 1.2 MW at 100 and 110 won, a fifth for the operator, the rest alike."""
    dr.fill(sqlite_store, NOW)
    dr.register(sqlite_store)
    dr.call(sqlite_store)
    measured = measure_call(sqlite_store, dr.ENERGY, dr.ID, NOW)
    assert measured.left == pytest.approx(2400)
    assert measured.all_asked
    assert all(one.fulfilment == pytest.approx(1) for one in measured.parts)
    assert all(one.expected.made.standing is Standing.WHOLE for one in measured.parts)
    found = settling.settle(measured)
    assert found.won == 1200 * 100 + 1200 * 110
    assert found.operator == found.won // 5
    assert {one.won for one in found.customers} == {(found.won - found.operator) // 12}
    assert not found.failed
    desk = look_at_desk(sqlite_store, dr.OFFICER, NOW)
    assert desk.outcomes[0].won == found.won
    assert desk.base_pay == 12 * (1_000_000 - 666_666)


def test_who_is_not_asked_neither_undoes_nor_adds(sqlite_store):
    """By the rule before 2015 six who happened to rise would have eaten what six had left."""
    left = dict.fromkeys(dr.METERS[6:], -100.0)
    dr.fill(sqlite_store, NOW, left=left)
    dr.register(sqlite_store)
    calls.enter_call(sqlite_store, dr.ENERGY, dr.ROW | {"kw": "600"}, dr.METERS[6:], dr.CALLED)
    measured = measure_call(sqlite_store, dr.ENERGY, dr.ID, NOW)
    assert measured.left == pytest.approx(1200)
    assert measured.freed == pytest.approx(0, abs=1e-6)
    assert not measured.all_asked


def test_late_data_restate_a_final_settlement(sqlite_store):
    """An hour that one meter did not tell is not paid; told later, a second version pays it and says why."""
    store = sqlite_store
    dr.fill(store, NOW, without=dr.METERS[:1])
    dr.register(store)
    dr.call(store)
    first = settling.make_final(store, dr.ENERGY, dr.ID, 0, "", NOW)
    assert (first.body.won, first.body.whole) == (120_000, False)
    with pytest.raises(Conflict):
        settling.make_final(store, dr.ENERGY, dr.ID, 0, "", NOW)
    begin = milliseconds(datetime(2026, 3, 3, 15, tzinfo=SEOUL)) + SLOT_MS * np.arange(4)
    later = NOW + timedelta(days=1)
    dr.tell(store, "m-01.e", begin, np.full(4, 50.0), later)
    with pytest.raises(InvalidInput):
        settling.make_final(store, dr.ENERGY, dr.ID, 1, " ", later + timedelta(hours=1))
    second = settling.make_final(store, dr.ENERGY, dr.ID, 1, "늦은 검침", later + timedelta(hours=1))
    assert (second.body.won, second.body.whole, second.previous) == (252_000, True, first.hash)
    with store.registry.read() as conn:
        kept = settling.papers_of(conn, dr.ID)
        assert kept[0].paper == first
        names = {one.name.ko for one in kept[1].changes}
    assert {"기업 01 감축량", "기업 01 정산금", "합계"} <= names
    with pytest.raises(NotAllowed):
        settling.make_final(store, dr.OFFICER, dr.ID, 2, "다시", later)


def test_without_terms_or_prices_nothing_is_invented(sqlite_store):
    """What left is shown, won are not, and the page is told which figures are missing and who gives them."""
    dr.fill(sqlite_store, NOW)
    dr.register(sqlite_store, paid_up_to=None, operator_share=None)
    dr.call(sqlite_store, prices=())
    measured = measure_call(sqlite_store, dr.ENERGY, dr.ID, NOW)
    found = settling.settle(measured)
    assert found.hours[0].left == pytest.approx(1200)
    assert (found.won, found.operator, found.customers[0].won) == (None, None, None)
    assert {name.en for name, _ in settling.missing_for(measured)} == {
        "how much above the award is paid",
        "the operator's share",
        "price of each hour",
    }
    with pytest.raises(InvalidInput) as error:
        settling.make_final(sqlite_store, dr.ENERGY, dr.ID, 0, "", NOW)
    assert len(error.value.findings) == 3


def test_without_the_hours_of_a_day_there_is_no_baseline(sqlite_store):
    """The figure no source gives is asked for, and everything that does not need it still shows."""
    dr.fill(sqlite_store, NOW)
    dr.register(sqlite_store, day_hours=None)
    dr.call(sqlite_store)
    measured = measure_call(sqlite_store, dr.ENERGY, dr.ID, NOW)
    assert measured.reductions is None
    assert settling.settle(measured) is None
    assert np.isnan(measured.left)
    assert look_at_desk(sqlite_store, dr.ENERGY, NOW).outcomes[0].left is None
    assert not compare_for(sqlite_store, dr.ENERGY, "m-01", NOW, factory=True).trials
    mine = settling.my_part(sqlite_store, dr.FIRM, dr.ID, "m-01", NOW)
    assert mine.settled is None


def test_an_event_far_below_what_was_awarded_bans_from_bidding(sqlite_store):
    """Final and failed: no bid is taken before the ban is over, and the desk says so."""
    dr.fill(sqlite_store, NOW, left=dict.fromkeys(dr.METERS, 10.0))
    dr.register(sqlite_store)
    dr.call(sqlite_store)
    made = settling.make_final(sqlite_store, dr.ENERGY, dr.ID, 0, "", NOW)
    assert (made.body.failed, made.body.banned_until) == (True, date(2026, 9, 3))
    with pytest.raises(InvalidInput) as error:
        offers.hand_in(sqlite_store, dr.ENERGY, date(2026, 3, 5), 14, 2, "1", NOW)
    assert "bid.resource" in wheres(error)
    assert look_at_desk(sqlite_store, dr.ENERGY, NOW).banned_until == date(2026, 9, 3)


def test_an_instruction_against_the_rules_needs_a_reason(sqlite_store):
    """Night, holiday, past: refused all at once, taken when somebody says why; never twice at one hour."""
    dr.fill(sqlite_store, NOW)
    dr.register(sqlite_store)
    row = dr.ROW | {"day": "2026-03-02", "hour": "20"}
    with pytest.raises(InvalidInput) as error:
        calls.enter_call(sqlite_store, dr.ENERGY, row, (), NOW)
    assert wheres(error) == {"day", "hour"}
    with pytest.raises(InvalidInput):
        calls.enter_call(sqlite_store, dr.ENERGY, row, (), NOW, anyway=True)
    made = calls.enter_call(sqlite_store, dr.ENERGY, row, (), NOW, anyway=True, reason="거래소 긴급 지시")
    assert sum(one.kw for one in made.asked) == 1200
    with pytest.raises(InvalidInput):
        calls.enter_call(sqlite_store, dr.ENERGY, row, (), NOW, anyway=True, reason="또")
    with pytest.raises(InvalidInput) as error:
        calls.enter_call(sqlite_store, dr.ENERGY, dict.fromkeys(row, "?"), (), NOW)
    assert wheres(error) == {"programme", "day", "hour", "hours", "kw"}
    with pytest.raises(InvalidInput):
        calls.enter_call(sqlite_store, dr.ENERGY, dr.ROW | {"kw": "1300"}, (), dr.CALLED)


def test_the_book_is_only_added_to(store):
    """Bids and instructions are versions: the database refuses to change or remove one."""
    dr.fill(store, dr.CALLED)
    dr.register(store)
    made = dr.call(store)
    with store.registry.read() as conn:
        assert [one.version for one in call_versions(conn, dr.ID)] == [1, 2]
        assert find_call(conn, dr.ENERGY, dr.ID) == made
    for change in (sa.update(response).values(by="누구"), sa.delete(response)):
        with pytest.raises(Conflict), store.registry.write() as conn:
            conn.execute(change)


def test_firms_answer_and_the_desk_shares_again(sqlite_store):
    """Who cannot is left out, the others take its part to the kW; who is asked for more is asked anew."""
    dr.fill(sqlite_store, dr.CALLED)
    dr.register(sqlite_store)
    dr.call(sqlite_store, prices=(), kw="600")
    calls.answer_call(sqlite_store, dr.FIRM, dr.ID, "m-01", Answer.NO, dr.CALLED)
    with pytest.raises(NotFound):
        calls.answer_call(sqlite_store, dr.FIRM, dr.ID, "m-02", Answer.YES, dr.CALLED)
    with pytest.raises(NotFound):
        calls.answer_call(sqlite_store, dr.ENERGY, dr.ID, "m-02", Answer.YES, dr.CALLED)
    with pytest.raises(Conflict):
        calls.share_again(sqlite_store, dr.ENERGY, dr.ID, 1, ["m-01"], "", dr.CALLED)
    made = calls.share_again(sqlite_store, dr.ENERGY, dr.ID, 2, ["m-01"], "", dr.CALLED)
    assert sum(one.kw for one in made.asked) == 600
    assert "m-01" not in {one.meter for one in made.asked}
    with sqlite_store.registry.read() as conn, pytest.raises(NotFound):
        find_call(conn, dr.FIRM, dr.ID)
    with pytest.raises(Conflict):
        calls.share_again(sqlite_store, dr.ENERGY, dr.ID, 3, [], "", NOW)
    with pytest.raises(InvalidInput):
        calls.cancel_call(sqlite_store, dr.ENERGY, dr.ID, 3, " ", NOW)
    calls.cancel_call(sqlite_store, dr.ENERGY, dr.ID, 3, "거래소가 거둠", dr.CALLED)
    assert not look_at_desk(sqlite_store, dr.ENERGY, dr.CALLED).due
    with pytest.raises(Conflict):
        settling.make_final(sqlite_store, dr.ENERGY, dr.ID, 0, "", NOW)


def test_a_firm_sees_its_own_part_only(sqlite_store):
    """Desk, part and running event hold no other's name or figure; another firm is told of none."""
    dr.fill(sqlite_store, NOW)
    dr.register(sqlite_store)
    dr.call(sqlite_store)
    desk = my_desk(sqlite_store, dr.FIRM, NOW)
    assert [one.meter for one in desk.outcomes] == ["m-01"]
    assert [thing.id for _, thing in desk.enrolled] == ["m-01"]
    assert desk.pay == round(0.8 * (1_000_000 - 666_666))
    mine = settling.my_part(sqlite_store, dr.FIRM, dr.ID, "m-01", NOW)
    assert (mine.settled.meter, mine.settled.won) == ("m-01", 16_800)
    assert [one.meter.id for one in measure_call(sqlite_store, dr.FIRM, dr.ID, NOW).parts] == ["m-01"]
    run = run_of(sqlite_store, dr.FIRM, dr.ID, NOW)
    assert np.nanmax(run.metered) == pytest.approx(dr.LOADS["m-01"])
    assert run.until == datetime(2026, 3, 4, tzinfo=SEOUL)
    for ask in (
        lambda: settling.my_part(sqlite_store, dr.FIRM, dr.ID, "m-02", NOW),
        lambda: settling.my_part(sqlite_store, dr.OTHER, dr.ID, "m-01", NOW),
        lambda: measure_call(sqlite_store, dr.OTHER, dr.ID, NOW),
    ):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(NotAllowed):
        look_at_desk(sqlite_store, dr.FIRM, NOW)
    empty = my_desk(sqlite_store, dr.OTHER, NOW)
    assert not empty.enrolled
    assert empty.won is None


def test_a_bid_becomes_an_award_and_an_instruction(sqlite_store):
    """All that is wrong with a bid is told at once; what the market takes is shared among customers."""
    store = sqlite_store
    dr.fill(store, NOW)
    dr.register(store)
    assert offers.next_market_day(NOW) == date(2026, 3, 5)
    assert offers.next_market_day(NOW + timedelta(hours=2)) == date(2026, 3, 6)
    with pytest.raises(InvalidInput) as error:
        offers.hand_in(store, dr.ENERGY, date(2026, 3, 4), 19, 3, "0.5", NOW)
    assert wheres(error) == {"hour", "bid.mw", "bid.sent_at"}
    offer = offers.hand_in(store, dr.ENERGY, date(2026, 3, 5), 14, 2, "1", NOW)
    assert look_at_desk(store, dr.ENERGY, NOW).waiting == [offer]
    with pytest.raises(InvalidInput):
        offers.record_award(store, dr.ENERGY, offer.id, 1, "1001", NOW)
    with pytest.raises(InvalidInput):
        offers.record_award(store, dr.ENERGY, offer.id, 1, "조금", NOW)
    taken = offers.record_award(store, dr.ENERGY, offer.id, 1, "900", NOW)
    assert taken.awarded == 900
    with store.registry.read() as conn:
        made = calls_of(conn)[-1]
    assert (made.offer, made.kw, sum(one.kw for one in made.asked)) == (offer.id, 900, 900)
    with pytest.raises(InvalidInput):
        offers.hand_in(store, dr.ENERGY, date(2026, 3, 5), 14, 2, "1", NOW)
    with pytest.raises(NotAllowed):
        offers.hand_in(store, dr.OFFICER, date(2026, 3, 5), 14, 2, "1", NOW)


def test_a_bid_is_suggested_from_forecasts_and_costs(sqlite_store):
    """Nobody forecast, nobody counted; with forecasts each counts its pledge, and dear ones are left out."""
    dr.fill(sqlite_store, NOW)
    dr.register(sqlite_store)
    found = offers.suggest_bid(sqlite_store, dr.ENERGY, date(2026, 3, 5), 14, 2, None, NOW)
    assert (found.mw, {one.why_not.en for one in found.rows}) == (0, {"not forecast"})
    offers_now = NOW + timedelta(minutes=1)
    Outlook(sqlite_store).tell(offers_now)
    found = offers.suggest_bid(sqlite_store, dr.ENERGY, date(2026, 3, 5), 14, 2, None, offers_now)
    assert found.kw == pytest.approx(1200, rel=0.1)
    assert found.mw == 1
    assert not found.findings
    dear = offers.suggest_bid(sqlite_store, dr.ENERGY, date(2026, 3, 5), 14, 2, 40.0, offers_now)
    assert (dear.mw, {one.why_not.en for one in dear.rows}) == (0, {"costs more than the price"})


def test_the_register_keeps_what_it_is_told_and_no_more(sqlite_store):
    """Faults all at once; empty is not known; a baseline that was used stays, a pledge may change."""
    store = sqlite_store
    dr.fill(store, NOW)
    with pytest.raises(InvalidInput) as error:
        register.save_terms(store, dr.ENERGY, 0, {"day_from": "9", "base_pay": "많이"}, "서류", NOW)
    assert wheres(error) == {"day_hours", "base_pay", "programmes"}
    row = {"programme_economic": "1", "day_from": "9", "day_to": "20", "operator_share": "0.15"}
    made = register.save_terms(store, dr.ENERGY, 0, row, "등록서류", NOW).body
    assert (made.day_hours, made.operator_share, made.base_pay) == ((9, 20), Decimal("0.15"), None)
    assert {name.en for name, _ in register.unknown(made)} >= {"base pay", "how won are rounded"}
    with pytest.raises(InvalidInput) as error:
        register.enrol(store, dr.ENERGY, 1, {"meter": "m-77", "adjust": "add"}, "계약", NOW)
    assert wheres(error) >= {"meter", "pledged", "baseline", "adjust_hours", "adjust_gap", "adjust_most"}
    base = 1
    for meter in dr.METERS:
        one = {"meter": meter, "pledged": "100", "baseline": "max_4_5", "factory": "1"}
        base = register.enrol(store, dr.ENERGY, base, one, "계약", NOW).version
    with store.registry.read() as conn:
        assert not register.faults_of(register.resource_of(store, conn).body, NOW)
    calls.enter_call(store, dr.ENERGY, dr.ROW, (), dr.CALLED)
    change = {"meter": "m-01", "pledged": "80", "baseline": "mid_6_10", "factory": "1"}
    with pytest.raises(InvalidInput):
        register.enrol(store, dr.ENERGY, base, change, "바꿈", NOW)
    with pytest.raises(Conflict):
        register.enrol(store, dr.ENERGY, 1, change | {"meter": "m-01", "baseline": "max_4_5"}, "바꿈", NOW)
    base = register.enrol(store, dr.ENERGY, base, change | {"baseline": "max_4_5"}, "줄임", NOW).version
    left = register.leave(store, dr.ENERGY, base, "m-12", "탈퇴", NOW)
    assert len(left.body.customers) == 11
    with pytest.raises(NotFound):
        register.leave(store, dr.ENERGY, left.version, "m-12", "탈퇴", NOW)
    assert [one.id for one in register.find_meters(store, dr.ENERGY, "기업 03")] == ["m-03"]
    assert [one.id for one in register.find_meters(store, dr.ENERGY, "M-03")] == ["m-03"]
    assert not register.find_meters(store, dr.ENERGY, " ")


def test_baselines_are_compared_on_days_that_were_metered(sqlite_store):
    """Of constant loads both are exact, and nothing is counted as tried that was not."""
    dr.fill(sqlite_store, NOW)
    dr.register(sqlite_store)
    found = compare_for(sqlite_store, dr.ENERGY, "m-01", NOW, factory=True)
    assert found.suggested.rrmse < 0.1
    assert found.suggested.kind is found.enrolment.baseline
    assert 20 <= found.suggested.days <= 27
    assert found.why.ko
    with pytest.raises(NotAllowed):
        compare_for(sqlite_store, dr.FIRM, "m-01", NOW, factory=True)


def test_the_control_room_hears_of_events_and_gates(sqlite_store):
    """Staff of what is due, an asked firm of its own kW, another firm of nothing; a gate in its last hour."""
    dr.fill(sqlite_store, dr.CALLED)
    dr.register(sqlite_store)
    dr.call(sqlite_store, prices=())
    tell = lambda actor, now=dr.CALLED: response_attention(sqlite_store, actor, now)  # noqa: E731  # short here
    assert [one.id for one in tell(dr.ENERGY)] == [f"response-{dr.ID}", "response-gate-2026-03-04"]
    assert [one.id for one in tell(dr.OFFICER)] == [f"response-{dr.ID}"]
    (mine,) = tell(dr.FIRM)
    assert "100 kW" in mine.detail.en
    assert not tell(dr.OTHER)
    running = datetime(2026, 3, 3, 14, 30, tzinfo=SEOUL)
    assert tell(dr.FIRM, running)[0].priority == 2
    assert not tell(dr.FIRM, NOW)


def test_while_an_event_runs_power_tells_what_is_left_now(sqlite_store):
    """By the minute from power, by the quarter-hour from the meter."""
    running = datetime(2026, 3, 3, 14, 30, tzinfo=SEOUL)
    dr.fill(sqlite_store, running)
    dr.register(sqlite_store)
    dr.call(sqlite_store)
    at = np.array([milliseconds(running) - 10_000])
    dr.tell(sqlite_store, "m-01.p", at, np.array([dr.LOADS["m-01"] - 40.0]), running)
    run = run_of(sqlite_store, dr.ENERGY, dr.ID, running)
    first, second = run.rows[:2]
    assert (first.now, first.share) == (pytest.approx(40), pytest.approx(0.4))
    assert (second.now, second.newest) == (None, pytest.approx(100))
    assert np.isfinite(run.target).sum() == 8
    abilities = {one.meter.id: one for one in look_at_desk(sqlite_store, dr.ENERGY, running).abilities}
    assert (abilities["m-01"].can, abilities["m-02"].can) == (pytest.approx(100), None)


def test_the_next_hour_to_ask_for_is_one_of_the_market(sqlite_store):
    """Saturday evening leads to the morning of the next working day; noon to one o'clock."""
    assert next_start(datetime(2026, 3, 4, 12, 10, tzinfo=SEOUL)).hour == 13
    at = next_start(datetime(2026, 2, 28, 21, 0, tzinfo=SEOUL))
    assert (at.date(), at.hour) == (date(2026, 3, 3), 9)


def test_a_demo_has_a_resource_and_an_event_of_the_last_working_day(sqlite_store):
    """Invented and said so, made once; its simulated customers leave about what they are asked."""
    from_demo = generate(DemoParams(firms=50))
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, from_demo.things)
    made = load_demo_responses(sqlite_store, NOW)
    assert made == load_demo_responses(sqlite_store, NOW)
    desk = look_at_desk(sqlite_store, dr.ENERGY, NOW)
    assert desk.simulated
    assert not desk.faults
    assert [one.call.id for one in desk.outcomes] == ["2026-03-03T14"]
    assert desk.outcomes[0].call.simulated
    assert 700 < sum(one.power for one in made) < 1300


async def test_simulated_firms_follow_the_book_while_a_demo_is_open(sqlite_store):
    """An instruction entered meanwhile is left by who did not refuse; taken back it is forgotten."""
    behaviour = behave(generate(DemoParams(firms=50)), troubles=False)
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, behaviour.complex.things)
    load_demo_responses(sqlite_store, dr.CALLED)
    house = House(Settings(demo=True), FixedClock(dr.CALLED), sqlite_store, Live(), domains=())
    await look(house)
    house.keep(behaviour)
    made = calls.enter_call(sqlite_store, dr.ENERGY, dr.ROW | {"kw": "500"}, (), dr.CALLED)
    await look(house)
    begins = {one.start for one in behaviour.script.reductions}
    assert begins == {made.start}
    assert len(behaviour.script.reductions) == len(made.asked)
    calls.cancel_call(sqlite_store, dr.ENERGY, made.id, 1, "거둠", dr.CALLED)
    await look(house)
    assert not behaviour.script.reductions
