"""The pledge card as a sheet, in the order in which these offices print it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from babel.dates import format_date

from sandan.clock import SEOUL
from sandan.errors import NotFound
from sandan.printing.sheet import Block, Cell, Facts, Grid, Items, Piece, Section, Sheet
from sandan.programme.engine import card as cards
from sandan.programme.engine import wording
from sandan.programme.engine.checking import PROGRESS
from sandan.programme.engine.ledger import count_money, outline_of
from sandan.programme.engine.names import measure_name
from sandan.programme.engine.publishing.money import money_grids
from sandan.programme.engine.publishing.sheet import COMPUTED, MARKS, Citations, legend_of, said_period
from sandan.programme.model.evidence import How, Proof
from sandan.programme.model.plan import Book, Measure, Project
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import (
    CONTINUITY_NAMES,
    DIRECTION_NAMES,
    PLAN_KIND_NAMES,
    STANDING_NAMES,
    STATE_NAMES,
    TOTAL,
    FactKind,
    Kind,
    Stage,
    period_name,
    period_order,
)
from sandan.words import Language, Text

TALK = "소통:"
"""What the name of a count of communication with residents begins with."""
NOT_STATED = Text("적혀 있지 않음", "not stated")
_MOST_PERIODS = 7
_KNOWN = {How.MEASURED: MARKS["측정"], How.DECLARED: MARKS["신고"], How.NONE: MARKS["근거 없음"]}


def card_sheet(
    book: Book,
    project: str,
    language: Language,
    as_of: date,
    *,
    names: Mapping[str, str] | None = None,
    proofs: Mapping[str, Proof] | None = None,
) -> Sheet:
    """The card of one project; `NotFound` when the plan has no such project.

    `names` are documents' names by id, `proofs` what Sandan computed for a measure by the measure's id.
    """
    card = cards.make_card(book, project)
    if card is None:
        raise NotFound(Text("사업", "project"), project)
    citations = Citations(language, names or {})
    sections = [
        Section("", [_head(book, card, citations)]),
        _said(card, FactKind.GOAL, Text("사업추진목표", "Goal"), citations),
        _said(card, FactKind.OVERVIEW, Text("사업개요", "Overview"), citations),
        _parts(card, language),
        Section(Text("연차별 추진계획", "Plan by year").in_(language), _schedule(card, citations)),
        Section(
            Text("재정투자계획", "Investment").in_(language),
            [grid for table in card.grids for grid in money_grids(table, citations)],
        ),
        Section(Text("확인지표", "Measures").in_(language), _measures(card, proofs or {}, citations)),
        Section(Text("현황과 건수", "Base figures and counts").in_(language), _counts(card, citations)),
        _said(card, FactKind.ACHIEVEMENT, Text("추진실적", "Achievements"), citations),
        _said(card, FactKind.NEXT, Text("금후계획", "Next steps"), citations),
        _said(card, FactKind.REQUEST, Text("협조 요청", "Requests for support"), citations),
        Section(Text("소통 실적", "Communication with residents").in_(language), _talks(card, citations)),
        _said(card, FactKind.EFFECT, Text("기대효과", "Expected effects"), citations),
    ]
    kept = [one for one in sections if one.blocks]
    return Sheet(
        kind=Text("사업 카드", "Project card").in_(language),
        title=card.project.title,
        subtitle=f"{PLAN_KIND_NAMES[book.plan.kind].in_(language)} · {book.plan.title}",
        version=version_line(book, as_of, language),
        language=language,
        day=as_of,
        sections=kept,
        sources=citations.sources(),
        legend=legend_of(kept, language),
    )


def version_line(book: Book, as_of: date, language: Language) -> str:
    """What every page says at its foot: the plan, its version, when it was made, and the day."""
    made, number = _day(book.version.at, language), book.version.number
    out = book.version.published_at
    public = Text(f"공개 {_day(out, language)}", f"published {_day(out, language)}") if out else INTERNAL
    return Text(
        f"{book.plan.title} · {number}판 ({made}) · {public.ko} · 기준일 {_day(as_of, language)}",
        f"{book.plan.title} · version {number} ({made}) · {public.en} · as of {_day(as_of, language)}",
    ).in_(language)


INTERNAL = Text("공개 전", "not published")


def _day(day: date | datetime, language: Language) -> str:
    local = day.astimezone(SEOUL).date() if isinstance(day, datetime) else day
    pattern = "y. M. d." if language == "ko" else "d MMM y"
    return str(format_date(local, pattern, locale={"ko": "ko_KR", "en": "en_GB"}[language]))


def _head(book: Book, card: cards.Card, citations: Citations) -> Facts:
    language = citations.language
    project = card.project
    pairs: list[tuple[Text, Cell]] = [
        (Text("관리번호", "Number"), _plain(project.code)),
        (
            Text("사업구분", "Kind"),
            _word(CONTINUITY_NAMES[project.continuity] if project.continuity else None, language),
        ),
        (Text("사업기간", "Period"), _plain(_period(project, language))),
        (Text("추진상황", "Progress"), _progress(card, citations)),
        (Text("소요예산", "Budget"), _budget(book, card, citations)),
        (Text("완료시기", "Completion"), _word(_completion(project), language)),
        (Text("추진부서", "Department"), _plain(project.owner or NOT_STATED.in_(language))),
        (Text("협조부서", "Cooperating"), _plain(", ".join(project.cooperating))),
    ]
    if card.parent:
        pairs.append((Text("상위 사업", "Part of"), _plain(card.parent.title)))
    site = next((one for one in book.complexes if one.id == project.complex), None)
    if site:
        pairs.append((Text("산단", "Complex"), _plain(site.name)))
    if project.standing:
        pairs.append((Text("추진 단계", "Standing"), _word(STANDING_NAMES[project.standing], language)))
    basis, state = Text("추진근거", "Basis"), Text("이행 상태", "State")
    if project.basis:
        pairs.append((basis, [citations.piece(project.basis, project.origin)]))
    pairs.append((state, _state(card, language)))
    return Facts(
        [(label.in_(language), cell) for label, cell in pairs],
        frozenset({basis.in_(language), state.in_(language)}),
    )


def _plain(text: str) -> Cell:
    return [Piece(text)] if text else []


def _word(text: Text | None, language: Language) -> Cell:
    return [Piece((text or NOT_STATED).in_(language))]


def _period(project: Project, language: Language) -> str:
    if project.start is None and project.end is None:
        return NOT_STATED.in_(language)
    start = _day(project.start, language) if project.start else ""
    return f"{start} ~ {_day(project.end, language) if project.end else ''}".strip()


def _completion(project: Project) -> Text | None:
    if project.in_term is None:
        return None
    return Text("임기 내", "within the term") if project.in_term else Text("임기 후", "after the term")


def _progress(card: cards.Card, citations: Citations) -> Cell:
    said = card.progress
    if said is None:
        return [Piece(Text("보고 없음", "not reported").in_(citations.language))]
    return [citations.piece(wording.said(said), said.origin, MARKS["신고"])]


def _budget(book: Book, card: cards.Card, citations: Citations) -> Cell:
    """The total that documents print; where none does, what the tables add up to."""
    language = citations.language
    mine = [s for s in book.statements if s.subject == card.project.id and s.kind is Kind.BUDGET]
    printed = [
        one
        for one in mine
        if one.source in (None, TOTAL) and one.period in (None, TOTAL) and one.stage is Stage.PLANNED
    ]
    if printed:
        return _totals(printed, citations)
    counted = count_money(outline_of(book), mine).get((card.project.id, Stage.PLANNED))
    if counted is not None:
        return [Piece(wording.won(counted.won).in_(language), (), COMPUTED.in_(language))]
    if card.project.budgeted is None:
        return _word(None, language)
    return _word(
        Text("예산", "budgeted") if card.project.budgeted else Text("비예산", "non-budget"), language
    )


def _totals(printed: Sequence[Statement], citations: Citations) -> Cell:
    """Printed totals, one piece for each value; where there are several each says of what it is."""
    values: dict[int | float | None, list[Statement]] = defaultdict(list)
    for one in printed:
        values[one.value].append(one)
    found = []
    for several in values.values():
        said = wording.said(several[0]).in_(citations.language)
        of = ", ".join(dict.fromkeys(one.measure for one in several))
        pieces = [citations.piece("", one.origin) for one in _apart(several)]
        found.append(
            Piece(
                f"{said} ({of})" if len(values) > 1 else said,
                tuple(dict.fromkeys(note for piece in pieces for note in piece.notes)),
                next((piece.mark for piece in pieces if piece.mark), ""),
            )
        )
    return found


def _apart(statements: Sequence[Statement]) -> list[Statement]:
    """One statement for each value and place: a document may print a total twice."""
    found: dict[tuple[object, ...], Statement] = {}
    for one in statements:
        found.setdefault((one.value, one.origin.document, one.origin.line), one)
    return list(found.values())


def _state(card: cards.Card, language: Language) -> Cell:
    if card.state is None:
        return [Piece(Text("정하지 않음", "not set").in_(language))]
    name = STATE_NAMES[card.state.state]
    day = _day(card.state.at, language)
    who = card.project.owner or Text("담당 부서", "the department in charge").in_(language)
    return [
        Piece(
            Text(
                f"{name.ko} ({who}, {day}) — 근거: {card.state.evidence}",
                f"{name.en} ({who}, {day}) — evidence: {card.state.evidence}",
            ).in_(language)
        )
    ]


def _said(card: cards.Card, kind: FactKind, title: Text, citations: Citations) -> Section:
    items = [(fact.when, citations.piece(fact.text, fact.origin)) for fact in card.facts.get(kind, ())]
    return Section(title.in_(citations.language), [Items(items)] if items else [])


def _parts(card: cards.Card, language: Language) -> Section:
    items = [(one.code, Piece(one.title)) for one in card.parts]
    return Section(Text("세부사업", "Parts").in_(language), [Items(items)] if items else [])


def _schedule(card: cards.Card, citations: Citations) -> list[Block]:
    """The project's own progress by year, then its milestones."""
    own = _own(card)
    found: list[Block] = list(_year_grids([own], citations)) if own else []
    if card.milestones:
        language = citations.language
        found.append(
            Grid(
                Text("추진일정", "Schedule").in_(language),
                [
                    word.in_(language)
                    for word in (
                        Text("세부 추진내용", "Step"),
                        Text("시작", "From"),
                        Text("끝", "To"),
                        Text("완료", "Done"),
                    )
                ],
                [
                    [
                        [citations.piece(one.title, one.origin)],
                        _plain(wording.quarter_name(one.start).in_(language)),
                        _plain(wording.quarter_name(one.end).in_(language)),
                        _plain(wording.quarter_name(one.done).in_(language) if one.done else ""),
                    ]
                    for one in sorted(card.milestones, key=lambda one: (one.start, one.end, one.title))
                ],
                labels=4,
                widths=(5, 2, 2, 2),
            )
        )
    return found


