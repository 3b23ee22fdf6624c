"""The cells of one row of the factory register, read with care for what people write in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandan.errors import Finding
from sandan.twin.formats.cells import Unreadable, read_integer, read_ksic, tidy
from sandan.twin.formats.delimited import Column
from sandan.twin.model import Value
from sandan.words import Text

_PERSONAL = re.compile(
    r"(?<![\d-])(?:"
    r"0\d{1,2}[-. )]\s?\d{3,4}[-. ]\d{4}|\d{6}-[1-8]\d{6}|[\w.+-]{1,64}@[\w.-]{1,255}\w"
    r")(?![\d-])"
)
"""Telephone, resident and registration numbers, mail addresses; bounded, as a cell can be long."""

_HEADS = {"male": "남", "female": "여", "foreign_male": "외국인 남", "foreign_female": "외국인 여"}
Reader = Callable[[str, str | None], Value]


@dataclass(slots=True)
class FirmRow:
    """One row being read: its cells by field, and what was found wrong so far."""

    place: str
    cells: dict[str, str]
    columns: Mapping[str, Column]
    findings: list[Finding] = field(default_factory=list)

    def cell(self, name: str) -> str:
        """What the field's cell holds; "" when it is empty or there is no such column."""
        return self.cells.get(name, "")

    def warn(self, name: str, problem: Text, remedy: Text) -> None:
        """Add a warning about the cell of this field, called by its header in the file."""
        header = self.columns[name].header if name in self.columns else name
        self.findings.append(Finding(f"{self.place} · {header}", problem, remedy, "warning"))

    def unread(self, name: str, error: Unreadable) -> None:
        """Warn that a cell could not be read and is left empty."""
        self.warn(
            name,
            Text(f"{error.problem.ko} 이 칸을 비웁니다.", f"{error.problem.en} The cell is left empty."),
            error.remedy,
        )

    def read(self, name: str, read: Reader) -> Value:
        """The cell as `read` understands it, in the unit of its header; a failure is a warning."""
        if not self.cell(name):
            return None
        try:
            return read(self.cell(name), self.columns[name].unit)
        except Unreadable as error:
            self.unread(name, error)
            return None

    def industry(self, attributes: dict[str, Value]) -> None:
        """Fill in the industry codes, the main one first, and the name where only a name is given."""
        codes: dict[str, None] = {}
        for name in ("ksic_main", "ksic"):
            raw = self.cell(name)
            try:
                codes.update(dict.fromkeys(read_ksic(raw)))
            except Unreadable as error:
                if not re.search(r"\d", raw) and not self.cell("industry"):
                    # A column headed 업종 holds names as often as codes.
                    attributes["industry"] = raw
                else:
                    self.unread(name, error)
        if codes:
            attributes["ksic"] = ",".join(codes)

    def employees(self) -> int | None:
        """The total, or the sum of the parts; a total that is not their sum is told."""

        def count(raw: str, unit: str | None) -> int:
            return read_integer(raw, "명", unit)

        parts = {}
        for part in _HEADS:
            value = self.read(f"employees_{part}", count)
            if isinstance(value, int):
                parts[part] = value
        total = self.read("employees", count)
        if not isinstance(total, int):
            return sum(parts.values()) if parts else None
        # Some exports count foreigners among men and women, some beside them.
        home = parts.get("male", 0) + parts.get("female", 0)
        if {"male", "female"} <= parts.keys() and total not in (home, sum(parts.values())):
            added = " + ".join(f"{_HEADS[part]} {value}" for part, value in parts.items())
            self.warn(
                "employees",
                Text(
                    f"종업원수 {total}이(가) {added}의 합이 아닙니다.", f"{total} is not the sum of {added}."
                ),
                Text(
                    "어느 쪽이 맞는지 확인하십시오. 합계를 씁니다.",
                    "check which is right; the total is used.",
                ),
            )
        return total

    def without_persons(self, name: str, text: str) -> str:
        """The text with contacts and personal numbers cut out, which is told without repeating them."""
        if not _PERSONAL.search(text):
            return text
        self.warn(
            name,
            Text(
                "연락처나 개인 번호로 보이는 글자를 지웠습니다.",
                "what looks like a contact or personal number was removed.",
            ),
            Text("원본 파일에서도 지우십시오.", "remove it from the file, too."),
        )
        return tidy(_PERSONAL.sub("", text))
