"""Inventories out of a real store: read from meters and documents, locked, restated, and whose they are."""

from datetime import date, datetime, timedelta

import pytest
from tests.energy.service.test_bills import ENERGY, FIRM, OTHER, POINTS, THINGS, tell

from sandan.access import Actor, Role
from sandan.clock import SEOUL
from sandan.energy.model.carbon import Factor, Part, Purpose
from sandan.energy.model.declared import GivenThreshold
from sandan.energy.service.carbon import declaring, factors
from sandan.energy.service.carbon.complex import complex_year
from sandan.energy.service.carbon.locking import lock_inventory, lock_ready, versions_of
from sandan.energy.service.carbon.years import firm_year
from sandan.errors import Conflict, InvalidInput, NotAllowed, NotFound
from sandan.twin.model import Thing

OFFICER = Actor("officer", "담당관", frozenset({Role.OFFICER}))
NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)
DECEMBER = datetime(2025, 12, 1, tzinfo=SEOUL)
SLOTS = 31 * 96
HEAD = "firm,carrier,site,facility,quantity,unit,first,last,document\n"
GAS = ("firm-a", "natural_gas", "본사", "보일러", "1,200", "㎥", "2025-01-01", "2025-06-30", "가스 7")


@pytest.fixture
def complex_(store):
    """Two firms; the first's meter told the whole of December 2025 at 100 kW, the second's nothing."""
    home = Thing("hall", "building", "1공장", attributes={"height": 8.0})
    things = [THINGS[0], THINGS[1], home]
    things += [Thing("m-a", "meter", "주 계량기", parent="hall", tenant="firm-a"), THINGS[3]]
    with store.registry.write() as conn:
        store.things.put(conn, things)
        store.points.put(conn, [POINTS[0], POINTS[3]])
    tell(store, "m-a.e", DECEMBER, [25.0] * SLOTS, known=NOW - timedelta(days=1))
    return store


def year_of(store, actor=ENERGY, firm="firm-a", year=2025, now=NOW):
    with store.registry.read() as conn:
        return firm_year(store, conn, actor, firm, year, now)


def use(*, actor=FIRM, store, **more):
    cells = dict(zip(HEAD.strip().split(","), GAS, strict=True)) | more
    return declaring.save_use(store, actor, "firm-a", cells, NOW)


def bill_of(month, kwh="60000", document=None):
    last = date(2025, month % 12 + 1, 1) - timedelta(days=1) if month < 12 else date(2025, 12, 31)
    return {
        "carrier": "electricity", "site": "1공장", "facility": "주 계량기", "quantity": kwh, "unit": "kWh",
        "first": f"2025-{month:02}-01", "last": last.isoformat(), "document": document or f"고지서 {month}월",
    }  # fmt: skip


def factor(value, *, carrier="electricity", gas="CO2eq", part=Part.EMISSION, purpose=Purpose.ETS):
    source = "할당 계획"
    return Factor(
        carrier, gas, part, purpose, "KR", "할당", date(2025, 1, 1), (2024, 2026), value, "", "O", source
    )


def test_what_the_meter_told_is_the_inventory_with_its_evidence(complex_):
    """74.4 MWh at the factor of 2023; trading has none, and the silent firm is said to be silent."""
    found = year_of(complex_)
    esg, ets = (found.reckoned.inventories[one] for one in Purpose)
    assert esg.indirect == round(74.4 * 0.4173 * 1e6)
    line = esg.lines[0]
    assert (line.place.site, line.place.facility) == ("1공장", "주 계량기")
    assert line.evidence[0].point == "m-a.e"
    assert line.coverage == pytest.approx(31 / 365)
    assert found.measured == pytest.approx(31 / 365)
    assert [lack.gas for lack in ets.lacks] == ["CO2eq"]
    silent = year_of(complex_, firm="firm-b").reckoned.inventories[Purpose.ESG]
    assert [(one.quantity, one.coverage) for one in silent.lines] == [(0.0, 0.0)]
    assert "0.0%" in silent.notes[0].en


def test_a_bill_fills_a_month_that_no_meter_told_and_never_one_that_it_did(complex_):
    """November is added by its document; December's bill is set aside, and the page can say so."""
    use(store=complex_, **bill_of(11))
    use(store=complex_, **bill_of(12))
    found = year_of(complex_, FIRM)
    assert found.reckoned.inventories[Purpose.ESG].lines[0].quantity == pytest.approx(134.4)
    assert [one.document for one in found.reckoned.set_aside] == ["고지서 12월"]


