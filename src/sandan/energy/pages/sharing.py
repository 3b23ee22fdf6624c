"""Surplus shared: the period so far, what other rules would give, the papers; a firm its own part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import numpy as np
from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit
from sandan.energy.engine.months import month_of, moved, read_month
from sandan.energy.model.circulation import SharingStatement
from sandan.energy.model.rates import SLOT_HOURS, SLOT_MS
from sandan.energy.model.rights import GRID, SEE, TRADE
from sandan.energy.model.sharing import RULES
from sandan.energy.pages.bill import month_label
from sandan.energy.pages.curves import line
from sandan.energy.records.bills import month_text
from sandan.energy.service import sharing_papers as kept
from sandan.energy.service.surplus import DAY, Courses, Preview, courses, period_named, preview, this_month
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.sheets import sheet_text
from sandan.web import Routes, attachment
from sandan.words import Language, Text

routes = Routes("energy", prefix="/energy/sharing")
Name = Annotated[str, Query(max_length=10)]
EARLIEST = 2020


@routes.page("", permission=SEE)
def sharing_page(here: Here, period: Name = "") -> Response:
    """A month or day so far: for staff the whole network, for a firm its own part."""
    return _page(here, period.strip() or this_month(here.now))


@routes.page("/rules", permission=GRID)
def rules_part(here: Here, period: Name) -> Response:
    """The same readings by each rule, side by side: asked for by itself, for Shapley's takes its time."""
    found = preview(here.store, here.actor, period, here.now)
    return here.render("energy/sharing_rules.html", found=found, compare=_comparison(found), **words(here))


@routes.page("/lines.csv", permission=SEE)
def preview_lines(here: Here, period: Name) -> Response:
    """The lines of a period as they stand now."""
    found = preview(here.store, here.actor, period, here.now, others=False)
    if found.agreed is None:
        raise InvalidInput(found.read.findings or [_nothing(period)])
    return _sheet(here, kept.mine_of(here.actor, found.agreed), f"sharing-{period}-preview")


