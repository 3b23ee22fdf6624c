"""`sandan programme check`: the audit before the auditor, of files as they are or of every plan kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from sandan.clock import SEOUL
from sandan.domain import Runtime
from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.figures import find_figures
from sandan.programme.engine.findings import check_document, rules
from sandan.programme.engine.reading import read_document, strip_people
from sandan.programme.model.audit import SEVERITY_NAMES, AuditFinding, FindingState, Matter
from sandan.programme.model.documents import Document
from sandan.programme.service.audit import findings
from sandan.programme.service.documents import document_names
from sandan.words import Language, Text


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Check FILES as of this day; today by default.",
)
@click.pass_obj
def check(runtime: Runtime, files: tuple[Path, ...], as_json: bool, as_of: datetime | None) -> None:
    """Find what does not hold: sums, shares, percentages, targets and more.

    With FILES (text, Markdown, HTML, CSV, XLSX, PDF, HWPX, DOCX) each is checked by itself, and no store is
    needed; without, every plan is. What is found is no error: the exit code is 0.
    """
    if not files:
        if as_of is not None:
            raise click.UsageError("--as-of goes with FILES; plans are checked as of today.")
        _check_plans(runtime, as_json=as_json)
        return
    today = as_of.date() if as_of else runtime.clock.now().astimezone(SEOUL).date()
    faults: list[Finding] = []
    found: list[tuple[str, AuditFinding]] = []
    checked = 0
    for path in files:
        try:
            found += [(path.name, one) for one in _check_file(path, today)]
            checked += 1
        except InvalidInput as error:
            faults += error.findings
    if as_json:
        _print([_shown(one, name) for name, one in found])
    else:
        _tell(runtime, ((one, name) for name, one in found))
        runtime.say(
            Text(
                f"문서 {checked:,}건에서 {len(found):,}건을 찾았습니다.",
                f"{len(found):,} finding(s) in {checked:,} document(s).",
            ),
            err=True,
        )
    if faults:
        raise InvalidInput(faults)


def _check_file(path: Path, today: date) -> Iterable[AuditFinding]:
    document = _without_people(read_document(path.name, path.read_bytes()))
    return check_document(document, find_figures(document).figures, today=today)


def _without_people(document: Document) -> Document:
    """What is printed quotes the document, so people leave it first; a row whole, as `strip_people` asks."""
    lines = [
        replace(line, cells=tuple(strip_people(line.text)[0].split("\t")) if line.text else line.cells)
        for line in document.lines
    ]
    return replace(document, lines=lines)


def _check_plans(runtime: Runtime, *, as_json: bool) -> None:
    with runtime.store() as store:
        audit = findings(store, runtime.actor, runtime.clock.now())
        names = document_names(store)
    held = [one for one in audit.matters if one.state is not FindingState.CLOSED]
    if as_json:
        _print([_of_plan(one, names) for one in held])
        return
    _tell(runtime, ((one.finding, names.get(one.finding.origin.document or "", "")) for one in held))
    waiting = sum(one.state is FindingState.OPEN for one in held)
    runtime.say(
        Text(
            f"계획 {audit.run.plans:,}건에서 {len(held):,}건을 찾았고 {waiting:,}건이 미처리입니다.",
            f"{len(held):,} finding(s) in {audit.run.plans:,} plan(s), {waiting:,} of them open.",
        ),
        err=True,
    )


def _of_plan(matter: Matter, names: Mapping[str, str]) -> dict[str, Any]:
    found = matter.finding
    return {
        **_shown(found, names.get(found.origin.document or "")),
        "plan": found.plan,
        "subject": found.subject,
        "state": matter.state.value,
    }


def _shown(found: AuditFinding, document: str | None) -> dict[str, Any]:
    return {
        "document": document,
        "rule": found.rule,
        "severity": found.severity.value,
        "sentence": _both(found.sentence),
        "inputs": [
            {"name": one.name.ko, "value": one.value, "unit": one.unit, "line": one.origin.line}
            for one in found.inputs
        ],
        "line": found.origin.line,
        "text": found.origin.text,
        "remedy": _both(found.remedy),
        "who": found.who,
    }


def _both(text: Text) -> dict[str, str]:
    return {"ko": text.in_("ko"), "en": text.in_("en")}


def _print(rows: list[dict[str, Any]]) -> None:
    """A JSON list, one object on each line."""
    lines = [orjson.dumps(row).decode() for row in rows]
    click.echo("[\n" + ",\n".join(lines) + "\n]" if lines else "[]")


def _tell(runtime: Runtime, found: Iterable[tuple[AuditFinding, str]]) -> None:
    for one, document in found:
        for line in _lines(one, document, runtime.language):
            click.echo(line)


def _lines(found: AuditFinding, document: str, language: Language) -> Iterator[str]:
    at = found.origin.line
    line = "" if at is None else {"ko": f" {at}행", "en": f" line {at}"}[language]
    severity, title = SEVERITY_NAMES[found.severity].in_(language), rules()[found.rule].title.in_(language)
    yield f"{document or found.plan}{line} [{severity}] {title}: {found.sentence.in_(language)}"
    yield f"  → {found.remedy.in_(language)} ({found.who})"
