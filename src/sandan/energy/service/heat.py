"""Waste heat and who could use it: the register of streams, the operator's figures, and the matches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.energy.engine.sharing import (
    COLUMNS,
    as_row,
    fuels,
    heat_params,
    match_heat,
    read_stream,
    read_streams,
    sides,
)
from sandan.energy.model.circulation import HeatBook, HeatStream, HeatTerms
from sandan.energy.model.rights import SEE, TRADE
from sandan.energy.model.sharing import HeatMatch, HeatMiss
from sandan.energy.service.registers import Edition, Register
from sandan.errors import Finding, InvalidInput
from sandan.sheets import decode, sheet_text
from sandan.store import Store
from sandan.twin.geometry import Place
from sandan.twin.model import Thing
from sandan.words import Text

BOOK = Register("energy.heat", HeatBook(), TRADE, "HeatStreamsChanged")
TERMS = Register("energy.heat_terms", HeatTerms(), TRADE, "HeatTermsChanged")
MOST_BYTES = 5_000_000
ASKED: Mapping[str, tuple[float, float, Text]] = {
    "pinch": (0, 100, Text("열교환기의 최소 온도차 (K)", "Least difference at the exchanger (K)")),
    "decay": (0, 10, Text("배관 1 km마다 식는 정도 (1/km)", "Cooling along the pipe (1/km)")),
    "ground": (-30, 40, Text("땅속 온도 (°C)", "Temperature of the ground (°C)")),
    "reach": (1, 20_000, Text("가장 먼 거리 (m)", "Farthest distance (m)")),
    "days": (1, 366, Text("한 해 가동일 (일)", "Working days a year")),
    "least": (0, 1e9, Text("연간 최소 열량 (kWh)", "Least heat a year (kWh)")),
}
"""What the operator tells: least, most, name."""
FACTOR = (0.0, 5.0)
"""Of an emission factor [tCO2/MWh]."""
COARSE = 100.0
"""To this many metres a neighbour without a name is told of [m]."""

LEFT = 0.02
"""Share of its heat below which a match has nothing left after the others."""


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a match as the reader may know it."""

    stream: HeatStream | None
    """None is a neighbour that does not want to be named."""
    name: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Match:
    """A match with whom it joins."""

    rank: int
    found: HeatMatch
    source: Side
    sink: Side
    hours: tuple[float, ...]
    """What would flow in each hour of the day [kW, 24]."""

    @property
    def spare(self) -> bool:
        """Whether better ranked matches leave it next to nothing: one to choose instead of those."""
        return self.found.after_others < LEFT * self.found.heat

    @property
    def distance(self) -> float:
        """[m]; rounded up where a neighbour is not named."""
        if self.source.stream is not None and self.sink.stream is not None:
            return self.found.distance
        return math.ceil(self.found.distance / COARSE) * COARSE


@dataclass(frozen=True, slots=True)
class Miss:
    """A pair that is no match."""

    found: HeatMiss
    source: Side
    sink: Side


@dataclass(frozen=True, slots=True)
class HeatView:
    """The register as this reader may see it, with what follows from it."""

    book: Edition[HeatBook]
    terms: Edition[HeatTerms]
    streams: Sequence[HeatStream]
    firms: Mapping[str, Thing]
    places: Mapping[str, Place]
    lacking: Sequence[Finding]
    findings: Sequence[Finding]
    matches: Sequence[Match]
    misses: Sequence[Miss]
    unknown: Sequence[Text]

    @property
    def simulated(self) -> bool:
        return self.terms.body.simulated or any(one.simulated for one in self.streams)


def heat_view(store: Store, actor: Actor) -> HeatView:
    """Streams and matches: staff see all, a firm what concerns its own streams."""
    actor.require(SEE)
    with store.registry.read() as conn:
        book, terms = BOOK.in_force(store, conn), TERMS.in_force(store, conn)
        firms = {one.id: one for one in store.things.all(conn, {"firm"})}
        places = _places(store, conn, firms)
    streams = book.body.streams
    visible = [one for one in streams if actor.tenant is None or one.firm == actor.tenant]
    params = heat_params(terms.body)
    lost = [_homeless(one) for one in visible if one.firm not in places]
    view = HeatView(book, terms, visible, firms, places, lacking(terms.body), lost, (), (), ())
    if params is None:
        return view
    sources, sinks = sides(streams, places)
    judged = match_heat(sources, sinks, params, terms.body.factors)
    by_id = {one.id: one for one in streams}

    def side(id: str) -> Side:
        one = by_id[id]
        known = actor.tenant is None or one.firm == actor.tenant or one.named
        return Side(one, firms[one.firm].name, places[one.firm]) if known else Side(None, "", None)

    def mine(source: str, sink: str) -> bool:
        return actor.tenant is None or actor.tenant in (by_id[source].firm, by_id[sink].firm)

    matches: list[Match] = []
    for match in judged.matches:
        if mine(match.source, match.sink):
            flows = [
                min(a * match.usable, b)
                for a, b in zip(by_id[match.source].power, by_id[match.sink].power, strict=True)
            ]
            rank = len(matches) + 1
            matches.append(Match(rank, match, side(match.source), side(match.sink), tuple(flows)))
    # A firm is not told of those it has nothing to do with: their reasons would tell their temperatures.
    misses = [
        Miss(one, side(one.source), side(one.sink))
        for one in judged.left_out
        if actor.tenant is None and by_id[one.source].firm != by_id[one.sink].firm
    ]
    return replace(view, matches=matches, misses=misses, unknown=judged.unknown)


