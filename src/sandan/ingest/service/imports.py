"""Importing files of readings: which points their columns mean, then through the same checks as all.

`plan_import` says what would happen and writes nothing; `run_import` does it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sandan.access import Actor
from sandan.clock import Clock
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.ingest.engine import Catalogue, check
from sandan.ingest.model import Receipt, Terms
from sandan.ingest.records import Progress, get_progress, put_progress
from sandan.ingest.service.pipeline import Pipeline
from sandan.ingest.sources.files import FileSource, Table, open_table, translate
from sandan.ingest.sources.mapping import Mapping, recognise
from sandan.store import Json, Store
from sandan.twin.model import Point, Thing
from sandan.words import Text

SOURCE = "file"
"""All files are one source: the same value from a second file is a duplicate, another one a correction."""
FILES = Terms(max_age=None)
FIRM = Text("기업", "firm")


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do: the points its columns mean, and what must be made for it."""

    table: Table
    mapping: Mapping
    addresses: dict[str, str]
    things: tuple[Thing, ...]
    points: tuple[Point, ...]
    digest: str
    done: int
    """Rows that an earlier attempt has kept already."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file."""

    plan: ImportPlan
    receipt: Receipt


def plan_import(
    store: Store, path: Path, *, mapping: Mapping | None = None, firm: str | None = None, create: bool = False
) -> ImportPlan:
    """Look at a file and the registry; `InvalidInput` with every finding when they do not fit."""
    table = open_table(path, mapping.encoding if mapping else "")
    mapping = mapping or recognise(table.headers)
    if mapping is None:
        raise InvalidInput.because(
            str(path),
            Text("열의 뜻을 알 수 없습니다.", "nothing says what its columns mean."),
            Text(
                "--suggest로 매핑 파일 초안을 만들어 고친 뒤 --mapping으로 주십시오.",
                "draft a mapping with --suggest, mend it, and give it with --mapping.",
            ),
        )
    missing = mapping.missing(table.headers)
    if missing:
        raise InvalidInput(
            Finding(
                f"{path} '{name}'",
                Text("열이 없습니다.", "there is no such column."),
                Text(f"있는 열: {', '.join(table.headers)}", f"its columns: {', '.join(table.headers)}"),
            )
            for name in missing
        )
    addresses, things, points = _targets(store, mapping, firm, create, str(path))
    said = (table.digest(), repr(mapping), sorted(addresses.items()))
    digest = hashlib.sha256(repr(said).encode()).hexdigest()
    with store.registry.read() as conn:
        progress = get_progress(conn, digest)
    done = 0 if progress is None or progress.finished else progress.rows_done
    return ImportPlan(table, mapping, addresses, things, points, digest, done)


