"""The way out of the house, through Apprise: the only module that can reach a gateway."""

from __future__ import annotations

import asyncio
import logging

import apprise

from sandan.control.model.contacts import ChannelKind
from sandan.control.service.notices.desk import Desk
from sandan.control.service.notices.sending import NotSent, Parcel

log = logging.getLogger(__name__)
PATIENCE = 30.0
"""Seconds a gateway has to take a message."""
LONGEST_REASON = 300


class Gateways:
    """Sends through the gateways of the settings."""

    def __init__(self, desk: Desk) -> None:
        """Slow the first time: Apprise then looks at every service it knows."""
        self._desk = desk
        for gateway in desk.gateways.values():
            nobody = "nobody@example.invalid" if gateway.kind is ChannelKind.MAIL else "0000000000"
            if not apprise.Apprise.instantiate(gateway.address(nobody), suppress_exceptions=True):
                log.error("gateway '%s' has an address that Apprise cannot use", gateway.name)

    async def send(self, parcel: Parcel) -> None:
        """Hand one parcel to its gateway."""
        gateway = self._desk.gateway(parcel.channel)
        if gateway is None:
            raise NotSent(f"no gateway '{parcel.channel.gateway or parcel.channel.kind}' in the settings")
        # Each message has its own Apprise: addresses are per recipient and nothing is kept on disk.
        asset = apprise.AppriseAsset(
            async_mode=True, secure_logging=True, storage_mode=apprise.PersistentStoreMode.MEMORY
        )
        post = apprise.Apprise(asset=asset)
        if not post.add(gateway.address(parcel.channel.address)):
            raise NotSent(f"gateway '{gateway.name}' has an address that cannot be used")
        try:
            result = await asyncio.wait_for(
                post.async_notify(
                    body=parcel.text,
                    title="" if parcel.channel.kind is ChannelKind.SMS else parcel.title,
                    body_format=apprise.NotifyFormat.TEXT,
                ),
                PATIENCE,
            )
        except TimeoutError:
            raise NotSent(f"gateway '{gateway.name}' did not answer within {PATIENCE:.0f} s") from None
        if not result:
            said = "; ".join(str(entry.message) for entry in result.logs() or ())
            if gateway.secret:
                said = said.replace(gateway.secret, "…")
            raise NotSent((said or f"gateway '{gateway.name}' refused")[:LONGEST_REASON])
