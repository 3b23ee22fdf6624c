"""Reports from a phone without sign-in, and what the control room makes of them."""

import struct
import zlib
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
import shapely
from bs4 import BeautifulSoup

from sandan.access import Actor, Role
from sandan.app import build_app
from sandan.clock import Period
from sandan.control.model.incidents import Source
from sandan.control.plugin import domain as control_domain
from sandan.control.records.incidents import cases
from sandan.control.service.reports import odour_complaints
from sandan.domain import Domain
from sandan.settings import Settings
from sandan.twin.model import Thing
from sandan.words import Text

PEOPLE = {
    "op": Actor("op", "관제사", frozenset({Role.OPERATOR})),
    "officer": Actor("officer", "담당관", frozenset({Role.OFFICER})),
    "firm": Actor("firm", "기업", frozenset({Role.FIRM}), "firm-1"),
}
HALL = Thing("hall", "building", "가람동", geometry=shapely.box(126.70, 37.40, 126.71, 37.41))
FIRST = "REP-20260304-001"


def chunk(kind, body):
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


BARE = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0")
DRAWN = chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


class Badges:
    """Lets in whoever says a name as a bearer token."""

    def of_session(self, token):
        return PEOPLE.get(token)

    of_bearer = of_session


class Browser:
    """One person's way into the open app; nobody's without a name."""

    def __init__(self, app, person="", language="ko", address="198.51.100.7"):
        headers = {"accept": "text/html"} | ({"authorization": f"Bearer {person}"} if person else {})
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, client=(address, 1)),
            base_url="http://sandan.test",
            headers=headers,
            cookies={"language": language},
        )

    async def soup(self, path, status=200):
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text[:2000]
        return BeautifulSoup(answer.text, "html.parser")

    async def post(self, path, status=303, files=None, **fields):
        answer = await self.client.post(path, data=fields, files=files)
        assert answer.status_code == status, answer.text[:2000]
        return answer

    async def report(self, status=303, files=None, **changed):
        """Fill in the form as it came, and send it."""
        form = (await self.soup("/report")).select_one("form")
        hidden = {one["name"]: one["value"] for one in form.select("input[type=hidden]")}
        hidden |= {"kind": "hazard", "text": "난간이 부러졌습니다", "place": "가람동"}
        return await self.post("/report", status, files, **hidden | changed)


@pytest.fixture
def entered(sqlite_store, clock, bare_assets):
    """The app open over one building; gives browsers."""
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, [HALL])

    @asynccontextmanager
    async def entering():
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges())
        app = build_app(Settings(), sqlite_store, clock, domains=(control_domain, badges))
        async with app.router.lifespan_context(app):
            yield lambda *given, **more: Browser(app, *given, **more)

    return entering


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_anybody_reports_with_a_photo_and_gets_a_number(entered, language):
    """The photo is kept without its metadata, and only the control room sees it."""
    secret = b"37.1234N"
    async with entered() as browser:
        phone = browser(language=language)
        answer = await phone.report(
            files={"photo": ("a.png", BARE + chunk(b"eXIf", secret) + DRAWN, "image/png")}
        )
        thanks = await phone.soup(answer.headers["location"])
        assert thanks.select_one(".code").text.startswith(f"{FIRST}-")
        shown = await browser("op", language).soup("/control/reports")
        assert "난간이 부러졌습니다" in shown.select_one(f"#{FIRST}").text
        kept = await browser("officer").client.get(f"/control/reports/{FIRST}/photo")
        assert (kept.headers["content-type"], kept.content) == ("image/png", BARE + DRAWN)
        assert (await browser("firm").client.get(f"/control/reports/{FIRST}/photo")).status_code == 403
        assert (await browser().client.get(f"/control/reports/{FIRST}/photo")).status_code in (303, 401)


async def test_the_form_comes_back_with_everything_that_is_wrong(entered):
    """What was written stays; a file that only says it is a picture is refused."""
    async with entered() as browser:
        answer = await browser().report(
            422, files={"photo": ("a.jpg", b"<svg/>", "image/jpeg")}, kind="", text=" "
        )
        soup = BeautifulSoup(answer.text, "html.parser")
        assert [li.b.text for li in soup.select(".findings li")] == ["kind", "text", "photo"]
        assert soup.select_one("#place")["value"] == "가람동"


async def test_a_form_sent_twice_is_one_report(entered):
    """A double tap does not count twice."""
    async with entered() as browser:
        phone = browser()
        first = await phone.report(key="k")
        assert (await phone.report(key="k")).headers["location"] == first.headers["location"]
        assert FIRST not in (await phone.report()).headers["location"]


async def test_a_reporter_sees_with_the_receipt_what_became_of_it_and_nobody_else_does(entered):
    """Waiting, then what was done; a number without its code, or with another's, shows nothing."""
    async with entered() as browser:
        phone, op = browser(), browser("op")
        receipt = (await phone.report(key="a")).headers["location"].partition("number=")[2]
        other = (await phone.report(key="b")).headers["location"].partition("number=")[2]
        asked = f"/report/receipt?number={receipt.lower()}"
        assert "확인을 기다립니다" in (await phone.soup(asked)).text
        await op.post(f"/control/reports/{FIRST}/close", word="난간을 고쳤습니다")
        seen = (await phone.soup(asked)).text
        assert "난간을 고쳤습니다" in seen
        assert "가람동" not in seen
        for wrong in (FIRST, f"{FIRST}-{other[-6:]}", f"{FIRST}-AAAAAA", "x"):
            assert (await phone.client.get(f"/report/receipt?number={wrong}")).status_code == 404
        for _ in range(30):
            answer = await phone.client.get(asked)
        assert answer.status_code == 429


