"""Sentences of a plan: goals, overviews, dated achievements, next steps, effects, requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sandan.programme.engine.drafting.lines import Passage
from sandan.programme.engine.drafting.rows import PlanDraft, origin_of
from sandan.programme.engine.drafting.words import FACT_SECTIONS, field_of
from sandan.programme.engine.figures.periods import find_moments
from sandan.programme.engine.figures.vocabulary import holds, plain
from sandan.programme.engine.names import region_in
from sandan.programme.model.documents import Document
from sandan.programme.model.plan import Fact
from sandan.programme.model.vocabulary import FactKind

_ENDED = re.compile(r"(?:[.다음함임됨]|도모|추진|조성|지원|구축|기여|예정)[\s\"”.)]*$")
_EMPHASIS = re.compile(r"\*\*|__|[「『]\s*[」』]")
_LABEL = re.compile(r"^\([^()]{1,20}\)\s*")
_PHONE = re.compile(r"[☎☏📞]")
LONGEST = 1_000


def read_sentences(
    plan: PlanDraft,
    document: Document,
    passages: Sequence[Passage],
    holder: Callable[[Passage], str],
    default: FactKind | None,
    skip: set[int],
) -> set[int]:
    """Add the sentences of some lines to their plan; the lines they were read from.

    `default` is the kind of a line that stands under no known section, None to leave such lines alone.
    A line without a marker goes on with the sentence above it unless that has ended.
    """
    used: set[int] = set()
    headings = {one.labels[-1] for one in passages if one.labels and not one.table}
    open_fact = False
    for passage in passages:
        if passage.blank:
            continue
        if passage.table or passage.opens or passage.line.number in skip:
            open_fact = False
            continue
        text = " ".join(_EMPHASIS.sub("", passage.rest).split()).strip(" :")
        if passage.dropped and _PHONE.search(passage.line.text):
            used.add(passage.line.number)
            open_fact = False
            continue
        if _is_column_head(passage, text):
            open_fact = False
            continue
        if open_fact and not passage.marker and not _ENDED.search(plan.facts[-1].text):
            last = plan.facts[-1]
            plan.facts[-1] = replace(last, text=f"{last.text} {text}"[:LONGEST])
            used.add(passage.line.number)
            continue
        kind = FACT_SECTIONS.get(passage.section or "", default)
        heads = passage.label in headings and len(text) <= len(passage.label) + 4
        if kind is None or heads or not re.search(r"[가-힣A-Za-z]{2}", text) or _only_names(passage, text):
            open_fact = False
            continue
        when, text = dated(text)
        plan.facts.append(
            Fact(
                id=plan.id("f", kind, when, text),
                subject=holder(passage),
                kind=kind,
                text=text[:LONGEST],
                when=when,
                origin=origin_of(document, passage),
            )
        )
        used.add(passage.line.number)
        open_fact = True
    return used


def _only_names(passage: Passage, text: str) -> bool:
    """Whether a line is only the name of a field or of what follows."""
    if len(text) <= 12 and region_in(text):
        return True
    return field_of(text) is not None or (bool(passage.opens) and not _LABEL.match(text))


def _is_column_head(passage: Passage, text: str) -> bool:
    """Whether a line without a marker only heads columns: `세부사업 총사업비 사업기간`."""
    known = [word for word in text.split() if field_of(word) or holds(word, "money", "budget")]
    return not passage.marker and len(known) >= 2 and ":" not in text and len(text) < 40


def dated(text: str) -> tuple[str, str]:
    """A date at the head of a sentence, and the sentence."""
    moments = find_moments(text)
    if moments and moments[0].start <= 2 and moments[0].period:
        behind = re.match(r"\s*\)?\s*:?\s+(?=\S)", plain(text)[moments[0].end :])
        if behind:
            return moments[0].period, text[moments[0].end + behind.end() :].strip()
    return "", text