def _own(card: cards.Card) -> list[cards.YearRow]:
    """The project's own progress, targets first."""
    own = [row for row in card.years if row.unit == "%" and measure_name(row.measure) == PROGRESS]
    return sorted(own, key=lambda row: row.kind is not Kind.TARGET)


def _measures(card: cards.Card, proofs: Mapping[str, Proof], citations: Citations) -> list[Block]:
    """Each measure with its targets, what was reported and what was proved."""
    own = _own(card)
    grouped: dict[tuple[str, str], list[cards.YearRow]] = defaultdict(list)
    for row in card.years:
        if row not in own:
            grouped[row.measure, row.unit].append(row)
    found: list[Block] = list(_year_grids(list(grouped.values()), citations))
    for measure in card.measures:
        found += _about(measure, proofs.get(measure.id), citations)
    return found


def _about(measure: Measure, proof: Proof | None, citations: Citations) -> list[Block]:
    """What a measure counts, and how far Sandan can prove it."""
    language = citations.language
    said: list[tuple[Text, Cell]] = [
        (Text("지표", "Measure"), [citations.piece(measure.name, measure.origin)]),
        (Text("방향", "Direction"), _word(DIRECTION_NAMES[measure.direction], language)),
    ]
    if measure.numerator or measure.denominator:
        formula = " ÷ ".join(part for part in (measure.numerator, measure.denominator) if part)
        said.append((Text("산식", "Formula"), _plain(formula)))
    if measure.baseline is not None:
        said.append(
            (Text("기준값", "Baseline"), _plain(wording.amount(measure.baseline, measure.unit).in_(language)))
        )
    if proof is not None:
        said.append((Text("확인값", "Proved value"), [_proved(proof, language)]))
    return [Facts([(label.in_(language), cell) for label, cell in said])] if len(said) > 2 else []


