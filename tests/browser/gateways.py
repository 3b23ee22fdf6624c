"""A device in the field, seen from the outside: it has a token and sends JSON lines."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page


@dataclass(frozen=True, slots=True)
class Gateway:
    """A registered device: where it sends to, and the token it was given."""

    site: str
    id: str
    token: str

    @classmethod
    def register(cls, page: Page, id: str, name: str) -> Gateway:
        """Register a device on the page for it, as an administrator; the page shows the token once."""
        page.goto("/ingest/connections")
        page.fill("#device-id", id)
        page.fill("#device-name", name)
        page.click("form[action='/ingest/devices'] button")
        parts = urlsplit(page.url)
        return cls(f"{parts.scheme}://{parts.netloc}", id, page.locator(".note.good code").inner_text())

    def send(self, readings: Sequence[tuple[str, datetime, float, str]]) -> dict[str, Any]:
        """Send `(point or address, start, value, unit)`; what the server made of them."""
        lines = [
            json.dumps({"point": point, "time": start.isoformat(), "value": value, "unit": unit})
            for point, start, value, unit in readings
        ]
        request = urllib.request.Request(
            f"{self.site}/api/ingest/readings",
            data="\n".join(lines).encode(),
            headers={"authorization": f"Bearer {self.token}", "content-type": "application/x-ndjson"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
            return told
