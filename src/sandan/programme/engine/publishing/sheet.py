"""What a printed document cites, and what its marks mean.

PDF and HWPX are two ways of setting the same sheet, so that they cannot say different things.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sandan.printing.sheet import Facts, Grid, Items, Piece, Section
from sandan.programme.engine import wording
from sandan.programme.model.statements import Origin
from sandan.programme.model.vocabulary import Quarter, period_name
from sandan.words import Language, Text


@dataclass(slots=True)
class Citations:
    """Numbers the places that a sheet cites; one place has one number however often it is cited."""

    language: Language
    names: Mapping[str, str]
    """What each document is called, by its id."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def cite(self, origin: Origin) -> tuple[int, ...]:
        """The number of an origin; none for what was typed in."""
        if origin.document is None:
            return ()
        place = wording.where(origin, self.names.get(origin.document, "")).in_(self.language)
        return (self._numbers.setdefault(place, len(self._numbers) + 1),)

    def piece(self, text: Text | str, origin: Origin, mark: Text | None = None) -> Piece:
        """Text with its source; what the reader of the document had to guess says so."""
        shown = mark or (None if origin.sure else UNSURE)
        return Piece(
            text if isinstance(text, str) else text.in_(self.language),
            self.cite(origin),
            shown.in_(self.language) if shown else "",
        )

    def sources(self) -> list[str]:
        """What was cited, in order of the numbers."""
        return list(self._numbers)


def said_period(period: str | None, language: Language) -> str:
    """A period in words; empty where none is given."""
    if period is None:
        return ""
    try:
        return wording.quarter_name(Quarter.read(period)).in_(language)
    except ValueError:
        return period_name(period).in_(language)


UNSURE = Text("확인 필요", "check this")
COMPUTED = Text("계산", "computed")
EXPLAINED: Mapping[str, Text] = {
    UNSURE.ko: Text("문서에서 읽을 때 확실하지 않았던 값", "a value the reader was not sure of"),
    COMPUTED.ko: Text(
        "문서에 없어 다른 값에서 계산한 값", "worked out from other values, not printed in a document"
    ),
    "측정": Text("계측기·기록으로 확인", "proved by meters or logs"),
    "신고": Text("사람이 보고한 값", "reported by people"),
    "모의": Text("모의 자료가 섞인 값", "rests on simulated data"),
    "근거 없음": Text("확인할 자료가 없음", "nothing to prove it by"),
}
MARKS: Mapping[str, Text] = {
    UNSURE.ko: UNSURE,
    COMPUTED.ko: COMPUTED,
    "측정": Text("측정", "measured"),
    "신고": Text("신고", "declared"),
    "모의": Text("모의", "simulated"),
    "근거 없음": Text("근거 없음", "no evidence"),
}


def legend_of(sections: Sequence[Section], language: Language) -> list[str]:
    """What the marks used in these sections mean."""
    used = {
        part.strip() for section in sections for piece in _pieces(section) for part in piece.mark.split("·")
    }
    return [
        f"{mark.in_(language)}: {EXPLAINED[id].in_(language)}"
        for id, mark in MARKS.items()
        if mark.in_(language) in used
    ]


def _pieces(section: Section) -> list[Piece]:
    found: list[Piece] = []
    for block in section.blocks:
        match block:
            case Facts(pairs=pairs):
                found += [piece for _, cell in pairs for piece in cell]
            case Items(items=items):
                found += [piece for _, piece in items]
            case Grid(rows=rows):
                found += [piece for row in rows for cell in row for piece in cell]
    return found