def test_a_firm_declares_for_itself_only_and_every_fault_is_told(complex_):
    """Another firm is not there for it; an officer looks; a wrong row is named with field and remedy."""
    with pytest.raises(NotFound):
        use(store=complex_, actor=OTHER)
    with pytest.raises(NotAllowed):
        use(store=complex_, actor=OFFICER)
    with pytest.raises(NotFound):
        year_of(complex_, OTHER)
    wrong = {"quantity": "많이", "unit": "kWh", "last": "2026-01-02", "document": " "}
    with pytest.raises(InvalidInput) as error:
        use(store=complex_, **wrong)
    told = [one.where for one in error.value.findings]
    assert told == ["사용량/quantity", "단위/unit", "문서 번호/document", "끝날/last day"]
    foreign = HEAD + ",".join(("firm-b", *GAS[1:4], "12", *GAS[5:])) + "\n"
    with pytest.raises(InvalidInput) as error:
        declaring.import_uses(complex_, FIRM, foreign.encode(), NOW)
    assert error.value.findings[0].where == "2행/row 2 기업/firm"


def test_a_file_comes_in_whole_and_twice_without_harm(complex_):
    """Units are converted, a changed row is changed, and what went out can come in again."""
    rows = [
        "firm-a,경유,본사,지게차,1500,L,2025-03-01,2025-03-31,납품 1",
        ",".join(GAS).replace("1,200", "1200"),
    ]
    data = (HEAD + "\n".join(rows)).encode("cp949")
    assert declaring.import_uses(complex_, ENERGY, data, NOW) == (2, 0, 0)
    assert declaring.import_uses(complex_, FIRM, data.replace(b"1500", b"1600"), NOW) == (0, 1, 1)
    table = declaring.uses_rows(complex_, FIRM, "firm-a", 2025)
    again = "\n".join(",".join(map(str, row)) for row in table).encode()
    assert declaring.import_uses(complex_, FIRM, again, NOW) == (0, 0, 2)
    lacks = year_of(complex_).reckoned.inventories[Purpose.ESG].lacks
    assert {(one.carrier, one.quantity) for one in lacks} == {("diesel", 1.6), ("natural_gas", 1200.0)}
    twice = (HEAD + rows[0] + "\n" + rows[0]).encode()
    with pytest.raises(InvalidInput):
        declaring.import_uses(complex_, ENERGY, twice, NOW)
    diesel = next(one for one in year_of(complex_).uses if one.carrier == "diesel")
    declaring.remove_use(complex_, FIRM, "firm-a", diesel.id, NOW)
    with pytest.raises(NotFound):
        declaring.remove_use(complex_, FIRM, "firm-a", diesel.id, NOW)
    with complex_.registry.read() as conn:
        kinds = [one.kind for one in complex_.events.find(conn, subject="firm-a")]
    assert sorted(set(kinds)) == ["EnergyUseChanged", "EnergyUseDeclared", "EnergyUseRemoved"]


def test_a_proof_counts_once_and_as_far_as_was_used(complex_):
    """100 MWh of REC for 74.4 used; nobody may use the serial again, and it stays once locked."""
    said = {
        "serial": "REC-1",
        "kind": "rec",
        "site": "1공장",
        "facility": "주 계량기",
        "mwh": "100",
        "factor": "0",
    }
    declaring.save_proof(complex_, FIRM, "firm-a", 2025, said | {"document": "인증서"}, NOW)
    found = year_of(complex_)
    assert found.reckoned.inventories[Purpose.ESG].indirect_market == 0
    assert found.reckoned.left["REC-1"] == pytest.approx(25.6)
    for actor, firm in ((FIRM, "firm-a"), (OTHER, "firm-b")):
        with pytest.raises(InvalidInput):
            declaring.save_proof(complex_, actor, firm, 2025, said | {"document": "인증서"}, NOW)
    with pytest.raises(NotFound):
        declaring.remove_proof(complex_, OTHER, "firm-b", "REC-1", NOW)
    lock_inventory(complex_, ENERGY, "firm-a", 2025, Purpose.ESG, NOW, 0, "")
    with pytest.raises(Conflict):
        declaring.remove_proof(complex_, FIRM, "firm-a", "REC-1", NOW)


