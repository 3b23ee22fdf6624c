"""`sandan energy`: the bill of a month on the command line."""

from __future__ import annotations

from datetime import datetime

import click

from sandan.clock import SEOUL
from sandan.domain import Runtime
from sandan.energy.engine.months import read_month
from sandan.energy.model.rights import SEE
from sandan.energy.model.tariff import Bill
from sandan.energy.service.bills import close_bill, draft_bill, find_meter
from sandan.words import Text


@click.group()
def energy() -> None:
    """Bills and balances of electricity."""


@energy.command()
@click.argument("meter")
@click.argument("month")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="By what was known then, in Seoul; default is now.",
)
@click.option("--close", is_flag=True, help="Keep it as a closed bill, or as a new version of one.")
@click.pass_obj
def bill(runtime: Runtime, meter: str, month: str, as_of: datetime | None, close: bool) -> None:
    """Print the bill of METER for MONTH, such as 2026-03, line by line."""
    runtime.actor.require(SEE)
    wanted = read_month(month)
    now = runtime.clock.now()
    known = as_of.replace(tzinfo=SEOUL) if as_of else now
    if close and as_of is not None:
        raise click.UsageError("--close takes what is known now: leave --as-of out.")
    with runtime.store() as store:
        if close:
            found = close_bill(store, runtime.actor, meter, wanted, now).kept.bill
        else:
            with store.registry.read() as conn:
                find_meter(store, conn, runtime.actor, meter)
                found = draft_bill(store, conn, meter, wanted, known)[0]
    _print(runtime, found)


def _print(runtime: Runtime, found: Bill) -> None:
    for line in found.lines:
        name = line.name.in_(runtime.language)
        click.echo(f"{name}\t{line.quantity:,.6g} {line.unit}\t{line.price:,.6g}\t{line.won:,}")
    whole = found.completeness
    runtime.say(
        Text(
            f"합계 {found.total:,}원 · 15분값 {whole.slots:,}개 가운데 측정 {whole.measured:,}, 추정 "
            f"{whole.estimated:,}, 결측 {whole.missing:,} · 요금표 {', '.join(found.versions)}",
            f"Total {found.total:,} won; of {whole.slots:,} quarter-hours {whole.measured:,} measured, "
            f"{whole.estimated:,} estimated, {whole.missing:,} missing; tariff {', '.join(found.versions)}",
        )
    )
    for note in found.notes:
        runtime.say(note)
