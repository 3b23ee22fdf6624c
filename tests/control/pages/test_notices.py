"""Telling people from the workspace, answering from a telephone, keeping the contact book."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from tests.gateways import WebGateway
from tests.visitors import Badges, Browser

from sandan.access import OUTSIDER, SYSTEM, Actor, Role
from sandan.app import build_app
from sandan.control.model.contacts import Circle, Contact
from sandan.control.model.notices import Answer, CallOutcome
from sandan.control.plugin import domain as control_domain
from sandan.control.records.notices import contact_book, messages, outbox, unanswered
from sandan.control.service.contacts import save_contact
from sandan.control.service.notices.answers import answer
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.running import TellingDesk
from sandan.domain import Domain
from sandan.settings import Settings
from sandan.twin.model import Thing
from sandan.words import Text

# Apprise looks at every service it knows, one of which still asks for a module that is going away.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
PEOPLE = {
    "op": Actor("op", "관제사", frozenset({Role.OPERATOR})),
    "officer": Actor("officer", "담당관", frozenset({Role.OFFICER})),
    "outsider": Actor("outsider", "손님", frozenset({Role.VIEWER}), OUTSIDER),
    "firm": Actor("firm", "기업", frozenset({Role.FIRM}), "firm-1"),
}
THINGS = [
    Thing("complex", "complex", "시범 산단"),
    Thing("zone-a", "zone", "1구역", parent="complex"),
    Thing("hall", "building", "일호동", parent="zone-a"),
    Thing("firm-1", "firm", "㈜가나화학", parent="hall", tenant="firm-1"),
    Thing("hall-2", "building", "이호동", parent="zone-a"),
    Thing("firm-2", "firm", "다라정밀", parent="hall-2", tenant="firm-2"),
]
BOOK = [
    {"id": "fire-1", "organisation": "119", "post": "상황실", "circle": "authority", "phone": "000-0001",
     "channels": "sms:000-0001", "answer_minutes": "5"},
    {"id": "gana", "organisation": "가나화학", "post": "안전관리", "circle": "firm", "tenant": "firm-1",
     "channels": "sms:000-0003"},
    {"id": "dara", "organisation": "다라정밀", "post": "안전관리", "circle": "firm", "tenant": "firm-2",
     "channels": "sms:000-0004", "language": "en"},
]  # fmt: skip


@pytest.fixture
def entered(sqlite_store, clock, bare_assets):
    """The app open in test mode, with a leak at the first firm; gives browsers and the incident's address."""
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, THINGS)
    for row in BOOK:
        save_contact(sqlite_store, SYSTEM, row, clock.now())

    @asynccontextmanager
    async def entering(**control):
        badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
        settings = Settings(rest={"control": control})
        app = build_app(settings, sqlite_store, clock, domains=(control_domain, badges))
        async with app.router.lifespan_context(app):
            opener = Browser(app, "op", "ko")
            await opener.post("/control/incidents", kind="leak", place="일호동", title="가나화학 암모니아")
            yield lambda person="op", language="ko": Browser(app, person, language)

    return entering


INCIDENT = "INC-20260304-001"
WORKSPACE = f"/control/incidents/{INCIDENT}"
HOME = f"{WORKSPACE}/notices"


def notices(store):
    with store.registry.read() as conn:
        return messages.find_notices(conn, INCIDENT)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_people_are_told_in_two_presses(entered, sqlite_store, language):
    """What would be sent is shown word for word; one press sends it, and the list says who was told when."""
    async with entered() as browse:
        op = browse(language=language)
        part = await op.soup(HOME)
        assert part.select_one(".note.warn")
        assert [one["value"] for one in part.select("[name=zone]")] == ["zone-a"]
        shown = await op.post(f"{HOME}/preview", 200, phase="first", level="1", note="")
        ticked = [one["value"] for one in shown.select("[name=contact]")]
        assert ticked == ["fire-1", "gana"]
        assert not notices(sqlite_store)
        hidden = {one["name"]: one["value"] for one in shown.select("input[type=hidden]")}
        told = await op.post(HOME, 200, script=True, contact=ticked, **hidden)
        assert told.select_one(".note.good")
        await op.post(HOME, 303, contact=ticked, **hidden)
        assert [one.contact for one in notices(sqlite_store)] == ["fire-1", "gana"]
        listed = await op.soup(f"{HOME}/list")
        assert len(listed.select("ul.told li")) == 2
        assert listed.select_one("a[href='tel:000-0001']")


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_what_the_level_asks_for_is_one_press_away(entered, sqlite_store, language):
    """The workspace names whom to tell, with every text; one press sends it, and the offer is gone."""
    async with entered() as browse:
        op = browse(language=language)
        offer = (await op.soup(WORKSPACE)).select_one(".asked")
        assert offer.select_one("button[data-key=s]")
        fields = [(one["name"], one["value"]) for one in offer.select("input[type=hidden]")]
        asked = {name: [value for key, value in fields if key == name] for name, _ in fields}
        assert {one["lang"] for one in offer.select("details p")} == {"ko"}
        live = await op.post(f"{WORKSPACE}/asked", 200, script=True, **asked)
        told = [one.contact for one in notices(sqlite_store)]
        assert told == ["gana"], "the book has nobody else whom a step tells"
        assert len(offer.select("details li")) == 1, "its neighbours are offered apart, in other words"
        assert [one["value"] for one in live.select(".asked [name=phase]")] == ["advise"]
        await op.post(f"{WORKSPACE}/asked", 303, **asked)
        assert len(notices(sqlite_store)) == len(told)
        assert not (await browse("officer").soup(WORKSPACE)).select(".asked")


