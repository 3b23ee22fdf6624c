"""`sandan import firms|things|points|geojson` and `sandan export geojson|csv|points|ngsi-ld|aas|samples`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from sandan.complex.engine.ranges import LENGTHS, PRESETS, instant, period_of
from sandan.complex.model import Review, Selection
from sandan.complex.service import download, exports, imports
from sandan.domain import Runtime
from sandan.errors import InvalidInput
from sandan.words import Text

SHOWN = 50
"""So many findings are listed one by one."""


def _import_command(id: str, help: str) -> click.Command:
    options = [
        click.Argument(["file"], type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.Option(["--dry-run"], is_flag=True, help="Show what would change and write nothing."),
        click.Option(["--yes", "-y"], is_flag=True, help="Write without asking."),
    ]
    if id != "points":
        options.append(click.Option(["--parent"], default="", help="Parent of rows that name none."))
        options.append(click.Option(["--crs"], default="", help="Coordinate system, such as EPSG:5186."))
    if id in ("geojson", "things"):
        options.append(click.Option(["--kind"], default="", help="Kind of rows that name none."))

    @click.pass_obj
    def run(runtime: Runtime, /, file: Path, dry_run: bool, yes: bool, **given: str) -> None:
        _import(runtime, id, file, given, dry_run=dry_run, yes=yes)

    return click.Command(id, callback=run, params=options, help=help)


def _import(
    runtime: Runtime, format: str, file: Path, given: dict[str, str], *, dry_run: bool, yes: bool
) -> None:
    now, actor = runtime.clock.now(), runtime.actor
    draft = imports.draft_of(actor, format, file.name, file.read_bytes(), given, now)
    with runtime.store() as store:
        review = imports.review(store, actor, draft)
        _say(runtime, review)
        if dry_run:
            return
        if not review.writable:
            if review.errors:
                raise InvalidInput([one for one in review.findings if one.severity == "error"])
            runtime.say(Text("가져올 것이 없습니다.", "There is nothing to import."))
            return
        question = Text("이대로 가져올까요?", "Import this?").in_(runtime.language)
        if not yes and not click.confirm(question):
            runtime.say(Text("아무것도 쓰지 않았습니다.", "Nothing was written."))
            return
        changes = imports.write(store, actor, draft, now)
    n, m = len(changes.added), len(changes.changed)
    runtime.say(Text(f"가져왔습니다: 추가 {n:,}, 변경 {m:,}", f"Imported: {n:,} added, {m:,} changed"))


def _say(runtime: Runtime, review: Review) -> None:
    for finding in review.findings[:SHOWN]:
        mark = "✗" if finding.severity == "error" else "!"
        click.echo(f"{mark} {finding.in_(runtime.language)}", err=True)
    more = len(review.findings) - SHOWN
    if more > 0:
        runtime.say(Text(f"그 밖에 {more:,}건", f"and {more:,} more"), err=True)
    added, changed, same = len(review.added), len(review.changed), len(review.same)
    runtime.say(
        Text(
            f"추가 {added:,} · 변경 {changed:,} · 동일 {same:,} · 뺀 행 {review.skipped:,}",
            f"{added:,} to add · {changed:,} to change · {same:,} the same · {review.skipped:,} left out",
        )
    )


def _export_command(id: str, help: str) -> click.Command:
    @click.option("--kind", default="", help="Only things of this kind.")
    @click.option("--under", default="", help="Only this thing and what stands under it.")
    @click.option(
        "-o", "--output", type=click.File("wb"), default="-", help="File to write; standard output otherwise."
    )
    @click.pass_obj
    def run(runtime: Runtime, kind: str, under: str, output: BinaryIO) -> None:
        with runtime.store() as store:
            pieces = exports.export(store, runtime.actor, id, kind=kind or None, under=under or None)
            _write(output, pieces)

    return click.command(id, help=help)(run)


def _write(output: BinaryIO, pieces: Iterator[bytes]) -> None:
    for piece in pieces:
        output.write(piece)


@click.command("samples")
@click.option("--point", "points", multiple=True, required=True, help="Id of a point; repeatable.")
@click.option("--range", "range_", type=click.Choice(list(PRESETS)), help="A named range, in Seoul.")
@click.option("--from", "from_", default="", help="Start, such as 2026-01-01 or 2026-01-01T09:00.")
@click.option("--to", default="", help="End, not included.")
@click.option("--every", type=click.Choice(["raw", *LENGTHS]), default="raw", show_default=True)
@click.option("--as-of", default="", help="As known at this moment; now otherwise.")
@click.option("--format", type=click.Choice(["csv", "parquet", "arrow"]), default="csv", show_default=True)
@click.option("--bom", is_flag=True, help="Begin CSV with a byte order mark, for Excel.")
@click.option("-o", "--output", type=click.File("wb"), default="-", help="File to write.")
@click.pass_obj
def export_samples(
    runtime: Runtime,
    points: tuple[str, ...],
    range_: str | None,
    from_: str,
    to: str,
    every: str,
    as_of: str,
    format: str,
    bom: bool,
    output: BinaryIO,
) -> None:
    """Samples of points, raw or rolled up."""
    period, _ = period_of(range_ or "", from_, to, runtime.clock.now())
    selection = Selection(points, period, every, instant(as_of, "--as-of") if as_of else None)
    with runtime.store() as store:
        match format:
            case "csv":
                pieces = download.csv(store, runtime.actor, selection, runtime.language, bom=bom)
            case "parquet":
                pieces = download.parquet(store, runtime.actor, selection, runtime.language)
            case _:
                pieces = download.arrow(store, runtime.actor, selection)
        _write(output, pieces)


IMPORTS: tuple[click.Command, ...] = (
    _import_command("firms", "Firms from a factory-register CSV."),
    _import_command("things", "Things from a CSV with columns kind and name."),
    _import_command("points", "Points from a CSV with columns id, thing and quantity."),
    _import_command("geojson", "Places, things and firms from GeoJSON."),
)
EXPORTS: tuple[click.Command, ...] = (
    _export_command("geojson", "Things as a GeoJSON FeatureCollection."),
    _export_command("csv", "Things as a table."),
    _export_command("points", "Points as a table."),
    _export_command("ngsi-ld", "Things and points as NGSI-LD entities, with latest values."),
    _export_command("aas", "An Asset Administration Shell, a submodel for each thing."),
    export_samples,
)
