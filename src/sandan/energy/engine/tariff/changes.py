"""What changed between two bills of the same month, line by line."""

from __future__ import annotations

from dataclasses import dataclass

from sandan.energy.model.tariff import Bill, Line, Source
from sandan.errors import InvalidInput
from sandan.words import Text

_NOTHING = Line("", Text("", ""), 0.0, 0.0, "", 0.0, 0.0, 0, Text("", ""), Source("D", ""))


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line before and after; a line that is not there counts as nothing."""

    id: str
    name: Text
    quantity: tuple[float, float]
    price: tuple[float, float]
    won: tuple[int, int]
    because: Text

    @property
    def difference(self) -> int:
        return self.won[1] - self.won[0]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The lines that changed; their differences add up to the difference of the totals."""

    changes: tuple[LineChange, ...]
    difference: int
    measured: tuple[int, int]
    """Quarter-hours measured before and after."""
    why: tuple[Text, ...]


def explain(old: Bill, new: Bill) -> Explanation:
    """The difference between two versions of a bill, line by line; raises when they are not of one period."""
    if (old.begin, old.end) != (new.begin, new.end):
        raise InvalidInput.because(
            "bill",
            Text("두 청구서의 기간이 다릅니다.", "The two bills are of different periods."),
            Text("같은 기간의 청구서를 비교해 주십시오.", "Compare bills of the same period."),
        )
    before = {line.id: line for line in old.lines}
    after = {line.id: line for line in new.lines}
    changes = [
        _change(id, before.get(id), after.get(id))
        for id in [*before, *(id for id in after if id not in before)]
        if before.get(id) != after.get(id)
    ]
    why = []
    was, now = old.completeness.measured, new.completeness.measured
    if was != now:
        why.append(
            Text(
                f"측정된 15분값이 {was:,}개에서 {now:,}개로 바뀌었습니다.",
                f"Measured quarter-hours went from {was:,} to {now:,}.",
            )
        )
    if old.versions != new.versions:
        a, b = ", ".join(old.versions), ", ".join(new.versions)
        why.append(Text(f"요금표가 {a}에서 {b}(으)로 바뀌었습니다.", f"The tariff went from {a} to {b}."))
    if old.contract != new.contract:
        why.append(Text("계약 내용이 바뀌었습니다.", "The contract changed."))
    if old.demand.kw != new.demand.kw:
        why.append(
            Text(
                f"요금적용전력이 {old.demand.kw:,.1f} kW에서 {new.demand.kw:,.1f} kW로 바뀌었습니다.",
                f"Billing demand went from {old.demand.kw:,.1f} kW to {new.demand.kw:,.1f} kW.",
            )
        )
    return Explanation(
        tuple(changes),
        new.total - old.total,
        (was, now),
        tuple(why),
    )


def _change(id: str, old: Line | None, new: Line | None) -> LineChange:
    name = (new or old or _NOTHING).name
    was, now = old or _NOTHING, new or _NOTHING
    return LineChange(
        id,
        name,
        (was.quantity, now.quantity),
        (was.price, now.price),
        (was.won, now.won),
        _because(old, new),
    )


def _because(old: Line | None, new: Line | None) -> Text:
    if old is None:
        return Text("새로 생긴 항목입니다.", "A new line.")
    if new is None:
        return Text("없어진 항목입니다.", "A line that is gone.")
    if old.price == new.price:
        more = new.quantity - old.quantity
        if more == 0:
            return Text("반올림 전 값만 달라졌습니다.", "Only the figure before rounding differs.")
        return Text(
            f"수량이 {more:+,.6g} {new.unit} 바뀌었습니다.",
            f"The quantity changed by {more:+,.6g} {new.unit}.",
        )
    if old.quantity == new.quantity:
        return Text(
            f"단가가 {old.price:,.6g}에서 {new.price:,.6g}(으)로 바뀌었습니다.",
            f"The price went from {old.price:,.6g} to {new.price:,.6g}.",
        )
    return Text("수량과 단가가 모두 바뀌었습니다.", "Quantity and price both changed.")