async def test_more_than_a_thousand_are_told_in_one_form_and_read_on_one_page(entered, sqlite_store, clock):
    """Those that need somebody come first; the rest is counted, and listed page by page."""
    ids = [f"f-{i}" for i in range(1_050)]
    things = [Thing(id, "firm", f"{id} 공업", parent="zone-a", tenant=id) for id in ids]
    book = [Contact(id, f"{id} 공업", "당직", Circle.FIRM, tenant=id, phone="000-0000") for id in ids]
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, things)
        contact_book.put_contacts(conn, book)
    async with entered() as browse:
        op = browse()
        await op.post(HOME, phase="shelter", level="3", zone="zone-a", contact=ids, key="k" * 12)
        told = notices(sqlite_store)
        assert len(told) == 1_050
        answer(sqlite_store, told[-1].token, Answer.HELP, clock.now())
        listed = await op.soup(f"{HOME}/list")
        lines = listed.select("ul.told li")
        assert len(lines) == 30
        assert "도움 필요" in lines[0].text
        assert "1,049" in listed.select_one("section p").text
        assert len(listed.select("ol.told li")) == 10
        everybody = listed.select_one("a[href^='/control/notices?telling=']")["href"]
        assert len((await op.soup(f"{everybody}&page=11")).select("tbody tr")) == 50
        await op.post(HOME, 422, script=True, phase="nonsense", level="1", contact=["gana"], key="k" * 12)


async def test_an_area_is_warned_without_the_firms_name(entered, sqlite_store):
    """Its neighbours hear of the place and what to do."""
    async with entered() as browse:
        shown = await browse().post(f"{HOME}/preview", 200, phase="shelter", level="3", zone="zone-a")
        rows = {row.select_one("input")["value"]: row for row in shown.select(".told li")}
        assert set(rows) == {"fire-1", "gana", "dara"}
        assert "가나" not in rows["dara"].text
        assert rows["dara"].select_one("p[lang=en]")
        faults = await browse().post(
            HOME, 422, script=True, phase="first", level="1", contact="dara", key="x" * 12
        )
        assert faults.select_one(".findings b").text == "contacts.dara"
        assert not notices(sqlite_store)


async def test_a_link_is_read_and_answered_without_signing_in(entered, sqlite_store, clock):
    """Opening the address is not reading: that is known only when the page is on a screen."""
    async with entered() as browse:
        await browse().post(HOME, phase="first", level="1", contact=["fire-1"], key="k" * 12)
        [notice] = notices(sqlite_store)
        address = f"/n/{notice.token}"
        reader = browse(None)
        page = await reader.soup(address)
        assert notice.text.split("\n")[0] in page.text
        assert notices(sqlite_store)[0].read is None
        picture = await reader.client.get(page.select_one("img")["src"])
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/gif")
        assert notices(sqlite_store)[0].read == clock.now()
        assert [one["value"] for one in page.select("button[name=answer]")] == ["seen", "help", "wrong"]
        form = {one["name"]: one["value"] for one in page.select("form input")}
        await reader.post(address, **form, answer="seen")
        after = await reader.soup(address)
        assert after.select_one(".note.good")
        assert [one["value"] for one in after.select("button[name=answer]")] == ["help"]
        await reader.post(address, **form, answer="help")
        assert not (await reader.soup(f"{address}?lang=en")).select("button")
        other = browse(None)
        await other.post(address, 403, answer="seen")
        await other.soup("/n/" + "0" * 22, 404)
        assert notices(sqlite_store)[0].answer == "help"


