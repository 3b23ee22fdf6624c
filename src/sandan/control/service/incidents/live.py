"""What the open pages of the staff are told when an incident changes; belongs to the event loop."""

from __future__ import annotations

from sandan.domain import House
from sandan.web import STAFF


def offer_incidents(house: House) -> None:
    """A page that joins the stream asks once more: what changed since it was drawn it has not heard."""
    house.live.offer("incident", lambda audience, _language: {} if audience == STAFF else None)


def say_changed(house: House, id: str) -> None:
    """Tell open pages that incident `id` has changed."""
    news = {"id": id, "at": int(house.clock.now().timestamp() * 1000)}
    house.live.publish("incident", lambda audience, _language: news if audience == STAFF else None)
