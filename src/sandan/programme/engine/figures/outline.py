"""The path to a line: the headings and list items it stands under.

Documents mark their levels by bullets rather than by styles, each in its own order; a bullet seen before
closes everything opened since.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sandan.programme.engine.figures.periods import find_moments
from sandan.programme.engine.figures.vocabulary import plain, words

_MARKERS = (
    (re.compile(r"[【\[](?=[^\]】]{2,20}[】\]]\s*$)"), "【", 1),
    (re.compile(r"(?:[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]+|[IVX]{1,4})\s?[.)]\s?"), "Ⅰ", 1),
    (re.compile(r"\d{1,2}\s?[│|]?\s+(?=[가-힣·\s]{2,12}$)"), "n", 1),
    (re.compile(r"[□■❏▣]\s?"), "□", 3),
    (re.compile(r"[①-⑳]\s?"), "①", 6),
    (re.compile(r"\d{1,2}\)\s?|\(\d{1,2}\)\s?"), "1)", 6),
    (re.compile(r"\d{1,3}\.(?!\d)\s?(?!\d)"), "1.", 2),
    (re.compile(r"[가나다라마바사아자차카타파하]\.\s"), "가", 4),
    (re.compile(r"[○◯◦●ㅇ❍◇◆⚬](?=[\s(])\s?"), "○", 4),
    (re.compile(r"[▶▷▸▹►]\s?"), "▷", 7),
    (re.compile(r"-\s+|-(?=[가-힣(])"), "-", 5),
    (re.compile(r"[•·∙⦁]\s?"), "·", 8),
    (re.compile(r"[*※＊]\s?"), "*", 9),
)
_EMPHASIS = re.compile(r"[*_#「」『』<>【】]+")
_LEADING = re.compile(r"\(([^()]{1,30})\)\s*")
_UNITS = re.compile(r"[(\[]\s*단\s?위\s*:?[^)\]]*[)\]]?")
LONGEST_LABEL = 44


@dataclass(frozen=True, slots=True)
class Item:
    """A heading or list item that is open: its marker, how deep it is, what it is called."""

    marker: str
    depth: float
    label: str
    text: str
    period: str | None = None
    indent: int = 0


@dataclass(slots=True)
class Outline:
    """The open items, outermost first."""

    items: list[Item] = field(default_factory=list)
    titled: bool = False

    def read(self, text: str, heading: int = 0) -> str:
        """Take in a line and answer what is left of it without its marker."""
        clean = plain(text)
        marker, depth, rest = split_marker(clean)
        rest = rest.strip()
        if heading:
            depth = min(heading / 10, 0.9) if marker in ("", "#") else depth
            marker = marker if marker not in ("", "#") else f"h{heading}"
        if not marker:
            if not self.titled and 6 <= len(rest) <= 60:
                self.titled = True
                self._push(Item("title", -1, _EMPHASIS.sub("", rest).strip(), rest))
            elif rest and len(rest) <= 20 and rest.endswith(words("outline", "headings")):
                self._push(Item("plain", 3, label_of(rest), rest))
            return rest
        self.titled = True
        indent = len(clean) - len(clean.lstrip())
        self._push(Item(marker, depth, label_of(rest), rest, _leading_period(rest), indent))
        return rest

    def _push(self, item: Item) -> None:
        while item.indent and self.items and self._is_deeper(self.items[-1], item):
            self.items.pop()
        for at, one in enumerate(self.items):
            if one.marker == item.marker and abs(one.depth - item.depth) < 0.01:
                del self.items[at:]
                break
        else:
            while self.items and self.items[-1].depth >= item.depth:
                self.items.pop()
        self.items.append(item)

    @staticmethod
    def _is_deeper(open_item: Item, item: Item) -> bool:
        """Whether an open item stands further in than the next one, so that it cannot hold it."""
        return open_item.indent > item.indent and open_item.marker != item.marker and open_item.depth >= 4

    @property
    def labels(self) -> list[str]:
        """What the open items are called, outermost first."""
        return [item.label for item in self.items if item.label]

    @property
    def period(self) -> str | None:
        """The date that the innermost dated item stands for: `2024. 06. : …`."""
        return next((item.period for item in reversed(self.items) if item.period), None)


def split_marker(text: str) -> tuple[str, float, str]:
    """The marker of a line, its depth (deeper when indented), and the rest; of `- □ …` the inner one."""
    if head := re.match(r"\s*(#{1,6})\s+", text):
        # The level that the file's own mark-up gives is surer than a bullet behind it.
        return "#", len(head[1]) / 10, split_marker(text[head.end() :])[2]
    indent = len(text) - len(text.lstrip())
    rest = text.strip().replace("  ", " ") if text.strip().startswith("-") else text.strip()
    found: tuple[str, float] = ("", 0.0)
    while True:
        for pattern, marker, depth in _MARKERS:
            if match := pattern.match(rest):
                found = (marker, depth + (min(indent, 9) / 10 if marker == "-" else 0))
                rest = rest[match.end() :].strip()
                break
        else:
            return (*found, rest)
        if not rest or found[0] != "-":
            return (*found, rest)
        indent += 1 if found[0] == "-" else 0


def label_of(text: str) -> str:
    """What an item is called: its leading bracket, what stands before its colon, or itself if short."""
    clean = _UNITS.sub("", _EMPHASIS.sub("", text)).strip()
    dated = find_moments(clean)
    if dated and dated[0].start <= 1 and ":" not in clean:
        return ""
    if leading := _LEADING.match(clean):
        return leading[1].strip()
    if found := re.match(r"([^:]{1,40}?)\s*:(?!\d)", clean):
        moments = find_moments(found[1])
        if moments and moments[0].start <= 1:
            return found[1][moments[0].end :].strip(" .~") if len(moments) == 1 else ""
        return found[1].strip()
    if len(clean) <= LONGEST_LABEL and not re.search(r"(?:다|음|함|임)[.\"]?$", clean):
        return clean
    return ""


def _leading_period(text: str) -> str | None:
    """The date a line begins with."""
    moments = find_moments(text)
    if moments and moments[0].start <= 2 and re.match(r"\s*\)?\s*:", plain(text)[moments[0].end :]):
        return moments[0].period
    return None
