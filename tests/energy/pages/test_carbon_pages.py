"""The pages of carbon: who opens them, what they say, what they refuse, and whose figures are on them."""

import hashlib
import json
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from tests.energy.service.test_bills import POINTS, THINGS, tell
from tests.energy.service.test_carbon import DECEMBER, SLOTS
from tests.visitors import Badges, Browser

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.clock import SEOUL
from sandan.domain import Domain
from sandan.energy.plugin import domain as energy_domain
from sandan.energy.service.carbon.demo import load_demo_carbon
from sandan.settings import Settings
from sandan.twin.model import Thing
from sandan.words import Text

PEOPLE = {
    "energy": Actor("energy", "에너지 담당", frozenset({Role.ENERGY})),
    "officer": Actor("officer", "담당관", frozenset({Role.OFFICER})),
    "firm": Actor("firm", "가나", frozenset({Role.FIRM}), "firm-a"),
    "other": Actor("other", "다라", frozenset({Role.FIRM}), "firm-b"),
    "viewer": Actor("viewer", "손님", frozenset({Role.VIEWER})),
}
FIRM = "/energy/carbon/firms/firm-a"
GAS = {
    "carrier": "natural_gas", "site": "본사", "facility": "보일러", "quantity": "1200", "unit": "㎥",
    "first": "2025-01-01", "last": "2025-06-30", "document": "가스 7", "year": "2025",
}  # fmt: skip
PROOF = {
    "serial": "REC-1", "kind": "rec", "site": "1공장", "facility": "주 계량기", "mwh": "50", "factor": "0",
    "document": "인증서", "year": "2025",
}  # fmt: skip


