"""What sends a message, and the one that does not.

`Recorder` is all there is in test mode and in drills. It imports nothing that could reach a network,
and neither does this module: `gateways` alone does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sandan.control.model.contacts import Channel


class NotSent(Exception):
    """A gateway did not take a message; the text says why, without secrets.

    `wait` is how long the gateway asked to be left alone; `final` that it will never take this message.
    """

    def __init__(self, why: str, *, wait: timedelta | None = None, final: bool = False) -> None:
        super().__init__(why)
        self.wait, self.final = wait, final


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message for one address; `key` is the same each time it is tried."""

    key: str
    channel: Channel
    title: str
    text: str


class Sender(Protocol):
    """Hands a parcel over, or raises `NotSent`."""

    async def send(self, parcel: Parcel) -> None: ...


class Recorder:
    """Takes every parcel and lets none out; what it took stands in the outbox as recorded."""

    async def send(self, parcel: Parcel) -> None:
        """Nothing leaves the house."""
        del parcel
