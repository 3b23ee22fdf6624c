"""`sandan energy`: the bill of a month, and the devices that are told set-points, on the command line."""

from __future__ import annotations

from datetime import datetime

import click

from sandan.clock import SEOUL
from sandan.domain import Runtime
from sandan.energy.engine.months import read_month
from sandan.energy.model.rights import SEE
from sandan.energy.model.tariff import Bill
from sandan.energy.service.bills import close_bill, draft_bill, find_meter
from sandan.energy.service.devices import disarm, disarm_all
from sandan.energy.service.dispatch import dispatch_board
from sandan.words import Text


@click.group()
def energy() -> None:
    """Bills of electricity, and devices that are told set-points."""


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


@energy.command()
@click.pass_obj
def devices(runtime: Runtime) -> None:
    """List the devices that can be told set-points: mode, what was told last, what was measured."""
    with runtime.store() as store:
        board = dispatch_board(store, runtime.actor, runtime.clock.now())
    for line in board.lines:
        told = "-" if line.last is None else f"{line.last.order.power:.1f}"
        stop = "" if line.standing.stop is None else f"\t{line.standing.stop}"
        click.echo(f"{line.device.id}\t{line.device.mode}\t{told} kW\t{line.measured.power:.1f} kW{stop}")
    runtime.say(
        Text(
            f"설비 {len(board.lines)}대, 전송을 켠 설비 {board.armed}대",
            f"{len(board.lines)} devices, {board.armed} of them armed",
        )
    )


@energy.command()
@click.argument("device", required=False)
@click.pass_obj
def stop(runtime: Runtime, device: str | None) -> None:
    """Send nothing more to DEVICE, or to any device at all; they fall back by themselves."""
    now = runtime.clock.now()
    with runtime.store() as store:
        if device is not None:
            disarm(store, runtime.actor, device, now)
        else:
            disarm_all(store, runtime.actor, now)
        left = dispatch_board(store, runtime.actor, now).armed
    runtime.say(
        Text(
            f"더 보내지 않습니다. 전송이 켜져 있는 설비 {left}대.",
            f"Nothing more is sent. Still armed: {left}.",
        )
    )


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
