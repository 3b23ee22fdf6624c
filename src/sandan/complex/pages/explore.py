"""Explore: any points, any range, raw or rolled, as known at any moment; the address says it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from sandan.clock import SEOUL, Period
from sandan.complex.engine.ranges import NAMES, PRESETS, instant, period_of
from sandan.complex.engine.series import from_ms
from sandan.complex.engine.wording import coverage_in_words
from sandan.complex.model import COMPLEX_READ, EXPORT, Selection, Shown
from sandan.complex.pages.charts import chart, rows_of
from sandan.complex.pages.things import thing_url
from sandan.complex.service import download, samples, things
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes

pages = Routes("complex", prefix="/explore")
ROWS = 100
FOUND = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of the page says."""

    points: tuple[str, ...] = ()
    range: str = ""
    from_: str = ""
    to: str = ""
    every: str = "auto"
    as_of: str = ""
    row: int = 0

    def query(self) -> str:
        """The same, as the query of an address."""
        pairs = [("point", point) for point in self.points]
        named = (("range", self.range), ("from", self.from_), ("to", self.to), ("as_of", self.as_of))
        pairs += [(name, value) for name, value in named if value]
        if self.every not in ("", "auto"):
            pairs.append(("every", self.every))
        if self.row:
            pairs.append(("row", str(self.row)))
        return urlencode(pairs)

    def url(self, path: str = "/explore") -> str:
        query = self.query()
        return f"{path}?{query}" if query else path

    def adding(self, point: str) -> Asked:
        return replace(self, points=(*self.points, point), row=0)

    def without(self, point: str) -> Asked:
        return replace(self, points=tuple(one for one in self.points if one != point), row=0)

    def over(self, preset: str) -> Asked:
        return replace(self, range=preset, from_="", to="", row=0)

    def at_row(self, row: int) -> Asked:
        return replace(self, row=row)

    def known_at(self, at: datetime, period: Period) -> Asked:
        """This very picture for ever: the range spelt out, the knowledge of this moment."""
        fixed = at.astimezone(SEOUL).isoformat(timespec="seconds")
        start, end = (end.astimezone(SEOUL).isoformat() for end in (period.start, period.end))
        return replace(self, range="", from_=start, to=end, as_of=fixed, row=0)

    def read(self, now: datetime, default: str = "today") -> tuple[Selection, str | None]:
        """The selection, and the preset its period came from; `InvalidInput` for what cannot be read."""
        period, preset = period_of(self.range, self.from_, self.to, now, default)
        as_of = instant(self.as_of, "as_of") if self.as_of else None
        return Selection(tuple(dict.fromkeys(self.points)), period, self.every or "auto", as_of), preset


Points = Annotated[list[str], Query(alias="point", max_length=samples.MOST_TOGETHER * 2)]
From = Annotated[str, Query(alias="from")]
NO_POINTS: list[str] = []


@pages.page("", permission=COMPLEX_READ)
def explore(
    here: Here,
    point: Points = NO_POINTS,
    range: str = "",
    from_: From = "",
    to: str = "",
    every: str = "auto",
    as_of: str = "",
    row: Annotated[int, Query(ge=0)] = 0,
    q: str = "",
) -> Response:
    """The page: choose, look, download."""
    asked = Asked(tuple(point), range, from_, to, every, as_of, row)
    findings: Sequence[Finding] = ()
    try:
        selection, preset = asked.read(here.now)
        shown = samples.read_series(here.store, here.actor, selection, here.now)
    except InvalidInput as error:
        findings = error.findings
        asked = Asked(asked.points[: samples.MOST_TOGETHER])
        selection, preset = asked.read(here.now)
        shown = samples.read_series(here.store, here.actor, selection, here.now)
    return here.render("complex/explore.html", **_context(here, asked, shown, preset, findings, q))


@pages.page("/points", permission=COMPLEX_READ)
def search(
    here: Here,
    point: Points = NO_POINTS,
    range: str = "",
    from_: From = "",
    to: str = "",
    every: str = "auto",
    as_of: str = "",
    q: str = "",
) -> Response:
    """The points a search finds, each a link that adds it."""
    asked = Asked(tuple(point), range, from_, to, every, as_of)
    return here.render("complex/found.html", asked=asked, q=q, found=_found(here, q))


@pages.page("/download.{kind}", permission=EXPORT)
def take(
    kind: Literal["csv", "parquet"],
    here: Here,
    point: Points = NO_POINTS,
    range: str = "",
    from_: From = "",
    to: str = "",
    every: str = "auto",
    as_of: str = "",
    bom: bool = False,
) -> Response:
    """The selection as a file, streamed."""
    selection, _ = Asked(tuple(point), range, from_, to, every, as_of).read(here.now)
    first, last = (end.astimezone(SEOUL).strftime("%Y%m%d") for end in _ends(selection))
    name = f"sandan_{first}_{last}.{kind}"
    if kind == "csv":
        stream = download.csv(here.store, here.actor, selection, here.language, bom=bom)
        media = "text/csv; charset=utf-8"
    else:
        stream = download.parquet(here.store, here.actor, selection, here.language)
        media = "application/vnd.apache.parquet"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return StreamingResponse(stream, media_type=media, headers=headers)


def _ends(selection: Selection) -> tuple[datetime, datetime]:
    return selection.period.start, selection.period.end


def _found(here: Visit, q: str) -> Sequence[object]:
    return things.search_places(here.store, here.actor, q, FOUND) if q.strip() else ()


def _context(
    here: Visit, asked: Asked, shown: Shown, preset: str | None, findings: Sequence[Finding], q: str
) -> dict[str, Any]:
    rows, total = rows_of(shown.series, asked.row, ROWS)
    return {
        "asked": asked,
        "shown": shown,
        "chart": chart(shown, here.language, drawn=True),
        "rows": rows,
        "row_total": total,
        "rows_shown": ROWS,
        "preset": preset,
        "presets": PRESETS,
        "names": NAMES,
        "findings": findings,
        "q": q,
        "found": _found(here, q),
        "most": samples.MOST_TOGETHER,
        "may_export": here.actor.may(EXPORT),
        "fixed_url": asked.known_at(here.now, shown.selection.period).url(),
        "local": local,
        "instant_of": from_ms,
        "coverage_in_words": coverage_in_words,
        "thing_url": thing_url,
    }


def local(at: datetime | None) -> str:
    """An instant as a `datetime-local` input holds it, in Seoul."""
    return "" if at is None else at.astimezone(SEOUL).strftime("%Y-%m-%dT%H:%M")
