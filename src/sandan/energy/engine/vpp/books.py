"""The pool's register and the market's prices as rows of text: read with every fault named."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import cast, get_args

from sandan.clock import SEOUL, instant, milliseconds
from sandan.energy.model.pool import Cut, MarketPrice, Member, OwnBands, PoolBook, RevenueLine, Strategy
from sandan.energy.model.vpp import Area, Party, Place, Rounding
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

MEMBER_COLUMNS = ("plant", "capacity", "place", "weight")
PRICE_COLUMNS = ("line", "from", "price", "source")
OWN_BANDS = 3
"""Versions of the bands that the operator may enter."""
MOST_PRICE = 1_000_000.0
"""A price above it is a slip of the unit [won]."""
MOST_CAPACITY = 1_000_000.0
_HOUR = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2})(:00)?")
_MONTH = re.compile(r"\d{4}-\d{2}")
PRICED = {"smp": RevenueLine.ENERGY, "rec": RevenueLine.CERTIFICATES}
"""How a file names the lines that have a market price."""


def read_terms(book: PoolBook, fields: Mapping[str, str]) -> PoolBook:
    """The register with the terms of a form; `InvalidInput` with every fault.

    Shares are in per cent, `cut.<line>.<party>`, line "all" or one of its own; an empty row is no cut. Bands
    of the operator's own are `bands.<n>.<from|upto1|won1|upto2|won2|least|source>`; an empty row is none.
    """
    found: list[Finding] = []
    area = _one_of(found, "area", fields.get("area", ""), tuple(Area))
    strategy = _one_of(found, "strategy", fields.get("strategy", ""), tuple(Strategy))
    rounding = fields.get("rounding", "").strip()
    if rounding:
        _one_of(found, "rounding", rounding, get_args(Rounding))
    cuts = [cut for line in ("", *RevenueLine) if (cut := _cut(found, line, fields)) is not None]
    given = any(fields.get(f"cut.all.{party}", "").strip() for party in Party)
    if cuts and not given:
        found.append(
            Finding(
                "cut.all",
                Text("모든 수익의 배분율이 비었습니다.", "the shares of all revenue are empty."),
                Text("공통 배분율을 먼저 적어 주십시오.", "enter those that hold for every line first."),
            )
        )
    own = [one for n in range(OWN_BANDS) if (one := _bands(found, n, fields)) is not None]
    if found:
        raise InvalidInput(found)
    return replace(
        book,
        bands=tuple(sorted(own, key=lambda one: one.effective_from)),
        area=Area(area),
        strategy=Strategy(strategy),
        rounding=cast("Rounding", rounding) if rounding else None,
        cuts=tuple(cuts),
        automatic=bool(fields.get("automatic")),
        simulated=False,
    )


def read_members(rows: Sequence[Mapping[str, str]], roofs: Collection[str]) -> tuple[Member, ...]:
    """The members these rows say, of the `roofs` there are; `InvalidInput` with every fault.

    Rows are counted from 2, as a sheet with a head does.
    """
    found: list[Finding] = []
    made: dict[str, Member] = {}
    for number, row in enumerate(rows, 2):
        spot = f"{number}: "
        one = _member(found, spot, row, roofs)
        if one is None:
            continue
        if one.plant in made:
            found.append(
                Finding(
                    f"{spot}plant",
                    Text(f"'{one.plant}'이(가) 두 번 나옵니다.", f"'{one.plant}' occurs twice."),
                    Text("한 행만 남겨 주십시오.", "leave one row."),
                )
            )
        made[one.plant] = one
    if found:
        raise InvalidInput(found)
    return tuple(made.values())


def read_rows(text: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV by column; `InvalidInput` where a column is missing or nothing is in it."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise InvalidInput.because(
            "file",
            Text(f"열이 없습니다: {', '.join(missing)}.", f"columns are missing: {', '.join(missing)}."),
            Text(f"첫 행: {', '.join(columns)}", f"first row: {', '.join(columns)}"),
        )
    rows = [{name: (row.get(name) or "").strip() for name in columns} for row in reader]
    if not rows:
        raise InvalidInput.because(
            "file",
            Text("둘째 행부터 아무것도 없습니다.", "holds no rows."),
            Text("둘째 행부터 적어 주십시오.", "write from the second row on."),
        )
    return rows


def read_prices(rows: Sequence[Mapping[str, str]]) -> list[MarketPrice]:
    """Prices as told: `line` smp or rec, `from` `2026-10-14 13:00` or `2026-10`; every fault is named."""
    found: list[Finding] = []
    made: dict[tuple[RevenueLine, int, bool], MarketPrice] = {}
    for number, row in enumerate(rows, 2):
        one = _price(found, f"{number}: ", row)
        if one is None:
            continue
        key = (one.line, one.start, one.monthly)
        if key in made:
            found.append(
                Finding(
                    f"{number}: from",
                    Text("같은 시간의 가격이 두 번 나옵니다.", "the same hour or month occurs twice."),
                    Text("한 행만 남겨 주십시오.", "leave one row."),
                )
            )
        made[key] = one
    if found:
        raise InvalidInput(found)
    return list(made.values())


def member_rows(members: Sequence[Member]) -> list[tuple[object, ...]]:
    """Rows that `read_members` reads again, with their head."""
    return [
        MEMBER_COLUMNS,
        *((one.plant, one.capacity, str(one.place), one.weight) for one in members),
    ]


def price_rows(prices: Sequence[MarketPrice]) -> list[tuple[object, ...]]:
    """Rows that `read_prices` reads again, with their head."""
    names = {line: name for name, line in PRICED.items()}
    return [PRICE_COLUMNS, *((names[one.line], spell(one), one.value, one.source) for one in prices)]


def spell(one: MarketPrice) -> str:
    """`2026-10-14 13:00` or `2026-10`, in Seoul."""
    local = instant(one.start).astimezone(SEOUL)
    return f"{local:%Y-%m}" if one.monthly else f"{local:%Y-%m-%d %H:%M}"


def _member(
    found: list[Finding], where: str, row: Mapping[str, str], roofs: Collection[str]
) -> Member | None:
    before = len(found)
    plant = row.get("plant", "").strip()
    if plant not in roofs:
        found.append(
            Finding(
                f"{where}plant",
                Text(f"태양광 설비 '{plant}'이(가) 없습니다.", f"there is no roof plant '{plant}'."),
                Text("설비 자료에 있는 태양광의 아이디를 적어 주십시오.", "give the id of a roof plant."),
            )
        )
    capacity = _decimal(row.get("capacity", ""))
    if capacity is None or not 0 < capacity <= MOST_CAPACITY:
        found.append(
            Finding(
                f"{where}capacity",
                Text(
                    f"설비용량 '{row.get('capacity', '')}'이(가) 0보다 큰 kW 값이 아닙니다.",
                    f"'{row.get('capacity', '')}' is no capacity above 0 kW.",
                ),
                Text("등록된 설비용량을 kW로 적어 주십시오.", "give the registered capacity in kW."),
            )
        )
    place = _one_of(found, f"{where}place", row.get("place", ""), tuple(Place))
    text = row.get("weight", "").strip()
    weight = _decimal(text) if text else None
    if text and (weight is None or not 0 <= weight <= 10):
        found.append(
            Finding(
                f"{where}weight",
                Text(f"가중치 '{text}'을(를) 읽을 수 없습니다.", f"'{text}' is no weight."),
                Text(
                    "공급인증서의 가중치를 적거나 비워 두십시오.",
                    "give the certificate's, or leave it empty.",
                ),
            )
        )
    if len(found) > before or capacity is None:
        return None
    return Member(plant, float(capacity), Place(place), weight)


def _price(found: list[Finding], where: str, row: Mapping[str, str]) -> MarketPrice | None:
    before = len(found)
    name = _one_of(found, f"{where}line", row.get("line", "").lower(), tuple(PRICED))
    text = row.get("from", "").strip()
    start, monthly = _moment(text)
    if start is None or (name == "rec" and not monthly):
        found.append(
            Finding(
                f"{where}from",
                Text(f"'{text}'은(는) 시간이나 달이 아닙니다.", f"'{text}' is no hour or month."),
                Text(
                    "SMP는 2026-10-14 13:00 또는 2026-10, REC는 2026-10",
                    "2026-10-14 13:00 or 2026-10; a month for rec",
                ),
            )
        )
    value = _decimal(row.get("price", ""))
    if value is None or abs(value) > MOST_PRICE:
        found.append(
            Finding(
                f"{where}price",
                Text(
                    f"가격 '{row.get('price', '')}'을(를) 읽을 수 없습니다.",
                    f"'{row.get('price', '')}' is no price.",
                ),
                Text(
                    "SMP는 원/kWh, REC는 원/REC로 적어 주십시오.",
                    "won/kWh for smp, won a certificate for rec.",
                ),
            )
        )
    source = row.get("source", "").strip()
    if not source:
        found.append(
            Finding(
                f"{where}source",
                Text("가격의 출처가 비었습니다.", "the source is empty."),
                Text("어디서 본 가격인지 적어 주십시오.", "write where the price is from."),
            )
        )
    if len(found) > before or start is None or value is None:
        return None
    return MarketPrice(PRICED[name], start, monthly, float(value), source)


def _moment(text: str) -> tuple[int | None, bool]:
    try:
        if _MONTH.fullmatch(text):
            day = date.fromisoformat(f"{text}-01")
            return milliseconds(datetime(day.year, day.month, 1, tzinfo=SEOUL)), True
        hour = _HOUR.fullmatch(text)
        if hour is not None:
            day = date.fromisoformat(hour[1])
            return milliseconds(datetime(day.year, day.month, day.day, int(hour[2]), tzinfo=SEOUL)), False
    except ValueError:
        pass
    return None, False


def _cut(found: list[Finding], line: str, fields: Mapping[str, str]) -> Cut | None:
    names = [f"cut.{line or 'all'}.{party}" for party in Party]
    texts = [fields.get(name, "").strip() for name in names]
    if not any(texts):
        return None
    parts = [_decimal(text or "0") for text in texts]
    for name, text, part in zip(names, texts, parts, strict=True):
        if part is None or part < 0:
            found.append(
                Finding(
                    name,
                    Text(f"'{text}'은(는) 배분율이 아닙니다.", f"'{text}' is no share."),
                    Text("0에서 100까지의 %로 적어 주십시오.", "give per cent from 0 to 100."),
                )
            )
    known = [part for part in parts if part is not None]
    if len(known) == len(parts) and sum(known) != 100:
        found.append(
            Finding(
                f"cut.{line or 'all'}",
                Text(f"배분율의 합이 {sum(known)} %입니다.", f"the shares add up to {sum(known)} %."),
                Text("합이 100 %가 되게 적어 주십시오.", "make them add up to 100 %."),
            )
        )
    if len(known) < len(parts):
        return None
    return Cut(line, *(part / 100 for part in known))


def _bands(found: list[Finding], n: int, fields: Mapping[str, str]) -> OwnBands | None:
    cells = {
        name: fields.get(f"bands.{n}.{name}", "").strip()
        for name in ("from", "upto1", "won1", "upto2", "won2", "least", "source")
    }
    if not any(cells.values()):
        return None
    numbers = {name: _decimal(cells[name]) for name in ("upto1", "won1", "upto2", "won2", "least")}
    wrong = [name for name, value in numbers.items() if value is None or value < 0]
    try:
        since: date | None = date.fromisoformat(cells["from"])
    except ValueError:
        since = None
        wrong.append("from")
    if not cells["source"]:
        wrong.append("source")
    upto1, won1, upto2, won2, least = (float(value or 0) for value in numbers.values())
    if not wrong and not (upto1 < upto2 and won1 >= won2 and least <= 100):
        wrong.append("upto2")
    if wrong or since is None:
        found.append(
            Finding(
                f"bands.{n}",
                Text(
                    "밴드의 한 줄이 맞지 않습니다: " + ", ".join(wrong),
                    f"a row of the bands is faulty: {', '.join(wrong)}",
                ),
                Text(
                    "시작일, 좁은 오차부터 두 단계의 %와 원/kWh, 최소 이용률(%), 출처를 모두 적어 주십시오.",
                    "Give the first day, both steps (%, won/kWh), narrow first, the least output and source.",
                ),
            )
        )
        return None
    return OwnBands(since, ((upto1, won1), (upto2, won2)), least / 100, cells["source"])


def _one_of(found: list[Finding], where: str, text: str, values: Sequence[str]) -> str:
    if text.strip() not in values:
        there = ", ".join(values)
        found.append(
            Finding(
                where,
                Text(f"'{text}'은(는) 쓸 수 없는 값입니다.", f"'{text}' is not one of the values."),
                Text(f"쓸 수 있는 값: {there}.", f"values: {there}."),
            )
        )
    return text.strip()


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None
    return value if math.isfinite(value) else None
