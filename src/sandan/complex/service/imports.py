"""Bringing things and points in: read, look at what would change, then write or let it be.

What would change is found by writing it and taking it back, so that the preview and the import can
never disagree. A draft is read again when it is confirmed: the registry may have moved on meanwhile.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.complex import records
from sandan.complex.engine.changes import differences
from sandan.complex.model import IMPORT, Draft, Review
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.store import Changes, Store
from sandan.twin.formats.firms_csv import read_firms
from sandan.twin.formats.geojson import read_geojson
from sandan.twin.formats.preview import Preview
from sandan.twin.formats.things_csv import read_points_csv, read_things_csv
from sandan.twin.model import Thing
from sandan.words import Text

KEPT = timedelta(days=1)
"""Drafts nobody confirmed are forgotten after this."""

Known = Mapping[str, Thing]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file that can be imported."""

    id: str
    name: Text
    hint: Text
    read: Callable[[bytes, Known, Mapping[str, str]], Preview]
    suffixes: tuple[str, ...]
    event: str = "ThingsImported"


def _options(given: Mapping[str, str], *names: str) -> dict[str, str | None]:
    return {name: given.get(name) or None for name in names}


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "geojson": Format(
            "geojson",
            Text("GeoJSON (장소·설비·기업)", "GeoJSON (places, things, firms)"),
            Text(
                "FeatureCollection. 속성 kind·name·parent를 읽습니다.",
                "A FeatureCollection; the properties kind, name and parent are read.",
            ),
            lambda data, known, given: read_geojson(
                data, known=known, **_options(given, "kind", "parent", "crs")
            ),
            (".geojson", ".json"),
        ),
        "firms": Format(
            "firms",
            Text("공장등록 CSV (기업)", "Factory register CSV (firms)"),
            Text(
                "회사명·단지명·업종코드·종업원수·대표주소 등의 열. UTF-8이나 CP949.",
                "Columns such as 회사명, 단지명, 업종코드, 종업원수, 대표주소; UTF-8 or CP949.",
            ),
            lambda data, known, given: read_firms(data, known=known, **_options(given, "parent", "crs")),
            (".csv", ".tsv", ".txt"),
        ),
        "things": Format(
            "things",
            Text("설비 CSV", "Things CSV"),
            Text("kind·name 열과 속성 열.", "Columns kind and name, and attributes."),
            lambda data, known, given: read_things_csv(
                data, known=known, **_options(given, "kind", "parent", "crs")
            ),
            (".csv", ".tsv", ".txt"),
        ),
        "points": Format(
            "points",
            Text("측정점 CSV", "Points CSV"),
            Text("id·thing·quantity 열.", "Columns id, thing and quantity."),
            lambda data, known, given: read_points_csv(data, things=known),
            (".csv", ".tsv", ".txt"),
            "PointsImported",
        ),
    }
)


def format_of(id: str) -> Format:
    """The format named, or `InvalidInput` with all names."""
    if id not in FORMATS:
        raise InvalidInput.because(
            "format",
            Text(f"형식 '{id}'을(를) 알 수 없습니다.", f"format '{id}' is unknown."),
            Text(f"쓸 수 있는 형식: {', '.join(FORMATS)}", f"use one of {', '.join(FORMATS)}"),
        )
    return FORMATS[id]


class _TakeBack(Exception):
    """Ends a rehearsal: its transaction is rolled back."""


def start(
    store: Store,
    actor: Actor,
    format: str,
    filename: str,
    content: bytes,
    options: Mapping[str, str],
    now: datetime,
) -> Draft:
    """Keep an upload as a draft of this actor; `InvalidInput` when it cannot be read at all."""
    draft = draft_of(actor, format, filename, content, options, now)
    with store.registry.write() as conn:
        _read(draft, _known(store, conn))
        records.drop_drafts(conn, before=now - KEPT)
        records.keep_draft(conn, draft)
    return draft


