"""The commands of ingest: `sandan import readings`, and the devices that may send by HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from sandan.access import SYSTEM, Actor
from sandan.clock import Clock
from sandan.domain import Runtime
from sandan.ingest.model import REASONS, Receipt
from sandan.ingest.service.imports import ImportPlan, plan_import, preview, run_import
from sandan.ingest.service.pipeline import Pipeline
from sandan.ingest.sources.files import open_table
from sandan.ingest.sources.mapping import Mapping, read_mapping
from sandan.ingest.sources.suggestion import suggest
from sandan.store import Store
from sandan.words import Text

Say = Callable[[Text], None]


@click.command("readings")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="What the columns mean."
)
@click.option("--firm", help="Whose readings these are: a firm's name or id.")
@click.option("--create", is_flag=True, help="Make the firm, its meter and the points that are not there.")
@click.option("--dry-run", is_flag=True, help="Check every row and write nothing.")
@click.option("--suggest", "draft", is_flag=True, help="Print a mapping to start from, and do nothing else.")
@click.pass_obj
def readings(
    runtime: Runtime,
    files: tuple[Path, ...],
    mapping: Path | None,
    firm: str | None,
    create: bool,
    dry_run: bool,
    draft: bool,
) -> None:
    """Import readings from CSV or Parquet FILES, through the same checks as live ones.

    Importing a file twice adds nothing; an import that was cut short goes on where it stopped.
    """
    if draft:
        for path in files:
            text = draft_mapping(path)
            runtime.say(Text(text, text))
        return
    with runtime.store() as store:
        import_readings(
            store,
            runtime.clock,
            files,
            mapping=mapping,
            firm=firm,
            create=create,
            dry_run=dry_run,
            actor=runtime.actor,
            say=runtime.say,
        )


def import_readings(
    store: Store,
    clock: Clock,
    files: Sequence[Path],
    *,
    mapping: Path | None = None,
    firm: str | None = None,
    create: bool = False,
    dry_run: bool = False,
    actor: Actor = SYSTEM,
    say: Say = lambda text: click.echo(text.ko),
) -> list[Receipt]:
    """Import files one after another, telling `say` what happens; one receipt a file."""
    chosen = read_mapping(mapping) if mapping else None
    if dry_run:
        return [_try(store, clock, path, chosen, firm, create, say) for path in files]

    async def run() -> list[Receipt]:
        async with Pipeline(store, clock) as pipeline:
            return [await _keep(store, pipeline, path, chosen, firm, create, actor, say) for path in files]

    return asyncio.run(run())


def draft_mapping(path: Path) -> str:
    """A mapping for a file nobody has described yet."""
    table = open_table(path)
    return suggest(table.headers, table.sample())


def _try(
    store: Store, clock: Clock, path: Path, mapping: Mapping | None, firm: str | None, create: bool, say: Say
) -> Receipt:
    plan = plan_import(store, path, mapping=mapping, firm=firm, create=create)
    _describe(plan, say)
    receipt = preview(store, plan, clock)
    _tell(receipt, say)
    say(Text("시험 실행이라 아무것도 저장하지 않았습니다.", "A dry run: nothing was written."))
    return receipt


async def _keep(
    store: Store,
    pipeline: Pipeline,
    path: Path,
    mapping: Mapping | None,
    firm: str | None,
    create: bool,
    actor: Actor,
    say: Say,
) -> Receipt:
    plan = plan_import(store, path, mapping=mapping, firm=firm, create=create)
    _describe(plan, say)
    file = sys.stderr
    with click.progressbar(length=plan.table.rows, label=path.name, file=file) as bar:

        def moved(done: int, _: int) -> None:
            bar.update(done - bar.pos)

        imported = await run_import(store, pipeline, plan, actor, progress=moved)
    _tell(imported.receipt, say)
    return imported.receipt


def _describe(plan: ImportPlan, say: Say) -> None:
    """Which columns mean which points, and what will be made."""
    name, rows, mapping = plan.table.path.name, plan.table.rows, plan.mapping.name
    say(Text(f"{name}: {rows:,}행, 매핑 {mapping}", f"{name}: {rows:,} rows, mapping {mapping}"))
    new = {point.id for point in plan.points}
    for column, address in plan.addresses.items():
        line = f"  {column} → {address}{' *' if address in new else ''}"
        say(Text(line, line))
    if new:
        say(Text(f"  * 새로 만드는 측정점 {len(new)}개", f"  * {len(new)} new points"))
    if plan.done:
        say(Text(f"  {plan.done:,}행까지 저장되어 있어 이어갑니다.", f"  going on after row {plan.done:,}."))


def _tell(receipt: Receipt, say: Say) -> None:
    """What became of the readings."""
    r = receipt
    say(
        Text(
            f"  측정값 {r.received:,}: 새로 저장 {r.kept:,} (정정 {r.corrections:,}), 중복 {r.duplicates:,},"
            f" 격리 {r.quarantined:,}; 빈 구간 {r.gaps:,}",
            f"  {r.received:,} readings: {r.kept:,} new ({r.corrections:,} corrections),"
            f" {r.duplicates:,} duplicates, {r.quarantined:,} quarantined; {r.gaps:,} intervals missing",
        )
    )
    for reason, n in receipt.reasons.items():
        if n:
            why = REASONS[reason]
            say(
                Text(
                    f"    {n:,}건: {why.problem.ko} {why.remedy.ko}",
                    f"    {n:,}: {why.problem.en} {why.remedy.en}",
                )
            )
