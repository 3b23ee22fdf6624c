"""From a search to work: which samplers to fire and which firms to inspect, and the order on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from shapely.geometry.base import BaseGeometry

from sandan.clock import SEOUL
from sandan.control.engine.hazard.picture import GROUND
from sandan.control.model.odour import Candidate, SamplerOrder
from sandan.printing import (
    Cell,
    Facts,
    Grid,
    Items,
    Layer,
    Name,
    Picture,
    Piece,
    Section,
    Sheet,
    Style,
    draw_plan,
)
from sandan.tables import read_table
from sandan.words import Language, Text

FIRMS, SAMPLERS = 8, 3
"""No more than a crew can do before the wind has turned."""
WORTH = 0.3
"""Information [bit] a sample has to promise: that of a chance of one in twenty."""
REGION = 0.9
SHADES = ("#d1121f", "#f0821d", "#f5cb2e")
STATION = Style(fill="#1f5fbf", edge="#ffffff", width=0.2, dot=0.9)
FIRM = Style(fill="#ffffff", edge="#1d242b", width=0.3, opacity=0.8, dot=0.8)
BOX = "☐"


@dataclass(frozen=True, slots=True)
class Work:
    """What a search asks people to do: samplers first, since the wind turns, then firms in order."""

    samplers: Sequence[SamplerOrder]
    firms: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Plan:
    """The ground of an order in metres: zones with their share, numbered firms, named stations."""

    ground: Sequence[tuple[str, Sequence[BaseGeometry]]]
    zones: Sequence[tuple[float, BaseGeometry]]
    firms: Sequence[tuple[BaseGeometry, str]]
    stations: Sequence[tuple[BaseGeometry, str]]


def choose_work(samplers: Sequence[SamplerOrder], firms: Sequence[Candidate], tells: bool) -> Work:
    """The samplers worth firing, and the firms that together hold nine tenths; none where little is known."""
    enough = next((n for n, one in enumerate(firms, 1) if one.cumulative >= REGION), len(firms))
    return Work(
        [one for one in samplers if one.information >= WORTH][:SAMPLERS],
        list(firms[: min(enough, FIRMS)]) if tells else [],
    )


def say_work(work: Work) -> list[Text]:
    """One line for each thing to be done, as a checklist has it."""
    return [
        *(
            Text(
                f"시료 채취: {one.sampler.name} (잡을 확률 {one.chance:.0%})",
                f"Take a sample: {one.sampler.name} (chance to catch {one.chance:.0%})",
            )
            for one in work.samplers
        ),
        *(
            Text(
                f"악취 점검: {one.site.name} (확률 {one.probability:.0%})",
                f"Inspect for the smell: {one.site.name} (probability {one.probability:.0%})",
            )
            for one in work.firms
        ),
    ]


@cache
def checklist() -> Sequence[Text]:
    """What an inspection looks at (`checklist.csv`); our own, until the operator's replaces it."""
    return tuple(Text(row["ko"], row["en"]) for row in read_table(__name__, "checklist.csv"))


def inspection_sheet(
    work: Work,
    facts: Sequence[tuple[Text, Text]],
    plan: Plan,
    notes: Sequence[Text],
    language: Language,
    at: datetime,
    complex_name: str,
) -> Sheet:
    """The order on paper: why there, in which order, what to look at, and room for what was found."""

    def say(text: Text) -> str:
        return text.in_(language)

    def cell(text: Text | str) -> Cell:
        return [Piece(text if isinstance(text, str) else say(text))]

    title = Text("악취 시료 채취·점검 지시서", "Order to sample and inspect for a smell")
    sections = [
        Section(
            say(Text("까닭", "Why")),
            [Facts([(say(name), cell(said)) for name, said in facts]), _picture(plan, language)],
        )
    ]
    if work.samplers:
        head = [Text("차례", "Order"), Text("채취기", "Sampler"), Text("잡을 확률", "Chance to catch")]
        rows = [
            [cell(str(n)), cell(one.sampler.name), cell(f"{one.chance:.0%}")]
            for n, one in enumerate(work.samplers, 1)
        ]
        result = Text("시료 번호·시각", "Sample, time")
        grid = Grid(
            say(Text("시료 채취", "Samples")),
            [*(say(one) for one in head), say(result)],
            [[*row, cell("")] for row in rows],
            labels=4,
            widths=(0.4, 1.5, 0.8, 2.0),
        )
        sections.append(Section(say(Text("먼저: 시료 채취", "First: take samples")), [grid]))
    for n, one in enumerate(work.firms, 1):
        sections.append(Section(f"{n}. {one.site.name}", [_reasons(one, language), _boxes(language)]))
    sections.append(
        Section(
            say(Text("얼마나 믿을 수 있나", "How far to rely on it")),
            [Items([("", Piece(say(note))) for note in notes])],
        )
    )
    local = at.astimezone(SEOUL)
    return Sheet(
        kind=say(Text("지시서", "Order")),
        title=say(title),
        subtitle=f"{complex_name} · {local:%Y-%m-%d %H:%M}",
        version=f"{say(title)} · {local:%Y-%m-%d %H:%M}",
        language=language,
        day=local.date(),
        sections=sections,
        sources=[],
        legend=[],
    )


def _reasons(one: Candidate, language: Language) -> Facts:
    against = one.against or Text("없음", "nothing")
    pairs = [
        (Text("확률", "Probability"), Text(f"{one.probability:.0%}", f"{one.probability:.0%}")),
        (Text("뒷받침하는 것", "For it"), one.why),
        (Text("어긋나는 것", "Against it"), against),
    ]
    said: list[tuple[str, Cell]] = [(name.in_(language), [Piece(text.in_(language))]) for name, text in pairs]
    return Facts(said, wide=frozenset(name for name, _ in said[1:]))


def _boxes(language: Language) -> Grid:
    head = [
        Text("볼 것", "Look at"),
        Text("이상 없음", "Fine"),
        Text("이상", "Not fine"),
        Text("적을 것", "Found"),
    ]
    return Grid(
        Text("점검표", "Checklist").in_(language),
        [one.in_(language) for one in head],
        [[[Piece(line.in_(language))], [Piece(BOX)], [Piece(BOX)], [Piece("")]] for line in checklist()],
        labels=4,
        widths=(2.6, 0.5, 0.5, 1.6),
    )


def _picture(plan: Plan, language: Language) -> Picture:
    layers = [Layer(shapes, GROUND[kind]) for kind, shapes in plan.ground]
    for (share, area), shade in reversed(list(zip(plan.zones, SHADES, strict=False))):
        layers.append(Layer([area], Style(shade, shade, 0.4, 0.35), f"{share:.0%}"))
    firms = Text("점검할 기업", "firms to inspect").in_(language)
    stations = Text("악취측정소", "odour stations").in_(language)
    layers += [
        Layer([shape for shape, _ in plan.firms], FIRM, firms if plan.firms else ""),
        Layer([shape for shape, _ in plan.stations], STATION, stations if plan.stations else ""),
    ]
    names = []
    for shape, name in (*plan.firms, *plan.stations):
        spot = shape.representative_point()
        names.append(Name(spot.x, spot.y, name))
    box = plan.zones[-1][1].buffer(150).bounds
    caption = Text("발생원이 그 안에 있을 확률", "Probability that the source is within").in_(language)
    said = Text(
        f"발생원이 있을 만한 곳의 지도. 북쪽이 위. 점검할 기업 {len(plan.firms)}곳.",
        f"Plan of where the source may be, north up; {len(plan.firms)} firms to inspect.",
    )
    return Picture(draw_plan(layers, names, box, language), said.in_(language), caption)
