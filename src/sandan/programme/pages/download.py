"""Files of a plan: the card and the quarterly report to print, the whole plan to compute with."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from sandan.clock import SEOUL
from sandan.domain import Here, Indicator, Visit
from sandan.errors import InvalidInput
from sandan.programme.model.rights import PROGRAMME_READ
from sandan.programme.model.vocabulary import Quarter
from sandan.programme.service.publishing import (
    File,
    card_file,
    plan_file,
    publisher_settings,
    report_file,
)
from sandan.web import Routes
from sandan.words import Text

routes = Routes("programme", prefix="/programme/plans")


@routes.page("/{plan}/projects/{project}/card.pdf", permission=PROGRAMME_READ)
def card_pdf(plan: str, project: str, here: Here, version: int | None = None) -> Response:
    """The card as PDF."""
    return _card(here, plan, project, "card.pdf", version)


@routes.page("/{plan}/projects/{project}/card.hwpx", permission=PROGRAMME_READ)
def card_hwpx(plan: str, project: str, here: Here, version: int | None = None) -> Response:
    """The card as HWPX."""
    return _card(here, plan, project, "card.hwpx", version)


@routes.page("/{plan}/plan.xlsx", permission=PROGRAMME_READ)
def plan_xlsx(plan: str, here: Here, version: int | None = None) -> Response:
    """The plan as a workbook."""
    return _plan(here, plan, "plan.xlsx", version)


@routes.page("/{plan}/plan.csv", permission=PROGRAMME_READ)
def plan_csv(plan: str, here: Here, version: int | None = None) -> Response:
    """Every value of the plan, a row each."""
    return _plan(here, plan, "plan.csv", version)


@routes.page("/{plan}/plan.json", permission=PROGRAMME_READ)
def plan_json(plan: str, here: Here, version: int | None = None) -> Response:
    """Everything of the plan."""
    return _plan(here, plan, "plan.json", version)


@routes.page("/{plan}/ocds.json", permission=PROGRAMME_READ)
def ocds_json(plan: str, here: Here, version: int | None = None) -> Response:
    """The plan as OCDS would be published."""
    return _plan(here, plan, "ocds.json", version)


@routes.page("/{plan}/iati.xml", permission=PROGRAMME_READ)
def iati_xml(plan: str, here: Here, version: int | None = None) -> Response:
    """The plan as IATI would be published."""
    return _plan(here, plan, "iati.xml", version)


@routes.page("/{plan}/report.pdf", permission=PROGRAMME_READ)
def report_pdf(plan: str, here: Here, quarter: str = "") -> Response:
    """The report on a quarter as PDF; the last whole one where none is asked for."""
    return _report(here, plan, quarter, "report.pdf")


@routes.page("/{plan}/report.hwpx", permission=PROGRAMME_READ)
def report_hwpx(plan: str, here: Here, quarter: str = "") -> Response:
    """The same report as HWPX."""
    return _report(here, plan, quarter, "report.hwpx")


def _card(here: Visit, plan: str, project: str, form: str, version: int | None) -> Response:
    file = card_file(
        here.store, here.actor, _contributed(here), plan, project, form, here.language, here.now, version
    )
    return _sent(file)


def _plan(here: Visit, plan: str, form: str, version: int | None) -> Response:
    publisher = publisher_settings(here.house.settings.table("programme"))
    return _sent(plan_file(here.store, here.actor, plan, form, here.language, publisher, version))


def _report(here: Visit, plan: str, quarter: str, form: str) -> Response:
    try:
        chosen = Quarter.read(quarter) if quarter else _last(here)
    except ValueError:
        raise InvalidInput.because(
            "quarter",
            Text(f"'{quarter[:20]}'은(는) 분기가 아닙니다.", f"'{quarter[:20]}' is not a quarter."),
            Text("2026-Q1처럼 적으십시오.", "write it as 2026-Q1."),
        ) from None
    settings = here.house.settings.table("programme")
    return _sent(report_file(here.store, here.actor, plan, chosen, form, here.language, here.now, settings))


def _last(here: Visit) -> Quarter:
    today = here.now.astimezone(SEOUL)
    return Quarter.at(Quarter(today.year, (today.month - 1) // 3 + 1).ordinal - 1)


def _contributed(here: Visit) -> list[Indicator]:
    return [one for domain in here.house.domains for one in domain.indicators]


def _sent(file: File) -> Response:
    name = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    headers = {"content-disposition": name, "cache-control": "private, no-store"}
    return Response(file.content, media_type=file.media_type, headers=headers)
