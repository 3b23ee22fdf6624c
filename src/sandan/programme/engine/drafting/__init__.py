"""From a document to a draft plan: rows for the officer to confirm, correct or discard.

Nothing is invented: a field that the document does not fill stays empty, every figure becomes exactly one
stated value, and a line that found no place is listed with the reason. A newer copy of a document gives
its rows the same ids, so that bringing it in changes only what changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from sandan.programme.engine.drafting.cards import Card, find_cards, make_project, office_in, read_fields
from sandan.programme.engine.drafting.complexes import read_complexes
from sandan.programme.engine.drafting.lines import Passage, read_lines
from sandan.programme.engine.drafting.parts import open_items, read_items, read_named
from sandan.programme.engine.drafting.requested import read_requested
from sandan.programme.engine.drafting.rows import PlanDraft, plan_id
from sandan.programme.engine.drafting.sentences import read_sentences
from sandan.programme.engine.drafting.steps import read_steps
from sandan.programme.engine.drafting.values import make_measures, make_statement, name_bounds, subject_of
from sandan.programme.engine.figures.context import stated_units
from sandan.programme.engine.figures.sentences import floors_in, is_hidden, worth_a_look
from sandan.programme.engine.figures.spaced import find_spaced
from sandan.programme.engine.names import region_in
from sandan.programme.model.documents import Document, Draft, FoundFigure, Unplaced
from sandan.programme.model.plan import Plan, Row
from sandan.programme.model.vocabulary import FactKind, Kind, PlanKind

__all__ = ["draft_plan"]


def draft_plan(document: Document, figures: Sequence[FoundFigure]) -> Draft:
    """What a document says as rows of plans; `figures` are those found in it.

    A pledge card becomes a plan with one project and its parts, a book of cards one with many, a summary
    of several regions a plan for each. Names and telephone numbers of people are left out and counted.
    """
    return _Reader(document, figures).read()


class _Reader:
    """One pass over a document."""

    def __init__(self, document: Document, figures: Sequence[FoundFigure]) -> None:
        self.document = document
        self.passages = read_lines(document)
        self.figures: dict[int, list[FoundFigure]] = defaultdict(list)
        for figure in figures:
            self.figures[figure.line].append(figure)
        self.used: set[int] = set()
        self.plans: list[PlanDraft] = []

    def read(self) -> Draft:
        regions = self._regions()
        if len(regions) > 1:
            self._read_regions(regions)
        else:
            self._read_cards(find_cards(self.passages))
        for plan in self.plans:
            make_measures(plan)
        rows: list[Row] = [row for plan in self.plans for row in plan.rows()]
        return Draft(self.document, rows, self._unplaced(), sum(one.dropped for one in self.passages))

    def _regions(self) -> list[str]:
        """The regions that a document sets goals for, in order."""
        found: list[str] = []
        for passage in self.passages:
            goals = any(one.kind is Kind.TARGET for one in self.figures.get(passage.line.number, ()))
            if goals and passage.region and passage.region not in found:
                found.append(passage.region)
        return found

    def _kind(self) -> PlanKind:
        texts = (self.document.name, *(one.line.text for one in self.passages))
        pledged = any("공약" in text or "임기" in text for text in texts)
        return PlanKind.PLEDGE_BOOK if pledged else PlanKind.INNOVATION_PLAN

    def _title(self) -> str:
        """The first line of words, or the file's name."""
        for passage in self.passages[:40]:
            text = passage.rest.strip(" *#")
            if not passage.table and len(text) >= 8 and any("가" <= c <= "힣" for c in text):
                return text[:200]
        return PurePath(self.document.name).stem

    def _read_regions(self, regions: Sequence[str]) -> None:
        rest = [one for one in self.passages if one.region not in regions]
        if any(self.figures.get(one.line.number) for one in rest):
            title = self._title()
            plan = PlanDraft(Plan(id=plan_id(title), kind=PlanKind.INNOVATION_PLAN, title=title, owner=""))
            self.plans.append(plan)
            self._read_values(plan, rest, None, {})
        for region in regions:
            mine = [one for one in self.passages if one.region == region]
            name = self._name_of(region, mine)
            subject = "혁신계획" if any("혁신계획" in one.line.text for one in mine) else "계획"
            title = f"{name} {subject}"
            plan = PlanDraft(
                Plan(id=plan_id(title), kind=PlanKind.INNOVATION_PLAN, title=title, owner=name, region=name)
            )
            self.plans.append(plan)
            self._read_body(plan, mine, None, FactKind.OVERVIEW)

    def _name_of(self, region: str, passages: Sequence[Passage]) -> str:
        """The longest name a heading has for a region: `부산광역시`."""
        labels = {label for one in passages for label in (*one.labels, one.label)}
        return max((label for label in labels if region_in(label) == region), key=len, default=region)

    def _read_cards(self, cards: Sequence[Card]) -> None:
        kind = self._kind()
        title = cards[0].title if len(cards) == 1 and cards[0].title else self._title()
        plan = PlanDraft(Plan(id=plan_id(kind, title), kind=kind, title=title, owner=""))
        self.plans.append(plan)
        if not cards:
            self._read_body(plan, self.passages, None, None)
            return
        for card in cards:
            self._read_card(plan, card)
        if len(cards) == 1:
            plan.plan = replace(plan.plan, owner=plan.projects[0].owner)
        if cards[0].first:
            self._read_values(plan, self.passages[: cards[0].first], None, {})

    def _read_card(self, plan: PlanDraft, card: Card) -> None:
        passages = self.passages[card.first : card.last]
        items = PlanDraft(plan.plan)
        title_at = self.passages[card.title_at].line.number
        _, taken = read_items(items, self.document, passages, None, title_at)
        theirs = {id(one.passage) for values in taken.values() for one in values}
        values = [one for one in read_fields(passages) if id(one.passage) not in theirs]
        self.used |= {one.passage.line.number for one in values}
        self.used |= {one.line.number for one in self.passages[card.first : card.title_at + 1]}
        main = make_project(
            plan,
            self.document,
            card.title or plan.plan.title,
            self.passages[card.title_at],
            values,
            code=card.code,
        )
        if not main.owner:
            office = next((found for one in passages if one.dropped and (found := _office(one))), "")
            main = replace(main, owner=office)
        plan.projects.append(main)
        self._read_body(plan, passages, main.id, None, title_at)

    def _read_body(
        self,
        plan: PlanDraft,
        passages: Sequence[Passage],
        main: str | None,
        default: FactKind | None,
        title_at: int = 0,
    ) -> None:
        document = self.document
        self.used |= read_complexes(plan, document, passages)
        self.used |= read_requested(plan, document, passages)
        lines, _ = read_items(plan, document, passages, main, title_at)
        self.used |= lines
        read_named(plan, document, passages, self.figures, main)
        items = open_items(plan, passages)
        holder = self._holder(plan, main, items)
        self.used |= read_steps(plan, document, passages, holder)
        skip = {line for one in passages if (line := one.line.number) in self.used or self._is_money(line)}
        self.used |= read_sentences(plan, document, passages, holder, default, skip)
        self._read_values(plan, passages, main, items)

    def _is_money(self, line: int) -> bool:
        return any(one.kind is Kind.BUDGET for one in self.figures.get(line, ()))

    def _read_values(
        self,
        plan: PlanDraft,
        passages: Sequence[Passage],
        main: str | None,
        items: Mapping[int, str],
    ) -> None:
        for passage in passages:
            for figure in name_bounds(self.figures.get(passage.line.number, ())):
                current = items.get(passage.line.number)
                subject = subject_of(plan, passage, figure, main, current)
                project = plan.project_with(subject)
                plan.statements.append(make_statement(plan, self.document, passage, figure, subject, project))
                self.used.add(passage.line.number)

    def _holder(
        self, plan: PlanDraft, main: str | None, items: Mapping[int, str]
    ) -> Callable[[Passage], str]:
        def holder(passage: Passage) -> str:
            for label in reversed(passage.labels):
                found = plan.project_named(label)
                if found is not None and found.id != main:
                    return found.id
            return items.get(passage.line.number) or main or plan.plan.id

        return holder

    def _unplaced(self) -> list[Unplaced]:
        headings = {label for one in self.passages for label in one.labels}
        blocks = self._used_blocks()
        found = []
        for passage in self.passages:
            line = passage.line.number
            text = " ".join(cell.strip() for cell in passage.cells if cell.strip())
            if passage.blank or line in self.used or not any(c.isalnum() for c in text):
                continue
            if stated_units(text) and not worth_a_look(text):
                continue
            if is_hidden(text):
                found.append(Unplaced(line, text, "hidden"))
            elif floors_in(text):
                found.append(Unplaced(line, text, "floors"))
            elif worth_a_look(text):
                found.append(Unplaced(line, text, "figure"))
            elif passage.opens or passage.label in headings or line in blocks or passage.dropped:
                continue
            else:
                found.append(Unplaced(line, text, "text"))
        return found

    def _used_blocks(self) -> set[int]:
        """The lines of tables of which some row was used: what is left are their headings."""
        found: set[int] = set()
        block: list[int] = []
        for passage in [*self.passages, None]:
            if passage is not None and passage.table and not passage.blank:
                block.append(passage.line.number)
                continue
            if self.used.intersection(block):
                found.update(block)
            block = []
        lines = self.document.lines
        at = 0
        while at < len(lines):
            spaced = find_spaced(lines, at)
            if spaced:
                found.update(line.number for line in lines[at : spaced.end])
            at = spaced.end if spaced else at + 1
        return found


def _office(passage: Passage) -> str:
    return office_in(" ".join(passage.cells))