def lacking(terms: HeatTerms) -> list[Finding]:
    """The operator's figures that nobody told yet; without them nothing is matched."""
    return [
        Finding(
            name,
            Text(f"{said.ko}을(를) 모릅니다.", f"{said.en} is not known."),
            Text(
                "배관과 열교환기에 달려 있어 기본값이 없습니다. 운영자가 적어 주십시오.",
                "It depends on pipe and exchanger and has no default: the operator fills it in.",
            ),
        )
        for name, (_low, _high, said) in ASKED.items()
        if getattr(terms, name) is None
    ]


def find_stream(store: Store, actor: Actor, id: str) -> HeatStream | None:
    """One stream to be changed; None where there is none."""
    actor.require(TRADE)
    with store.registry.read() as conn:
        held = BOOK.in_force(store, conn).body.streams
    return next((one for one in held if one.id == id), None)


def save_stream(
    store: Store, actor: Actor, base: int, row: Mapping[str, str], reason: str, now: datetime
) -> Edition[HeatBook]:
    """Add or change one stream from the text of its fields."""
    actor.require(TRADE)
    one, findings = read_stream(row, _firms(store))
    if one is None:
        raise InvalidInput(findings)
    return _put(store, actor, base, [one], reason, now)


def import_streams(
    store: Store, actor: Actor, base: int, data: bytes, reason: str, now: datetime
) -> Edition[HeatBook]:
    """Bring a CSV file in whole or not at all; streams it does not name stay."""
    actor.require(TRADE)
    given = read_streams(decode(data, MOST_BYTES), _firms(store))
    return _put(store, actor, base, given, reason, now)


def remove_stream(
    store: Store, actor: Actor, base: int, id: str, reason: str, now: datetime
) -> Edition[HeatBook]:
    """Take a stream out."""
    actor.require(TRADE)
    held = _held(store, base)
    body = HeatBook(tuple(one for one in held if one.id != id))
    return BOOK.put(store, actor, base, body, reason, now)


def export_streams(store: Store, actor: Actor) -> str:
    """The streams this actor sees as CSV, which `import_streams` reads again."""
    numeric = {"temperature", "base", "efficiency", *COLUMNS[9:]}
    rows: list[list[object]] = [list(COLUMNS)]
    for one in heat_view(store, actor).streams:
        cells = as_row(one)
        rows.append(
            [float(cells[name]) if name in numeric and cells[name] else cells[name] for name in COLUMNS]
        )
    return sheet_text(rows)


def save_terms(
    store: Store, actor: Actor, base: int, given: Mapping[str, str], now: datetime
) -> Edition[HeatTerms]:
    """The operator's figures from the text of a form; an empty one stays unknown."""
    actor.require(TRADE)
    findings: list[Finding] = []
    values = {
        name: _figure(findings, name, given.get(name, ""), low, high)
        for name, (low, high, _said) in ASKED.items()
    }
    factors = {
        id: value
        for id, fuel in fuels().items()
        if fuel.factor is None
        and (value := _figure(findings, id, given.get(f"factor_{id}", ""), *FACTOR)) is not None
    }
    if findings:
        raise InvalidInput(findings)
    assert {one.name for one in fields(HeatTerms)} == {*values, "factors", "simulated"}
    body = HeatTerms(
        values["pinch"],
        values["decay"],
        values["ground"],
        values["reach"],
        values["days"],
        values["least"],
        factors,
    )
    return TERMS.put(store, actor, base, body, given.get("reason", ""), now)


def _put(
    store: Store, actor: Actor, base: int, given: Sequence[HeatStream], reason: str, now: datetime
) -> Edition[HeatBook]:
    changed = {one.id: one for one in given}
    body = HeatBook(tuple({**{one.id: one for one in _held(store, base)}, **changed}.values()))
    return BOOK.put(store, actor, base, body, reason, now)


def _held(store: Store, base: int) -> Sequence[HeatStream]:
    with store.registry.read() as conn:
        editions = BOOK.editions(store, conn)
    return editions[min(max(base, 0), len(editions) - 1)].body.streams


def _firms(store: Store) -> set[str]:
    with store.registry.read() as conn:
        return {one.id for one in store.things.all(conn, {"firm"})}


def _places(store: Store, conn: Connection, firms: Mapping[str, Thing]) -> dict[str, Place]:
    """Where each firm is: its own geometry's middle, else its building's."""
    houses = {one.id: one for one in store.things.all(conn, {"building"})}
    found = {}
    for id, firm in firms.items():
        house = houses.get(firm.parent or "")
        shape = firm.geometry if firm.geometry is not None else house.geometry if house is not None else None
        if shape is not None:
            found[id] = (float(shape.centroid.x), float(shape.centroid.y))
    return found


def _figure(findings: list[Finding], name: str, text: str, low: float, high: float) -> float | None:
    text = text.strip().replace(",", "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        findings.append(
            Finding(
                name,
                Text(f"'{text}'은(는) 쓸 수 없는 값입니다.", f"'{text}' will not do."),
                Text(f"{low:g}–{high:g}", f"{low:g}–{high:g}"),
            )
        )
    return value


def _homeless(one: HeatStream) -> Finding:
    return Finding(
        one.name,
        Text(
            "기업의 위치를 몰라 짝을 찾지 않았습니다.",
            "its firm's place is not known, so it was not matched.",
        ),
        Text("설비 자료에 기업이나 건물의 위치를 넣어 주십시오.", "give the firm or its building a place."),
    )
