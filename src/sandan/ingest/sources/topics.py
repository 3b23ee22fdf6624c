"""Which MQTT topics to listen to, and what point a topic stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic filter, `$share/group/…` included, and the address its topics stand for.

    In `address`, `{n}` is the n-th level of the topic, counted from one, and `{topic}` all of it; empty
    means that messages name their points themselves.
    """

    filter: str
    address: str = ""
    qos: int = 1

    @property
    def bare(self) -> str:
        """The filter that a topic is compared with."""
        return self.filter.split("/", 2)[2] if self.filter.startswith("$share/") else self.filter

    def matches(self, topic: str) -> bool:
        """Whether a message on `topic` came for this subscription."""
        wanted, levels = self.bare.split("/"), topic.split("/")
        for i, level in enumerate(wanted):
            if level == "#":
                return True
            if i >= len(levels) or level not in ("+", levels[i]):
                return False
        return len(wanted) == len(levels)

    def address_of(self, topic: str) -> str | None:
        """What this topic stands for."""
        if not self.address:
            return None
        levels = topic.split("/")

        def level(found: re.Match[str]) -> str:
            place = int(found[1])
            return levels[place - 1] if 0 < place <= len(levels) else ""

        return re.sub(r"\{(\d+)\}", level, self.address.replace("{topic}", topic))


def address_of(subscriptions: Sequence[Subscription], topic: str) -> str | None:
    """The address by the first subscription that fits."""
    return next((s.address_of(topic) for s in subscriptions if s.matches(topic)), None)
