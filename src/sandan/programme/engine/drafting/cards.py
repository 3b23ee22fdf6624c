"""Pledge cards: where each begins, its fields, and the projects it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sandan.programme.engine.drafting.dates import read_period
from sandan.programme.engine.drafting.lines import Passage
from sandan.programme.engine.drafting.rows import PlanDraft, origin_of
from sandan.programme.engine.drafting.words import bare, field_of, section_of
from sandan.programme.engine.figures.vocabulary import holds, plain, source_of, tight
from sandan.programme.model.documents import Document
from sandan.programme.model.plan import Project
from sandan.programme.model.vocabulary import Continuity

_CODE = re.compile(r"(?P<code>\d{1,3}(?:-\d{1,3})*)\s*[.)]?\s+(?=\S)|(?P<dotted>\d{1,3})\.\s*(?=[가-힣「])")
_EMPHASIS = re.compile(r"[*#_]+")
_OFFICE = re.compile(r"([가-힣]{2,}(?:과|팀|단|국|실|센터))장?(?=\s|$|\()")
_SMALL = 3
_HEAD_LINES = 4


@dataclass(frozen=True, slots=True)
class Card:
    """One card of a document: its lines [first, last), its code and its title."""

    first: int
    last: int
    code: str
    title: str
    title_at: int


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field with its value, as it stands in a line."""

    field: str
    value: str
    passage: Passage


def find_cards(passages: Sequence[Passage]) -> list[Card]:
    """The cards of a document: none for a document that has no fields of a card."""
    starts = [at for at in range(len(passages)) if _begins(passages, at)]
    if not starts and _field_count(passages) >= _SMALL - 1:
        starts = [0]
    if not starts:
        return []
    starts = [at for i, at in enumerate(starts) if not i or not _same_head(passages, starts[i - 1], at)]
    if len(starts) == 1 and all(one.blank for one in passages[: starts[0]]):
        starts = [0]
    cards = []
    for at, end in zip(starts, [*starts[1:], len(passages)], strict=True):
        code, title, title_at = _title(passages, at, end)
        cards.append(Card(at, end, code, title, title_at))
    return cards


def _same_head(passages: Sequence[Passage], first: int, second: int) -> bool:
    """Whether a line of the number only follows the title of its own card."""
    text = _EMPHASIS.sub("", passages[second].cells[0]).strip()
    near = sum(not one.blank for one in passages[first + 1 : second]) <= _HEAD_LINES
    return near and field_of(text.split(":")[0]) == "code"


def _begins(passages: Sequence[Passage], at: int) -> bool:
    """Whether a card begins here: a line of its number, or a numbered title with fields close behind."""
    passage = passages[at]
    if passage.blank or passage.table:
        return False
    text = _EMPHASIS.sub("", passage.cells[0]).strip()
    if field_of(text.split(":")[0]) == "code":
        return True
    if not _CODE.match(plain(text)) or ":" in text or len(text) > 70 or passage.section is not None:
        return False
    earlier = [one for one in passages[max(0, at - 6) : at] if not one.blank]
    if any(field_of(_EMPHASIS.sub("", one.cells[0]).split(":")[0]) == "code" for one in earlier):
        return False
    near = [one for one in passages[at + 1 : at + 25] if not one.blank][:14]
    return _field_count(near) >= _SMALL - 1


def _field_count(passages: Sequence[Passage]) -> int:
    found = {one.field for passage in passages for one in _pairs(passage)}
    if any(tight(passage.rest).startswith(("총사업비:", "사업비:")) for passage in passages):
        found.add("money")
    return len(found & {"period", "owner", "continuity", "term", "budgeted", "cooperating", "basis", "money"})


def _title(passages: Sequence[Passage], first: int, last: int) -> tuple[str, str, int]:
    """The code, the title and its line: the first line of words that is no field."""
    code = ""
    expects_code = False
    for at in range(first, min(last, first + 40)):
        passage = passages[at]
        if passage.blank:
            continue
        if passage.table:
            for one in _pairs(passage):
                if one.field == "title":
                    return code, one.value, at
                if one.field == "code":
                    code = one.value
            continue
        text = _EMPHASIS.sub("", passage.cells[0]).strip()
        name, colon, value = text.partition(":")
        field = field_of(name)
        if field == "code":
            code, expects_code = value.strip(), not value.strip()
        elif field == "title" and value.strip():
            return code, value.strip(), at
        elif expects_code and len(text) <= 12:
            code, expects_code = text, False
        elif not (colon and field) and len(bare(text)) >= 4:
            if found := _CODE.match(plain(text)):
                code = code or found["code"] or found["dotted"]
                text = text[found.end() :].strip()
            return code, text.strip(), at
    return code, "", first


