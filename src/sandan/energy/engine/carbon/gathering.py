"""Meters and documents put together: which of them a month is counted by, and how far proofs reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import nextafter

from sandan.clock import DAY_MS, SEOUL_MS
from sandan.energy.engine.carbon.book import carriers
from sandan.energy.engine.carbon.inventory import exact
from sandan.energy.model.carbon import Activity, Evidence, Instrument, Place
from sandan.energy.model.declared import PROOF_KINDS, DeclaredProof, DeclaredUse

WHOLE = 0.99
"""From this share on a month is measured; no document takes its place."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is counted, and which documents are not because a meter told the same time."""

    activities: tuple[Activity, ...]
    set_aside: tuple[DeclaredUse, ...]


def gather(
    sampled: Sequence[Activity], declared: Sequence[DeclaredUse], points: Mapping[Place, str], as_of: int
) -> Gathered:
    """Samples by month and documents as one year's activities, no time counted twice.

    `points` names the meter of a place. There a document counts for months the meter did not tell, or told
    less than 99 % of; it then stands for the whole of them. One that reaches into a month that was measured,
    or covers only a part of one that was told, is set aside: samples go before paper.
    """
    kept: dict[Place, list[Activity]] = defaultdict(list)
    for one in sampled:
        kept[one.place].append(one)
    made: list[Activity] = []
    aside: list[DeclaredUse] = []
    for told in sorted(declared, key=lambda use: (use.first, use.document)):
        place = Place(told.firm, told.site, told.facility)
        point = points.get(place, "") if told.carrier == "electricity" else ""
        begin, end = day_ms(told.first), day_ms(told.last + timedelta(days=1))
        touched = [
            one for one in kept[place] if point and one.evidence.begin < end and begin < one.evidence.end
        ]
        if any(_stands(one, begin, end) for one in touched):
            aside.append(told)
            continue
        kept[place] = [one for one in kept[place] if one not in touched]
        activity = Activity(
            place, told.carrier, told.quantity, told.unit, Evidence(point, begin, end, as_of, told.document)
        )
        (kept[place] if point else made).append(activity)
    return Gathered((*(one for ones in kept.values() for one in ones), *made), tuple(aside))


def _stands(one: Activity, begin: int, end: int) -> bool:
    """Whether what is there may not give way to a document of this time."""
    inside = begin <= one.evidence.begin and one.evidence.end <= end
    return not inside or one.coverage >= WHOLE or bool(one.evidence.document)


def fit_proofs(
    activities: Sequence[Activity], proofs: Sequence[DeclaredProof]
) -> tuple[tuple[Instrument, ...], Mapping[str, float]]:
    """The proofs as far as electricity was used at their place, by serial; what is left of each [MWh]."""
    places = {Place(proof.firm, proof.site, proof.facility) for proof in proofs}
    rest: dict[Place, Fraction] = defaultdict(Fraction)
    for one in activities:
        if one.place in places and one.carrier == "electricity":
            rest[one.place] += exact(one, carriers()["electricity"])
    used: list[Instrument] = []
    left: dict[str, float] = {}
    for proof in sorted(proofs, key=lambda one: one.serial):
        place = Place(proof.firm, proof.site, proof.facility)
        mwh = min(proof.mwh, _at_most(rest[place]))
        rest[place] -= Fraction(repr(mwh))
        if mwh > 0:
            used.append(
                Instrument(
                    proof.serial,
                    PROOF_KINDS[proof.kind],
                    place,
                    proof.year,
                    mwh,
                    proof.factor,
                    proof.document,
                )
            )
        if mwh < proof.mwh:
            left[proof.serial] = proof.mwh - mwh
    return tuple(used), left


def day_ms(day: date) -> int:
    """When a day in Seoul begins [ms]."""
    return (day - _EPOCH).days * DAY_MS - SEOUL_MS


def _at_most(amount: Fraction) -> float:
    value = float(amount)
    return nextafter(value, 0.0) if Fraction(repr(value)) > amount else value
