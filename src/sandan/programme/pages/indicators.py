"""Indicators: targets against what is measured, the evidence one click away, evidence uploaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import File, Form, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL, Period
from sandan.domain import Here, Indicator, Visit
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.programme.engine.card import year_rows
from sandan.programme.model.evidence import Proof
from sandan.programme.model.plan import Edit, Table
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.pages.frame import around, plan_url
from sandan.programme.service import evidence, indicators
from sandan.programme.service.changes import request_change
from sandan.programme.service.documents import document_names
from sandan.programme.service.plans import read_plan
from sandan.web import Routes
from sandan.words import Text

routes = Routes("programme", prefix="/programme")
SHEETS = {
    "payroll": Text("기업별 고용 인원 (기업, 월, 인원)", "Head counts by firm (firm, month, persons)"),
    "survey": Text("만족도 조사 (날짜, 점수, 만점)", "Satisfaction survey (date, score, highest score)"),
}
DONE = {
    "kept": Text("보관했습니다.", "Kept."),
    "defined": Text("지표를 만들었습니다.", "The indicator is defined."),
}


@routes.page("/plans/{plan}/indicators", permission=PROGRAMME_READ)
def plan_indicators(plan: str, here: Here, as_of: str = "", year: int | None = None) -> Response:
    """Every measure of a plan: its targets by period, what was said, and what Sandan computes for it."""
    book = read_plan(here.store, here.actor, plan)
    moment, day = _as_of(here, as_of)
    chosen = _year(year or day.year, moment)
    proofs = {one.id: _prove(here, one.indicator, chosen, moment) for one in book.measures if one.indicator}
    return here.render(
        "programme/plan_indicators.html",
        book=book,
        rows={
            one.id: year_rows(
                [s for s in book.statements if s.subject == one.subject and s.measure == one.name]
            )
            for one in book.measures
        },
        proofs=proofs,
        subjects={p.id: p.title for p in book.projects} | {c.id: c.name for c in book.complexes},
        lines=indicators.list_indicators(here.store, here.actor, _contributed(here)),
        names=document_names(here.store),
        as_of=day,
        year=chosen.start.astimezone(SEOUL).year,
        may_edit=here.actor.may(PROGRAMME_EDIT),
        **around(plan, "indicators"),
    )


@routes.action("/plans/{plan}/measures/{measure}/bind", permission=PROGRAMME_EDIT)
def bind(
    plan: str,
    measure: str,
    here: Here,
    indicator: Annotated[str, Form(max_length=200)] = "",
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Ask that a measure be proved by an indicator of Sandan's."""
    book = read_plan(here.store, here.actor, plan)
    found = next((one for one in book.measures if one.id == measure), None)
    if found is None:
        raise NotFound(Text("확인지표", "measure"), measure)
    edit = Edit(Table.MEASURE, measure, replace(found, indicator=indicator or None))
    request_change(here.store, here.actor, plan, [edit], reason.strip() or "확인지표에 지표 연결", here.now)
    return RedirectResponse(plan_url(plan, "changes", done="requested"), 303)


@routes.page("/indicators", permission=PROGRAMME_READ)
def indicators_page(here: Here, as_of: str = "", year: int | None = None, done: str = "") -> Response:
    """Every indicator with its value, and where evidence is uploaded and formulas are made."""
    return _list(here, as_of, year, done=done)


@routes.page("/indicators/{id}", permission=PROGRAMME_READ)
def indicator_page(id: str, here: Here, as_of: str = "", year: int | None = None) -> Response:
    """One indicator: its definition, how it came about, and the rows behind it."""
    moment, day = _as_of(here, as_of)
    lines = indicators.list_indicators(here.store, here.actor, _contributed(here))
    line = next((one for one in lines if one.id == id), None)
    if line is None:
        raise NotFound(Text("지표", "indicator"), id)
    chosen = _year(year or day.year, moment)
    return here.render(
        "programme/indicator.html",
        line=line,
        proof=_prove(here, id, chosen, moment),
        as_of=day,
        year=chosen.start.astimezone(SEOUL).year,
        **around(),
    )


