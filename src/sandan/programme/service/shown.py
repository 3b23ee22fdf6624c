"""What Sandan computes for the measures of a publication, for everybody to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sandan.access import SYSTEM
from sandan.clock import SEOUL, Period
from sandan.domain import Indicator
from sandan.errors import InvalidInput, NotFound
from sandan.programme.model.evidence import Proof
from sandan.programme.model.plan import Measure
from sandan.programme.records.evidence import all_formulas
from sandan.programme.service.indicators import list_indicators, prove
from sandan.store import Store
from sandan.words import Text

FEWEST_FIRMS = 3
"""A figure made of fewer firms than this would tell what one of them does; it is not shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An indicator as citizens see it: no row behind it, and no value that would tell on a firm."""

    name: Text
    definition: Text
    proof: Proof
    withheld: bool


def shown_for(
    store: Store, contributed: Sequence[Indicator], measures: Sequence[Measure], at: datetime
) -> dict[str, Shown]:
    """What each bound measure's indicator was for the year of the publication, as known on its day."""
    wanted = {one.indicator for one in measures if one.indicator}
    if not wanted:
        return {}
    with store.registry.read() as conn:
        redefined = {one.id for one in all_formulas(conn) if one.at > at}
    start = datetime(at.astimezone(SEOUL).year, 1, 1, tzinfo=SEOUL)
    lines = {one.id: one for one in list_indicators(store, SYSTEM, contributed)}
    found: dict[str, Shown] = {}
    # A formula written since the publication is not the one that was published.
    for id in sorted((wanted & lines.keys()) - redefined):
        try:
            proof = prove(store, SYSTEM, contributed, id, Period(start, at), at, at)
        except (InvalidInput, NotFound):  # it names a point that has gone since
            continue
        firms = {row.tenant for row in proof.rows if row.tenant is not None}
        withheld = 0 < len(firms) < FEWEST_FIRMS
        proof = replace(proof, rows=(), hidden=len(proof.rows))
        if withheld:
            proof = replace(proof, value=None, numerator=0.0, denominator=None)
        found[id] = Shown(lines[id].name, lines[id].definition, proof, withheld)
    return {one.id: found[one.indicator] for one in measures if one.indicator in found}