def read_fields(passages: Sequence[Passage]) -> Iterator[FieldValue]:
    """Every field with a value, in tables side by side, in tables one over the other, and in lines."""
    for at, passage in enumerate(passages):
        if passage.table:
            below = passages[at + 1] if at + 1 < len(passages) else None
            heads = [field_of(cell) for cell in passage.cells if cell.strip()]
            if len(heads) >= _SMALL and all(heads[:_SMALL]) and below is not None and below.table:
                for head, value in zip(passage.cells, below.cells, strict=False):
                    if (field := field_of(head)) and value.strip():
                        yield FieldValue(field, value.strip(), below)
                continue
        yield from _pairs(passage)


def _pairs(passage: Passage) -> Iterator[FieldValue]:
    if passage.table:
        cells = [cell.strip() for cell in passage.cells]
        for label, value in pairwise(cells):
            if (field := field_of(label)) and value and field_of(value) is None:
                yield FieldValue(field, value, passage)
        return
    label, colon, value = plain(passage.rest).partition(":")
    if colon and (field := field_of(label)) and value.strip():
        yield FieldValue(field, passage.rest.partition(":")[2].strip() or value.strip(), passage)


def make_project(
    plan: PlanDraft,
    document: Document,
    title: str,
    passage: Passage,
    values: Sequence[FieldValue],
    *,
    code: str = "",
    parent: str | None = None,
) -> Project:
    """A project with what its fields say; what they do not say stays unsaid."""
    given = {one.field: one.value for one in reversed(values)}
    start, end = read_period(given["period"]) if "period" in given else (None, None)
    return Project(
        id=plan.id("p", code, title, parent),
        title=title,
        parent=parent,
        code=given.get("code", code),
        continuity=_continuity(given.get("continuity", "")),
        start=start,
        end=end,
        in_term=_one_of(given.get("term", ""), "임기내", "임기후"),
        budgeted=_budgeted(given.get("budgeted", "")),
        basis=given.get("basis", ""),
        owner=_department(given.get("owner", "")),
        cooperating=_departments(given.get("cooperating", "")),
        origin=origin_of(document, passage),
    )


def _continuity(text: str) -> Continuity | None:
    new = _one_of(text, "신규", "계속")
    return None if new is None else (Continuity.NEW if new else Continuity.CONTINUING)


def _one_of(text: str, yes: str, no: str) -> bool | None:
    """Which of two words a field has; None with both of a form nobody ticked, or with neither."""
    squeezed = tight(text)
    return None if (yes in squeezed) == (no in squeezed) else yes in squeezed


def _budgeted(text: str) -> bool | None:
    squeezed = tight(text)
    if "비예산" in squeezed:
        return None if re.search(r"(?<!비)예산", squeezed.replace("비예산", "")) else False
    return True if "예산" in squeezed or re.search(r"\d", squeezed) else None


def _department(text: str) -> str:
    """The department of an owner field, without people."""
    first = re.split(r"[(/,]|☎|\s{2,}", text)[0].strip(" ·")
    return re.sub(r"\s+(?:과장|팀장|담당자|담당|주무관|☎).*$", "", first).strip()


def _departments(text: str) -> tuple[str, ...]:
    parts = re.split(r"\([^)]*\)|[,/]|☎|(?<=과)\s|(?<=팀)\s", text)
    return tuple(name for part in parts if (name := _department(part)) and len(name) > 1)


def office_in(text: str) -> str:
    """The department in a line of telephone numbers: `산업입지과장 …`."""
    found = _OFFICE.search(text)
    return found[1] if found else ""


def is_name(text: str) -> bool:
    """Whether a label can be the name of a project: words that are no field, no section, no money."""
    word = bare(text)
    if not 5 <= len(word) <= 60 or not re.search(r"[가-힣A-Za-z]{3}", word):
        return False
    if field_of(text) or (section_of(text) and len(word) <= 12) or source_of(text):
        return False
    return not holds(text, "column", "span") and not _is_money(word)


def _is_money(word: str) -> bool:
    return any(
        word.endswith(end) for end in ("사업비", "사업규모", "투자계획", "예산", "투자비", "소요액", "재원")
    )
