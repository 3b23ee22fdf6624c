"""The rows of a draft while it is being made: ids that a newer copy of the document gives again."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace

from sandan.programme.engine.drafting.lines import Passage
from sandan.programme.engine.names import title_name
from sandan.programme.model.documents import Document
from sandan.programme.model.plan import Complex, Fact, Measure, Milestone, Plan, Project, Row
from sandan.programme.model.statements import Origin, Statement


def digest_of(*parts: object) -> str:
    """Ten characters that stay the same while the parts do."""
    return hashlib.sha256("|".join("" if part is None else str(part) for part in parts).encode()).hexdigest()[
        :10
    ]


def plan_id(*parts: object) -> str:
    """The id of a plan, the same for every copy of its document."""
    return f"plan-{digest_of(*parts)}"


@dataclass(slots=True)
class PlanDraft:
    """One plan of a document with its rows; `main` is the project a card is of.

    Projects and complexes are only ever added at the end, or replaced by one of the same id and name.
    """

    plan: Plan
    main: str | None = None
    complexes: list[Complex] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    _named: dict[str, int] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _complexes: dict[str, int] = field(default_factory=dict)
    _indexed: tuple[int, int] = (0, 0)

    def id(self, letter: str, *parts: object) -> str:
        """An id within the plan; the second row of the same parts gets another one."""
        made = f"{self.plan.id}-{letter}{digest_of(*parts)}"
        self.seen[made] += 1
        return made if self.seen[made] == 1 else f"{made}-{self.seen[made]}"

    def project_named(self, title: str) -> Project | None:
        """The project that goes by this title, however it is spaced or worded."""
        self._index()
        at = self._named.get(title_name(title))
        return None if at is None else self.projects[at]

    def project_with(self, id: str) -> Project | None:
        """The project of an id; None for the id of anything else."""
        self._index()
        at = self._places.get(id)
        return None if at is None else self.projects[at]

    def complex_named(self, name: str) -> Complex | None:
        """The complex that goes by this name, however it is spaced."""
        self._index()
        at = self._complexes.get(title_name(name))
        return None if at is None else self.complexes[at]

    def move(self, id: str, parent: str) -> None:
        """Make a project a part of another."""
        self._index()
        at = self._places[id]
        self.projects[at] = replace(self.projects[at], parent=parent)

    def _index(self) -> None:
        """Take in what was added since: every figure of a long document asks whose it is."""
        projects, complexes = self._indexed
        for at in range(projects, len(self.projects)):
            self._named.setdefault(title_name(self.projects[at].title), at)
            self._places.setdefault(self.projects[at].id, at)
        for at in range(complexes, len(self.complexes)):
            self._complexes.setdefault(title_name(self.complexes[at].name), at)
        self._indexed = len(self.projects), len(self.complexes)

    def rows(self) -> list[Row]:
        """All rows, each after the rows it refers to."""
        return [
            self.plan,
            *self.complexes,
            *self.projects,
            *self.measures,
            *self.statements,
            *self.milestones,
            *self.facts,
        ]


def origin_of(document: Document, passage: Passage, *, sure: bool = True, text: str | None = None) -> Origin:
    """Where a row was read."""
    if text is None:
        text = " ".join(part.strip() for part in passage.cells if part.strip())
    return Origin(
        document=document.digest,
        line=passage.line.number,
        page=passage.line.page,
        text=(" ".join(part.strip() for part in passage.cells if part.strip()) if text is None else text)[
            :400
        ],
        sure=sure,
    )
