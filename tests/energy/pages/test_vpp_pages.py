"""The pages of the roofs' power plant: who opens them, what they say, and what can be done from them."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from tests.energy.service.vpp.roofs import FIRM, OFFICER, OTHER, TRADER, open_pool, price, put_things, shine
from tests.visitors import Badges, Browser

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.domain import Domain
from sandan.energy.model.pool import Strategy
from sandan.energy.plugin import domain as energy_domain
from sandan.energy.service.outlook import Outlook
from sandan.energy.service.vpp.gates import hand_in
from sandan.settings import Settings
from sandan.testing import FixedClock
from sandan.words import Text

VIEWER = Actor("viewer", "손님", frozenset({Role.VIEWER}))
PEOPLE = {"energy": TRADER, "firm": FIRM, "other": OTHER, "viewer": VIEWER, "officer": OFFICER}
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
PAGES = ("", "/deviation", "/settlements", "/settlements/preview", "/curtailment", "/register")


@pytest.fixture
def entered(sqlite_store, clock, bare_assets):
    """The app over three roofs, two of them in a pool with a day that is over, unless `bare`."""
    store, now = sqlite_store, clock.now()

    @asynccontextmanager
    async def entering(*, bare=False):
        later = now
        if bare:
            put_things(store)
        else:
            open_pool(store, now)
            tomorrow = (now + DAY).date()
            hand_in(store, TRADER, tomorrow, "morning", Strategy.MEDIAN, "", now)
            hand_in(store, TRADER, tomorrow, "evening", Strategy.MEDIAN, "", now + HOUR)
            later = now + 2 * DAY
            shine(store, now, later)
            price(store, now)
            Outlook(store).tell(later)
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        app = build_app(Settings(), store, FixedClock(later), domains=(energy_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda person="energy", language="ko": Browser(app, person, language)

    return entering


async def test_the_desk_says_first_what_matters_and_takes_the_forecast(entered):
    """The gate, the output, the error; a forecast is handed in, and its copy is a sheet."""
    async with entered() as browse:
        staff = browse()
        page = await staff.soup("/energy/vpp")
        figures = page.select_one(".figures").text
        assert "10:00" in figures
        assert "1시간 0분 남음" in figures
        assert len(page.select("[data-island=chart]")) == 2
        form = {one["name"]: one["value"] for one in page.select("form[action='/energy/vpp'] input[value]")}
        assert (form["gate"], form["day"], form["seen"]) == ("morning", "2026-03-07", "0")
        answer = await staff.send("/energy/vpp", **form)
        page = await staff.soup(answer.headers["location"])
        assert page.select_one("[role=status]")
        link = page.select_one("a[href$='hours.csv']")["href"]
        sheet = await staff.client.get(link)
        assert sheet.text.splitlines()[0].endswith("day,hour,pool_kwh,pv-1,pv-2")
        best = await staff.soup("/energy/vpp?strategy=best")
        assert best.select_one("#reason").has_attr("required")
        refused = await staff.post("/energy/vpp", 200, **form | {"strategy": "best", "seen": "1"})
        assert refused.select_one(".note.bad")
        await staff.send("/energy/vpp", 409, **form)
        await browse("officer").send("/energy/vpp", 403, **form)


async def test_a_settlement_goes_from_preview_to_final(entered):
    """It is looked at, made final, opened again, and taken as a sheet; then there is nothing new to say."""
    async with entered() as browse:
        staff = browse("energy", "en")
        page = await staff.soup("/energy/vpp/settlements")
        link = page.select_one("a.button.primary")["href"]
        assert link.endswith("first=2026-03-05&last=2026-03-05")
        page = await staff.soup(link)
        form = {one["name"]: one["value"] for one in page.select("form[action$='settlements'] input[value]")}
        officer = await browse("officer").soup(link)
        assert not officer.select("form[action$='settlements']")
        answer = await staff.send("/energy/vpp/settlements", **form)
        page = await staff.soup(answer.headers["location"])
        assert "unchanged" in page.select_one(".facts").text
        assert "가나 태양광" in page.text
        sheet = await staff.client.get("/energy/vpp/settlements/2026-03-05/lines.csv")
        assert sheet.text.count("pv-") == 2
        await staff.send("/energy/vpp/settlements", 409, **form)
        page = await staff.soup(link)
        assert "No amount has changed." in page.text


async def test_a_firm_sees_its_roof_at_the_same_address_and_no_other_page(entered):
    """What it made and what is its own; neither others' names nor the desk."""
    async with entered() as browse:
        form = {"first": "2026-03-05", "last": "2026-03-05", "seen": "0"}
        await browse().send("/energy/vpp/settlements", **form)
        firm = browse("firm")
        page = await firm.soup("/energy/vpp")
        assert page.h1.text.startswith("우리 지붕")
        assert "가나 태양광" in page.text
        assert "다라" not in page.text
        assert "공용" not in page.text
        assert "마지막 정산에서 우리 몫" in page.text
        for path in (*PAGES[1:], "/settlements/2026-03-05", "/settlements/2026-03-05/lines.csv",
                     "/submissions/2026-03-05/morning/1/hours.csv", "/register/members.csv",
                     "/register/prices.csv"):  # fmt: skip
            await firm.soup(f"/energy/vpp{path}", 403)
        await browse("viewer").soup("/energy/vpp", 403)


