"""Documents and files of a plan for the office: any version, without accounts and personal names.

Citizens get what was published from `citizen`; this is what an officer prints, sends or checks before
publishing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sandan.access import Actor
from sandan.clock import SEOUL, Period
from sandan.domain import Indicator
from sandan.errors import InvalidInput, NotFound
from sandan.programme.engine.disclosure import disclose_book
from sandan.programme.engine.ledger import build_ledger
from sandan.programme.engine.publishing import (
    Publisher,
    card_hwpx,
    card_pdf,
    iati,
    ocds,
    plan_csv,
    plan_json,
    plan_xlsx,
    quarterly_report_hwpx,
    quarterly_report_pdf,
)
from sandan.programme.engine.publishing.publisher import NAMES
from sandan.programme.engine.rates import compute_rates
from sandan.programme.model.audit import FindingState
from sandan.programme.model.evidence import Proof
from sandan.programme.model.plan import Book, Measure
from sandan.programme.model.rights import PROGRAMME_READ
from sandan.programme.model.vocabulary import Quarter
from sandan.programme.service import audit
from sandan.programme.service.documents import document_names
from sandan.programme.service.indicators import prove
from sandan.programme.service.plans import read_plan
from sandan.store import Store
from sandan.words import Language, Text

FILE = Text("파일", "file")
PDF, HWPX = "application/pdf", "application/hwp+zip"


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent: its bytes, what they are, and what it is called on disk."""

    content: bytes
    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class _Form:
    """How a whole plan is written in one form."""

    media_type: str
    make: Callable[[Book, Language, Mapping[str, str], Publisher], bytes]


_FORMS: Mapping[str, _Form] = {
    "plan.xlsx": _Form(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda book, language, names, _: plan_xlsx(book, language, names=names),
    ),
    "plan.csv": _Form(
        "text/csv; charset=utf-8",
        lambda book, language, names, _: plan_csv(book, names=names, language=language),
    ),
    "plan.json": _Form("application/json", lambda book, _, names, __: plan_json(book, names=names)),
    "ocds.json": _Form("application/json", lambda book, _, __, publisher: ocds(book, publisher)),
    "iati.xml": _Form("application/xml", lambda book, _, __, publisher: iati(book, publisher)),
}


def publisher_settings(table: Mapping[str, Any]) -> Publisher:
    """Who publishes, from the table `[programme]`; `InvalidInput` names what cannot be used."""
    return Publisher(**{name: str(table.get(name, "")) for name in NAMES})


def card_file(
    store: Store,
    actor: Actor,
    contributed: Sequence[Indicator],
    plan: str,
    project: str,
    form: str,
    language: Language,
    now: datetime,
    version: int | None = None,
) -> File:
    """The card of a project as `card.pdf` or `card.hwpx`; an old version as it was known then."""
    make = {"card.pdf": (card_pdf, PDF), "card.hwpx": (card_hwpx, HWPX)}.get(form)
    if make is None:
        raise NotFound(FILE, form)
    write, media_type = make
    book = _read(store, actor, plan, version)
    at = now if version is None else book.version.at
    bound = [one for one in book.measures if one.subject == project and one.indicator]
    content = write(
        book,
        project,
        language,
        at.astimezone(SEOUL).date(),
        names=document_names(store),
        proofs=_proofs(store, actor, contributed, bound, at, now),
    )
    return File(content, media_type, _named(book, project, form))


def plan_file(
    store: Store,
    actor: Actor,
    plan: str,
    form: str,
    language: Language,
    publisher: Publisher,
    version: int | None = None,
) -> File:
    """A whole plan as one of `plan.xlsx`, `plan.csv`, `plan.json`, `ocds.json` and `iati.xml`."""
    found = _FORMS.get(form)
    if found is None:
        raise NotFound(FILE, form)
    book = _read(store, actor, plan, version)
    content = found.make(book, language, document_names(store), publisher)
    return File(content, found.media_type, _named(book, "", form))


def report_file(
    store: Store,
    actor: Actor,
    plan: str,
    quarter: Quarter,
    form: str,
    language: Language,
    now: datetime,
    settings: Mapping[str, Any],
) -> File:
    """The report on a quarter as `report.pdf` or `report.hwpx`, from the plan as it stands."""
    make = {"report.pdf": (quarterly_report_pdf, PDF), "report.hwpx": (quarterly_report_hwpx, HWPX)}.get(form)
    if make is None:
        raise NotFound(FILE, form)
    write, media_type = make
    book = _read(store, actor, plan, None)
    today = now.astimezone(SEOUL).date()
    waiting = [
        one.finding
        for one in audit.findings(store, actor, now, plan, settings=audit.finding_settings(settings)).matters
        if one.state is not FindingState.CLOSED
    ]
    content = write(
        [book],
        build_ledger([book]),
        compute_rates(book, today),
        waiting,
        quarter,
        language,
        today,
        names=document_names(store),
    )
    return File(content, media_type, _named(book, str(quarter), form))


def _read(store: Store, actor: Actor, plan: str, version: int | None) -> Book:
    actor.require(PROGRAMME_READ)
    book = read_plan(store, actor, plan, version)
    # A file leaves the office sooner or later: what citizens may not read is in none.
    return replace(disclose_book(book, book.states.values(), {}), settled=book.settled)


def _proofs(
    store: Store,
    actor: Actor,
    contributed: Sequence[Indicator],
    measures: Sequence[Measure],
    at: datetime,
    now: datetime,
) -> dict[str, Proof]:
    """What each bound measure's indicator is for the year so far; those that are gone are left out."""
    year = Period(datetime(at.astimezone(SEOUL).year, 1, 1, tzinfo=SEOUL), at)
    found = {}
    for one in measures:
        try:
            found[one.id] = prove(store, actor, contributed, one.indicator or "", year, at, now)
        except (InvalidInput, NotFound):  # the formula names a point that has gone since
            continue
    return found


def _named(book: Book, part: str, form: str) -> str:
    """The ids of plan and part with the version, so that two files on one disk are told apart."""
    stem, _, suffix = form.rpartition(".")
    parts = [book.plan.id, part if part != book.plan.id else "", stem, f"v{book.version.number}"]
    return "_".join(one for one in parts if one) + f".{suffix}"