def _proved(proof: Proof, language: Language) -> Piece:
    marks = [_KNOWN[proof.how], *([MARKS["모의"]] if proof.simulated else [])]
    value = wording.amount(None if proof.value is None else round(proof.value, 2), proof.unit)
    share = f"{proof.coverage:.0%}"
    text = NO_VALUE if proof.value is None else Text(f"{value.ko} (자료율 {share})", f"{value.en} ({share})")
    return Piece(text.in_(language), (), " · ".join(mark.in_(language) for mark in marks))


NO_VALUE = Text("값 없음", "no value")


def _year_grids(groups: Sequence[Sequence[cards.YearRow]], citations: Citations) -> list[Grid]:
    """Targets and reports of measures by period: a group a measure, as many columns as fit."""
    language = citations.language
    periods = sorted({period for rows in groups for row in rows for period in row.periods}, key=period_order)
    found = []
    for start in range(0, len(periods), _MOST_PERIODS):
        part = periods[start : start + _MOST_PERIODS]
        head = [
            Text("지표 (단위)", "Measure (unit)").in_(language),
            Text("구분", "Item").in_(language),
            *(said_period(one, language) or period_name(None).in_(language) for one in part),
        ]
        body = [
            _year_row(row, part, citations)
            for rows in groups
            for row in rows
            if any(row.cells.get(period) for period in part)
        ]
        found.append(Grid("", head, body, 2, (2.6, 1.0, *(1.2 for _ in part))))
    return found