def preview(store: Store, plan: ImportPlan, clock: Clock) -> Receipt:
    """What the checks would say about every row, against nothing known; writes nothing."""
    with store.registry.read() as conn:
        known = store.points.all(conn)
    highest = max((point.number for point in known), default=0)
    new = [replace(point, number=highest + i) for i, point in enumerate(plan.points, 1)]
    catalogue = Catalogue.of([*known, *new])
    receipt, row = Receipt(), 0
    size = max(1, 50_000 // max(1, len(plan.mapping.columns)))
    for piece in plan.table.pieces(plan.mapping.used, size):
        readings, unread = translate(piece, plan.mapping, plan.addresses, row)
        receipt += check(readings, catalogue, FILES, clock.now(), source=SOURCE).receipt
        receipt += Receipt(received=len(unread), quarantined=len(unread))
        row += piece.num_rows
    return receipt


async def run_import(
    store: Store,
    pipeline: Pipeline,
    plan: ImportPlan,
    actor: Actor,
    *,
    progress: Callable[[int, int], None] = lambda done, rows: None,
) -> Imported:
    """Make what must be made, then keep every row; goes on where an earlier attempt stopped."""
    now = pipeline.clock.now()
    if plan.things or plan.points:
        with store.registry.write() as conn:
            store.things.put(conn, plan.things)
            store.points.put(conn, plan.points)
            payload: dict[str, Json] = {
                "things": len(plan.things),
                "points": len(plan.points),
                "file": plan.table.path.name,
            }
            store.events.append(
                conn, "PointsAdded", actor=actor, subject=plan.table.path.name, payload=payload, at=now
            )
        await pipeline.reload()

    def note(row: int) -> None:
        with store.registry.write() as conn:
            put_progress(
                conn, Progress(plan.digest, plan.table.path.name, row, plan.table.rows), pipeline.clock.now()
            )
        progress(row, plan.table.rows)

    before = _total(pipeline)
    source = FileSource(
        SOURCE, plan.table, plan.mapping, plan.addresses, pipeline.clock, skip=plan.done, done=note
    )
    progress(plan.done, plan.table.rows)
    pipeline.add(source, kind="file", terms=FILES)
    await pipeline.finished(SOURCE)
    after = _total(pipeline)
    receipt = Receipt(
        after.received - before.received,
        after.kept - before.kept,
        after.duplicates - before.duplicates,
        after.corrections - before.corrections,
        after.quarantined - before.quarantined,
        after.gaps - before.gaps,
        {reason: n - before.reasons.get(reason, 0) for reason, n in after.reasons.items()},
    )
    with store.registry.write() as conn:
        outcome: dict[str, Json] = {
            "rows": plan.table.rows,
            "kept": receipt.kept,
            "quarantined": receipt.quarantined,
        }
        store.events.append(
            conn,
            "ReadingsImported",
            actor=actor,
            subject=plan.table.path.name,
            payload=outcome,
            at=pipeline.clock.now(),
        )
    return Imported(plan, receipt)


def _targets(
    store: Store, mapping: Mapping, firm: str | None, create: bool, where: str
) -> tuple[dict[str, str], tuple[Thing, ...], tuple[Point, ...]]:
    """The point of each column, and the things and points to be made for them."""
    if mapping.long is not None:
        return {}, (), ()
    addresses = {c.column: c.point for c in mapping.columns if c.point is not None}
    open_columns = [c for c in mapping.columns if c.point is None]
    if not open_columns:
        return addresses, (), ()
    if firm is None:
        raise InvalidInput.because(
            where,
            Text("누구의 계량값인지 알 수 없습니다.", "it does not say whose readings these are."),
            Text('--firm "기업 이름"을 주십시오.', 'give --firm "name of the firm".'),
        )
    owner, new_firm = _firm(store, firm, create)
    things: list[Thing] = [owner] if new_firm else []
    points: list[Point] = []
    findings: list[Finding] = []
    with store.registry.read() as conn:
        known = {t.id for t in store.things.find(conn, kind="meter", tenant=owner.id, limit=100_000)}
        have = {p.id for p in store.points.find(conn, tenant=owner.id, limit=1_000_000)}
    for column in open_columns:
        meter = f"{owner.id}.{_slug(column.thing)}"
        point = Point(f"{meter}.{column.quantity}", meter, column.quantity, mapping.interval, tenant=owner.id)
        addresses[column.column] = point.id
        if meter not in known:
            known.add(meter)
            things.append(
                Thing(meter, "meter", f"{owner.name} {column.thing}", parent=owner.id, tenant=owner.id)
            )
        if point.id not in have:
            have.add(point.id)
            points.append(point)
            if not create:
                findings.append(
                    Finding(
                        f"{where} '{column.column}'",
                        Text(f"측정점 '{point.id}'이(가) 없습니다.", f"there is no point '{point.id}'."),
                        Text(
                            "--create를 주거나 매핑에 point를 적으십시오.",
                            "give --create, or name a point in the mapping.",
                        ),
                    )
                )
    if findings:
        raise InvalidInput(findings)
    return addresses, tuple(things), tuple(points)


def _firm(store: Store, name: str, create: bool) -> tuple[Thing, bool]:
    """The firm of this name or id, or a new one; and whether it is new."""
    with store.registry.read() as conn:
        firms = store.things.find(conn, kind="firm", text=name, limit=1000)
        found = [firm for firm in firms if name in (firm.id, firm.name)]
        try:
            same_id = store.things.get(conn, name if found else f"firm-{_slug(name)}")
        except NotFound:
            same_id = None
        complexes = store.things.find(conn, kind="complex", limit=2)
    if len(found) == 1:
        return found[0], False
    if len(found) > 1:
        raise InvalidInput.because(
            "--firm",
            Text(f"'{name}'이(가) 여럿입니다.", f"there are several '{name}'."),
            Text(
                f"식별자로 고르십시오: {', '.join(f.id for f in found)}",
                f"choose an id: {', '.join(f.id for f in found)}",
            ),
        )
    if same_id is not None and same_id.kind == "firm":
        return same_id, False
    if not create:
        raise NotFound(FIRM, name)
    id = f"firm-{_slug(name)}"
    parent = complexes[0].id if len(complexes) == 1 else None
    return Thing(id, "firm", name, parent=parent, tenant=id), True


def _slug(name: str) -> str:
    """A name as part of an id: letters of any script and digits, the rest one stroke."""
    return re.sub(r"[^\w]+", "-", unicodedata.normalize("NFKC", name)).strip("-_") or "x"


def _total(pipeline: Pipeline) -> Receipt:
    return next((s.total for s in pipeline.statistics() if s.id == SOURCE), Receipt())
