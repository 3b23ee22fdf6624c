"""Permits against each other: two kinds of work, two places for one watcher, a contractor nobody let in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np
import shapely

from sandan.control.model.permits import (
    ANY,
    ENTRY,
    Conflict,
    PairRule,
    Permit,
    PermitKind,
    PermitParams,
    Weight,
)
from sandan.words import Text


def clash(
    permits: Sequence[Permit],
    rules: Sequence[PairRule],
    kinds: Mapping[str, PermitKind],
    params: PermitParams,
) -> Iterator[Conflict]:
    """Two works near each other at the same time of kinds that do not go together."""
    if not rules or len(permits) < 2:
        return
    places = np.array([permit.place for permit in permits], object)
    tree = shapely.STRtree(places)
    reach = max(rule.within for rule in rules)
    for one, other in tree.query(places, predicate="dwithin", distance=reach).T.tolist():
        if one >= other:
            continue
        times = _together(permits[one], permits[other], params)
        if times is None:
            continue
        distance = float(shapely.distance(places[one], places[other]))
        for rule in rules:
            if distance <= rule.within and _applies(rule, permits[one].kind, permits[other].kind):
                yield _conflict(rule, permits[one], permits[other], times, distance, kinds)


def share_watchers(permits: Sequence[Permit]) -> Iterator[Conflict]:
    """One person who is to watch two works at once: whoever watches one cannot watch another."""
    for at, one in enumerate(permits):
        for other in permits[at + 1 :]:
            start, end = max(one.start, other.start), min(one.end, other.end)
            if one.watchers & other.watchers and start < end:
                yield Conflict(
                    "shared_watcher",
                    Weight.HOLD,
                    (one.id, other.id),
                    None,
                    start,
                    end,
                    None,
                    Text(
                        f"같은 감시자가 '{one.name}'과(와) '{other.name}'을(를) 동시에 맡고 있습니다.",
                        f"The same person watches '{one.name}' and '{other.name}' at once.",
                    ),
                    Text("작업마다 감시자를 따로 두십시오.", "Name a watcher for each."),
                    None,
                )


def miss_entry(permits: Sequence[Permit], kinds: Mapping[str, PermitKind]) -> Iterator[Conflict]:
    """Work by a contractor without an entry permit that covers its time and place."""
    entries = [permit for permit in permits if permit.kind == ENTRY]
    for permit in permits:
        if permit.contractor is None or permit.kind == ENTRY:
            continue
        covered = any(
            entry.contractor == permit.contractor
            and entry.start <= permit.start
            and entry.end >= permit.end
            and entry.place.intersects(permit.place)
            for entry in entries
        )
        if not covered:
            yield Conflict(
                "no_entry",
                Weight.STOP,
                (permit.id,),
                None,
                permit.start,
                permit.end,
                None,
                Text(
                    f"'{permit.name}'의 시간과 장소를 포함하는 협력업체 출입 허가가 없습니다.",
                    f"No entry permit of the contractor covers the time and place of '{permit.name}'.",
                ),
                Text("출입 허가를 먼저 받으십시오.", "Get the entry permit first."),
                kinds[ENTRY].basis if ENTRY in kinds else None,
            )


def _together(one: Permit, other: Permit, params: PermitParams) -> tuple[datetime, datetime] | None:
    ends = [p.end + params.after[p.kind] if p.kind in params.after else p.end for p in (one, other)]
    start, end = max(one.start, other.start), min(ends)
    return (start, end) if start < end else None


def _applies(rule: PairRule, one: str, other: str) -> bool:
    # An entry permit lets people in; it is no work that could be in the way.
    if ENTRY in (one, other) and ENTRY not in (rule.first, rule.second):
        return False
    return any(
        rule.first in (ANY, first) and rule.second in (ANY, second)
        for first, second in ((one, other), (other, one))
    )


def _conflict(
    rule: PairRule,
    one: Permit,
    other: Permit,
    times: tuple[datetime, datetime],
    distance: float,
    kinds: Mapping[str, PermitKind],
) -> Conflict:
    names = [kinds[permit.kind].name for permit in (one, other)]
    where = (
        Text("같은 장소", "the same place")
        if distance == 0
        else Text(f"{distance:.0f} m", f"{distance:.0f} m")
    )
    return Conflict(
        rule.id,
        rule.weight,
        (one.id, other.id),
        None,
        *times,
        distance,
        Text(
            f"{names[0].ko} '{one.name}', {names[1].ko} '{other.name}' ({where.ko}): {rule.why.ko}",
            f"{names[0].en} '{one.name}' and {names[1].en.lower()} '{other.name}' ({where.en}): "
            f"{rule.why.en}",
        ),
        rule.remedy,
        rule.basis,
    )
