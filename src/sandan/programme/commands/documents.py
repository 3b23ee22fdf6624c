"""`sandan programme figures` and `sandan programme import`: documents from files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from sandan.domain import Runtime
from sandan.programme.engine.figures import find_figures
from sandan.programme.engine.reading import read_document
from sandan.programme.engine.wording import amount
from sandan.programme.model.documents import UNPLACED_NAMES, Document, Draft, FoundFigure
from sandan.programme.model.plan import Complex, Fact, Measure, Milestone, Plan, Project, Row
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import KIND_NAMES, period_name, source_name
from sandan.programme.service import drafts
from sandan.words import Language, Text

FILES = click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
_ROWS: dict[type[Row], Text] = {
    Plan: Text("계획", "plans"),
    Complex: Text("산단", "complexes"),
    Project: Text("사업", "projects"),
    Measure: Text("확인지표", "measures"),
    Statement: Text("값", "values"),
    Milestone: Text("일정", "milestones"),
    Fact: Text("내용", "sentences"),
}


@click.command("figures")
@FILES
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of objects.")
@click.pass_obj
def figures(runtime: Runtime, files: tuple[Path, ...], as_json: bool) -> None:
    """Print every figure found in FILES: money, targets, base figures, progress and counts.

    Needs no store and changes nothing. Lines with a number that found no place go to the error stream.
    """
    found: list[FoundFigure] = []
    for path in files:
        result = find_figures(_read(path))
        found += result.figures
        for one in result.unplaced:
            reason = UNPLACED_NAMES[one.reason]
            runtime.say(
                Text(
                    f"{path.name} {one.line}행: {one.text} ({reason.ko})",
                    f"{path.name} line {one.line}: {one.text} ({reason.en})",
                ),
                err=True,
            )
    if as_json:
        click.echo(to_json(found))
        return
    for figure in found:
        click.echo("\t".join(_columns(figure, runtime.language)))


def to_json(found: Sequence[FoundFigure]) -> str:
    """A JSON list, one object on each line; `value` is in won for money, null for a target not yet set."""
    lines = [
        json.dumps(
            {
                "document": one.document,
                "line": one.line,
                "text": one.text,
                "path": one.path,
                "kind": one.kind.value,
                "source": one.source,
                "period": one.period,
                "value": one.value,
                "unit": one.unit,
                "measure": one.measure,
                "sure": one.sure,
            },
            ensure_ascii=False,
        )
        for one in found
    ]
    return "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"


def _columns(one: FoundFigure, language: Language) -> list[str]:
    value = amount(one.value, one.unit)
    return [
        f"{one.document}:{one.line}",
        KIND_NAMES[one.kind].in_(language),
        one.measure,
        source_name(one.source).in_(language) if one.source else "",
        period_name(one.period).in_(language) if one.period else "",
        value.in_(language),
        "" if one.sure else "?",
    ]


@click.command("import")
@FILES
@click.option("--dry-run", is_flag=True, help="Read and report; keep nothing.")
@click.option("--accept", is_flag=True, help="Confirm the rows the reader is sure of and make a version.")
@click.option("--reason", default="", help="Why the plan gets a new version (with --accept).")
@click.pass_obj
def import_(runtime: Runtime, files: tuple[Path, ...], dry_run: bool, accept: bool, reason: str) -> None:
    """Read FILES into drafts that wait for an officer's confirmation.

    Reads pledge cards, investment tables and plan summaries as text, Markdown, HTML, CSV, XLSX, PDF, HWPX or
    DOCX. Names and telephone numbers of people are dropped. A file read twice keeps its open draft.
    """
    read = [(path, *_read_draft(path)) for path in files]
    for path, _, draft in read:
        _report(runtime, path, draft)
    if dry_run:
        return
    with runtime.store() as store:
        for path, document, draft in read:
            id = drafts.keep_draft(store, runtime.actor, document, draft, runtime.clock.now())
            if not accept:
                runtime.say(
                    Text(
                        f"{path.name}: 초안을 만들었습니다. 화면에서 확인하십시오: /programme/drafts/{id}",
                        f"{path.name}: a draft waits to be confirmed at /programme/drafts/{id}",
                    )
                )
                continue
            now = runtime.clock.now()
            drafts.confirm_sure(store, runtime.actor, id, now)
            if not any(drafts.preview_commit(store, runtime.actor, id).values()):
                runtime.say(Text(f"{path.name}: 바뀐 것이 없습니다.", f"{path.name}: nothing has changed."))
                continue
            made = drafts.commit_draft(store, runtime.actor, id, reason or path.name, now)
            for plan, version in made.items():
                runtime.say(
                    Text(
                        f"{path.name}: 계획 {plan}의 제{version.number}판에 반영했습니다.",
                        f"{path.name}: brought into plan {plan} as version {version.number}.",
                    )
                )


def _read(path: Path) -> Document:
    return read_document(path.name, path.read_bytes())


def _read_draft(path: Path) -> tuple[Document, Draft]:
    def turned(done: int, pages: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{path.name}: {done}/{pages}", err=True, nl=done >= pages)

    return drafts.read_draft_of(path.name, path.read_bytes(), turned)


def _report(runtime: Runtime, path: Path, draft: Draft) -> None:
    """How many rows of each kind, how many unsure, how many people left out, and what found no place."""
    counts = Counter(type(row) for row in draft.rows)
    unsure = sum(not row.origin.sure for row in draft.rows if not isinstance(row, Plan))
    ko = ", ".join(f"{name.ko} {counts[of]}건" for of, name in _ROWS.items() if counts[of])
    en = ", ".join(f"{counts[of]} {name.en}" for of, name in _ROWS.items() if counts[of])
    runtime.say(
        Text(
            f"{path.name}: {ko}; 확인 필요 {unsure}건, 제외한 성명·전화번호 {draft.dropped}건",
            f"{path.name}: {en}; {unsure} to look at twice, {draft.dropped} names and numbers left out",
        )
    )
    for one in draft.unplaced:
        reason = UNPLACED_NAMES[one.reason]
        runtime.say(
            Text(f"  {one.line}행: {one.text} ({reason.ko})", f"  line {one.line}: {one.text} ({reason.en})")
        )
