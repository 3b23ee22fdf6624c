"""Tables of requested projects: a theme on the left, the names of its projects on the right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandan.programme.engine.drafting.lines import Passage
from sandan.programme.engine.drafting.rows import PlanDraft, origin_of
from sandan.programme.engine.drafting.words import has
from sandan.programme.engine.figures.vocabulary import tight
from sandan.programme.model.documents import Document
from sandan.programme.model.plan import Project
from sandan.programme.model.vocabulary import Continuity, Standing

_COMMA = re.compile(r",(?![^()]*\))")
_NEW = re.compile(r"\(\s*신규\s*\)")


@dataclass(slots=True)
class _Theme:
    title: str
    names: list[tuple[str, Passage]] = field(default_factory=list)
    sure: bool = True
    first: Passage | None = None


def read_requested(plan: PlanDraft, document: Document, passages: Sequence[Passage]) -> set[int]:
    """Add the projects of such tables to their plan; the lines they were read from."""
    used: set[int] = set()
    at = 0
    while at < len(passages):
        if not _is_head(passages[at]):
            at += 1
            continue
        end = at + 1
        while end < len(passages) and passages[end].table and not passages[end].blank:
            end += 1
        block = passages[at + 1 : end]
        for theme in _themes(block, [tight(one.rest) for one in passages[end:] if one.rest]):
            _add(plan, document, theme)
        used |= {one.line.number for one in passages[at:end]}
        at = end
    return used


def _is_head(passage: Passage) -> bool:
    return (
        passage.table
        and len(passage.cells) >= 2
        and has(passage.cells[0], "parts", "theme")
        and has(passage.cells[1], "parts", "requested")
    )


def _themes(block: Sequence[Passage], later: Sequence[str]) -> list[_Theme]:
    """Themes over one or several rows: a name that stands whole further down is whole."""
    themes: list[_Theme] = []
    whole = True
    for passage in block:
        left = passage.cells[0].strip()
        right = passage.cells[1].strip() if len(passage.cells) > 1 else ""
        if left and (whole or not themes):
            themes.append(_Theme(left, first=passage))
        elif left:
            themes[-1].title = f"{themes[-1].title} {left}"
        if themes:
            themes[-1].names += [(name, passage) for name in _split(right)]
            known = _known(themes[-1].title, later)
            themes[-1].sure = known
            whole = known or not right.endswith(",")
    return themes


def _known(title: str, later: Sequence[str]) -> bool:
    word = re.sub(r"\(.*?\)", "", tight(title))
    return any(re.sub(r"\(.*?\)", "", line) == word for line in later)


def _split(text: str) -> list[str]:
    return [name.strip() for name in _COMMA.split(text) if name.strip()]


def _add(plan: PlanDraft, document: Document, theme: _Theme) -> None:
    if theme.first is None:
        return
    parent = Project(
        id=plan.id("p", theme.title),
        title=theme.title,
        standing=Standing.REQUESTED,
        origin=origin_of(document, theme.first, sure=theme.sure),
    )
    plan.projects.append(parent)
    for name, passage in theme.names:
        plan.projects.append(
            Project(
                id=plan.id("p", theme.title, name),
                title=_NEW.sub("", name).strip(),
                parent=parent.id,
                continuity=Continuity.NEW if _NEW.search(name) else None,
                standing=Standing.REQUESTED,
                origin=origin_of(document, passage, sure=theme.sure),
            )
        )