@routes.action("/final", permission=TRADE)
def make_final(
    here: Here,
    period: Annotated[str, Form(max_length=10)],
    seen: Annotated[int, Form(ge=0, le=10_000)] = 0,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Make a period final, or restate it."""
    try:
        kept.finish(here.store, here.actor, period, seen, reason, here.now)
    except InvalidInput as error:
        return _page(here, period, error.findings, 422)
    except Conflict as error:
        remedy = Text("아래의 정산서를 보십시오.", "See the papers below.")
        return _page(here, period, [Finding("", error.text, remedy)], 409)
    return RedirectResponse(f"{paper_url(period)}?done=final", 303)


@routes.page("/papers/{period}", permission=SEE)
def paper_page(
    period: str,
    here: Here,
    version: Annotated[int | None, Query(ge=1, le=10_000)] = None,
    again: bool = False,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """One version of a final paper; `again` reads everything once more and compares."""
    opened = kept.open_paper(here.store, here.actor, period, version)
    may = here.actor.may(TRADE)
    same = kept.check_again(here.store, here.actor, period, opened.paper.version) if again and may else None
    return here.render(
        "energy/sharing_paper.html",
        opened=opened,
        paper=opened.paper,
        made=opened.paper.body,
        label=period_label(period),
        url=paper_url,
        same=same,
        done=done == "final",
        may_settle=may,
        **words(here),
    )


@routes.page("/papers/{period}/lines.csv", permission=SEE)
def paper_lines(
    period: str, here: Here, version: Annotated[int | None, Query(ge=1, le=10_000)] = None
) -> Response:
    """The lines of a paper."""
    opened = kept.open_paper(here.store, here.actor, period, version)
    return _sheet(here, opened.paper.body, f"sharing-{period}-v{opened.paper.version}")


def paper_url(period: str) -> str:
    """The address of a period's papers."""
    return f"/energy/sharing/papers/{period}"


def period_label(text: str) -> Text:
    """A month or day in words."""
    if len(text) == DAY:
        day = date.fromisoformat(text)
        return Text(f"{day.year}년 {day.month}월 {day.day}일", f"{day.day} {day:%B %Y}")
    return month_label(read_month(text))


def words(here: Visit) -> dict[str, Any]:
    """What every page of sharing shows."""
    return {"rules": RULES, "staff": here.actor.tenant is None}


def _page(here: Visit, text: str, faults: Sequence[Finding] = (), status: int = 200) -> Response:
    whole, first, last = period_named(text)
    staff = here.actor.tenant is None
    if whole.start > here.now:
        text = this_month(here.now)
        whole, first, last = period_named(text)
    found = preview(here.store, here.actor, text, here.now, others=False)
    agreed = kept.mine_of(here.actor, found.agreed) if found.agreed is not None else None
    course = courses(found, here.actor.tenant)
    papers = kept.papers(here.store, here.actor)
    member = any(one.firm == here.actor.tenant for one in found.read.members.values())
    return here.render(
        "energy/sharing.html" if staff else "energy/sharing_mine.html",
        status=status,
        found=found,
        made=agreed,
        text=text,
        label=period_label(text),
        over=here.now >= whole.end,
        member=member,
        steps=_steps(text, first, last, here.now),
        chart=None if course is None else _chart(course, here.language, staff=staff),
        papers=papers,
        waiting=kept.waiting(here.store, here.actor, here.now) if here.actor.may(TRADE) else None,
        of_period=next((one for one in papers if one.period == text), None),
        label_of=period_label,
        url=paper_url,
        faults_found=faults,
        may_settle=here.actor.may(TRADE),
        **words(here),
    )


def _steps(text: str, first: date, last: date, now: datetime) -> Mapping[str, str]:
    """Where one goes from a period: the one before and after, this month, yesterday."""
    today = now.astimezone(SEOUL).date()
    if len(text) == DAY:
        before, after = first - timedelta(days=1), last + timedelta(days=1)
        near = {"before": before.isoformat(), "after": after.isoformat() if after <= today else ""}
    else:
        month = read_month(text)
        later = moved(month, 1)
        near = {
            "before": month_text(moved(month, -1)) if month[0] >= EARLIEST else "",
            "after": month_text(later) if later <= month_of(now) else "",
        }
    return near | {
        "month": this_month(now),
        "last": month_text(moved(month_of(now), -1)),
        "yesterday": (today - timedelta(days=1)).isoformat(),
    }


def _comparison(found: Preview) -> list[dict[str, Any]]:
    """Each member's saving by each rule, with the width of its bar [%]; who saves most comes first."""
    if found.agreed is None:
        return []
    by_rule = {rule: {one.meter: one for one in made.members} for rule, made in found.by_rule.items()}
    most = max((abs(one.saving) for lines in by_rule.values() for one in lines.values()), default=0)
    rows = []
    for line_ in sorted(found.agreed.members, key=lambda one: -one.saving):
        cells = {
            rule: (lines[line_.meter], round(100 * abs(lines[line_.meter].saving) / most) if most else 0)
            for rule, lines in by_rule.items()
        }
        rows.append({"line": line_, "cells": cells})
    return rows


def _chart(course: Courses, language: Language, *, staff: bool) -> dict[str, Any]:
    """Power of each quarter-hour: what was over and what became of it [kW]; of all, hardly less is got."""
    shown = [
        (Text("남은 전력", "over"), course.surplus, True),
        (Text("준 전력", "given"), course.given, not staff),
        (Text("이웃이 받은 전력", "received by neighbours"), course.received, staff),
        (Text("받은 전력", "received"), course.received, not staff),
    ]
    series = [
        line(name, language, course.start, values / SLOT_HOURS, "kW")
        for name, values, wanted in shown
        if wanted and np.isfinite(values).any()
    ]
    return {"series": series, "from": course.start, "to": course.start + len(course.surplus) * SLOT_MS}


def _nothing(period: str) -> Finding:
    return Finding(
        period,
        Text("이 기간에는 나눔 협약이 없습니다.", "no sharing agreement was in force."),
        Text("협약의 시작일을 확인하십시오.", "See the agreement's first day."),
    )


def _sheet(here: Visit, made: SharingStatement, name: str) -> Response:
    rows = kept.rows_of(made, here.language, rent=here.actor.tenant is None)
    return attachment(sheet_text(rows), f"{name}.csv")
