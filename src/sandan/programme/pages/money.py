"""The money of a plan: by source, year and stage, where it flows, and where every won was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, TypeVar

from fastapi import Query
from starlette.responses import Response

from sandan.domain import Here
from sandan.programme.engine.ledger import (
    BASIS_DEFINITIONS,
    BASIS_NAMES,
    GROUPING_NAMES,
    Basis,
    Choice,
    Grouping,
    Leaf,
)
from sandan.programme.engine.ledger.flows import END_NAMES, End, Flow
from sandan.programme.engine.wording import EOK
from sandan.programme.model.plan import Book
from sandan.programme.model.rights import PROGRAMME_READ
from sandan.programme.model.vocabulary import (
    NATURE_NAMES,
    Nature,
    Stage,
    period_name,
    period_order,
    source_name,
    sources,
)
from sandan.programme.pages.frame import around, plan_url
from sandan.programme.service.documents import document_names
from sandan.programme.service.money import Asked, read_money
from sandan.web import Routes
from sandan.words import Language, Text

routes = Routes("programme", prefix="/programme/plans")
PAGE = 50
SHOWN = 20
"""So many doubts of one kind are listed; how many more there are is told."""
NONE = "none"
"""How an address writes what is not split by source or year."""
Chosen = Annotated[str, Query(max_length=200)]
One = TypeVar("One", bound=Enum)


@routes.page("/{plan}/money", permission=PROGRAMME_READ)
def money_page(
    plan: str,
    here: Here,
    basis: Chosen = "",
    project: Chosen = "",
    complex: Chosen = "",
    nature: Chosen = "",
    middle: Chosen = "",
    stage: Chosen = "",
    source: Chosen = "",
    period: Chosen = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    version: int | None = None,
) -> Response:
    """Tables of source and year for each stage, and the rows behind them."""
    asked = Asked(
        basis=_one(Basis, basis),
        project=project or None,
        complex=complex or None,
        nature=_one(Nature, nature),
        middle=Grouping.COMPLEX if middle == Grouping.COMPLEX else Grouping.PERIOD,
    )
    view = read_money(here.store, here.actor, plan, asked, version)
    query = {
        "basis": basis,
        "project": project,
        "complex": complex,
        "nature": nature,
        "middle": middle,
        "version": version,
    }
    place = {"stage": stage, "source": source, "period": period}
    rows = _rows(view.leaves, place)
    start = min((page - 1) * PAGE, max(0, (len(rows) - 1) // PAGE * PAGE))

    def url(**more: Any) -> str:
        return plan_url(plan, "money", **{**query, **more})

    return here.render(
        "programme/money.html",
        book=view.book,
        view=view,
        asked=asked,
        url=url,
        bases=[(one, BASIS_NAMES[one], BASIS_DEFINITIONS[one]) for one in Basis],
        natures=NATURE_NAMES,
        middles=[(one, GROUPING_NAMES[one]) for one in (Grouping.PERIOD, Grouping.COMPLEX)],
        flow=_flow(view.flow, view.book, asked.middle, here.language),
        place=place,
        unsplit=NONE,
        rows=rows[start : start + PAGE],
        first=start + 1,
        found=len(rows),
        before=url(**place, page=start // PAGE) + "#rows" if start else None,
        after=url(**place, page=start // PAGE + 2) + "#rows" if start + PAGE < len(rows) else None,
        titles=_titles(view.book),
        double=view.double[:SHOWN],
        double_more=max(0, len(view.double) - SHOWN),
        counted=_counted,
        repeated=view.ledger.repeated(plan),
        disputed=view.ledger.disputed(plan),
        misprinted=view.ledger.misprinted(plan),
        shown=SHOWN,
        names=document_names(here.store),
        old=version is not None,
        **around(plan, "money"),
    )


def _one(of: type[One], text: str) -> One | None:
    """What an address names, and nothing when it names nothing."""
    return next((one for one in of if one.value == text), None)


def _counted(choice: Choice) -> Text:
    """Which of a subject's totals counts."""
    if choice.by_parts:
        return Text("세부사업의 합", "the sum of its parts")
    return Text(choice.tables[0].measure, choice.tables[0].measure)


def _rows(leaves: Sequence[Leaf], place: Mapping[str, str]) -> list[Leaf]:
    """The amounts of one place of a table, or all of them, in the order of sources and years."""
    order = {id: at for at, id in enumerate(sources())}
    stages = {stage: at for at, stage in enumerate(Stage)}

    def here(leaf: Leaf) -> bool:
        return (
            (not place["stage"] or leaf.stage == place["stage"])
            and (not place["source"] or (leaf.source or NONE) == place["source"])
            and (not place["period"] or (leaf.period or NONE) == place["period"])
        )

    return sorted(
        (leaf for leaf in leaves if here(leaf)),
        key=lambda leaf: (
            stages[leaf.stage],
            order.get(leaf.source or "", len(order)),
            period_order(leaf.period),
            leaf.statement.id,
        ),
    )


def _titles(book: Book) -> dict[str, str]:
    """What every subject of a plan is called."""
    return (
        {book.plan.id: book.plan.title}
        | {one.id: one.name for one in book.complexes}
        | {one.id: one.title for one in book.projects}
    )


def _flow(flow: Flow, book: Book, middle: Grouping, language: Language) -> dict[str, Any]:
    """What the island draws: three columns of nodes and the links between them."""
    complexes = {one.id: Text(one.name, one.name) for one in book.complexes}
    no_complex = Text("산단 없음", "No complex")
    no_source = Text("재원 구분 없음", "Not split by source")

    def place(id: str | None) -> Text:
        if middle is Grouping.COMPLEX:
            return complexes.get(id or "", no_complex)
        return period_name(id) if id else Text("연도 구분 없음", "Not split by year")

    order = {id: at for at, id in enumerate(sources())}
    starts = sorted({link.start for link in flow.sources}, key=lambda one: order.get(one or "", len(order)))
    middles = list(dict.fromkeys(link.end for link in flow.sources))
    if middle is not Grouping.COMPLEX:
        middles.sort(key=period_order)
    nodes = [
        *(("s", id, 0, source_name(id) if id else no_source) for id in starts),
        *(("m", id, 1, place(id)) for id in middles),
        *(("e", id.value, 2, END_NAMES[id]) for id in End if any(link.end == id for link in flow.ends)),
    ]
    return {
        "nodes": [
            {"id": f"{kind}:{id}", "name": name.in_(language), "depth": depth}
            for kind, id, depth, name in nodes
        ],
        "links": [
            {"from": f"{kinds[0]}:{link.start}", "to": f"{kinds[1]}:{link.end}", "value": link.won}
            for kinds, links in (("sm", flow.sources), ("me", flow.ends))
            for link in links
        ],
        "unit": "억원" if language == "ko" else "KRW 100 m",
        "factor": 1 / EOK,
        "digits": 1,
        "rows": [
            (place(link.start).in_(language), END_NAMES[End(str(link.end))].in_(language), link.won)
            for link in flow.ends
        ],
        "over": [place(id).in_(language) for id in flow.over],
    }