@routes.action("/indicators", permission=PROGRAMME_EDIT)
def define(
    here: Here,
    id: Annotated[str, Form(max_length=100)] = "",
    name_ko: Annotated[str, Form(max_length=200)] = "",
    name_en: Annotated[str, Form(max_length=200)] = "",
    unit: Annotated[str, Form(max_length=20)] = "",
    formula: Annotated[str, Form(max_length=1000)] = "",
    attempt: Annotated[bool, Form()] = False,
) -> Response:
    """Try a formula, or keep it as an indicator."""
    written = {"id": id, "name_ko": name_ko, "name_en": name_en, "unit": unit, "formula": formula}
    contributed = _contributed(here)
    try:
        if attempt:
            period = _year(here.now.astimezone(SEOUL).year, here.now)
            tried = indicators.try_formula(
                here.store, here.actor, contributed, formula, unit, period, here.now
            )
            return _list(here, "", None, written=written, tried=tried)
        indicators.define_indicator(
            here.store, here.actor, contributed, id.strip(), Text(name_ko, name_en), unit, formula, here.now
        )
    except InvalidInput as error:
        return _list(here, "", None, error.findings, written)
    return RedirectResponse("/programme/indicators?done=defined", 303)


@routes.action("/evidence", permission=PROGRAMME_EDIT)
def upload(
    here: Here,
    file: Annotated[UploadFile | None, File()] = None,
    kind: Annotated[str, Form()] = "payroll",
    survey: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Keep a sheet of evidence, or say everything that is wrong with it."""
    try:
        if file is None or not file.filename:
            raise InvalidInput.because(
                "file",
                Text("파일이 없습니다.", "no file was chosen."),
                Text("CSV 파일을 고르십시오.", "choose a CSV file."),
            )
        data = file.file.read()
        if kind == "survey":
            evidence.upload_survey(here.store, here.actor, file.filename, data, survey, here.now)
        else:
            evidence.upload_payroll(here.store, here.actor, file.filename, data, here.now)
    except InvalidInput as error:
        return _list(here, "", None, error.findings)
    return RedirectResponse("/programme/indicators?done=kept", 303)


def _list(
    here: Visit,
    as_of: str,
    year: int | None,
    findings: Sequence[Finding] = (),
    written: dict[str, str] | None = None,
    tried: Proof | None = None,
    done: str = "",
) -> Response:
    moment, day = _as_of(here, as_of)
    chosen = _year(year or day.year, moment)
    lines = indicators.list_indicators(here.store, here.actor, _contributed(here))
    return here.render(
        "programme/indicators.html",
        status=422 if findings else 200,
        lines=[(line, _prove(here, line.id, chosen, moment)) for line in lines],
        findings=findings,
        written=written or {},
        tried=tried,
        sheets=SHEETS,
        done=DONE.get(done),
        as_of=day,
        year=chosen.start.astimezone(SEOUL).year,
        may_edit=here.actor.may(PROGRAMME_EDIT),
        **around(),
    )


def _contributed(here: Visit) -> list[Indicator]:
    return [one for domain in here.house.domains for one in domain.indicators]


def _prove(here: Visit, id: str, period: Period, as_of: datetime) -> Proof:
    return indicators.prove(here.store, here.actor, _contributed(here), id, period, as_of, here.now)


def _as_of(here: Visit, text: str) -> tuple[datetime, date]:
    """The end of the day asked for, never later than now."""
    today = here.now.astimezone(SEOUL).date()
    try:
        day = min(date.fromisoformat(text), today) if text else today
    except ValueError:
        day = today
    end = datetime.combine(day + timedelta(days=1), time(), SEOUL)
    return min(end, here.now), day


def _year(year: int, as_of: datetime) -> Period:
    """The year up to `as_of`; a year that has not begun is the one `as_of` lies in."""
    now = as_of.astimezone(SEOUL)
    year = max(1990, min(year, now.year))
    start = datetime(year, 1, 1, tzinfo=SEOUL)
    end = min(datetime(year + 1, 1, 1, tzinfo=SEOUL), now)
    return Period(start, max(end, start + timedelta(days=1)))
