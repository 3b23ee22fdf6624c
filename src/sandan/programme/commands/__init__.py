"""`sandan programme …`: plans from the machine Sandan runs on."""

from __future__ import annotations

import click

from sandan.domain import Runtime
from sandan.programme.commands.check import check
from sandan.programme.commands.documents import figures, import_
from sandan.programme.commands.export import export
from sandan.programme.model.vocabulary import PLAN_KIND_NAMES
from sandan.programme.service.plans import list_plans
from sandan.words import Text


@click.group()
def programme() -> None:
    """Innovation plans and pledge books."""


programme.add_command(check)
programme.add_command(export)
programme.add_command(figures)
programme.add_command(import_)


@programme.command("list")
@click.pass_obj
def list_(runtime: Runtime) -> None:
    """List plans: id, kind, newest version, the version citizens see, title."""
    with runtime.store() as store:
        lines = list_plans(store, runtime.actor)
    for line in lines:
        public = "-" if line.published is None else str(line.published)
        kind = PLAN_KIND_NAMES[line.plan.kind].in_(runtime.language)
        click.echo("\t".join((line.plan.id, kind, str(line.version), public, line.plan.title)))
    if not lines:
        runtime.say(Text("계획이 없습니다.", "There is no plan."), err=True)
