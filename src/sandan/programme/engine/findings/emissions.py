"""Emission reductions against the electricity they are stated of.

One kilowatt-hour saved is worth what the year's factor says. A reduction that fits none of them was
computed with another unit, another period or another factor, and says nothing until that is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandan.programme.engine.factors import Factor, factors
from sandan.programme.engine.findings.passages import Passage, label_of, quote
from sandan.programme.engine.findings.printed import Printed, shown
from sandan.programme.engine.findings.quantities import Quantity, read_quantities, said
from sandan.programme.engine.findings.rules import make_finding
from sandan.programme.engine.findings.settings import FindingSettings
from sandan.programme.model.audit import AuditFinding, Input
from sandan.words import Text

_CARBON = re.compile(r"CO2|CO₂|온실가스|탄소|이산화탄소|배출량")
_END = re.compile(r"다\.\s|[。;]|[.!?]\s+[가-힣A-Z]")
_FAR = 120
_RELATIVE = 0.005
"""Half a per cent on top of the printed rounding, for factors carried with fewer places."""


@dataclass(frozen=True, slots=True)
class EmissionFault:
    """A reduction that fits no factor: `implied` [kg/kWh], what the `closest` gives [kg], and why perhaps.

    `near` says that an older factor may have been used; then it is merely not named.
    """

    implied: float
    closest: Factor
    expected: float
    near: bool
    explanation: Text


def check_emission(
    energy: Printed,
    reduction: Printed,
    *,
    known: Sequence[Factor] | None = None,
    settings: FindingSettings = FindingSettings(),  # noqa: B008 - frozen
) -> EmissionFault | None:
    """Whether a reduction [kgCO2eq] follows from electricity [kWh] by any known factor; None when it does.

    implied factor = reduction / energy [kg/kWh], both within their printed rounding and half a per cent.
    Source of the factors: REFERENCE.md B2; of the cases: C2 (a Daejeon firm, the Banwol lamps).

    >>> round(check_emission(Printed(93_732), Printed(216_000, 500)).expected)
    42564
    """
    table = known if known is not None else factors()
    if energy.low <= 0 or reduction.value <= 0 or not table:
        return None
    low = reduction.low / energy.high * (1 - _RELATIVE)
    high = reduction.high / energy.low * (1 + _RELATIVE)
    if any(low <= factor.value <= high for factor in table):
        return None
    implied = reduction.value / energy.value
    closest = min(table, key=lambda one: abs(one.value - implied))
    values = [one.value for one in table]
    near = min(values) * (1 - settings.factor_band) <= implied <= max(values) * (1 + settings.factor_band)
    return EmissionFault(
        implied, closest, energy.value * closest.value, near, _NEAR if near else _why(implied, table)
    )


_NEAR = Text(
    "다른 해의 배출계수를 썼을 수 있으나 어느 것인지 적혀 있지 않습니다.",
    "A factor of another year may have been used; which one is not stated.",
)


def _why(implied: float, table: Sequence[Factor]) -> Text:
    """The slip that brings the implied factor to a known one."""
    for times, ko, en in (
        (1000.0, "kg과 t을 바꾸어 쓴 값으로 보입니다.", "Kilograms and tonnes seem to have been confused."),
        (0.001, "kg과 t을 바꾸어 쓴 값으로 보입니다.", "Kilograms and tonnes seem to have been confused."),
        (
            12.0,
            "한 달 전력량과 한 해 감축량을 견준 것으로 보입니다.",
            "A month's energy seems to be set against a year's reduction.",
        ),
        (
            2.0,
            "반년 전력량과 한 해 감축량을 견준 것으로 보입니다.",
            "Half a year's energy seems to be set against a year's reduction.",
        ),
        (10.0, "자릿수가 하나 어긋난 값으로 보입니다.", "It seems to be off by one digit."),
        (0.1, "자릿수가 하나 어긋난 값으로 보입니다.", "It seems to be off by one digit."),
    ):
        if any(abs(implied / times / factor.value - 1) <= 0.02 for factor in table):
            return Text(ko, en)
    times = implied / table[0].value
    return Text(
        f"현행 계수의 {shown(times, 1)}배로, 단위 착오로도 설명되지 않습니다.",
        f"It is {shown(times, 1)} times the factor in force, which no confusion of units explains.",
    )


def faults_in(passage: Passage, plan: str, subject: str, settings: FindingSettings) -> Iterator[AuditFinding]:
    """Findings for reductions of a passage that stand beside electricity."""
    text = passage.text
    if not _CARBON.search(text) or ("h" not in text.lower() and "와트시" not in text):
        return
    found = read_quantities(text)
    for energy, mass in _pairs(text, found):
        fault = check_emission(energy.scaled, mass.scaled, settings=settings)
        if fault is not None:
            yield _finding(passage, energy, mass, fault, plan, subject)


def _pairs(text: str, found: Sequence[Quantity]) -> Iterator[tuple[Quantity, Quantity]]:
    """Electricity with the mass of carbon that stands nearest in its sentence."""
    taken: set[int] = set()
    for energy in found:
        if energy.family != "energy":
            continue
        near = sorted(
            (
                one
                for one in found
                if one.family in ("carbon", "mass")
                and one.start not in taken
                and _together(text, energy, one)
            ),
            key=lambda one: (abs(one.start - energy.start), one.start),
        )
        if near:
            taken.add(near[0].start)
            yield energy, near[0]


def _together(text: str, energy: Quantity, mass: Quantity) -> bool:
    first, second = sorted((energy, mass), key=lambda one: one.start)
    words = text[first.end : second.start]
    if len(words) > _FAR or _END.search(words):
        return False
    return mass.family == "carbon" or bool(_CARBON.search(text[max(0, first.start - 40) : second.end + 30]))


def _finding(
    passage: Passage, energy: Quantity, mass: Quantity, fault: EmissionFault, plan: str, subject: str
) -> AuditFinding:
    text = passage.text
    first, last = min(energy.start, mass.start), max(energy.end, mass.end)
    quoted = quote(text, first, last)
    factor = fault.closest
    tonnes = mass.unit is not None and mass.unit.scale > 1
    expected = f"{shown(fault.expected / 1000, 1)} tCO2" if tonnes else f"{shown(fault.expected, 0)} kgCO2"
    implied = shown(fault.implied, 4)
    return make_finding(
        "emission-near" if fault.near else "emission",
        plan,
        subject,
        label_of(text[max(0, first - 40) : last]),
        Text(
            f"'{quoted}': {said(text, energy)}와(과) {said(text, mass)}에서 나오는 계수 "
            f"{implied} kg/kWh는 알려진 배출계수와 맞지 않습니다. "
            f"{factor.basis.ko}({factor.value})로는 {expected}입니다. {fault.explanation.ko}",
            f"'{quoted}': {said(text, energy)} and {said(text, mass)} imply {implied} kg/kWh, "
            f"which fits no known factor. By the {factor.basis.en} ({factor.value}) it is {expected}. "
            f"{fault.explanation.en}",
        ),
        [
            Input(Text("전력량", "Electricity"), energy.scaled.value, "kWh", passage.origin(energy.start)),
            Input(Text("감축량", "Reduction"), mass.scaled.value, "kgCO2", passage.origin(mass.start)),
            *(Input(one.basis, one.value, "kgCO2eq/kWh") for one in factors()),
        ],
        passage.origin(mass.start),
    )
