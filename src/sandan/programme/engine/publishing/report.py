"""The quarterly report as a sheet: what stands where, what happened in the quarter, what does not hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from sandan.printing.sheet import Block, Cell, Grid, Items, Piece, Section, Sheet
from sandan.programme.engine import wording
from sandan.programme.engine.card import latest_progress, tree
from sandan.programme.engine.ledger import Grouping, Ledger, Stages, stages_by
from sandan.programme.engine.publishing.money import money_unit, shown_in
from sandan.programme.engine.publishing.pledge import version_line
from sandan.programme.engine.publishing.rows import subject_titles
from sandan.programme.engine.publishing.sheet import MARKS, Citations, legend_of
from sandan.programme.engine.rates import Rate
from sandan.programme.model.audit import SEVERITY_NAMES, AuditFinding, Severity
from sandan.programme.model.plan import Book, Milestone
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import (
    STAGE_NAMES,
    STATE_NAMES,
    FactKind,
    Kind,
    PledgeState,
    Quarter,
    Stage,
    source_name,
    sources,
)
from sandan.words import Language, Text

UNSECURED = Text("미확보", "Unsecured")
NOTHING = Text("없음", "none")
_STATE_WIDTHS = (1.0, 0.8, 1.0, 1.7, 1.1, 1.1, 1.0, 1.0, 1.4)


def report_sheet(
    books: Sequence[Book],
    ledger: Ledger,
    rates: Sequence[Rate],
    findings: Sequence[AuditFinding],
    quarter: Quarter,
    language: Language,
    as_of: date,
    *,
    names: Mapping[str, str] | None = None,
) -> Sheet:
    """The report on a quarter over one or more plans, at least one, as they stand on a day.

    `ledger`, `rates` and `findings` are of these plans; findings that were dealt with are left out by
    whoever calls.
    """
    citations = Citations(language, names or {})
    sections = [
        Section(Text("이행률", "Rates").in_(language), _rates(rates, language)),
        Section(Text("이행 상태", "States").in_(language), _states(books, language)),
        Section(Text("재원", "Money").in_(language), _money(ledger, language)),
        Section(Text("사업별 현황", "Projects").in_(language), _projects(books, ledger, citations)),
        Section(
            Text("이번 분기에 한 일", "Done in the quarter").in_(language), _done(books, quarter, citations)
        ),
        Section(Text("소통 실적", "Communication").in_(language), _talks(books, quarter, citations)),
        Section(Text("늦어진 일정", "Late steps").in_(language), _late(books, quarter, citations)),
        Section(
            Text("다음 분기에 할 일", "Due in the next quarter").in_(language),
            _next(books, Quarter.at(quarter.ordinal + 1), citations),
        ),
        Section(Text("점검 결과", "Findings").in_(language), _findings(findings, citations)),
    ]
    kept = [one for one in sections if one.blocks]
    said = wording.quarter_name(quarter)
    return Sheet(
        kind=Text("분기 점검 보고서", "Quarterly report").in_(language),
        title=Text(f"{said.ko} 점검 보고서", f"Report on {said.en}").in_(language),
        subtitle=", ".join(one.plan.title for one in books),
        version=version_line(books[0], as_of, language),
        language=language,
        day=as_of,
        sections=kept,
        sources=citations.sources(),
        legend=legend_of(kept, language),
    )


def _head(language: Language, *words: Text) -> list[str]:
    return [word.in_(language) for word in words]


def _plain(text: Text | str, language: Language) -> Cell:
    return [Piece(text if isinstance(text, str) else text.in_(language))]


def _rates(rates: Sequence[Rate], language: Language) -> list[Block]:
    """Every rate with what it divides by what: without that no two can be compared."""
    if not rates:
        return []
    rows: list[list[Cell]] = []
    for one in rates:
        of = Text(
            f"{wording.amount(_rounded(one.numerator), one.of).ko} / "
            f"{wording.amount(_rounded(one.denominator), one.of).ko}",
            f"{wording.amount(_rounded(one.numerator), one.of).en} / "
            f"{wording.amount(_rounded(one.denominator), one.of).en}",
        )
        value = Text("–", "–") if one.value is None else wording.amount(round(one.value, 2), one.unit)
        why = one.note if one.value is None and one.note else one.definition
        rows.append(
            [_plain(one.name, language), _plain(why, language), _plain(of, language), _plain(value, language)]
        )
    head = _head(
        language,
        Text("이행률", "Rate"),
        Text("정의", "Definition"),
        Text("분자 / 분모", "Numerator / denominator"),
        Text("값", "Value"),
    )
    return [Grid("", head, rows, 2, (3, 8, 4, 2))]


def _rounded(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 2)


def _states(books: Sequence[Book], language: Language) -> list[Block]:
    """How many pledges are in each state; those nobody has set are counted as such."""
    pledges = [(book, one) for book in books for one in book.projects if one.parent is None]
    if not pledges:
        return []
    states = (book.states.get(one.id) for book, one in pledges)
    count = Counter(found.state if found else None for found in states)
    names = [*(STATE_NAMES[state] for state in PledgeState), Text("정하지 않음", "not set")]
    numbers = [*(count[state] for state in PledgeState), count[None]]
    head = _head(language, Text("구분", "Item"), Text("계", "Total"), *names)
    row = [_plain(Text("건수", "Count"), language), [Piece(str(len(pledges)))]]
    return [Grid("", head, [[*row, *([Piece(str(number))] for number in numbers)]], 1, _STATE_WIDTHS)]


def _money(ledger: Ledger, language: Language) -> list[Block]:
    """Money by source at every stage, none counted twice."""
    found = stages_by(ledger.leaves, Grouping.SOURCE)
    if not found:
        return []
    total = sum(found.values(), Stages())
    size, unit = money_unit((won for one in (*found.values(), total) for won in _amounts(one)), language)
    stated = {leaf.stage for leaf in ledger.leaves}
    # Of a stage that no document speaks of nothing is known, which is not zero.
    told = [
        wanted <= stated
        for wanted in (
            {Stage.PLANNED},
            {Stage.SECURED},
            {Stage.PLANNED, Stage.SECURED},
            {Stage.EXECUTED},
            {Stage.SETTLED},
            {Stage.RETURNED},
        )
    ]
    order = {id: i for i, id in enumerate(sources())}
    rows = sorted(found.items(), key=lambda item: order.get(item[0][0] or "", len(order)))
    head = _head(
        language,
        Text("재원", "Source"),
        STAGE_NAMES[Stage.PLANNED],
        STAGE_NAMES[Stage.SECURED],
        UNSECURED,
        STAGE_NAMES[Stage.EXECUTED],
        STAGE_NAMES[Stage.SETTLED],
        STAGE_NAMES[Stage.RETURNED],
    )
    body: list[list[Cell]] = [
        [
            _plain(name, language),
            *(
                [Piece(shown_in(won, size))] if known else []
                for won, known in zip(_amounts(one), told, strict=True)
            ),
        ]
        for name, one in [
            (Text("계", "Total"), total),
            *((_source(source), one) for (source,), one in rows),
        ]
    ]
    return [Grid(Text(f"단위: {unit}", f"in {unit}").in_(language), head, body)]


def _source(id: str | None) -> Text:
    return Text("재원 구분 없음", "Not split") if id is None else source_name(id)


def _amounts(one: Stages) -> tuple[int, ...]:
    return one.planned, one.secured, one.unsecured, one.executed, one.settled, one.returned


def _projects(books: Sequence[Book], ledger: Ledger, citations: Citations) -> list[Block]:
    """Every project with its department, state, progress and money."""
    language = citations.language
    rows: list[list[Cell]] = []
    money = {
        (book.plan.id, one.id): _rolled(ledger, book.plan.id, one.id)
        for book in books
        for one in book.projects
    }
    size, unit = money_unit((won for pair in money.values() for won in pair), language)
    for book in books:
        said: dict[str, list[Statement]] = defaultdict(list)
        for one in book.statements:
            said[one.subject].append(one)
        for depth, project in tree(book):
            state = book.states.get(project.id)
            progress = latest_progress(said[project.id])
            planned, executed = money[book.plan.id, project.id]
            rows.append(
                [
                    [Piece(project.code)] if project.code else [],
                    [Piece("– " * depth + project.title)],
                    [Piece(project.owner)] if project.owner else [],
                    _plain(STATE_NAMES[state.state], language) if state else [],
                    [citations.piece(wording.said(progress), progress.origin, MARKS["신고"])]
                    if progress
                    else [],
                    [Piece(shown_in(planned, size))] if planned else [],
                    [Piece(shown_in(executed, size))] if executed else [],
                ]
            )
    head = _head(
        language,
        Text("번호", "No."),
        Text("사업", "Project"),
        Text("추진부서", "Department"),
        Text("상태", "State"),
        Text("추진율", "Progress"),
        STAGE_NAMES[Stage.PLANNED],
        STAGE_NAMES[Stage.EXECUTED],
    )
    caption = Text(f"금액 단위: {unit}", f"money in {unit}").in_(language)
    return [Grid(caption, head, rows, 4, (1.5, 6, 3, 2, 2.4, 2, 2))] if rows else []


def _rolled(ledger: Ledger, plan: str, project: str) -> tuple[int, int]:
    """Planned and executed money of a project with its parts [won]."""
    found = ledger.choices[plan]
    planned, executed = found.get((project, Stage.PLANNED)), found.get((project, Stage.EXECUTED))
    return (planned.won if planned else 0), (executed.won if executed else 0)


def _done(books: Sequence[Book], quarter: Quarter, citations: Citations) -> list[Block]:
    """Achievements reported for the quarter and milestones finished in it."""
    items: list[tuple[str, Piece]] = []
    for book in books:
        titles = subject_titles(book)
        items += [
            (titles.get(one.project, ""), citations.piece(one.title, one.origin))
            for one in book.milestones
            if one.done == quarter
        ]
        items += [
            (titles.get(one.subject, ""), citations.piece(one.text, one.origin))
            for one in book.facts
            if one.kind is FactKind.ACHIEVEMENT and one.when == str(quarter)
        ]
    return [Items(items or [("", Piece(NOTHING.in_(citations.language)))])]


def _talks(books: Sequence[Book], quarter: Quarter, citations: Citations) -> list[Block]:
    """Communication with residents counted in the quarter."""
    found = [
        (subject_titles(book).get(one.subject, ""), one)
        for book in books
        for one in book.statements
        if one.kind is Kind.COUNT and one.period == str(quarter)
    ]
    items = [
        (title, citations.piece(f"{one.measure} {wording.said(one).in_(citations.language)}", one.origin))
        for title, one in found
    ]
    return [Items(items)] if items else []


def _late(books: Sequence[Book], quarter: Quarter, citations: Citations) -> list[Block]:
    """Steps that should have been finished by the end of the quarter and are not."""
    return _steps(books, lambda one: one.done is None and one.end <= quarter, citations)


def _next(books: Sequence[Book], quarter: Quarter, citations: Citations) -> list[Block]:
    """Steps that are to be finished in the quarter that follows."""
    return _steps(books, lambda one: one.done is None and one.end == quarter, citations)


def _steps(books: Sequence[Book], wanted: Callable[[Milestone], bool], citations: Citations) -> list[Block]:
    language = citations.language
    rows: list[list[Cell]] = []
    for book in books:
        owners = {one.id: one.owner for one in book.projects}
        titles = subject_titles(book)
        for one in sorted(filter(wanted, book.milestones), key=lambda one: (one.end, one.project, one.title)):
            rows.append(
                [
                    [Piece(titles.get(one.project, ""))],
                    [citations.piece(one.title, one.origin)],
                    _plain(wording.quarter_name(one.end), language),
                    [Piece(owners.get(one.project, "") or "–")],
                ]
            )
    head = _head(
        language,
        Text("사업", "Project"),
        Text("세부 추진내용", "Step"),
        Text("기한", "Due"),
        Text("추진부서", "Department"),
    )
    return [Grid("", head, rows, 4, (5, 6, 2.4, 3))] if rows else []


def _findings(findings: Sequence[AuditFinding], citations: Citations) -> list[Block]:
    """What an auditor would point at, the gravest first."""
    language = citations.language
    if not findings:
        return [Items([("", Piece(NOTHING.in_(language)))])]
    order = list(Severity)
    rows: list[list[Cell]] = [
        [
            _plain(SEVERITY_NAMES[one.severity], language),
            [citations.piece(one.sentence.in_(language), one.origin)],
            _plain(one.remedy, language),
            [Piece(one.who)] if one.who else [],
        ]
        for one in sorted(findings, key=lambda one: (order.index(one.severity), one.rule, one.id))
    ]
    head = _head(
        language,
        Text("중요도", "Severity"),
        Text("내용", "What does not hold"),
        Text("조치", "What to do"),
        Text("담당", "Who"),
    )
    return [Grid("", head, rows, 4, (1.3, 7, 5, 2.2))]