def draft_of(
    actor: Actor, format: str, filename: str, content: bytes, options: Mapping[str, str], now: datetime
) -> Draft:
    """A file read but not kept: what a command reviews and writes in one go."""
    actor.require(IMPORT)
    format_of(format)
    return Draft(secrets.token_urlsafe(12), format, filename, actor.id, now, content, dict(options))


def get_draft(store: Store, actor: Actor, id: str) -> Draft:
    """One's own draft."""
    actor.require(IMPORT)
    with store.registry.read() as conn:
        return records.get_draft(conn, id, actor.id)


def review(store: Store, actor: Actor, draft: Draft) -> Review:
    """What confirming this draft would do now."""
    actor.require(IMPORT)
    with store.registry.read() as conn:
        known = _known(store, conn)
    preview = _read(draft, known)
    refused: tuple[Finding, ...] = ()
    changes = Changes()
    try:
        with suppress(_TakeBack), store.registry.write() as conn:
            changes = _put(store, conn, preview)
            raise _TakeBack
    except InvalidInput as error:
        refused = error.findings
    except Conflict as error:
        refused = (
            Finding(
                draft.filename,
                error.text,
                Text("파일이나 등록된 자료를 고치십시오.", "mend the file or what is registered."),
            ),
        )
    by_id = {thing.id: thing for thing in preview.things}
    return Review(
        findings=(*preview.findings, *refused),
        things=preview.things,
        points=preview.points,
        added=changes.added,
        changed=changes.changed,
        same=changes.same,
        skipped=max(preview.rows - len(preview.things) - len(preview.points), 0),
        differences={
            id: differences(known[id], by_id[id]) for id in changes.changed if id in by_id and id in known
        },
        columns=preview.columns,
    )


def confirm(store: Store, actor: Actor, id: str, now: datetime) -> Changes:
    """Write the draft: things, event and the end of the draft in one transaction."""
    draft = get_draft(store, actor, id)
    if draft.done_at is not None:
        raise Conflict(Text("이미 가져온 초안입니다.", "This draft has been imported already."))
    return write(store, actor, draft, now)


def discard(store: Store, actor: Actor, id: str) -> None:
    """Forget one's own draft."""
    draft = get_draft(store, actor, id)
    with store.registry.write() as conn:
        records.drop_drafts(conn, id=draft.id)


def write(store: Store, actor: Actor, draft: Draft, now: datetime) -> Changes:
    """Write what is sound in a draft, kept or not; importing the same twice changes nothing."""
    actor.require(IMPORT)
    with store.registry.write() as conn:
        known = _known(store, conn)
        preview = _read(draft, known)
        changes = _put(store, conn, preview)
        if changes:
            store.events.append(
                conn,
                format_of(draft.format).event,
                actor=actor,
                subject=_root(known),
                payload={
                    "filename": draft.filename,
                    "format": draft.format,
                    "sha256": hashlib.sha256(draft.content).hexdigest(),
                    "added": len(changes.added),
                    "changed": len(changes.changed),
                    "same": len(changes.same),
                    "findings": len(preview.findings),
                },
                at=now,
            )
        records.finish_draft(conn, draft.id, now)
    return changes


def _known(store: Store, conn: Connection) -> Known:
    return {thing.id: thing for thing in store.things.all(conn)}


def _root(known: Known) -> str:
    """The complex: an import is part of its history."""
    return next((thing.id for thing in known.values() if thing.kind == "complex"), "complex")


def _read(draft: Draft, known: Known) -> Preview:
    return format_of(draft.format).read(draft.content, known, draft.options)


def _put(store: Store, conn: Connection, preview: Preview) -> Changes:
    things = store.things.put(conn, preview.things)
    points = store.points.put(conn, preview.points)
    return Changes(
        [*things.added, *points.added], [*things.changed, *points.changed], [*things.same, *points.same]
    )