@pytest.fixture
def entered(sqlite_store, clock, bare_assets):
    """The app open on 4 March 2026 over two firms, the first of which was metered in December 2025."""
    store = sqlite_store

    @asynccontextmanager
    async def entering(*, made=True):
        if made:
            home = Thing("hall", "building", "1공장", attributes={"height": 8.0})
            meter = Thing("m-a", "meter", "주 계량기", parent="hall", tenant="firm-a")
            with store.registry.write() as conn:
                store.things.put(conn, [THINGS[0], THINGS[1], home, meter, THINGS[3]])
                store.points.put(conn, [POINTS[0], POINTS[3]])
            known = datetime(2026, 1, 5, tzinfo=SEOUL)
            tell(store, "m-a.e", DECEMBER, [25.0] * SLOTS, known=known)
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        app = build_app(Settings(), store, clock, domains=(energy_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda person="energy", language="ko": Browser(app, person, language)

    return entering


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_staff_see_the_sum_and_a_firm_comes_to_its_own(entered, language):
    """Each page opens in both languages; another firm's is not there, and a guest's not at all."""
    async with entered() as browse:
        page = await browse("energy", language).soup("/energy/carbon?year=2025")
        assert len(page.select("#firms-title")) == 1
        assert "31.0" in page.select_one(".figures").text
        own = await browse("firm", language).soup("/energy/carbon?year=2025")
        assert "가나화학" in own.h1.text
        assert "다라정밀" not in own.text
        assert (
            "/explore?point=m-a.e&from=2025-12-01"
            in own.select_one("#lines-title").find_parent("section").select_one("a")["href"]
        )
        for path in (FIRM, f"{FIRM}/entries", f"{FIRM}/products", f"{FIRM}/lines.csv", f"{FIRM}/entries.csv"):
            await browse("officer", language).client.get(f"{path}?year=2025")
            await browse("other", language).soup(f"{path}?year=2025", 404)
            await browse("viewer", language).soup(f"{path}?year=2025", 403)
        assert "firm-a" not in (await browse("other").client.get("/energy/carbon/export.csv?year=2025")).text
        assert "firm-a" in (await browse("officer").client.get("/energy/carbon/export.csv?year=2025")).text
        assert (await browse("officer", language).soup(f"{FIRM}/products?year=2025")).select_one(".empty")
        await browse("officer", language).soup("/energy/carbon/factors")


async def test_an_empty_complex_says_what_to_do(entered):
    """No firms: what to import."""
    async with entered(made=False) as browse:
        assert (await browse().soup("/energy/carbon")).select_one(".empty p").text


async def test_documents_are_entered_changed_imported_and_removed(entered):
    """A fault is named beside the form; an officer looks only; what has no factor is said not to count."""
    async with entered() as browse:
        firm = browse("firm")
        wrong = await firm.post(f"{FIRM}/entries", 422, **GAS | {"unit": "kWh", "document": ""})
        assert len(wrong.select(".findings li")) == 2
        assert wrong.select_one("#quantity")["value"] == "1200"
        await firm.post(f"{FIRM}/entries", **GAS)
        page = await firm.soup(f"{FIRM}/entries?year=2025&done=saved")
        assert "가스 7" in page.text
        page = await firm.soup(f"{FIRM}?year=2025")
        assert "지구온난화지수" in page.select_one("#lack-title").find_parent("section").text
        file = {"file": ("u.csv", "firm,carrier\nfirm-a,경유\n".encode(), "text/csv")}
        assert (await firm.client.post(f"{FIRM}/entries/import", files=file)).status_code == 422
        assert (await browse().client.post("/energy/carbon/import", files=file)).status_code == 422
        sheet = (await firm.client.get(f"{FIRM}/entries.csv?year=2025")).content
        again = {"file": ("u.csv", sheet, "text/csv")}
        assert (await browse().client.post("/energy/carbon/import", files=again)).status_code == 303
        await browse("officer").post(f"{FIRM}/entries", 403, **GAS)
        await browse("other").post(f"{FIRM}/entries", 404, **GAS)
        form = (await firm.soup(f"{FIRM}/entries?year=2025")).select_one("form[action$='entries/remove']")
        id = form.select_one("[name=id]")["value"]
        await firm.post(f"{FIRM}/entries/remove", id=id, year="2025")
        await firm.post(f"{FIRM}/entries/remove", 404, id=id, year="2025")


async def test_a_proof_is_used_once_and_makes_a_figure_by_market(entered):
    """The second time is refused with its reason; once locked it cannot be taken back."""
    async with entered() as browse:
        firm = browse("firm")
        await firm.post(f"{FIRM}/proofs", **PROOF)
        again = await firm.post(f"{FIRM}/proofs", 422, **PROOF)
        assert "이미 쓰인" in again.select_one(".findings").text
        assert (
            "시장 기반"
            in (await firm.soup(f"{FIRM}?year=2025")).select_one("#lines-title").find_parent("section").text
        )
        await browse().post(f"{FIRM}/lock", year="2025", purpose="esg")
        await firm.post(f"{FIRM}/proofs/remove", 409, serial="REC-1", year="2025")


async def test_an_inventory_is_locked_and_its_hash_can_be_reckoned_by_anybody(entered):
    """Locked once, restated with a reason, and the file gives the hash that is shown."""
    async with entered() as browse:
        staff, firm = browse(), browse("firm")
        await firm.post(f"{FIRM}/lock", 403, year="2025", purpose="esg")
        await staff.post(f"{FIRM}/lock", 409, year="2026", purpose="esg")
        missing = await staff.post(f"{FIRM}/lock", 422, year="2025", purpose="ets")
        assert "배출계수" in missing.select_one(".findings").text
        await staff.post(f"{FIRM}/lock", year="2025", purpose="esg")
        await staff.post(f"{FIRM}/lock", 409, year="2025", purpose="esg", seen="1", reason="다시")
        await staff.post(f"{FIRM}/lock", 409, year="2025", purpose="esg")
        november = {"carrier": "electricity", "site": "1공장", "facility": "주 계량기", "quantity": "60000"}
        november |= {"unit": "kWh", "first": "2025-11-01", "last": "2025-11-30", "document": "11월"}
        await firm.post(f"{FIRM}/entries", **november)
        page = await staff.soup(f"{FIRM}?year=2025")
        assert "그 뒤 달라짐" in page.text
        await staff.post(f"{FIRM}/lock", year="2025", purpose="esg", seen="1", reason="11월 고지서")
        page = await firm.soup(f"{FIRM}/versions?year=2025&purpose=esg")
        assert len(page.select("section.card")) == 2
        assert "11월 고지서" in page.text
        assert not page.select(".badge.bad")
        answer = await firm.client.get(f"{FIRM}/paper.json?year=2025&purpose=esg&version=2")
        paper = json.loads(answer.text)
        said = json.dumps(paper["said"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(said.encode()).hexdigest() == paper["sha256"]
        await firm.soup(f"{FIRM}/paper.json?year=2025&purpose=esg&version=9", 404)
        await browse("other").soup(f"{FIRM}/versions?year=2025&purpose=esg", 404)
        await browse("other").soup(f"{FIRM}/paper.json?year=2025&purpose=esg&version=1", 404)


async def test_the_staff_lock_what_is_complete_by_one_press(entered):
    """Eleven bills complete the first firm; the button says how many, and goes when none is left."""
    async with entered() as browse:
        staff = browse()
        assert not (await staff.soup("/energy/carbon?year=2025")).select("form[action$='/lock']")
        head = "firm,carrier,site,facility,quantity,unit,first,last,document"
        days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30)
        rows = [
            f"firm-a,electricity,1공장,주 계량기,60000,kWh,2025-{m:02}-01,2025-{m:02}-{last},고지서 {m}"
            for m, last in enumerate(days, 1)
        ]
        file = {"file": ("u.csv", "\n".join((head, *rows)).encode(), "text/csv")}
        assert (await staff.client.post("/energy/carbon/import", files=file)).status_code == 303
        page = await staff.soup("/energy/carbon?year=2025")
        assert "1곳 확정" in page.select_one("form[action$='/lock']").text
        await browse("firm").post("/energy/carbon/lock", 403, year="2025", purpose="esg")
        answer = await staff.send("/energy/carbon/lock", year="2025", purpose="esg")
        page = await staff.soup(answer.headers["location"])
        assert "1건을 확정" in page.select_one(".note.good").text
        assert not page.select("form[action$='/lock']")


async def test_the_operator_gives_factors_with_their_source(entered):
    """Every fault at once; a second person with an old page is told; what was given can be left out."""
    async with entered() as browse:
        staff = browse()
        ets = {"base": "0", "carrier": "electricity", "part": "emission", "gas": "CO2eq", "purpose": "ets"}
        wrong = await staff.post("/energy/carbon/factors", 422, **ets | {"gas": "CH4", "value": "viel"})
        assert len(wrong.select(".findings li")) == 4
        given = ets | {"value": "0.46", "years_from": "2021", "source": "할당 계획"}
        await browse("firm").post("/energy/carbon/factors", 403, **given)
        await staff.post("/energy/carbon/factors", **given)
        await staff.post("/energy/carbon/factors", 409, **given)
        page = await staff.soup("/energy/carbon/factors")
        assert "할당 계획" in page.select_one("#given-title").find_parent("section").text
        assert "배출권거래제" not in page.select_one("#missing-title").find_parent("section").ul.text
        page = await staff.soup("/energy/carbon?year=2025&purpose=ets")
        assert "34.2" in page.select_one(".figures").text
        told = {"base": "1", "id": "trading_site", "tonnes": "25000"}
        await staff.post("/energy/carbon/factors/threshold", 422, **told, source="")
        await staff.post("/energy/carbon/factors/threshold", **told, source="고시")
        await staff.post("/energy/carbon/factors/remove", base="2", at="0", reason="뺌")
        page = await staff.soup("/energy/carbon/factors?done=removed")
        assert page.select_one(".note.good")


async def test_products_share_the_facilitys_emissions(entered):
    """31.05 t by mass; without hours there is no sharing by hours, and the page says for which product."""
    async with entered() as browse:
        firm = browse("firm")
        place = {"site": "1공장", "facility": "주 계량기", "year": "2025"}
        await firm.post(f"{FIRM}/products", 422, **place, name="볼트", tonnes="0")
        await firm.post(f"{FIRM}/products", **place, name="볼트", tonnes="30", energy="5000")
        await firm.post(f"{FIRM}/products", **place, name="너트", tonnes="10")
        page = await firm.soup(f"{FIRM}/products?year=2025")
        assert "23.29" in page.select_one("#shares-title").find_parent("section").text
        page = await firm.soup(f"{FIRM}/products?year=2025&basis=hours")
        assert "너트" in page.select_one(".findings").text
        sheet = (await firm.client.get(f"{FIRM}/products.csv?year=2025")).text
        assert "볼트,mass,0.75,30.0,0.0,23.2" in sheet
        await firm.soup(f"{FIRM}/products.csv?year=2024", 422)
        await browse("officer").post(f"{FIRM}/products", 403, **place, name="볼트", tonnes="1")
        await firm.post(f"{FIRM}/products/remove", **place, name="볼트")
        await firm.post(f"{FIRM}/products/remove", 404, **place, name="볼트")


async def test_the_demo_has_papers_of_its_own(entered, sqlite_store, clock):
    """Simulated firms get bills, some gas and proofs; the first has a restated year, and it happens once."""
    things = [Thing(f"f-{i}", "firm", f"기업 {i}", tenant=f"f-{i}", simulated=True) for i in range(12)]
    things += [
        Thing(f"e-{i}", "meter", f"계량기 {i}", tenant=f"f-{i}", attributes={"contract_power": 100.0 + i})
        for i in range(12)
    ]
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, things)
        points = [
            POINTS[3].__class__(f"e-{i}.e", f"e-{i}", "active_energy", POINTS[3].interval, f"f-{i}")
            for i in range(12)
        ]
        sqlite_store.points.put(conn, points)
    load_demo_carbon(sqlite_store, clock.now())
    load_demo_carbon(sqlite_store, clock.now())
    async with entered(made=False) as browse:
        page = await browse().soup("/energy/carbon?year=2025")
        assert "도시가스" in page.select_one(".note.warn").text
        assert len(page.select("tbody .badge.good")) == 10
        page = await browse().soup("/energy/carbon/firms/f-0/versions?year=2025")
        assert len(page.select("section.card")) == 2
        assert page.select(".badge-simulated")
