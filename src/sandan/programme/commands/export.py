"""`sandan programme export`: the open data of a plan into files."""

from __future__ import annotations

from pathlib import Path

import click

from sandan.domain import Runtime
from sandan.errors import InvalidInput
from sandan.programme.model.rights import PROGRAMME_READ
from sandan.programme.service.citizen import open_book, open_document_names
from sandan.programme.service.open_files import FILES, read_publisher
from sandan.words import Text


@click.command("export")
@click.argument("plan")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--version", type=click.IntRange(1), help="An earlier published version.")
@click.pass_obj
def export(runtime: Runtime, plan: str, folder: Path, version: int | None) -> None:
    """Write the published version of PLAN into FOLDER as CSV, JSON, OCDS and IATI.

    The same files citizens download. OCDS and IATI need settings under [programme]; without them they are
    left out and the error stream says which are missing.
    """
    runtime.actor.require(PROGRAMME_READ)
    publisher = read_publisher(runtime.settings)
    with runtime.store() as store:
        book = open_book(store, plan, version)
        names = open_document_names(store, book)
    folder.mkdir(parents=True, exist_ok=True)
    for file in FILES:
        if file.offered(publisher):
            try:
                made = file.make(book, names, runtime.language, publisher)
            except InvalidInput as error:
                # A plan without dates has no IATI; its other files are none the worse.
                for one in error.findings:
                    runtime.say(
                        Text(
                            f"{file.name}을(를) 만들지 못했습니다: {one.problem.ko} {one.remedy.ko}",
                            f"{file.name} could not be made: {one.problem.en} {one.remedy.en}",
                        ),
                        err=True,
                    )
                continue
            path = folder / file.name
            path.write_bytes(made)
            click.echo(str(path))
        else:
            missing = ", ".join(name for name in file.needs if not getattr(publisher, name))
            runtime.say(
                Text(
                    f"{file.name}을(를) 만들지 않았습니다. 필요한 설정 [programme]: {missing}",
                    f"{file.name} was left out. Set under [programme]: {missing}",
                ),
                err=True,
            )
