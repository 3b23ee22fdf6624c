"""What changed between two versions of an inventory: how much by use, how much by factors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from sandan.energy.model.carbon import Inventory, Line, Place
from sandan.errors import InvalidInput
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line before and after [g]; `by_use` and `by_factor` add up to the difference."""

    place: Place
    carrier: str
    quantity: tuple[float, float]
    grams: tuple[int, int]
    market_grams: tuple[int, int]
    by_use: int
    by_factor: int
    because: Text

    @property
    def difference(self) -> int:
        return self.grams[1] - self.grams[0]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The lines that changed; their differences add up to that of the totals [g]."""

    changes: tuple[LineChange, ...]
    difference: int
    by_use: int
    by_factor: int


def explain(old: Inventory, new: Inventory) -> Explanation:
    """The difference between two inventories of one year, line by line; raises for different years.

    What the change of quantity did is reckoned at the old factor, the rest is the factor's.
    """
    if old.year != new.year:
        raise InvalidInput.because(
            "inventory",
            Text("두 명세의 연도가 다릅니다.", "The two inventories are of different years."),
            Text("같은 해의 명세를 비교해 주십시오.", "Compare inventories of the same year."),
        )
    before = {(line.place, line.carrier): line for line in old.lines}
    after = {(line.place, line.carrier): line for line in new.lines}
    changes = tuple(
        _change(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    )
    return Explanation(
        changes,
        new.total - old.total,
        sum(one.by_use for one in changes),
        sum(one.by_factor for one in changes),
    )


def unchanged(old: Inventory, new: Inventory) -> bool:
    """Whether nothing but the instant of reading is different."""
    return _timeless(old) == _timeless(new)


def _timeless(inventory: Inventory) -> Inventory:
    lines = tuple(
        replace(line, evidence=tuple(replace(one, as_of=0) for one in line.evidence))
        for line in inventory.lines
    )
    return replace(inventory, as_of=date.min, lines=lines)


def _change(key: tuple[Place, str], old: Line | None, new: Line | None) -> LineChange:
    was = (old.quantity, old.grams, old.market_grams) if old else (0.0, 0, 0)
    now = (new.quantity, new.grams, new.market_grams) if new else (0.0, 0, 0)
    difference = now[1] - was[1]
    if old is None or new is None or not old.quantity:
        by_use = difference
    else:
        by_use = round(Fraction(old.grams) * (Fraction(new.quantity) / Fraction(old.quantity) - 1))
    return LineChange(
        *key,
        (was[0], now[0]),
        (was[1], now[1]),
        (was[2], now[2]),
        by_use,
        difference - by_use,
        _because(old, new),
    )


def _because(old: Line | None, new: Line | None) -> Text:
    if old is None:
        return Text("새로 들어온 항목입니다.", "A new line.")
    if new is None:
        return Text("빠진 항목입니다.", "A line that is gone.")
    ko, en = [], []
    if old.quantity != new.quantity:
        ko.append(f"사용량이 {old.quantity:,.3f}에서 {new.quantity:,.3f} {new.unit}(으)로 바뀌었습니다.")
        en.append(f"Use went from {old.quantity:,.3f} to {new.quantity:,.3f} {new.unit}.")
    a, b = ({(one.part, one.gas): one for one in line.factors} for line in (old, new))
    for part in a.keys() | b.keys():
        was, now = a.get(part), b.get(part)
        if was and now and was.value != now.value:
            ko.append(
                f"계수가 {was.value:g}({was.version})에서 {now.value:g}({now.version})(으)로 바뀌었습니다."
            )
            en.append(f"A factor went from {was.value:g} ({was.version}) to {now.value:g} ({now.version}).")
    if old.instruments != new.instruments:
        ko.append("재생에너지 증빙이 바뀌었습니다.")
        en.append("The proofs of origin changed.")
    if not ko:
        ko.append("근거 자료만 바뀌었습니다.")
        en.append("Only the evidence changed.")
    return Text(" ".join(ko), " ".join(en))