def _year_row(row: cards.YearRow, periods: Sequence[str | None], citations: Citations) -> list[Cell]:
    name = Text("목표", "Target") if row.kind is Kind.TARGET else Text("실적", "Reported")
    mark = None if row.kind is Kind.TARGET else MARKS["신고"]
    return [
        [Piece(row.measure + (f" ({row.unit})" if row.unit else ""))],
        [Piece(name.in_(citations.language))],
        *(
            [citations.piece(_figure(one), one.origin, mark) for one in _apart(row.cells.get(period, ()))]
            for period in periods
        ),
    ]


def _figure(one: Statement) -> Text:
    """A value without its unit, which the measure has beside it."""
    shown = wording.amount(one.value, "원" if one.unit == "원" else "")
    if one.numerator is None or one.denominator is None:
        return shown
    parts = f"{wording.amount(one.numerator, '').ko}/{wording.amount(one.denominator, '').ko}"
    return Text(f"{shown.ko} ({parts})", f"{shown.en} ({parts})")


def _counts(card: cards.Card, citations: Citations) -> list[Block]:
    counts = [one for one in card.counts if not one.measure.startswith(TALK)]
    return _listed([*card.bases, *counts], citations)


def _talks(card: cards.Card, citations: Citations) -> list[Block]:
    return _listed([one for one in card.counts if one.measure.startswith(TALK)], citations)


def _listed(statements: Sequence[Statement], citations: Citations) -> list[Block]:
    """Single figures: what, when, how much."""
    if not statements:
        return []
    language = citations.language
    head = [Text("항목", "Item"), Text("시점", "Period"), Text("값", "Value")]
    return [
        Grid(
            "",
            [word.in_(language) for word in head],
            [
                [
                    _plain(one.measure.removeprefix(TALK).strip()),
                    _plain(said_period(one.period, language)),
                    [citations.piece(wording.said(one), one.origin)],
                ]
                for one in statements
            ],
            labels=2,
            widths=(5, 2, 3),
        )
    ]
