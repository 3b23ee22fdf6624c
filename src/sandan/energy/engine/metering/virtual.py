"""Virtual meters: sums, differences and shares of others, with losses; a missing part is never zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sandan.energy.model.metering import Reading, VirtualMeter
from sandan.errors import Finding, InvalidInput
from sandan.words import Text


def read_virtual(virtuals: Sequence[VirtualMeter], readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """The readings of the virtual meters, from those of the real ones [kWh, n].

    energy = Σ factor · (1 − loss) · reading of the term, so 1 and −1 give sums and differences, a fraction a
    share. A quarter-hour in which any term is missing is missing; `present` says how many of the terms were
    there. Virtual meters may stand on each other in any order. Raises `InvalidInput` with every meter that is
    not known, every circle, and every loss outside [0, 1).
    """
    by_id = {virtual.id: virtual for virtual in virtuals}
    findings = _check(by_id, readings)
    if findings:
        raise InvalidInput(findings)
    made: dict[str, Reading] = {}
    for id in _in_order(by_id):
        made[id] = _read(by_id[id], {**readings, **made})
    return {virtual.id: made[virtual.id] for virtual in virtuals}


def _read(virtual: VirtualMeter, readings: Mapping[str, Reading]) -> Reading:
    parts = [readings[term.meter] for term in virtual.terms]
    weights = [term.factor * (1 - term.loss) for term in virtual.terms]
    energy = np.sum([weight * part.energy for weight, part in zip(weights, parts, strict=True)], axis=0)
    return Reading(
        energy=energy,
        present=np.mean([part.present for part in parts], axis=0),
        estimated=np.any([part.estimated for part in parts], axis=0),
    )


def _check(by_id: Mapping[str, VirtualMeter], readings: Mapping[str, Reading]) -> list[Finding]:
    findings = []
    for virtual in by_id.values():
        where = f"virtual.{virtual.id}"
        if not virtual.terms:
            findings.append(
                Finding(
                    where,
                    Text("항이 하나도 없습니다.", "It has no terms."),
                    Text("합하거나 뺄 계량기를 적어 주십시오.", "Name the meters it is made of."),
                )
            )
        for term in virtual.terms:
            if term.meter not in by_id and term.meter not in readings:
                findings.append(
                    Finding(
                        where,
                        Text(f"계량기 '{term.meter}'이(가) 없습니다.", f"There is no meter '{term.meter}'."),
                        Text("계량기 이름을 확인해 주십시오.", "Check the meter's name."),
                    )
                )
            if not 0 <= term.loss < 1:
                findings.append(
                    Finding(
                        where,
                        Text(
                            f"손실률 {term.loss}이(가) 범위를 벗어났습니다.",
                            f"Loss {term.loss} is out of range.",
                        ),
                        Text("0 이상 1 미만으로 적어 주십시오.", "Give a share from 0 to below 1."),
                    )
                )
    circle = set(by_id) - set(_in_order(by_id))
    findings += [
        Finding(
            f"virtual.{id}",
            Text("자기 자신에게 되돌아옵니다.", "It leads back to itself."),
            Text("순환하는 항을 빼 주십시오.", "Take out the term that closes the circle."),
        )
        for id in sorted(circle)
    ]
    return findings


def _in_order(by_id: Mapping[str, VirtualMeter]) -> list[str]:
    """Those that can be computed, each after what it stands on; members of a circle are left out."""
    order: list[str] = []
    left = dict(by_id)
    while True:
        ready = [id for id, virtual in left.items() if all(term.meter not in left for term in virtual.terms)]
        if not ready:
            return order
        order += ready
        for id in ready:
            del left[id]
