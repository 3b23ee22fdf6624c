"""The rules a complex must keep, checked over a whole batch.

Nothing raises and nothing stops at the first fault: each check returns every finding, so that a
file is mended in one go. An `error` means the thing cannot be kept as it is; a `warning`, that it can.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from sandan.errors import Finding
from sandan.twin.model import Point, Thing
from sandan.twin.soundness import check_geometries
from sandan.twin.tables import Kind, kinds, quantities
from sandan.twin.values import CONTROL, check_attributes, in_range, missing, shown_range, unprintable
from sandan.words import Text

LONGEST_ID = 120
_ID = re.compile(r"\w[\w.:@-]*")
"""Ids stand in addresses, file names and URNs: letters of any script, digits and `. _ : @ -`."""


def check_things(
    things: Sequence[Thing],
    known_ids: Collection[str] | Mapping[str, Thing] = frozenset(),
    where: Sequence[str] | None = None,
) -> list[Finding]:
    """Everything wrong with a batch of things.

    `known_ids` are those kept already: parents and tenants may be among them. Given as a mapping to the
    things themselves, it is also checked that a tenant is a firm and that no loop runs through them.
    `where[i]` names the row or feature that `things[i]` came from; its id does when it is left out.
    """
    places = where if where is not None else [thing.id for thing in things]
    findings = list(_check_ids([thing.id for thing in things], places))
    batch = {thing.id: thing for thing in things}
    kept: Mapping[str, Thing] = known_ids if isinstance(known_ids, Mapping) else {}
    for thing, place in zip(things, places, strict=True):
        kind = kinds().get(thing.kind)
        if not thing.name.strip():
            findings.append(missing(f"{place} · name", Text("이름", "name")))
        if CONTROL.search(thing.name):
            findings.append(unprintable(f"{place} · name"))
        if kind is None:
            findings.append(_unknown_kind(f"{place} · kind", thing.kind))
        else:
            findings += check_attributes(thing.attributes, kind, place)
            findings += _check_shape(thing, kind, place)
        findings += _check_parent(thing, batch, known_ids, place)
        findings += _check_tenant(thing, batch, known_ids, kept, place)
    findings += _check_loops(things, batch, kept, places)
    findings += check_geometries([t.geometry for t in things], [f"{place} · geometry" for place in places])
    return findings


def check_points(
    points: Sequence[Point],
    things: Mapping[str, Thing] | Iterable[Thing],
    where: Sequence[str] | None = None,
) -> list[Finding]:
    """Everything wrong with a batch of points; `things` are all those they may be measured on."""
    by_id = things if isinstance(things, Mapping) else {thing.id: thing for thing in things}
    places = where if where is not None else [point.id for point in points]
    findings = list(_check_ids([point.id for point in points], places))
    for point, place in zip(points, places, strict=True):
        findings += _check_point(point, by_id, place)
    return findings


def _unknown_kind(where: str, id: str) -> Finding:
    return Finding(
        where,
        Text(f"종류 '{id}'은(는) 종류표에 없습니다.", f"kind '{id}' is not in the table of kinds."),
        Text("쓸 수 있는 종류: " + ", ".join(kinds()), "use one of: " + ", ".join(kinds())),
    )


def _check_ids(ids: Sequence[str], places: Sequence[str]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    twice = {id for id, n in Counter(ids).items() if n > 1}
    for id, place in zip(ids, places, strict=True):
        if len(id) > LONGEST_ID or not _ID.fullmatch(id):
            yield Finding(
                f"{place} · id",
                Text(f"식별자 '{id[:40]}'을(를) 쓸 수 없습니다.", f"id '{id[:40]}' cannot be used."),
                Text(
                    f"글자나 숫자로 시작해 글자, 숫자, . _ : @ - 만으로 {LONGEST_ID}자까지 쓰십시오.",
                    "begin with a letter or digit and use letters, digits and . _ : @ - only, "
                    f"up to {LONGEST_ID} of them.",
                ),
            )
        if id in twice:
            if id in first:
                yield Finding(
                    f"{place} · id",
                    Text(
                        f"식별자 '{id}'이(가) 이미 {first[id]}에 있습니다.",
                        f"id '{id}' already stands at {first[id]}.",
                    ),
                    Text(
                        "둘 중 하나를 지우거나 식별자를 바꾸십시오.",
                        "remove one of the two, or change its id.",
                    ),
                )
            else:
                first[id] = place


def _check_shape(thing: Thing, kind: Kind, place: str) -> Iterator[Finding]:
    if thing.geometry is None or thing.geometry.geom_type.removeprefix("Multi") == kind.geometry:
        return
    # A firm is drawn as a place, but its building or parcel is as good a place.
    if kind.id == "firm" and thing.geometry.geom_type.removeprefix("Multi") == "Polygon":
        return
    yield Finding(
        f"{place} · geometry",
        Text(
            f"'{kind.name.ko}'의 도형은 {kind.geometry}이어야 하는데 {thing.geometry.geom_type}입니다.",
            f"a {kind.name.en.lower()} is drawn as a {kind.geometry}, not as a {thing.geometry.geom_type}.",
        ),
        Text("종류나 도형을 바로잡으십시오.", "mend the kind or the geometry."),
    )


def _check_parent(
    thing: Thing, batch: Mapping[str, Thing], known_ids: Collection[str], place: str
) -> Iterator[Finding]:
    if thing.parent is not None and thing.parent not in batch and thing.parent not in known_ids:
        yield Finding(
            f"{place} · parent",
            Text(f"상위 '{thing.parent}'이(가) 없습니다.", f"parent '{thing.parent}' does not exist."),
            Text(
                "상위를 먼저 가져오거나 식별자를 바로잡으십시오.", "import the parent first, or mend the id."
            ),
        )


def _check_tenant(
    thing: Thing,
    batch: Mapping[str, Thing],
    known_ids: Collection[str],
    kept: Mapping[str, Thing],
    place: str,
) -> Iterator[Finding]:
    if thing.tenant is None:
        return
    firm = batch.get(thing.tenant) or kept.get(thing.tenant)
    if thing.kind == "firm" and thing.tenant != thing.id:
        yield Finding(
            f"{place} · tenant",
            Text(
                f"기업 '{thing.id}'의 tenant가 다른 기업 '{thing.tenant}'입니다.",
                f"the tenant of firm '{thing.id}' is another firm, '{thing.tenant}'.",
            ),
            Text("기업 자신의 식별자를 쓰십시오.", "write the firm's own id."),
        )
        return
    if firm is None and thing.tenant not in known_ids:
        yield Finding(
            f"{place} · tenant",
            Text(f"입주기업 '{thing.tenant}'이(가) 없습니다.", f"tenant '{thing.tenant}' does not exist."),
            Text("기업을 먼저 가져오십시오.", "import the firm first."),
        )
    elif firm is not None and firm.kind != "firm":
        yield Finding(
            f"{place} · tenant",
            Text(
                f"'{thing.tenant}'은(는) 입주기업이 아니라 '{firm.kind}'입니다.",
                f"'{thing.tenant}' is not a firm but a {firm.kind}.",
            ),
            Text("tenant에는 기업의 식별자를 쓰십시오.", "write the id of a firm as tenant."),
        )


def _check_loops(
    things: Sequence[Thing], batch: Mapping[str, Thing], kept: Mapping[str, Thing], places: Sequence[str]
) -> Iterator[Finding]:
    sound: set[str] = set()
    for thing, place in zip(things, places, strict=True):
        path: dict[str, None] = {}
        at: Thing | None = thing
        while at is not None and at.id not in sound and at.id not in path:
            path[at.id] = None
            at = None if at.parent is None else batch.get(at.parent) or kept.get(at.parent)
        if at is not None and at.id in path:
            loop = [*list(path)[list(path).index(at.id) :], at.id]
            if thing.id in loop:
                yield Finding(
                    f"{place} · parent",
                    Text(
                        f"상위가 돌고 돕니다: {' → '.join(loop[:8])}.",
                        f"the parents run in a circle: {' → '.join(loop[:8])}.",
                    ),
                    Text("하나의 상위를 바로잡으십시오.", "mend the parent of one of them."),
                )
        else:
            sound.update(path)


def _check_point(point: Point, things: Mapping[str, Thing], place: str) -> Iterator[Finding]:
    quantity = quantities().get(point.quantity)
    if quantity is None:
        yield Finding(
            f"{place} · quantity",
            Text(
                f"측정량 '{point.quantity}'은(는) 측정량표에 없습니다.",
                f"quantity '{point.quantity}' is not in the table.",
            ),
            Text("측정량표의 식별자를 쓰십시오.", "use an id from the table of quantities."),
        )
    thing = things.get(point.thing)
    if thing is None:
        yield Finding(
            f"{place} · thing",
            Text(f"대상 '{point.thing}'이(가) 없습니다.", f"thing '{point.thing}' does not exist."),
            Text("대상을 먼저 가져오십시오.", "import the thing first."),
        )
    elif point.tenant != (owner := thing.id if thing.kind == "firm" else thing.tenant):
        yield Finding(
            f"{place} · tenant",
            Text(
                f"측정점의 기업({point.tenant})이 대상의 기업({owner})과 다릅니다.",
                f"the tenant of the point ({point.tenant}) is not that of its thing ({owner}).",
            ),
            Text(
                "대상과 같은 기업으로 쓰거나 비워 두십시오.",
                "write the same firm as the thing's, or leave it out.",
            ),
        )
    if point.interval is not None and not timedelta(0) < point.interval <= timedelta(days=366):
        yield Finding(
            f"{place} · interval",
            Text(
                f"간격 {point.interval}을(를) 쓸 수 없습니다.", f"interval {point.interval} cannot be used."
            ),
            Text("0보다 길고 1년 이하로 쓰십시오.", "write more than zero and at most a year."),
        )
    yield from _check_limits(point, place)


def _check_limits(point: Point, place: str) -> Iterator[Finding]:
    quantity = quantities().get(point.quantity)
    for name, limit in (("low", point.low), ("high", point.high)):
        if limit is None:
            continue
        if not math.isfinite(limit):
            yield Finding(
                f"{place} · {name}",
                Text(f"한계값 {limit}은(는) 숫자가 아닙니다.", f"limit {limit} is not a finite number."),
                Text("숫자를 쓰거나 비워 두십시오.", "write a number, or leave it out."),
            )
        elif quantity is not None and not in_range(limit, quantity.low, quantity.high):
            yield Finding(
                f"{place} · {name}",
                Text(
                    f"한계값 {limit:g} {quantity.unit}이(가) {quantity.name.ko}의 가능한 범위를 벗어납니다.",
                    f"limit {limit:g} {quantity.unit} lies outside the possible range "
                    f"of {quantity.name.en.lower()}.",
                ),
                Text(
                    f"{shown_range(quantity.low, quantity.high)} {quantity.unit} 사이로 쓰십시오.",
                    f"write a value in {shown_range(quantity.low, quantity.high)} {quantity.unit}.",
                ),
            )
    if point.low is not None and point.high is not None and point.low >= point.high:
        yield Finding(
            f"{place} · low",
            Text(
                f"하한 {point.low:g}이(가) 상한 {point.high:g}보다 작지 않습니다.",
                f"the low limit {point.low:g} is not below the high limit {point.high:g}.",
            ),
            Text("두 값을 바꾸어 보십시오.", "swap the two values."),
        )