async def test_a_report_made_an_incident_is_told_over_with_it(entered):
    """Its receipt says that it is being dealt with until the incident is closed."""
    async with entered() as browser:
        receipt = (await browser().report()).headers["location"].partition("number=")[2]
        op = browser("op")
        await op.post(f"/control/reports/{FIRST}/incident", kind="injury")
        assert "사건으로 다루고" in (await browser().soup(f"/report/receipt?number={receipt}")).text


async def test_a_machine_that_fills_in_what_nobody_sees_is_thanked_for_nothing(entered):
    """The field no person sees keeps the report out, and the machine is not told."""
    async with entered() as browser:
        answer = await browser().report(website="http://spam.test")
        assert answer.headers["location"] == "/report/thanks"
        assert FIRST not in (await browser("op").soup("/control/reports")).text


async def test_the_code_of_a_place_fills_it_in_and_its_poster_can_be_printed(entered):
    """A building stands on signs; a firm does not, and its id opens an empty form."""
    async with entered() as browser:
        assert (await browser().soup("/report?at=hall")).select_one("#place")["value"] == "가람동"
        for unknown in ("firm-1", "nowhere"):
            assert (await browser().soup(f"/report?at={unknown}")).select_one("#place")["value"] == ""
        made = await browser("op").client.get("/control/reports/poster.pdf?at=가람동")
        assert made.content.startswith(b"%PDF")
        assert (await browser().client.get("/control/reports/poster.pdf")).status_code in (303, 401)


async def test_the_map_to_point_at_shows_the_ground_and_nobody_s_equipment(entered):
    """Shapes of buildings without names, no sensors; a spot that was tapped goes along with the form."""
    async with entered() as browser:
        phone = browser()
        assert (await phone.soup("/report?map=true")).select_one("[data-island=map]")
        shown = (await phone.client.get("/report/map.geojson")).json()["features"]
        assert [set(one["properties"]) <= {"n", "kind", "height"} for one in shown] == [True]
        spot = await phone.soup("/report/spot?lon=126.70&lat=37.40")
        assert spot.select_one("[name=lat]")["value"] == "37.40"
        assert (await phone.soup("/report/spot?lon=x&lat=37")).select_one("[name=lat]")["value"] == ""


async def test_a_form_from_elsewhere_is_refused(entered):
    """Without the session's token nothing is taken."""
    async with entered() as browser:
        await browser().post("/report", 403, kind="hazard", text="x")


async def test_one_address_cannot_flood_the_desk(entered):
    """The eleventh in ten minutes waits; another address does not."""
    async with entered() as browser:
        for _ in range(10):
            await browser().report()
        await browser().report(429)
        await browser(address="198.51.100.8").report()


async def test_a_report_becomes_an_incident_of_its_place_and_time(entered, sqlite_store, clock):
    """A smell is a complaint; first detection is when it was reported; it is dealt with once."""
    async with entered() as browser:
        await browser().report(kind="odour", text="달걀 썩는 냄새")
        reported = clock.now()
        clock.advance(timedelta(minutes=7))
        op = browser("op")
        assert "달걀 썩는 냄새" in (await op.soup("/control/attention")).text
        await op.post(f"/control/reports/{FIRST}/incident", kind="odour")
        await op.post(f"/control/reports/{FIRST}/incident", 409, kind="odour")
        assert "달걀 썩는 냄새 (" in (await op.soup("/control/incidents")).text
    with sqlite_store.registry.read() as conn:
        incident = cases.read_incident(conn, "INC-20260304-001")
    assert (incident.source, incident.place.thing) == (Source.COMPLAINT, "hall")
    assert incident.detected_at == reported


async def test_a_report_is_closed_with_a_word_by_an_operator_only(entered):
    """Who may only look is refused, and so is silence."""
    async with entered() as browser:
        await browser().report()
        path = f"/control/reports/{FIRST}/close"
        await browser("officer").post(path, 403, word="고쳤습니다")
        await browser("op").post(path, 422, word=" ")
        await browser("op").post(path, word="난간을 고쳤습니다")
        soup = await browser("officer").soup("/control/reports")
        assert "난간을 고쳤습니다" in soup.select_one(f"tr#{FIRST}").text


async def test_smells_are_handed_on_with_place_and_time(entered, sqlite_store, clock):
    """Only smells, of the period, with the place the twin knows or the phone told."""
    async with entered() as browser:
        await browser().report()
        clock.advance(timedelta(minutes=1))
        began = clock.now()
        await browser().report(kind="odour")
        clock.advance(timedelta(minutes=1))
        await browser().report(kind="odour", place="어딘가", lon="126.72", lat="37.42")
        await browser().report(kind="odour", place="모름")
    found = odour_complaints(sqlite_store, Period(began, clock.now() + timedelta(seconds=1)))
    assert [(one.lon, one.lat, one.place) for one in found] == [
        (126.705, 37.405, "가람동"),
        (126.72, 37.42, "어딘가"),
        (None, None, "모름"),
    ]
    assert [one.at for one in found] == [began, clock.now(), clock.now()]
