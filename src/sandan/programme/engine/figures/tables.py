"""Figures in tables: each cell under its column's headings and behind its row's labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sandan.programme.engine.figures.amounts import exact, settle
from sandan.programme.engine.figures.context import Context, Measured, bracket_unit, read_unit, stated_units
from sandan.programme.engine.figures.grids import Part, Row, align, split_parts
from sandan.programme.engine.figures.headers import Column, Role, numeric_parts, read_head
from sandan.programme.engine.figures.sentences import Place, cleaned, read_sentence
from sandan.programme.engine.figures.vocabulary import holds, is_total, source_of, tight, words
from sandan.programme.model.documents import FoundFigure
from sandan.programme.model.vocabulary import TERM, TOTAL, WON, Kind

_QUARTER = re.compile(r"Q[1-4]")
_MONEY_ROLES = (Role.SOURCE, Role.MONEY)


def read_table(context: Context, rows: Sequence[Row]) -> list[FoundFigure]:
    """Every figure of a block of rows, top to bottom, left to right."""
    found: list[FoundFigure] = []
    for part in split_parts(rows):
        if part.columns:
            found += _Part(context, part).read()
        else:
            for labels, row in _labelled(part.rows):
                found += _read_card(_at(context, row), row, labels)
    return found


def _at(context: Context, row: Row) -> Context:
    return replace(context, line=row.number, text="\t".join(row.cells))


def _labelled(rows: Sequence[Row]) -> Iterator[tuple[list[str], Row]]:
    """Rows without headings; one that begins with an empty cell goes on with the row above it."""
    above: list[str] = []
    for row in rows:
        if row.cells and not row.cells[0].strip() and above:
            yield above, row
            continue
        cells = [cell.strip() for cell in row.cells if cell.strip()]
        above = [cleaned(cell) for cell in cells[:2] if not re.search(r"\d", cell)]
        yield [], row


def _read_card(context: Context, row: Row, above: Sequence[str]) -> list[FoundFigure]:
    """`사업기간 | 2022~2027 | 추진상황(%) | 추진 중(50%)`: a label, what it says, and so on."""
    found: list[FoundFigure] = []
    cells = [cell.strip() for cell in row.cells]
    labels = list(above)
    for at, cell in enumerate(cells):
        if not cell:
            continue
        name, unit = bracket_unit(cell)
        is_label = len(tight(name)) <= 14 and not re.search(r"\d", name)
        number = numeric_parts(cell)
        if number is not None and labels and at:
            found += _card_number(context, labels, number, unit)
        elif is_label and not (at and _says_value(cells[at - 1], cell)):
            labels = [*above, name] if not at else [name]
            if unit:
                labels = [*labels[:-1], f"{name}({cell[len(name) :].strip('() ')})"]
            continue
        else:
            found += read_sentence(context, cell, Place(labels=tuple(_names(labels))))
        if len(cells) > 2 and not above:
            labels = labels[:1] if at == len(cells) - 1 else labels
    return found


def _says_value(label: str, cell: str) -> bool:
    """Whether a short cell is the value of the label before it, not a label of its own."""
    return holds(label, "column", "label") and not holds(cell, "money", "budget")


def _names(labels: Sequence[str]) -> list[str]:
    return [bracket_unit(label)[0] for label in labels]


def _card_number(
    context: Context, labels: Sequence[str], number: tuple[str, Measured | None], unit: Measured | None
) -> list[FoundFigure]:
    """A bare number behind its label, in the unit its cell or its label states."""
    printed, own = number
    measured = own or bracket_unit(labels[-1])[1] or unit
    name = bracket_unit(labels[-1])[0]
    money_label = holds(name, "money", "budget") or source_of(name) is not None
    if measured is None and money_label:
        measured = context.money
    if measured is None:
        return []
    kind = _card_kind(name, measured, labels, context)
    return [
        _figure(
            context,
            labels=_names(labels),
            kind=kind,
            source=(source_of(name) or TOTAL) if kind is Kind.BUDGET else None,
            period=TOTAL if kind is Kind.BUDGET else None,
            measured=measured,
            measure=name,
            printed=printed,
        )
    ]


def _card_kind(name: str, measured: Measured, labels: Sequence[str], context: Context) -> Kind:
    if measured.money and not holds(name, "money", "not_budget"):
        return Kind.BUDGET
    if holds(name, "role", "actual") or holds(name, "kind", "progress_labels"):
        return Kind.PROGRESS
    near = [*context.labels[-2:], *labels]
    if any(holds(one, "kind", "count_labels") for one in near):
        return Kind.COUNT
    return Kind.TARGET if any(holds(one, "kind", "target_labels") for one in near) else Kind.BASE


@dataclass(frozen=True, slots=True)
class _RowHead:
    """What the labels of a row say together."""

    names: tuple[str, ...]
    source: str | None = None
    period: str | None = None
    unit: Measured | None = None
    role: Role | None = None
    total: bool = False


class _Part:
    """One table with its headings."""

    def __init__(self, context: Context, part: Part) -> None:
        units = [unit for row in part.heading for cell in row.cells for unit in stated_units(cell)]
        self.context = replace(context, units=(*units, *context.units)) if units else context
        self.part = part
        self.carried: list[str] = []
        self.has_sources = any(column.first(Role.SOURCE) for column in part.columns) or any(
            source_of(cell) for row in part.rows for cell in row.cells[: part.label_width]
        )
        self.has_target = any(column.says(Role.TARGET) for column in part.columns)
        self.has_periods = any(column.first(Role.PERIOD) for column in part.columns)

    def read(self) -> list[FoundFigure]:
        found: list[FoundFigure] = []
        for row in self.part.rows:
            found += self._read_row(row)
        return found

    def _read_row(self, row: Row) -> list[FoundFigure]:
        labels, cells = self._split(row)
        labels = self._carry(labels)
        head = self._row_head(labels, cells)
        found: list[FoundFigure] = []
        name = ""
        for at in sorted(cells):
            cell = cells[at].strip()
            column = self.part.columns[at] if at < len(self.part.columns) else Column(())
            if not cell or (
                column.first(Role.UNIT, Role.REMARK, Role.NUMBER, Role.SPAN)
                and column.role
                in (
                    Role.UNIT,
                    Role.REMARK,
                    Role.NUMBER,
                    Role.SPAN,
                )
            ):
                continue
            if column.role is Role.LABEL and numeric_parts(cell) is None:
                # `… | KPI | 목표`: what is behind it is of this, not of the row.
                name = cleaned(cell)
                continue
            of = (
                replace(head, names=(*head.names, name)) if name and not column.first(*_MONEY_ROLES) else head
            )
            found += self._read_cell(row, cell, column, of)
        return found

    def _split(self, row: Row) -> tuple[list[str], dict[int, str]]:
        """Labels and values; in a table without a column of labels every cell is a value."""
        columns = self.part.columns
        lead = columns[: max(self.part.label_width, 1)]
        if not any(column.role in (Role.LABEL, Role.GROUP, Role.NUMBER) for column in lead):
            first = row.cells[0].strip() if row.cells else ""
            if numeric_parts(first) is not None or first in ("-", "–"):
                return [], {at: cell for at, cell in enumerate(row.cells) if cell.strip()}
        return align(row, self.part)

    def _carry(self, labels: list[str]) -> list[str]:
        """Labels with those of the row above where a cell is blank: it spans rows."""
        filled: list[str] = []
        blank = True
        for at, label in enumerate(labels):
            if label or not blank:
                blank = blank and not label
                filled.append(label)
            else:
                filled.append(self.carried[at] if at < len(self.carried) else "")
            if label:
                blank = False
        if any(labels):
            self.carried = filled
        return filled

    def _row_head(self, labels: Sequence[str], cells: dict[int, str]) -> _RowHead:
        unit = next(
            (
                _unit_of_cell(cells[at])
                for at, column in enumerate(self.part.columns)
                if column.role is Role.UNIT and at in cells
            ),
            None,
        )
        head = _RowHead((), unit=unit)
        names: list[str] = []
        for at, label in enumerate(labels):
            if not label:
                continue
            column = self.part.columns[at] if at < len(self.part.columns) else Column(())
            if column.role is Role.UNIT:
                head = replace(head, unit=_unit_of_cell(label) or head.unit)
                continue
            if column.role in (Role.NUMBER, Role.REMARK, Role.SPAN):
                continue
            head = self._take(head, label, names)
        return replace(head, names=tuple(names))

    def _take(self, head: _RowHead, label: str, names: list[str]) -> _RowHead:
        said = read_head(label)
        unit = said.unit or head.unit
        if said.role is Role.SOURCE:
            return replace(head, source=said.value, unit=unit)
        if said.role is Role.TOTAL:
            names.extend([cleaned(said.text)] if not self.has_sources or self.part.label_width == 1 else [])
            return replace(head, total=True, unit=unit)
        if said.role is Role.PERIOD and not re.fullmatch(r"\d{1,2}", label):
            return replace(head, period=said.value, unit=unit, role=said.also)
        if said.role in (Role.TARGET, Role.ACTUAL, Role.BASELINE) and names:
            return replace(head, role=said.role, unit=unit)
        if said.role is Role.UNIT:
            return replace(head, unit=unit)
        if tight(said.text) in words("column", "group") or tight(said.text) in ("재원별", "재원"):
            return head
        names.append(cleaned(said.text))
        return replace(head, unit=unit, role=said.role if said.role is Role.ACTUAL else head.role)

    def _read_cell(self, row: Row, cell: str, column: Column, head: _RowHead) -> list[FoundFigure]:
        context = _at(self.context, row)
        period = _period_of(column, head, context)
        number = numeric_parts(cell)
        if number is None:
            return self._read_words(context, cell, column, head, period)
        printed, own = number
        measured = own or column.unit or head.unit
        source = self._source(column, head)
        role = self._role(column, head)
        if measured is None or (
            own is None and source is not None and not measured.money and self._is_money(column, head)
        ):
            measured = self._stated(column, head, role)
        if measured is None:
            return []
        kind = self._kind(column, head, role, measured, period)
        if kind is Kind.BUDGET:
            source = source or TOTAL
            period = period or TOTAL
        else:
            source = None
        if kind is not Kind.BUDGET and period == TERM:
            period = None
        figure = _figure(
            context,
            labels=self._path(column, head),
            kind=kind,
            source=source,
            period=period,
            measured=measured,
            measure=self._measure(column, head, kind),
            printed=printed,
        )
        names = tuple(name for name in head.names if not is_total(name))
        return [replace(figure, sure=figure.sure and row.sure, names=names)]

    def _read_words(
        self, context: Context, cell: str, column: Column, head: _RowHead, period: str | None
    ) -> list[FoundFigure]:
        """A cell of words: its figures, and whether it says that a target is not set."""
        kind = None
        role = self._role(column, head)
        if column.first(Role.PERIOD) and role is not Role.ACTUAL and not self._in_achievements():
            kind = Kind.TARGET
        elif role is Role.ACTUAL:
            kind = Kind.PROGRESS
        elif self._counts():
            kind = Kind.COUNT
        labels = tuple(self._path(column, head))
        found = read_sentence(context, cell, Place(labels=labels, period=period, kind=kind))
        if kind is Kind.TARGET:
            # What is done with money of a year is no goal.
            found = [
                one if one.unit != WON else replace(one, kind=Kind.BUDGET, source=TOTAL) for one in found
            ]
        if (
            not found
            and column.first(Role.PERIOD)
            and any(tight(phrase) in tight(cell) for phrase in words("unset", "phrases"))
        ):
            found = [
                _figure(
                    context,
                    labels=self._path(column, head),
                    kind=Kind.TARGET,
                    source=None,
                    period=period,
                    measured=head.unit or column.unit,
                    measure=self._measure(column, head, Kind.TARGET),
                    printed="",
                )
            ]
        return [replace(one, names=head.names) for one in found]

    def _in_achievements(self) -> bool:
        return self._achieved(1) and not self.has_target

    def _achieved(self, depth: int) -> bool:
        """Whether a heading is of what was achieved; `성과목표` is of what shall be."""
        for label in reversed(self.context.labels[-depth:]):
            if holds(label, "kind", "target_labels"):
                return False
            if holds(label, "kind", "progress_labels") and not re.search(r"계획서?$", tight(label)):
                return True
        return False

    def _planned(self) -> bool:
        """Whether the heading right above is of goals or plans, not of what was achieved."""
        label = tight(self.context.labels[-1]) if self.context.labels else ""
        return not self._achieved(1) and (holds(label, "kind", "target_labels") or "계획" in label)

    def _counts(self) -> bool:
        return self.context.says("kind", "count_labels", depth=2)

    def _is_money(self, column: Column, head: _RowHead) -> bool:
        if head.source or column.first(*_MONEY_ROLES):
            return True
        return any(holds(name, "money", "budget") for name in (*column.names[-1:], *head.names[-1:]))

    def _stated(self, column: Column, head: _RowHead, role: Role | None) -> Measured | None:
        """The unit stated above that fits: money for money, a share for a rate."""
        units = self.context.units
        beside = {one.unit for one in self.part.columns if one.unit}
        if column.first(Role.PERIOD) and len(beside) == 1 and not head.source:
            return beside.pop()
        money = {one for one in beside if one.money}
        if column.first(Role.SOURCE) and len(money) == 1:
            return money.pop()
        text = "".join((*column.names[-1:], *head.names[-1:]))
        rate = role is Role.RATE or re.search(r"[율률]$|비중$|%$", tight(re.sub(r"\(.*?\)", "", text)))
        if rate and not head.source:
            return next((one for one in units if one.family == "share"), read_unit("%"))
        if self._is_money(column, head) or self.has_sources:
            return self.context.money
        if column.holds_values or head.names:
            if units and len({one.unit for one in units[:2]}) == 1:
                return units[0]
            return units[0] if units and self._budgeted() else (units[0] if len(units) == 1 else None)
        return None

    def _budgeted(self) -> bool:
        return any(holds(label, "money", "budget") for label in self.context.labels[-2:])

    def _source(self, column: Column, head: _RowHead) -> str | None:
        found = column.first(Role.SOURCE)
        if found is not None:
            return found.value
        return head.source

    def _role(self, column: Column, head: _RowHead) -> Role | None:
        for role in (Role.ACTUAL, Role.BASELINE, Role.TARGET, Role.RATE):
            if head.role is role or column.says(role):
                return role
        return None

    def _kind(
        self, column: Column, head: _RowHead, role: Role | None, measured: Measured, period: str | None
    ) -> Kind:
        if measured.money:
            name = "".join((*column.names[-1:], *head.names[-1:]))
            economic = holds(name, "money", "not_budget")
            if not economic or self.has_sources:
                return Kind.BUDGET
        if role is Role.BASELINE:
            return Kind.BASE
        if role is Role.ACTUAL:
            # `추진율` by itself names what is planned as well as what is done.
            planned = column.first(Role.PERIOD) and head.role is role and not column.says(role)
            return Kind.TARGET if planned and self._planned() else Kind.PROGRESS
        if role is Role.TARGET:
            return Kind.TARGET
        if self._counts():
            return Kind.COUNT
        if role is Role.RATE and not period:
            return Kind.PROGRESS if self._achieved(2) else Kind.BASE
        done = self._achieved(2) or bool(period and self._checked(period))
        if done and period and (_QUARTER.search(period) or not self.has_target):
            return Kind.PROGRESS
        if column.first(Role.PERIOD):
            return Kind.BASE if self._states_what_is() else Kind.TARGET
        if self.context.says("kind", "target_labels", depth=2):
            return Kind.TARGET
        if self._achieved(2):
            return Kind.PROGRESS
        return Kind.BASE

    def _checked(self, period: str) -> bool:
        """Quarters beside one target: what was reached in each."""
        return self.has_target and bool(_QUARTER.search(period))

    def _states_what_is(self) -> bool:
        return self.context.says("kind", "base_labels", depth=1) and not self.context.says(
            "kind", "target_labels", depth=1
        )

    def _path(self, column: Column, head: _RowHead) -> list[str]:
        names = list(head.names)
        for one in column.heads:
            if one.role in (Role.NAME, Role.MONEY, Role.ACTUAL, Role.RATE) and one.text not in names:
                names.append(one.text)
        return names

    def _measure(self, column: Column, head: _RowHead, kind: Kind) -> str:
        own = [name for name in head.names if not is_total(name)]
        if kind is Kind.BUDGET:
            if not self.has_periods:
                for one in reversed(column.heads):
                    if one.role in (Role.MONEY, Role.ACTUAL):
                        return one.text
            named = [label for label in reversed(self.context.labels) if holds(label, "money", "budget")]
            heads = [one.text for other in self.part.columns for one in other.heads if one.role is Role.MONEY]
            return next(iter((*named, *heads)), "사업비")
        if kind is Kind.COUNT and column.heads:
            return column.heads[-1].text
        named = [one.text for one in column.heads if one.role in (Role.NAME, Role.ACTUAL, Role.RATE)]
        if named and not self.has_periods:
            return named[-1]
        return own[-1] if own else (named[-1] if named else _last(self.context.labels))


def _unit_of_cell(text: str) -> Measured | None:
    """What a column of units says; a unit nobody knows stands as it is."""
    word = text.strip()
    if not word or word in ("-", "–") or len(word) > 12:
        return None
    return read_unit(word) or Measured(word, 1, "count")


def _last(labels: Sequence[str]) -> str:
    return labels[-1] if labels else ""


def _period_of(column: Column, head: _RowHead, context: Context) -> str | None:
    """The period of a cell: its column's, else its row's; totals over years are 계, within a term 임기내."""
    found = column.first(Role.PERIOD)
    if found is not None:
        period = found.value
        if period and _QUARTER.fullmatch(period):
            year = _year_above(context)
            return f"{year}-{period}" if year else None
        return period
    if total := column.first(Role.TOTAL):
        if head.period:
            return head.period
        group = column.first(Role.GROUP)
        in_term = group is not None and tight(group.text) in words("period", "term")
        return total.value or (TERM if in_term else TOTAL)
    if (dated := column.first(Role.BASELINE, Role.TARGET)) and dated.value:
        return dated.value
    return head.period


def _year_above(context: Context) -> str | None:
    """The year that the nearest heading names."""
    for label in reversed(context.labels):
        if found := re.search(r"(20\d\d)\s?년?", label):
            return found[1]
    return context.period[:4] if context.period else None


def _figure(
    context: Context,
    *,
    labels: Sequence[str],
    kind: Kind,
    source: str | None,
    period: str | None,
    measured: Measured | None,
    measure: str,
    printed: str,
) -> FoundFigure:
    value: int | float | None = None
    if printed and measured is not None:
        value = settle(_value(printed) * measured.scale)
    path = [cleaned(label) for label in (*context.labels, *labels) if label]
    if measure and (not path or path[-1] != measure):
        path.append(cleaned(measure))
    return FoundFigure(
        document=context.document,
        line=context.line,
        text=cleaned(context.text),
        path=" > ".join(path),
        kind=kind,
        source=source,
        period=period,
        value=value,
        unit=measured.unit if measured else "",
        measure=cleaned(measure),
        printed=printed,
    )


def _value(printed: str) -> Decimal:
    """A printed number; one in brackets is negative, as in accounts."""
    inner = re.fullmatch(r"[△▲\-]?\((.*)\)", printed)
    return -abs(exact(inner[1])) if inner else exact(printed)
