"""What makes an inventory wrong before it is reckoned: every finding at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import isfinite

from sandan.energy.engine.carbon.book import carriers
from sandan.energy.model.carbon import PARTS, Activity, Instrument, Inventory, Lack, Place
from sandan.errors import Finding, InvalidInput
from sandan.units import unit
from sandan.words import Text


def check(activities: Sequence[Activity], instruments: Sequence[Instrument], begin: int, end: int) -> None:
    """Raise `InvalidInput` with all that is wrong with the activities and instruments of one year."""
    findings = [found for i, one in enumerate(activities) for found in _activity(i, one, begin, end)]
    findings.extend(_twice(activities))
    if not findings:
        findings.extend(_instruments(activities, instruments))
    if findings:
        raise InvalidInput(findings)


def _activity(i: int, one: Activity, begin: int, end: int) -> list[Finding]:
    where = f"activities[{i}]"
    found = []
    carrier = carriers().get(one.carrier)
    if carrier is None:
        found.append(
            Finding(
                f"{where}.carrier",
                Text(
                    f"에너지원 '{one.carrier}'을(를) 알 수 없습니다.", f"Carrier '{one.carrier}' is unknown."
                ),
                Text(
                    f"다음 중에서 고르십시오: {', '.join(carriers())}.", f"One of: {', '.join(carriers())}."
                ),
            )
        )
    elif unit(one.unit).dimension != unit(carrier.unit).dimension:
        found.append(
            Finding(
                f"{where}.unit",
                Text(
                    f"단위 {one.unit}은(는) {carrier.unit}(으)로 바꿀 수 없습니다.",
                    f"{one.unit} cannot be expressed in {carrier.unit}.",
                ),
                Text(f"{carrier.unit}(으)로 주십시오.", f"Give {carrier.unit}."),
            )
        )
    if not (isfinite(one.quantity) and one.quantity >= 0):
        found.append(
            Finding(
                f"{where}.quantity",
                Text(f"사용량이 올바르지 않습니다: {one.quantity}", f"Not a quantity: {one.quantity}"),
                Text(
                    "0 이상의 값을 주십시오. 값이 없으면 활동에서 빼십시오.",
                    "Give 0 or more; leave out what is not known.",
                ),
            )
        )
    if not 0 <= one.coverage <= 1:
        found.append(
            Finding(
                f"{where}.coverage",
                Text(f"수집률은 0에서 1 사이입니다: {one.coverage}", f"Coverage is 0 to 1: {one.coverage}"),
                Text("수집률을 확인해 주십시오.", "Check the coverage."),
            )
        )
    period = one.evidence
    if not begin <= period.begin < period.end <= end:
        found.append(
            Finding(
                f"{where}.evidence",
                Text("기간이 그해를 벗어나거나 비어 있습니다.", "The period is empty or leaves the year."),
                Text("해가 바뀌는 시각에서 나누어 주십시오.", "Split it where the year ends."),
            )
        )
    return found


def check_countable(inventory: Inventory) -> None:
    """Raise `InvalidInput` naming every factor that is missing: such an inventory cannot become final."""
    if inventory.lacks:
        raise InvalidInput(_lack(one) for one in inventory.lacks)


def _lack(one: Lack) -> Finding:
    part, amount = PARTS[one.part], f"{one.quantity:,.3f} {one.unit}"
    return Finding(
        f"factor.{one.carrier}.{one.gas or '-'}.{one.part}",
        Text(
            f"{one.place.facility}: {part.ko}이(가) 없어 {amount}의 배출량을 셀 수 없습니다.",
            f"{one.place.facility}: without its {part.en}, {amount} cannot be counted.",
        ),
        Text("출처와 함께 계수를 넣어 주십시오.", "Give the factor with its source."),
    )


def _twice(activities: Sequence[Activity]) -> list[Finding]:
    """A point that is read twice for the same time, or a document that is counted twice."""
    by_point: dict[tuple[str, str], list[Activity]] = defaultdict(list)
    by_document: dict[tuple[Place, str, str], list[Activity]] = defaultdict(list)
    for one in activities:
        if one.evidence.point:
            by_point[one.evidence.point, one.carrier].append(one)
        else:
            by_document[one.place, one.carrier, one.evidence.document].append(one)
    found = []
    for (place, _, document), members in sorted(by_document.items()):
        ordered = sorted(members, key=lambda one: one.evidence.begin)
        if any(a.evidence.end > b.evidence.begin for a, b in pairwise(ordered)):
            found.append(
                Finding(
                    f"document.{document}",
                    Text(
                        f"{place.facility}: 같은 문서의 같은 기간이 두 번 들어 있습니다.",
                        f"{place.facility}: the same document is counted twice for the same time.",
                    ),
                    Text("한 건을 지우십시오.", "Take one of them out."),
                )
            )
    for (point, _), members in sorted(by_point.items()):
        ordered = sorted(members, key=lambda one: one.evidence.begin)
        if any(a.evidence.end > b.evidence.begin for a, b in pairwise(ordered)):
            found.append(
                Finding(
                    f"point.{point}",
                    Text(
                        f"측정점 '{point}'의 같은 시간이 두 번 들어 있습니다.",
                        f"The same time of point '{point}' is counted twice.",
                    ),
                    Text("겹치는 기간을 빼십시오.", "Take out the overlap."),
                )
            )
    return found


def _instruments(activities: Sequence[Activity], instruments: Sequence[Instrument]) -> list[Finding]:
    if not instruments:
        return []
    found = []
    seen: set[str] = set()
    bought: dict[Place, Fraction] = defaultdict(Fraction)
    used: dict[Place, Fraction] = defaultdict(Fraction)
    for act in activities:
        if act.carrier == "electricity":
            ratio = Fraction(repr(unit(act.unit).factor)) / Fraction(repr(unit("MWh").factor))
            used[act.place] += Fraction(repr(float(act.quantity))) * ratio
    for one in instruments:
        if one.id in seen:
            found.append(
                Finding(
                    f"instrument.{one.id}",
                    Text("같은 증빙이 두 번 쓰였습니다.", "The same proof is used twice."),
                    Text("한 번만 쓰십시오.", "Use it once."),
                )
            )
        if not (isfinite(one.mwh) and one.mwh > 0 and isfinite(one.factor) and one.factor >= 0):
            found.append(
                Finding(
                    f"instrument.{one.id}",
                    Text(
                        "증빙의 양이나 계수가 올바르지 않습니다.",
                        "The proof's amount or factor is not valid.",
                    ),
                    Text("증빙 서류를 확인해 주십시오.", "Check the document."),
                )
            )
            continue
        seen.add(one.id)
        bought[one.place] += Fraction(repr(float(one.mwh)))
    for place, amount in sorted(bought.items()):
        if amount > used[place]:
            found.append(
                Finding(
                    f"instruments.{place.facility}",
                    Text(
                        f"증빙 {float(amount):,.3f} MWh가 사용량 {float(used[place]):,.3f} MWh보다 많습니다.",
                        f"Proof of {float(amount):,.3f} MWh for a use of {float(used[place]):,.3f} MWh.",
                    ),
                    Text("남는 증빙은 다른 곳이나 다음 해에 쓰십시오.", "Use the rest elsewhere or later."),
                )
            )
    return found
