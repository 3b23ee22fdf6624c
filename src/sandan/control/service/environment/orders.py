"""What a search for a smell's source asks people to do: into an incident's checklist, and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from shapely import union_all
from shapely.geometry.base import BaseGeometry

from sandan.access import Actor
from sandan.control.engine.hazard.picture import GROUND
from sandan.control.engine.incidents.wording import clock_time
from sandan.control.engine.odour.orders import Plan, Work, choose_work, inspection_sheet, say_work
from sandan.control.model.incidents import Incident, Place, Source, Task
from sandan.control.model.odour import Candidate, SamplerOrder
from sandan.control.model.rights import CASES, OPERATE
from sandan.control.records.incidents import cases
from sandan.control.service.environment.source import SHARES, Found, SourceSearch
from sandan.control.service.incidents.changing import need_active, tell
from sandan.control.service.incidents.opening import open_in
from sandan.errors import InvalidInput, Unavailable
from sandan.printing import sheet_pdf
from sandan.store import Json, Store
from sandan.twin.geometry import LocalMetres
from sandan.twin.model import Thing
from sandan.twin.tables import quantities
from sandan.words import Language, Text

MOST = 20_000
CREW = Text("현장 점검반", "Inspection crew")
TITLE = Text("악취 발생원 추적", "Source of a smell")
SOON, LATER = timedelta(minutes=15), timedelta(minutes=60)
"""Samples before the wind has turned, inspections within the hour: our own, like the procedure's."""


def work_of(search: SourceSearch) -> Work:
    """Samplers and firms of all places found, the first place's first."""
    samplers: dict[str, SamplerOrder] = {}
    firms: dict[str, Candidate] = {}
    for found in search.found:
        part = choose_work(found.orders, found.firms, found.tells and found.trust >= 1)
        for sampler in part.samplers:
            samplers.setdefault(sampler.sampler.id, sampler)
        for firm in part.firms:
            firms.setdefault(firm.site.id, firm)
    return Work(list(samplers.values()), list(firms.values()))


def order_work(store: Store, actor: Actor, search: SourceSearch, into: str, now: datetime) -> Incident:
    """Put the work into the checklist of an incident under way, or of a new one; twice it is there once.

    `InvalidInput` where the search asks nothing of anybody; `Conflict` when the incident is closed.
    """
    actor.require(OPERATE)
    lines = say_work(work_of(search))
    if not lines:
        raise InvalidInput.because(
            "work",
            Text("시킬 일이 없습니다.", "There is nothing to order."),
            Text("다른 시각이나 항목으로 찾아보십시오.", "search another time or quantity."),
        )
    best = search.found[0]
    samples = len(work_of(search).samplers)
    with store.registry.write() as conn:
        if into:
            incident = need_active(conn, into)
        else:
            incident = open_in(
                store,
                conn,
                actor,
                "odour",
                now,
                source=Source.COMPLAINT if search.complaints else Source.CALL,
                title=TITLE.ko,
                level=1,
                place=Place(lon=round(best.at[0], 6), lat=round(best.at[1], 6)),
                alarms=(),
                detected=None,
                drill=False,
            )
        there = cases.read_tasks(conn, incident.id)
        open_already = {one.text.ko for one in there if one.open}
        for n, line in enumerate(lines):
            if line.ko in open_already:
                continue
            number = len(cases.read_tasks(conn, incident.id)) + 1
            within = SOON if n < samples else LATER
            task = Task(number, "", incident.level, line, CREW, now, within)
            cases.add_tasks(conn, incident.id, [task])
            said: dict[str, Json] = {
                "number": number,
                "ko": line.ko,
                "en": line.en,
                "who": CREW.ko,
                "within_minutes": within / timedelta(minutes=1),
            }
            tell(store, conn, actor, incident, "TaskAdded", said, now)
    return incident


def order_pdf(
    store: Store, actor: Actor, search: SourceSearch, language: Language, now: datetime, complex_name: str
) -> bytes:
    """The order on paper; `Unavailable` where nothing was found."""
    actor.require(CASES)
    if not search.found:
        raise Unavailable(Text("찾은 발생원이 없어 지시서가 없습니다.", "Nothing was found: no order."))
    with store.registry.read() as conn:
        things = {kind: store.things.find(conn, kind=kind, limit=MOST) for kind in (*GROUND, "firm")}
    work = work_of(search)
    sheet = inspection_sheet(
        work, _facts(search), _plan(search, work, things), search.notes, language, now, complex_name
    )
    return sheet_pdf(sheet)


def _facts(search: SourceSearch) -> list[tuple[Text, Text]]:
    asked, best, wind = search.read.asked, search.found[0], search.read.wind
    begin, end = clock_time(asked.period.start), clock_time(asked.end)
    name = Text("제보", "complaints") if search.by_complaints else quantities()[search.read.quantity].name
    area = best.map.region_area / 10_000
    facts = [
        (Text("시간", "Time"), Text(f"{begin} – {end}", f"{begin} – {end}")),
        (Text("무엇으로", "By"), name),
        (
            Text("90 % 구역", "90 % region"),
            Text(
                f"{area:.1f} ha, 반경 {best.map.half_radius:.0f} m 안에 있을 확률 50 %",
                f"{area:.1f} ha, even odds within {best.map.half_radius:.0f} m",
            ),
        ),
    ]
    if wind is not None and wind.known.any():
        at = int(wind.known.nonzero()[0][-1])
        said = f"{wind.direction[at]:.0f}°, {wind.speed[at]:.1f} m/s"
        facts.append((Text("마지막 바람", "Last wind"), Text(said, said)))
    return facts


def _plan(search: SourceSearch, work: Work, things: dict[str, list[Thing]]) -> Plan:
    plane = LocalMetres(search.found[0].at)

    def flat(kind: str) -> list[Thing]:
        return [one for one in things[kind] if one.geometry is not None]

    firms = {one.id: one for one in flat("firm")}
    stations = {
        one.thing.id: one.thing for one in (*search.read.sensors, *search.read.left_out) if one.thing.geometry
    }
    return Plan(
        [(kind, [plane.flatten(one.geometry) for one in flat(kind) if one.geometry]) for kind in GROUND],
        _zones(search.found, plane),
        [
            (plane.flatten(geometry), f"{n}. {one.site.name}")
            for n, one in enumerate(work.firms, 1)
            if one.site.id in firms and (geometry := firms[one.site.id].geometry) is not None
        ],
        [(plane.flatten(one.geometry), one.name) for one in stations.values() if one.geometry is not None],
    )


def _zones(found: Sequence[Found], plane: LocalMetres) -> list[tuple[float, BaseGeometry]]:
    """The zones of all places found, joined by the share they hold."""
    return [(share, union_all([plane.flatten(dict(one.zones)[share]) for one in found])) for share in SHARES]
