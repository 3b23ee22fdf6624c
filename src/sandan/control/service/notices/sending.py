"""What sends a message, and the one that does not.

`Recorder` is all there is in test mode and in drills. It imports nothing that could reach a network,
and neither does this module: `gateways` alone does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sandan.control.model.contacts import Channel


class NotSent(Exception):
    """A gateway did not take a message; the text says why, without secrets."""


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
