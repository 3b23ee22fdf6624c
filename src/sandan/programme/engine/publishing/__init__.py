"""Plans as documents and as open data: pure functions from a book to bytes.

A card or a report becomes a sheet first, in one language and with numbered sources; PDF and HWPX set the
same sheet. Open data says the same rows in the formats of those who read them by machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sandan.printing.typeset import sheet_pdf
from sandan.programme.engine.ledger import Ledger
from sandan.programme.engine.publishing.atom import Published, changes_atom
from sandan.programme.engine.publishing.hwpx import sheet_hwpx
from sandan.programme.engine.publishing.iati import iati
from sandan.programme.engine.publishing.ocds import ocds
from sandan.programme.engine.publishing.pledge import card_sheet
from sandan.programme.engine.publishing.publisher import Publisher
from sandan.programme.engine.publishing.report import report_sheet
from sandan.programme.engine.publishing.rows import plan_csv, plan_json, plan_schema
from sandan.programme.engine.publishing.workbook import plan_xlsx
from sandan.programme.engine.rates import Rate
from sandan.programme.model.audit import AuditFinding
from sandan.programme.model.evidence import Proof
from sandan.programme.model.plan import Book
from sandan.programme.model.vocabulary import Quarter
from sandan.words import Language

__all__ = [
    "Published",
    "Publisher",
    "card_hwpx",
    "card_pdf",
    "card_sheet",
    "changes_atom",
    "iati",
    "ocds",
    "plan_csv",
    "plan_json",
    "plan_schema",
    "plan_xlsx",
    "quarterly_report_hwpx",
    "quarterly_report_pdf",
    "report_sheet",
    "sheet_hwpx",
    "sheet_pdf",
]


def card_pdf(
    book: Book,
    project_id: str,
    language: Language,
    as_of: date,
    *,
    names: Mapping[str, str] | None = None,
    proofs: Mapping[str, Proof] | None = None,
) -> bytes:
    """The pledge card of a project on A4; `NotFound` when the plan has no such project."""
    return sheet_pdf(card_sheet(book, project_id, language, as_of, names=names, proofs=proofs))


def card_hwpx(
    book: Book,
    project_id: str,
    language: Language,
    as_of: date,
    *,
    names: Mapping[str, str] | None = None,
    proofs: Mapping[str, Proof] | None = None,
) -> bytes:
    """The same card as HWPX."""
    return sheet_hwpx(card_sheet(book, project_id, language, as_of, names=names, proofs=proofs))


def quarterly_report_pdf(
    books: Sequence[Book],
    ledger: Ledger,
    rates: Sequence[Rate],
    findings: Sequence[AuditFinding],
    quarter: Quarter,
    language: Language,
    as_of: date,
    *,
    names: Mapping[str, str] | None = None,
) -> bytes:
    """The report on a quarter on A4; see `report_sheet`."""
    return sheet_pdf(report_sheet(books, ledger, rates, findings, quarter, language, as_of, names=names))


def quarterly_report_hwpx(
    books: Sequence[Book],
    ledger: Ledger,
    rates: Sequence[Rate],
    findings: Sequence[AuditFinding],
    quarter: Quarter,
    language: Language,
    as_of: date,
    *,
    names: Mapping[str, str] | None = None,
) -> bytes:
    """The same report as HWPX."""
    return sheet_hwpx(report_sheet(books, ledger, rates, findings, quarter, language, as_of, names=names))
