"""The record of a day or a month of the environment, as files to hand in."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from sandan.control.engine.environment.statement import (
    Statement,
    half_hour_rows,
    statement_rows,
    statement_sheet,
)
from sandan.control.model.rights import WATCH
from sandan.control.pages.environment import HOME
from sandan.control.service.environment.desk import EnvironmentDesk
from sandan.control.service.environment.statement import read_statement, typed_period
from sandan.domain import Here, Visit
from sandan.printing import sheet_pdf
from sandan.sheets import sheet_text
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("control", prefix=f"{HOME}/statement")
Of = Annotated[str, Query(max_length=20)]


@routes.page(".csv", permission=WATCH)
def statement_csv(here: Here, of: Of = "") -> Response:
    """A line for each quantity of each stack and station."""
    found = _read(here, of)
    return attachment(sheet_text(statement_rows(found, here.language)), _name(here, found, "csv"))


@routes.page("/half-hours.csv", permission=WATCH)
def half_hours_csv(here: Here, of: Of = "") -> Response:
    """Every half-hour of the stacks."""
    found = _read(here, of)
    name = Text("굴뚝30분-", "half-hours-").in_(here.language)
    return attachment(sheet_text(half_hour_rows(found, here.language)), name + _name(here, found, "csv"))


@routes.page(".pdf", permission=WATCH)
def statement_pdf(here: Here, of: Of = "") -> Response:
    """The record on paper."""
    found = _read(here, of)
    sheet = statement_sheet(found, here.language, here.now, here.house.complex_name())
    return attachment(sheet_pdf(sheet), _name(here, found, "pdf"), "application/pdf")


def _read(here: Visit, of: str) -> Statement:
    settings = here.house.part(EnvironmentDesk).settings
    return read_statement(here.store, here.actor, typed_period(of, here.now), settings, here.now)


def _name(here: Visit, found: Statement, ending: str) -> str:
    return f"{Text('환경기록', 'environment').in_(here.language)}-{found.title}.{ending}"
