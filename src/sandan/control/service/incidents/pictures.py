"""What is seen of an incident: pictures and documents kept with it, and the sketch on its map."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandan.access import Actor
from sandan.control.engine.incidents.rules import plain_sketch, sketch_faults
from sandan.control.model.incidents import Incident
from sandan.control.model.rights import OPERATE
from sandan.control.records.incidents import cases
from sandan.control.service.incidents.changing import need, need_active, put, tell
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.words import Text

MOST_BYTES = 10_000_000
MOST_FILES = 50
LONGEST_NAME = 200
KINDS_OF_FILE: Mapping[bytes, str] = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"%PDF-": "application/pdf",
}
"""First bytes of what may be attached; what a file is called proves nothing. WebP is told at byte 8."""


def draw(
    store: Store, actor: Actor, id: str, sketch: Any, now: datetime, seen: int | None = None
) -> Incident:
    """Keep what was drawn on the map, in place of what was there; the old sketch stays in its event."""
    actor.require(OPERATE)
    faults = sketch_faults(sketch)
    if faults:
        raise InvalidInput(faults)
    plain = plain_sketch(sketch)
    with store.registry.write() as conn:
        incident = need_active(conn, id)
        if incident.sketch == plain:
            return incident
        changed = put(conn, need_active(conn, id, seen), sketch=plain)
        payload = {"features": len(plain["features"]), "sketch": plain}
        tell(store, conn, actor, changed, "SketchDrawn", payload, now)
        return changed


def attach(store: Store, actor: Actor, id: str, name: str, content: bytes, now: datetime) -> None:
    """Keep a picture or a PDF; the same file twice is kept once."""
    actor.require(OPERATE)
    media_type = _kind_of_file(content)
    name = "".join(char for char in name if char.isprintable())[-LONGEST_NAME:] or "file"
    digest = hashlib.sha256(content).hexdigest()
    with store.registry.write() as conn:
        incident = need(conn, id)
        if len(cases.read_attachments(conn, id)) >= MOST_FILES:
            raise InvalidInput.because(
                "file",
                Text(f"첨부가 {MOST_FILES}개를 넘습니다.", f"there are {MOST_FILES} attachments already."),
                Text("꼭 필요한 것만 올리십시오.", "keep to what is needed."),
            )
        facts = {
            "name": name, "media_type": media_type, "size": len(content), "digest": digest, "by": actor.id,
            "at": now,
        }  # fmt: skip
        if cases.add_attachment(conn, id, facts, content) is None:
            return
        payload = {"name": name, "digest": digest, "size": len(content)}
        tell(store, conn, actor, incident, "AttachmentAdded", payload, now)


def _kind_of_file(content: bytes) -> str:
    known = next((kind for start, kind in KINDS_OF_FILE.items() if content.startswith(start)), None)
    if known is None and content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        known = "image/webp"
    if known is None or len(content) > MOST_BYTES:
        raise InvalidInput.because(
            "file",
            Text(
                f"JPEG·PNG·WebP·PDF가 아니거나 {MOST_BYTES // 1_000_000} MB를 넘습니다.",
                f"is no JPEG, PNG, WebP or PDF, or larger than {MOST_BYTES // 1_000_000} MB.",
            ),
            Text("사진이나 PDF로 바꾸어 올리십시오.", "upload a picture or a PDF."),
        )
    return known