async def test_calls_and_passing_on_are_recorded(entered, sqlite_store, clock):
    """A call that reaches somebody ends the chase."""
    async with entered() as browse:
        op = browse()
        await op.post(HOME, phase="first", level="1", contact=["fire-1", "gana"], key="k" * 12)
        [first, _] = notices(sqlite_store)
        await op.post(f"{HOME}/escalate", notice=first.id)
        await op.post(f"{HOME}/escalate", 409, notice=first.id)
        one_press = (await op.soup(f"{HOME}/list")).select_one("form:has(button[name=outcome])")
        assert one_press.select_one("[name=contact]")["value"] == "fire-1"
        assert {one["value"] for one in one_press.select("button")} == set(CallOutcome)
        await op.post(one_press["action"], contact="fire-1", outcome="no_answer")
        clock.advance(timedelta(minutes=1))
        again = await op.soup(f"{HOME}/list")
        assert again.select_one("a[href='tel:000-0001']")
        assert "받지 않음" in again.select_one("ol.told .told-head .small").text
        told = await op.post(
            f"{HOME}/calls", 200, script=True, contact="fire-1", outcome="reached", text="출동"
        )
        assert "출동" in told.select_one("ol.timeline").text
        assert not told.select("a[href='tel:000-0001']")


async def test_officers_read_and_firms_do_not(entered):
    """What was told to whom is for the staff; telling is for operators."""
    async with entered() as browse:
        assert not (await browse("officer").soup(HOME)).select("form")
        await browse("officer").post(HOME, 403, contact="fire-1")
        await browse("officer").soup("/control/contacts", 403)
        for path in (HOME, f"{HOME}/list", "/control/contacts", "/control/contacts/export.csv"):
            await browse("firm").soup(path, 403)


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_book_is_kept_on_pages(entered, language):
    """Added, changed, tested, taken out; faults come back with what was typed."""
    async with entered() as browse:
        op = browse(language=language)
        row = {"id": "duty", "organisation": "관제센터", "post": "당직", "circle": "authority", "active": "1"}
        back = await op.post("/control/contacts", 422, **row, quiet="밤")
        assert {one.text for one in back.select(".findings b")} == {"quiet", "channels"}
        assert back.select_one("#organisation")["value"] == "관제센터"
        await op.post(
            "/control/contacts",
            **row,
            channels="mail:duty@example.test\nsms:000-0009",
            kinds=["leak", "fire"],
        )
        edit = await op.soup("/control/contacts/duty/edit")
        assert edit.select_one("#channels").text == "mail:duty@example.test\nsms:000-0009"
        assert len(edit.select("[name=kinds][checked]")) == 2
        await op.post("/control/contacts/duty/test")
        village = {"id": "village", "organisation": "마을회관", "post": "방송", "circle": "public"}
        await op.post("/control/contacts", **village, channels="sms:000-0005", active="1")
        await op.post("/control/contacts/village/test")
        page = await op.soup("/control/contacts?done=tested")
        assert page.select_one("[role=status]")
        assert len(page.select("table")) == 2
        assert (await op.soup("/control/contacts/new")).select_one("[name=active][checked]")
        await op.post("/control/contacts/duty/remove")
        await op.soup("/control/contacts/duty/edit", 404)


async def test_the_book_as_a_file(entered):
    """What is downloaded can be uploaded; a bad file is answered with every row that is wrong."""
    async with entered() as browse:
        op = browse()
        file = (await op.client.get("/control/contacts/export.csv")).content
        await op.post("/control/contacts/import", files={"file": ("book.csv", file)})
        bad = file.replace(b"firm-2", b"firm-9").replace(b"sms:000-0001", b"fax:1")
        page = await op.post("/control/contacts/import", 422, files={"file": ("book.csv", bad)})
        assert len(page.select(".findings li")) == 2


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_texts_are_kept_on_a_page(entered, language):
    """Each filled in from the newest incident, with its length; what is typed can be looked at first."""
    async with entered() as browse:
        op = browse(language=language)
        page = await op.soup("/control/contacts/texts")
        assert page.select_one("textarea[name=text_ko]")
        assert any(INCIDENT in one.text for one in page.select("p[lang=ko]"))
        words = {"kind": "leak", "phase": "first", "circle": "firm", "was": "*:first:firm", "title_ko": "가",
                 "text_ko": "나 $firm $link", "title_en": "a", "text_en": "b $nope"}  # fmt: skip
        back = await op.post("/control/contacts/texts", 422, **words)
        assert back.select_one(".findings b").text == "text_en"
        looked = await op.post("/control/contacts/texts", 200, **words | {"text_en": "b", "look": "1"})
        assert "나 ㈜가나화학 http" in looked.select_one("section:has(details[open]) p[lang=ko]").text
        assert looked.select_one("details[open] option[selected]")["value"] == "leak"
        assert "ver" not in looked.select_one("section:has(details[open]) h2").text
        await op.post("/control/contacts/texts", **words | {"text_en": "b"})
        found = await op.soup("/control/contacts/texts?done=text")
        assert found.select_one("[role=status]")
        assert any(one.text == "나 $firm $link" for one in found.select("textarea"))


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_firm_sees_what_was_sent_to_it_and_nothing_else(entered, sqlite_store, language):
    """With the way to answer; the staff see everybody's, without it."""
    async with entered() as browse:
        await browse().post(HOME, phase="first", level="1", contact=["fire-1", "gana"], key="k" * 12)
        mine = await browse("firm", language).soup("/control/notices")
        assert [row.select_one("b").text for row in mine.select("tbody tr")] == ["가나화학"]
        token = next(one.token for one in notices(sqlite_store) if one.contact == "gana")
        assert mine.select_one(f"a[href='/n/{token}']")
        everybody = await browse("officer", language).soup("/control/notices")
        assert len(everybody.select("tbody tr")) == 2
        assert "/n/" not in str(everybody.select_one("main"))
        assert not (await browse("outsider", language).soup("/control/notices")).select("table")


