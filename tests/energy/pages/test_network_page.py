"""The page of the network: nothing without being told, a flow once told, staff only."""

from datetime import date

import pytest
from tests.energy.pages.test_plan_pages import CONTRACT, PEOPLE
from tests.energy.service.works import ENGINEER, fill
from tests.flows.test_day_ahead import GIVEN, NETWORK
from tests.visitors import Badges, Browser

from sandan.app import build_app
from sandan.domain import Domain
from sandan.energy.model.agreements import Agreement
from sandan.energy.plugin import domain as energy_domain
from sandan.energy.records.contracts import put_contracts
from sandan.energy.service.network import tell_network, told_network
from sandan.energy.service.outlook import Outlook
from sandan.energy.service.planning import Planner
from sandan.settings import Settings
from sandan.words import Text


@pytest.fixture
async def browse(sqlite_store, clock, bare_assets):
    """The app over the small works on its network, forecast and planned."""
    fill(sqlite_store, clock.now())
    with sqlite_store.registry.write() as conn:
        sqlite_store.things.put(conn, NETWORK)
        put_contracts(conn, [Agreement("m-1", date(2025, 1, 1), CONTRACT)])
    Outlook(sqlite_store).tell(clock.now())
    Planner(sqlite_store).plan(clock.now())
    badges = Domain("badges", Text("출입", "Badges"), authenticator=lambda _house: Badges(PEOPLE))
    app = build_app(Settings(), sqlite_store, clock, domains=(energy_domain, badges))
    async with app.router.lifespan_context(app):
        yield lambda person="energy", language="ko": Browser(app, person, language)


async def test_a_network_nobody_told_of_asks_for_it_and_is_computed_once_told(browse, sqlite_store, clock):
    """The form has no defaults; what was told is an edition, and the map draws lines and transformers."""
    staff = browse("energy")
    page = await staff.soup("/energy/network")
    assert page.select_one(".empty h2")
    assert (await staff.client.get("/energy/network/loads.geojson")).json()["features"] == []
    tell_network(sqlite_store, ENGINEER, 0, GIVEN | {"lowest": "22", "highest": "24"}, "단선도", clock.now())
    page = await staff.soup("/energy/network")
    assert "동부 선로" in page.select_one("main tbody").text
    assert page.select_one("[data-loads]")
    features = (await staff.client.get("/energy/network/loads.geojson?at=3")).json()["features"]
    assert {one["geometry"]["type"] for one in features} == {"LineString", "Point"}
    wanted = {f"{what}_{when}" for what in ("loading", "voltage") for when in ("before", "after")}
    for one in features:
        assert wanted <= set(one["properties"])
    line = next(one["properties"] for one in features if one["geometry"]["type"] == "LineString")
    assert line["voltage_after"] == 0  # within the band the operator gave; without one it would be unknown


async def test_a_network_half_told_is_refused_with_every_fault(browse, sqlite_store):
    """What was written stays in the form; another's edition is not overwritten."""
    staff = browse("energy")
    answer = await staff.send("/energy/network", 422, base="0", trunk="없는 전선", lowest="22")
    assert answer.text.count('class="remedy"') == 5
    assert told_network(sqlite_store).version == 0
    given = {"base": "0", "name": "CNCV-W 325", "resistance": "0.07", "reactance": "x", "capacitance": "1"}
    await staff.send("/energy/network/conductors", 422, **given)
    given |= {"reactance": "0.13", "rating": "500", "source": "설계서"}
    await staff.send("/energy/network/conductors", **given)
    assert told_network(sqlite_store).body.conductors[0].id == "CNCV-W 325"
    await staff.send("/energy/network", 409, base="0", **GIVEN, reason="단선도")


async def test_the_network_is_for_staff(browse):
    """A firm would see its neighbours' loads."""
    for path in ("/energy/network", "/energy/network/loads.geojson"):
        assert (await browse("firm").client.get(path)).status_code == 403
        assert (await browse("officer").client.get(path)).status_code == 200
    assert not (await browse("officer").soup("/energy/network")).select("form[method=post][action*=energy]")