def test_a_year_is_locked_once_it_is_over_and_restated_with_a_reason(complex_):
    """The version before stays, the difference is explained, and reading it again changes nothing."""

    def lock(year=2025, purpose=Purpose.ESG, seen=0, reason="", actor=ENERGY, now=NOW):
        return lock_inventory(complex_, actor, "firm-a", year, purpose, now, seen, reason)

    with pytest.raises(NotAllowed):
        lock(actor=FIRM)
    with pytest.raises(Conflict):
        lock(year=2026)
    with pytest.raises(InvalidInput) as error:
        lock(purpose=Purpose.ETS)
    assert error.value.findings[0].where == "factor.electricity.CO2eq.emission"
    first = lock()
    assert first.body.total == first.body.inventory.total
    with pytest.raises(Conflict):
        lock(now=NOW + timedelta(days=1), seen=1, reason="다시")
    use(store=complex_, **bill_of(11))
    with pytest.raises(InvalidInput):
        lock(seen=1)
    second = lock(seen=1, reason="11월 고지서")
    assert second.previous == first.hash
    _, versions = versions_of(complex_, FIRM, "firm-a", 2025, Purpose.ESG)
    assert [one.paper.version for one in versions] == [1, 2]
    assert all(one.whole for one in versions)
    assert versions[1].explanation.difference == round(134.4 * 417_300) - round(74.4 * 417_300)
    with pytest.raises(NotFound):
        versions_of(complex_, OTHER, "firm-a", 2025, Purpose.ESG)
    assert complex_year(complex_, ENERGY, 2025, Purpose.ESG, NOW).rows[0].locked.total == second.body.total


def test_all_that_nothing_stands_against_are_locked_by_one_press(complex_):
    """With bills for the other months the first firm is ready; the silent one is left for a person."""
    assert lock_ready(complex_, ENERGY, 2025, Purpose.ESG, NOW) == 0
    for month in range(1, 12):
        use(store=complex_, **bill_of(month, "1000000"))
    with pytest.raises(NotAllowed):
        lock_ready(complex_, FIRM, 2025, Purpose.ESG, NOW)
    assert lock_ready(complex_, ENERGY, 2025, Purpose.ETS, NOW) == 0
    assert lock_ready(complex_, ENERGY, 2025, Purpose.ESG, NOW) == 1
    assert lock_ready(complex_, ENERGY, 2025, Purpose.ESG, NOW) == 0
    found = complex_year(complex_, ENERGY, 2025, Purpose.ESG, NOW)
    assert found.locked == 1
    assert found.rows[0].locked.total == found.rows[0].total == round(11_074.4 * 417_300)


def test_the_operators_factor_holds_for_its_purpose_and_a_given_threshold_is_judged(complex_):
    """Two right totals side by side; the edition used is kept with the inventory."""
    with pytest.raises(NotAllowed):
        factors.give_factor(complex_, FIRM, 0, factor(0.5), "할당 계획", NOW)
    factors.give_factor(complex_, ENERGY, 0, factor(0.5), "할당 계획", NOW)
    factors.give_factor(complex_, ENERGY, 1, factor(0.46), "오타", NOW)
    factors.give_threshold(complex_, ENERGY, 2, GivenThreshold("trading_site", 30.0, "고시"), "고시", NOW)
    with pytest.raises(Conflict):
        factors.give_factor(complex_, ENERGY, 0, factor(0.1), "늦음", NOW)
    found = year_of(complex_)
    totals = {purpose: one.total for purpose, one in found.reckoned.inventories.items()}
    assert totals == {Purpose.ESG: round(74.4 * 417_300), Purpose.ETS: 74_400 * 460}
    above = {one.threshold.id: one.above for one in found.standings}
    assert above == {
        "trading_corporation": False, "trading_site": True, "target_corporation": None, "target_site": None,
    }  # fmt: skip
    assert found.judged is Purpose.ETS
    paper = lock_inventory(complex_, ENERGY, "firm-a", 2025, Purpose.ETS, NOW, 0, "")
    assert paper.body.factor_edition == 3


def test_the_complex_is_the_sum_of_its_firms(complex_):
    """By firm and by carrier; a firm that asks gets its own row alone."""
    use(store=complex_)
    found = complex_year(complex_, ENERGY, 2025, Purpose.ESG, NOW)
    assert [row.firm.id for row in found.rows] == ["firm-a", "firm-b"]
    assert found.direct + found.indirect == sum(row.total for row in found.rows) == round(74.4 * 417_300)
    assert found.by_carrier["electricity"][1:] == ("MWh", found.indirect)
    assert found.uncounted == {"natural_gas": (1200.0, "㎥", 1)}
    assert found.silent == 1
    assert [row.firm.id for row in complex_year(complex_, OTHER, 2025, Purpose.ESG, NOW).rows] == ["firm-b"]
    assert complex_year(complex_, ENERGY, 2027, Purpose.ESG, NOW).rows[0].total == 0
