"""What a firm declares as rows of text: read with every fault named, written so that it can be read again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite

from sandan.energy.engine.carbon.book import carriers
from sandan.energy.model.carbon import Carrier
from sandan.energy.model.declared import PROOF_KINDS, DeclaredProduct, DeclaredProof, DeclaredUse, ProofKind
from sandan.errors import Finding, InvalidInput
from sandan.units import unit, units
from sandan.words import Text

COLUMNS = ("firm", "carrier", "site", "facility", "quantity", "unit", "first", "last", "document")
LABELS: Mapping[str, Text] = {
    "firm": Text("기업", "firm"),
    "carrier": Text("에너지원", "energy"),
    "site": Text("사업장", "site"),
    "facility": Text("시설", "facility"),
    "quantity": Text("사용량", "quantity"),
    "unit": Text("단위", "unit"),
    "first": Text("첫날", "first day"),
    "last": Text("끝날", "last day"),
    "document": Text("문서 번호", "document"),
    "serial": Text("증빙 번호", "serial"),
    "kind": Text("종류", "kind"),
    "mwh": Text("양 (MWh)", "amount (MWh)"),
    "factor": Text("증빙의 배출계수", "factor of the proof"),
    "name": Text("제품", "product"),
    "tonnes": Text("생산량 (t)", "tonnes made"),
    "energy": Text("에너지 (kWh)", "energy (kWh)"),
    "hours": Text("기계 시간", "machine hours"),
}
MOST = 1e12
"""So much nobody uses: a slip of the unit."""
LONGEST = 200


class Row:
    """One row of text; what is wrong with it is collected in `found`."""

    def __init__(self, cells: Mapping[str, str], where: str = "") -> None:
        self._cells, self._where = cells, where
        self.found: list[Finding] = []

    def text(self, column: str, default: str = "") -> str:
        """The cell; required unless there is a default."""
        value = " ".join(str(self._cells.get(column) or "").split()) or default
        if not value:
            self.fault(column, Text("비었습니다.", "is empty."), Text("적어 주십시오.", "fill it in."))
        elif len(value) > LONGEST:
            self.fault(
                column,
                Text("너무 깁니다.", "is too long."),
                Text(f"{LONGEST}자까지 됩니다.", f"up to {LONGEST} characters."),
            )
        return value

    def number(self, column: str, *, positive: bool) -> float:
        """A finite number from 0, or above it."""
        said = self.text(column)
        try:
            value = float(said.replace(",", ""))
        except ValueError:
            value = float("nan")
        low = value > 0 if positive else value >= 0
        if said and not (isfinite(value) and low and value <= MOST):
            bound = Text("0보다 큰", "above 0") if positive else Text("0 이상의", "of 0 or more")
            self.fault(
                column,
                Text(f"'{said}'은(는) {bound.ko} 수가 아닙니다.", f"'{said}' is not a number {bound.en}."),
                Text("숫자만 적어 주십시오.", "write digits only."),
            )
        return value

    def optional(self, column: str) -> float | None:
        """A number from 0, or nothing."""
        return self.number(column, positive=False) if str(self._cells.get(column) or "").strip() else None

    def day(self, column: str) -> date:
        said = self.text(column)
        try:
            return date.fromisoformat(said)
        except ValueError:
            if said:
                self.fault(
                    column,
                    Text(f"'{said}'은(는) 날짜가 아닙니다.", f"'{said}' is no date."),
                    Text("예: 2026-01-31", "for example 2026-01-31"),
                )
        return date.min

    def fault(self, column: str, problem: Text, remedy: Text) -> None:
        label = LABELS[column]
        self.found.append(Finding(f"{self._where}{label.ko}/{label.en}", problem, remedy))


def read_use(
    cells: Mapping[str, str], firms: Mapping[str, str], today: date, own: str = "", where: str = ""
) -> tuple[DeclaredUse | None, Sequence[Finding]]:
    """What a row says was used, or every finding about it.

    `firms` are names by id; `own` is the firm that an empty cell means, and the only one allowed when given.
    """
    row = Row(cells, where)
    firm = row.text("firm", own)
    if firm and (firm not in firms or (own and firm != own)):
        row.fault(
            "firm",
            Text(f"'{firm}' 기업이 없습니다.", f"there is no firm '{firm}'."),
            Text("기업의 아이디를 적어 주십시오.", "give the id of the firm."),
        )
    carrier = _carrier(row, row.text("carrier"))
    site, facility = row.text("site", firms.get(firm, "-")), row.text("facility")
    amount, symbol = row.number("quantity", positive=True), row.text("unit")
    _check_unit(row, carrier, symbol)
    first, last = row.day("first"), row.day("last")
    document = row.text("document")
    if date.min not in (first, last):
        _check_days(row, first, last, today)
    if row.found or carrier is None:
        return None, row.found
    use = DeclaredUse(firm, carrier.id, site, facility, amount, unit(symbol).symbol, first, last, document)
    return use, ()


def read_uses(text: str, firms: Mapping[str, str], today: date, own: str = "") -> list[DeclaredUse]:
    """The rows of a CSV file; `InvalidInput` with every finding of every row."""
    rows = csv.DictReader(io.StringIO(text))
    needed = [name for name in COLUMNS if name != "site" and not (name == "firm" and own)]
    missing = [name for name in needed if name not in (rows.fieldnames or ())]
    if missing:
        raise InvalidInput.because(
            "file",
            Text(f"열이 없습니다: {', '.join(missing)}.", f"columns are missing: {', '.join(missing)}."),
            Text(f"첫 행: {', '.join(COLUMNS)}", f"first row: {', '.join(COLUMNS)}"),
        )
    made: dict[tuple[str, str], DeclaredUse] = {}
    findings: list[Finding] = []
    for number, cells in enumerate(rows, 2):
        where = f"{number}행/row {number} "
        one, faults = read_use(cells, firms, today, own, where)
        findings += faults
        if one is not None and (one.firm, one.id) in made:
            findings.append(
                Finding(
                    where.strip(),
                    Text(
                        "같은 문서가 같은 시설과 첫날로 두 번 나옵니다.",
                        "the same document, facility and first day occur twice.",
                    ),
                    Text("한 행만 남겨 주십시오.", "leave one row."),
                )
            )
        if one is not None:
            made[one.firm, one.id] = one
    if not made and not findings:
        findings.append(
            Finding(
                "file",
                Text("자료가 한 행도 없습니다.", "holds no row."),
                Text("둘째 행부터 적어 주십시오.", "write from the second row on."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    return list(made.values())


def as_row(one: DeclaredUse) -> dict[str, str]:
    """What was declared as text by column."""
    return {
        "firm": one.firm,
        "carrier": one.carrier,
        "site": one.site,
        "facility": one.facility,
        "quantity": f"{one.quantity:.12g}",
        "unit": one.unit,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "document": one.document,
    }


def read_proof(cells: Mapping[str, str], firm: str, year: int) -> DeclaredProof:
    """The proof that a form says; `InvalidInput` with every fault."""
    row = Row(cells)
    serial, said = row.text("serial"), row.text("kind")
    if said and said not in list(ProofKind):
        row.fault(
            "kind",
            Text(f"'{said}'은(는) 증빙의 종류가 아닙니다.", f"'{said}' is no kind of proof."),
            Text(f"쓸 수 있는 값: {', '.join(PROOF_KINDS)}.", f"one of: {', '.join(PROOF_KINDS)}."),
        )
    site, facility = row.text("site"), row.text("facility")
    mwh, factor = row.number("mwh", positive=True), row.number("factor", positive=False)
    document = row.text("document")
    if row.found:
        raise InvalidInput(row.found)
    return DeclaredProof(serial, firm, ProofKind(said), site, facility, year, mwh, factor, document)


def read_product(cells: Mapping[str, str], firm: str, year: int) -> DeclaredProduct:
    """The product that a form says; `InvalidInput` with every fault."""
    row = Row(cells)
    site, facility, name = row.text("site"), row.text("facility"), row.text("name")
    tonnes = row.number("tonnes", positive=True)
    energy, hours = row.optional("energy"), row.optional("hours")
    if row.found:
        raise InvalidInput(row.found)
    return DeclaredProduct(firm, year, site, facility, name, tonnes, energy, hours)


def units_of(carrier: Carrier) -> list[str]:
    """The units a quantity of it may be given in."""
    return [one.symbol for one in units().values() if one.dimension == unit(carrier.unit).dimension]


def _carrier(row: Row, said: str) -> Carrier | None:
    named = {one.id: one for one in carriers().values()}
    named |= {one.name.ko: one for one in carriers().values()}
    found = named.get(said)
    if found is None and said:
        row.fault(
            "carrier",
            Text(f"에너지원 '{said}'을(를) 알 수 없습니다.", f"carrier '{said}' is unknown."),
            Text(f"쓸 수 있는 값: {', '.join(carriers())}.", f"one of: {', '.join(carriers())}."),
        )
    return found


def _check_unit(row: Row, carrier: Carrier | None, symbol: str) -> None:
    if carrier is None or not symbol:
        return
    allowed = units_of(carrier)
    try:
        known = unit(symbol).symbol in allowed
    except InvalidInput:
        known = False
    if not known:
        row.fault(
            "unit",
            Text(
                f"{carrier.name.ko}의 단위로 '{symbol}'은(는) 쓸 수 없습니다.",
                f"'{symbol}' is no unit of {carrier.name.en}.",
            ),
            Text(f"쓸 수 있는 단위: {', '.join(allowed)}.", f"units: {', '.join(allowed)}."),
        )


def _check_days(row: Row, first: date, last: date, today: date) -> None:
    if last < first:
        row.fault(
            "last",
            Text("첫날보다 앞섭니다.", "is before the first day."),
            Text("두 날짜를 확인해 주십시오.", "check both days."),
        )
    elif first.year != last.year:
        row.fault(
            "last",
            Text("해를 넘어갑니다.", "is in another year."),
            Text("12월 31일에서 두 건으로 나누어 주십시오.", "split it at 31 December."),
        )
    if last > today:
        row.fault(
            "last",
            Text("아직 오지 않은 날입니다.", "is in the future."),
            Text("쓴 기간만 적어 주십시오.", "give the time of use only."),
        )