async def test_nobody_is_chased_about_an_incident_that_is_over(entered, sqlite_store, clock):
    """Closing it ends the waiting for answers."""
    async with entered() as browse:
        op = browse()
        await op.post(HOME, phase="first", level="1", contact=["fire-1"], key="k" * 12)
        clock.advance(timedelta(minutes=6))
        with sqlite_store.registry.read() as conn:
            assert unanswered.overdue_incidents(conn, clock.now()) == [INCIDENT]
        await op.post(
            f"/control/incidents/{INCIDENT}/clocks/chemical_immediate/report", to=["fire"], text="접수"
        )
        await op.post(f"/control/incidents/{INCIDENT}/close", cause="씰", measures="교체")
        with sqlite_store.registry.read() as conn:
            assert unanswered.overdue_incidents(conn, clock.now()) == []


GATEWAYS = "/control/contacts/gateways"


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_a_gateway_is_written_down_after_a_recipe_and_tried(entered, language):
    """In test mode the try stays in the house, and the page says what the book has no gateway for."""
    urls = {
        "sms": {"kind": "sms", "url": "aligo://me@020000000/{to}"},
        "odd": {"kind": "mail", "url": "nope://{to}"},
    }
    async with entered(gateways=urls) as browse:
        op = browse(language=language)
        page = await op.soup(GATEWAYS)
        assert [one.text.split()[0] for one in page.select("section[aria-labelledby^=gateway-] h2")] == [
            "odd",
            "sms",
        ]
        assert len(page.select(".note.bad")) == 1, "one address that cannot be read"
        assert any("aligo://" in one.text for one in page.select("details pre"))
        assert all("{secret}" in one.text for one in page.select("details pre"))
        tried = await op.post(GATEWAYS, 200, gateway="sms", to="000-0000")
        assert ("시험" if language == "ko" else "Test") in tried.select_one("[role=status]").text
        assert (await op.post(GATEWAYS, 422, gateway="sms", to="nobody")).select_one(
            ".findings b"
        ).text == "to"
        await op.post(GATEWAYS, 404, gateway="none", to="000-0000")
        await browse("officer").soup(GATEWAYS, 403)


async def test_a_gateway_that_takes_nothing_is_on_the_list_of_what_to_look_at(entered, sqlite_store, clock):
    """One line for the gateway, not one for each message; a try says at once what it said."""
    with WebGateway().open() as web:
        url = f"json://127.0.0.1:{web.port}/{{to}}"
        web.answers.extend([503] * 3)
        async with entered(telling="live", gateways={"sms": {"kind": "sms", "url": url}}) as browse:
            op = browse()
            await op.post(HOME, phase="first", level="2", contact=["fire-1", "gana"], key="k" * 12)
            for _ in range(200):
                await asyncio.sleep(0.05)
                with sqlite_store.registry.read() as conn:
                    stuck = outbox.blocked(conn)
                if stuck and stuck[0].count == 2:
                    break
            assert [(one.kind, one.count, "503" in one.error) for one in stuck] == [("sms", 2, True)]
            assert "다시 시도" in (await op.soup(f"{HOME}/list")).select_one("ul.told").text
            failed = await op.post(GATEWAYS, 200, gateway="sms", to="000-0000")
            assert "503" in failed.select_one(".note.bad[role=status]").text
            assert (await op.post(GATEWAYS, 200, gateway="sms", to="000-0000")).select_one(".note.good")
            part = TellingDesk(Desk(), blocked=stuck)
            assert [one.href for one in part.attention(PEOPLE["op"])] == [GATEWAYS]
            assert part.attention(PEOPLE["officer"]) == []
