"""`sandan gateway`: one message through a gateway of the settings, before an installation goes live."""

from __future__ import annotations

import asyncio

import click

from sandan.control.model.notices import DELIVERY_NAMES, DeliveryState, Mode
from sandan.control.model.rights import DESIGN
from sandan.control.service.notices.desk import read_desk
from sandan.control.service.notices.gateways import Gateways
from sandan.control.service.notices.trying import hand_over
from sandan.domain import Runtime
from sandan.words import Text


@click.command()
@click.argument("name")
@click.argument("address")
@click.pass_obj
def gateway(runtime: Runtime, name: str, address: str) -> None:
    """Send one test message through gateway NAME to ADDRESS, a number or an address of your own.

    Nothing leaves the house unless telling is live: SANDAN_CONTROL_TELLING=live before this command makes
    it so for this one message, while the installation itself stays in test mode.
    """
    runtime.actor.require(DESIGN)
    desk = read_desk(runtime.settings)
    live = Gateways(desk) if desk.mode is Mode.LIVE else None
    try:
        tried = asyncio.run(hand_over(desk, live, name, address, runtime.clock.now()))
    finally:
        if live is not None:
            live.close()
    runtime.say(DELIVERY_NAMES[tried.state])
    if tried.state is DeliveryState.FAILED:
        raise click.ClickException(tried.error)
    if tried.state is DeliveryState.RECORDED:
        runtime.say(
            Text(
                "이 메시지 하나만 내보내려면 앞에 SANDAN_CONTROL_TELLING=live를 붙이십시오.",
                "To let this one message out, put SANDAN_CONTROL_TELLING=live before the command.",
            )
        )
