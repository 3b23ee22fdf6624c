"""Percentages against the numbers they are stated of, and how people get them wrong.

The mistakes are those found in published reports (REFERENCE.md C2): dividing by the *after* value, an
old numerator, hires over the target instead of over everybody trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sandan.programme.engine.findings.printed import Printed, percent, shown
from sandan.words import Text

NEAR = 1.0
"""A known mistake still explains a printed share from this far away, said as *close to* [points]."""


class Slip(StrEnum):
    """The known ways in which a percentage comes out wrong."""

    AFTER = "divided-by-after"
    POINTS = "percent-points"
    DIRECTION = "wrong-direction"
    RATIO = "ratio-not-change"
    OFF_BY_ONE = "off-by-one"
    TARGET = "over-target"
    REST = "over-the-rest"
    OTHERS = "the-others"
    INVERSE = "inverted"
    DIGIT = "slipped-digit"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fault:
    """A percentage that does not follow: what it should be [%], and what was probably done instead."""

    slip: Slip
    recomputed: float | None
    explanation: Text


@dataclass(frozen=True, slots=True)
class _Guess:
    slip: Slip
    value: float
    text: Text


def check_change(before: Printed, after: Printed, printed: Printed, *, direction: int = 0) -> Fault | None:
    """Whether a change in per cent follows from before and after; None when it does.

    change = (after - before) / before * 100 [%], every number within its rounding. `printed` is compared
    by size; `direction` is -1 for a stated decrease, 1 for an increase, 0 when it is not said.
    Sources of the mistakes: REFERENCE.md C2 (NIFoS PM10, Gimhae odour complaints).

    >>> check_change(Printed(54.5, 0.05, 1), Printed(41.3, 0.05, 1), Printed(32.0, 0.05, 1)).slip.value
    'divided-by-after'
    """
    if before.value <= 0 or after.value < 0:
        return None
    change = (after.value - before.value) / before.value * 100
    size = _size(printed)
    bounds = sorted(
        (a - b) / b * 100 for a in (after.low, after.high) for b in (before.low, before.high) if b > 0
    )
    wrong_way = direction * change < 0
    if (size.fits(bounds[0], bounds[-1]) or size.fits(-bounds[-1], -bounds[0])) and not wrong_way:
        return None
    if wrong_way and size.fits(abs(change)):
        return Fault(Slip.DIRECTION, change, _direction_text(change))
    guess = next((one for one in _changes(before, after) if size.fits(one.value)), None)
    if guess is None:
        slipped = next((k for k in (10.0, 0.1) if size.fits(abs(change) * k)), None)
        if slipped:
            return Fault(Slip.DIGIT, change, _DIGIT)
    return Fault(guess.slip, change, guess.text) if guess else Fault(Slip.UNKNOWN, change, _NO_IDEA)


def check_share(
    numerator: Printed, denominator: Printed | None, printed: Printed, *, target: Printed | None = None
) -> Fault | None:
    """Whether a share in per cent follows from its numbers; None when it does.

    share = numerator / denominator * 100 [%]. `target` is a planned number that may have been taken for
    the whole; without a `denominator` only that can be said. Sources of the mistakes: REFERENCE.md C2
    (Sunchang 53/79, smart-factory training over its target).

    >>> check_share(Printed(54), Printed(79), Printed(67.1, 0.05, 1)).slip.value
    'off-by-one'
    """
    if denominator is None:
        return _over_target(numerator, target, printed)
    if denominator.low <= 0:
        return None
    share = numerator.value / denominator.value * 100
    bounds = sorted(
        n / d * 100 for n in (numerator.low, numerator.high) for d in (denominator.low, denominator.high)
    )
    if printed.fits(bounds[0], bounds[-1]):
        return None
    over = _over_target(numerator, target, printed)
    if over is not None:
        return Fault(over.slip, share, over.explanation)
    for guess in _shares(numerator.value, denominator.value):
        if printed.fits(guess.value):
            return Fault(guess.slip, share, guess.text)
    return Fault(Slip.UNKNOWN, share, _implied(numerator.value, denominator.value, printed))


def check_points(before: Printed, after: Printed, printed: Printed) -> Fault | None:
    """Whether a difference in percentage points follows from two percentages; None when it does.

    >>> check_points(Printed(54.5), Printed(41.3), Printed(13.2, 0.05, 1)) is None
    True
    """
    points = after.value - before.value
    if _size(printed).fits(abs(points) - before.half - after.half, abs(points) + before.half + after.half):
        return None
    return Fault(Slip.UNKNOWN, points, _NO_IDEA)


_NO_IDEA = Text(
    "알려진 계산 착오로는 설명되지 않으므로 원자료를 확인해야 합니다.",
    "No known slip explains it; the source data must be checked.",
)
_DIGIT = Text("소수점 자리가 하나 어긋난 값입니다.", "It is off by one decimal place.")


def _size(printed: Printed) -> Printed:
    return Printed(abs(printed.value), printed.half, printed.decimals)


def _changes(before: Printed, after: Printed) -> Iterator[_Guess]:
    b, a = before.value, after.value
    change = shown(abs(a - b), max(before.decimals, after.decimals))
    if a > 0:
        value = abs(a - b) / a * 100
        yield _Guess(
            Slip.AFTER,
            value,
            Text(
                f"변화량 {change}을(를) 이전 값 {before}이(가) 아니라 이후 값 {after}(으)로 나눈 값"
                f"({percent(value)})입니다.",
                f"The change of {change} was divided by the after value {after} instead of the before value "
                f"{before} ({percent(value)}).",
            ),
        )
    yield _Guess(
        Slip.RATIO,
        a / b * 100,
        Text(
            f"증감률이 아니라 이전 값에 대한 이후 값의 비율({percent(a / b * 100)})입니다.",
            f"It is the after value over the before value ({percent(a / b * 100)}), not the change.",
        ),
    )
    yield _Guess(
        Slip.POINTS,
        abs(a - b),
        Text(
            f"두 값의 차이 {change}을(를) 백분율로 적은 것입니다.",
            f"It is the difference of {change} written as a per cent.",
        ),
    )


def _shares(n: float, d: float) -> Iterator[_Guess]:
    for other, whole, said_ko, said_en in (
        (n - 1, d, "분자가 하나 적은", "with a numerator one too small"),
        (n + 1, d, "분자가 하나 많은", "with a numerator one too large"),
        (n, d + 1, "분모가 하나 많은", "with a denominator one too large"),
        (n, d - 1, "분모가 하나 적은", "with a denominator one too small"),
    ):
        if whole > 0:
            value = other / whole * 100
            formula = f"{shown(other)}/{shown(whole)} = {percent(value)}"
            yield _Guess(
                Slip.OFF_BY_ONE,
                value,
                Text(
                    f"{said_ko} {formula}입니다(고치기 전의 수를 쓴 것으로 보입니다).",
                    f"It is {formula}, {said_en} (probably a count from before an update).",
                ),
            )
    if d > n:
        value = n / (d - n) * 100
        formula = f"{shown(n)}/{shown(d - n)} = {percent(value)}"
        yield _Guess(
            Slip.REST,
            value,
            Text(
                f"전체가 아니라 나머지로 나눈 값({formula})입니다.",
                f"It was divided by the rest instead of by the whole ({formula}).",
            ),
        )
        value = (d - n) / d * 100
        yield _Guess(
            Slip.OTHERS,
            value,
            Text(
                f"나머지의 비율({percent(value)})입니다.",
                f"It is the share of the others ({percent(value)}).",
            ),
        )
    if n:
        yield _Guess(
            Slip.INVERSE,
            d / n * 100,
            Text("분자와 분모를 바꾸어 나눈 값입니다.", "Numerator and denominator were exchanged."),
        )
    for factor in (10.0, 0.1):
        yield _Guess(Slip.DIGIT, n / d * 100 * factor, _DIGIT)


def _over_target(n: Printed, target: Printed | None, printed: Printed) -> Fault | None:
    if target is None or target.value <= 0:
        return None
    value = n.value / target.value * 100
    formula = f"{n}/{target} = {percent(value)}"
    if printed.fits(value):
        ko, en = f"목표로 나눈 값({formula})", f"It was divided by the target ({formula})"
    elif abs(printed.value - value) <= NEAR:
        ko, en = (
            f"목표로 나눈 값({formula})에 가까운 값",
            f"It is close to what dividing by the target gives ({formula})",
        )
    else:
        return None
    return Fault(
        Slip.TARGET,
        None,
        Text(
            f"{ko}입니다. 전체를 분모로 하지 않았으므로 달성률이지 이 이름의 비율이 아닙니다.",
            f"{en}, not by all: that is a rate of achievement, not the rate it is called.",
        ),
    )


def _implied(n: float, d: float, printed: Printed) -> Text:
    """What numbers the printed share would need."""
    if printed.value <= 0:
        return _NO_IDEA
    top, whole = shown(printed.value / 100 * d, 0), shown(n / (printed.value / 100), 0)
    stated = percent(printed.value, printed.decimals)
    return Text(
        f"{stated}가 되려면 분자가 {top}이거나 분모가 {whole}이어야 합니다. {_NO_IDEA.ko}",
        f"{stated} would need a numerator of {top} or a denominator of {whole}. {_NO_IDEA.en}",
    )


def _direction_text(change: float) -> Text:
    ko, en = ("증가", "increase") if change > 0 else ("감소", "decrease")
    return Text(
        f"실제로는 {ko}인데 반대로 적었습니다.", f"It is an {en}." if en[0] in "aeiou" else f"It is a {en}."
    )


def mean_of_rates(pairs: Sequence[tuple[Printed, Printed]], printed: Printed) -> bool:
    """Whether a printed rate is the mean of several rates rather than a rate of sums."""
    rates = [n.value / d.value * 100 for n, d in pairs if d.value > 0]
    return len(rates) > 1 and printed.fits(sum(rates) / len(rates))
