"""Which thresholds are drawn: the line of immediate danger, the endpoint, the first effects."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sandan.control.engine.hazard.endpoints import choose_endpoint
from sandan.control.model.hazard import Release
from sandan.control.model.substances import Threshold, substances
from sandan.control.service.hazard.request import HazardRequest

LINES = 3
"""At most so many thresholds are drawn."""
RESCUE = 0.1
"""Share of the lower limit of flammability that NIOSH takes as immediately dangerous (IDLH of propane)."""


def choose_lines(request: HazardRequest, release: Release, table: Sequence[Threshold]) -> list[Threshold]:
    """The thresholds to draw, highest first: the line of immediate danger, the endpoint, the first effects.

    The exposure is as long as the release lasts. Where the sources disagree the lowest value is drawn, which
    is the larger area. What only burns is drawn by its limit of flammability.
    """
    usable = [row for row in table if row.value is not None and row.substance == request.substance]
    burning = _burning(request.substance)
    if burning and not any(row.scale != "PAC" for row in usable):
        return burning
    minutes = max(release.duration / 60, 1.0)
    chosen = [
        row
        for level in ("2", "1")
        for row in choose_endpoint(usable, request.substance, minutes, level).rows[:1]
    ]
    danger = [row for row in usable if row.scale == "IDLH"]
    if danger:
        chosen.append(min(danger, key=lambda row: row.value or math.inf))
    return sorted(chosen, key=lambda row: -(row.value or 0.0))[:LINES] or burning


def _burning(substance: str) -> list[Threshold]:
    """The lower limit of flammability and a tenth of it; none for what does not burn."""
    known = substances()[substance]
    if known.flammable_from is None:
        return []
    return [
        Threshold(
            substance, "LFL", level, None, known.flammable_from * share, "ppm", known.version, "",
            known.source, sure=False,
        )
        for level, share in (("", 1.0), (f"{RESCUE:.0%}", RESCUE))
    ]  # fmt: skip
