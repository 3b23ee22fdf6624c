"""The way out of the house, through Apprise: the only module that can reach a gateway."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import apprise

from sandan.control.model.contacts import ChannelKind
from sandan.control.service.notices.desk import Desk, Gateway
from sandan.control.service.notices.sending import NotSent, Parcel
from sandan.control.service.notices.services import register

log = logging.getLogger(__name__)
ANSWER = 20.0
"""Seconds a gateway has to answer. Apprise's own 4 take a slow one for a dead one, and send again."""
PATIENCE = 30.0
"""Seconds after which an attempt is given up, whatever the gateway does."""
AT_ONCE = 16
"""Messages that one kind of gateway is handed at the same time; each kind has its own threads."""
LONGEST_REASON = 300
_TOLD_APART = ("Socket Exception:", "Response Details:")
"""What of that small talk is the other side's words; the rest may hold addresses."""


class Gateways:
    """Sends through the gateways of the settings."""

    def __init__(self, desk: Desk) -> None:
        """Slow the first time: Apprise then looks at every service it knows."""
        register()
        # What the other side said, Apprise says in its small talk only. It is heard here, and kept from our
        # log, which it would fill with everybody's addresses.
        talk = logging.getLogger("apprise")
        talk.setLevel(logging.DEBUG)
        talk.propagate = False
        self._desk = desk
        self._threads = {kind: ThreadPoolExecutor(AT_ONCE, f"tell-{kind}") for kind in ChannelKind}
        for gateway in desk.gateways.values():
            if not usable(gateway):
                log.error("gateway '%s' has an address that Apprise cannot use", gateway.name)

    async def send(self, parcel: Parcel) -> None:
        """Hand one parcel to its gateway."""
        gateway = self._desk.gateway(parcel.channel)
        if gateway is None:
            raise NotSent(f"no gateway '{parcel.channel.gateway or parcel.channel.kind}' in the settings")
        threads = self._threads[gateway.kind]
        handing = asyncio.get_running_loop().run_in_executor(threads, _hand, gateway, parcel)
        try:
            await asyncio.wait_for(handing, PATIENCE)
        except TimeoutError:
            raise NotSent(f"gateway '{gateway.name}' did not answer within {PATIENCE:.0f} s") from None

    def close(self) -> None:
        """Take no more; what a gateway already has in hand is let go."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)


def usable(gateway: Gateway) -> bool:
    """Whether Apprise can read a gateway's address; nothing is sent."""
    register()
    nobody = "nobody@example.invalid" if gateway.kind is ChannelKind.MAIL else "0000000000"
    return bool(apprise.Apprise.instantiate(gateway.address(nobody), suppress_exceptions=True))


def _hand(gateway: Gateway, parcel: Parcel) -> None:
    # Each message has its own Apprise: addresses are per recipient and nothing is kept on disk. A redirect
    # is a refusal: following one loses the message and takes it to a house nobody chose.
    asset = apprise.AppriseAsset(
        async_mode=False,
        secure_logging=True,
        http_redirects=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    post = apprise.Apprise(asset=asset)
    if not post.add(gateway.address(parcel.channel.address, parcel.key)):
        raise NotSent(f"gateway '{gateway.name}' has an address that cannot be used")
    service = post[0]
    service.socket_read_timeout = max(service.socket_read_timeout, ANSWER)
    result = post.notify(
        body=parcel.text,
        title="" if parcel.channel.kind is ChannelKind.SMS else parcel.title,
        body_format=apprise.NotifyFormat.TEXT,
        log_level=logging.DEBUG,
    )
    if result:
        return
    said = "; ".join(
        " ".join(str(entry.message).split())
        for entry in result.logs() or ()
        if entry.level in ("WARNING", "ERROR") or str(entry.message).startswith(_TOLD_APART)
    )
    wait = getattr(service, "again_in", None)
    raise NotSent(
        (gateway.without_secret(said) or f"gateway '{gateway.name}' refused")[:LONGEST_REASON],
        wait=None if wait is None else timedelta(seconds=wait),
        final=getattr(service, "final", False),
    )