async def test_the_register_is_changed_as_a_new_edition(entered):
    """Members, terms and prices; what is wrong comes back with its reasons."""
    async with entered() as browse:
        staff = browse()
        page = await staff.soup("/energy/vpp/register")
        assert [one.has_attr("checked") for one in page.select("input[name=in]")] == [True, True, False]
        fields = {"base": "1", "in": ["pv-1", "pv-3"], "reason": "교체", "capacity.pv-1": "100",
                  "place.pv-1": "roof", "capacity.pv-3": "40", "place.pv-3": "self_use"}  # fmt: skip
        await staff.send("/energy/vpp/register/members", **fields)
        await staff.send("/energy/vpp/register/members", 409, **fields)
        terms = {"base": "2", "area": "mainland", "strategy": "median", "rounding": "half_up",
                 "reason": "계약", "cut.all.roof_owner": "70", "cut.all.operator": "20",
                 "cut.all.investor": "0"}  # fmt: skip
        page = await staff.post("/energy/vpp/register/terms", 200, **terms)
        assert "90 %" in page.select_one(".note.bad").text
        await staff.send("/energy/vpp/register/terms", **terms | {"cut.all.investor": "10"})
        file = {"file": ("prices.csv", b"line,from,price,source\nsmp,2026-03-04 12:00,85,KPX\n", "text/csv")}
        await staff.send("/energy/vpp/register/prices/import", files=file)
        wrong = {"line": "rec", "from": "x", "price": "1", "source": ""}
        page = await staff.post("/energy/vpp/register/prices", 200, **wrong)
        assert len(page.select(".note.bad li")) == 2
        kept = await staff.client.get("/energy/vpp/register/members.csv")
        assert kept.text.splitlines()[2] == "pv-3,40.0,self_use,"
        again = {"file": ("members.csv", kept.content.replace(b"pv-3,40.0", b"pv-3,41.0"), "text/csv")}
        await staff.send("/energy/vpp/register/members/import", files=again, base="3", reason="용량")
        page = await staff.soup("/energy/vpp/register")
        assert page.select_one("input[name='capacity.pv-3']")["value"] == "41"


async def test_an_order_is_looked_at_before_it_is_given(entered):
    """The parts of the roofs first; then it is kept, and the firm sees its own."""
    async with entered() as browse:
        staff = browse()
        form = {"start": "2026-03-06T12:00", "end": "2026-03-06T13:00", "kw": "30", "reason": "계통 제약"}
        page = await staff.post("/energy/vpp/curtailment", 200, **form)
        assert "이렇게 나눕니다" in page.text
        answer = await staff.send("/energy/vpp/curtailment", **form, seen="0")
        page = await staff.soup(answer.headers["location"])
        assert "1번 출력제한" in page.text
        assert "계통 제약" in (await browse("firm").soup("/energy/vpp")).text
        page = await staff.post("/energy/vpp/curtailment", 200, **form | {"start": "?", "kw": "many"})
        assert page.select_one(".note.bad")


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_complex_without_a_pool_is_told_what_to_do(entered, language):
    """Every page opens and leads to the register."""
    async with entered(bare=True) as browse:
        for path in PAGES:
            page = await browse("energy", language).soup(f"/energy/vpp{path}")
            assert page.h1
        page = await browse("energy", language).soup("/energy/vpp")
        assert page.select_one(".empty a")["href"] == "/energy/vpp/register"
        assert (await browse("firm", language).soup("/energy/vpp")).h1
