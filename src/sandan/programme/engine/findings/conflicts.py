"""Values of one thing that differ, in two documents or two places of one; and lists of goals that do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sandan.programme.engine.conflicts import STATED_ONCE, contradiction_id
from sandan.programme.engine.findings.additions import blocks, gaps
from sandan.programme.engine.findings.index import BookIndex
from sandan.programme.engine.findings.rules import make_finding
from sandan.programme.engine.findings.sums import cells_of
from sandan.programme.engine.findings.values import Stated, agree, clusters, from_figures, from_statement
from sandan.programme.engine.names import measure_name
from sandan.programme.engine.wording import amount, won
from sandan.programme.model.audit import AuditFinding, Input
from sandan.programme.model.documents import Document, FoundFigure
from sandan.programme.model.plan import Book
from sandan.programme.model.statements import Origin, Statement
from sandan.programme.model.vocabulary import TOTAL, WON, Kind, period_name, source_name
from sandan.words import Text

_MOST_GOALS = 60
_FAR = 15


def faults_of(
    index: BookIndex, names: Mapping[str, str], explained: frozenset[str]
) -> Iterator[AuditFinding]:
    """Findings for contradictions of a plan that nobody settled.

    `names` are what documents are called by their digest; `explained` are ids of statements that another
    rule (private money left out) has explained already.
    """
    book = index.book
    settled = frozenset(book.settled)
    for several in _same_thing(book).values():
        values = [from_statement(one) for one in several]
        if not _differ(values) or any(one.id in explained for one in several):
            continue
        if any(contradiction_id(book.plan.id, one.key) in settled for one in several):
            continue
        exact = len({one.key for one in several}) == 1
        apart = len({(one.origin.document, one.place) for one in values}) > 1
        if not exact and not apart:
            continue
        if values[0].kind is Kind.BUDGET and _all_right(index, several):
            continue
        first = values[0]
        key = f"{first.kind}|{first.measure}|{first.source}|{first.period}|{first.stage}"
        yield _conflict(
            values,
            book.plan.id,
            first.subject,
            key,
            names,
            index.title(first.subject),
            index.owner(first.subject),
        )
    goals = [
        from_statement(one)
        for one in index.targets.get(book.plan.id, ())
        if one.value is not None and one.period in (None, TOTAL)
    ]
    yield from _goal_sets(goals, book.plan.id, book.plan.id, book.plan.title, names)


def _same_thing(book: Book) -> dict[tuple[object, ...], list[Statement]]:
    """Statements of one thing, where there are several; nearly everything is said once."""
    first: dict[tuple[object, ...], Statement] = {}
    several: dict[tuple[object, ...], list[Statement]] = {}
    for one in book.statements:
        if one.value is not None and one.kind in STATED_ONCE:
            name = measure_name(one.measure)
            key = (one.subject, one.kind, name, one.source, one.period, one.stage, one.unit)
            before = first.setdefault(key, one)
            if before is not one:
                several.setdefault(key, [before]).append(one)
    return several


def _differ(values: Sequence[Stated]) -> bool:
    return any(not agree(values[0], one) for one in values[1:])


def _all_right(index: BookIndex, several: Sequence[Statement]) -> bool:
    """Whether each of several totals is made up by its own table, of other years: the whole, and the term.

    702억 with its sources and 297.7억 with its years are both right; two tables of the same years are not.
    """
    if any(one.period not in (TOTAL, None) for one in several):
        return False
    scopes: dict[int, set[frozenset[str]]] = defaultdict(set)
    for block in blocks(cells_of(index.budgets.get(several[0].subject, ()))):
        if len(block) < 3 or any(True for _ in gaps(block)):
            continue
        years = frozenset(cell.period for cell in block if cell.period not in (None, TOTAL))
        for cell in block:
            if cell.period in (TOTAL, None):
                for one in several:
                    if (cell.source, cell.value, cell.line) == (one.source, one.value, one.origin.line):
                        scopes[cell.value].add(frozenset(year for year in years if year))
    values = {one.value for one in several}
    told = [years for value in values for years in scopes.get(int(value or 0), {None})]
    return None not in told and len(set(told)) == len(told) == len(values)


def _conflict(
    values: Sequence[Stated],
    plan: str,
    subject: str,
    key: str,
    names: Mapping[str, str],
    title: str,
    who: str = "",
) -> AuditFinding:
    first = values[0]
    what = first.called
    if first.kind is Kind.BUDGET and first.source not in (None, TOTAL):
        what += f" {source_name(first.source).ko}"
    if first.period not in (None, TOTAL):
        what += f" {period_name(first.period).ko}"
    listed = _distinct(values)
    ko = ", ".join(f"{amount(one.value, one.unit).ko}({_where(one.origin, names).ko})" for one in listed)
    en = ", ".join(f"{amount(one.value, one.unit).en} ({_where(one.origin, names).en})" for one in listed)
    return make_finding(
        "conflict",
        plan,
        subject,
        key,
        Text(
            f"'{title}'의 {what} 값이 곳에 따라 다릅니다: {ko}.",
            f"'{title}' has different values of {what}: {en}.",
        ),
        [Input(Text(one.called, one.called), one.value, one.unit, one.origin) for one in listed],
        listed[-1].origin,
        who=who,
    )


def _distinct(values: Sequence[Stated]) -> list[Stated]:
    """One for each value and place, in order of reading."""
    found: dict[tuple[float, str | None, int | None], Stated] = {}
    for one in sorted(values, key=lambda one: (one.origin.document or "", one.origin.line or 0)):
        found.setdefault((one.value, one.origin.document, one.origin.line), one)
    return list(found.values())


def _where(origin: Origin, names: Mapping[str, str]) -> Text:
    if origin.document is None:
        return Text("직접 입력", "typed in")
    name = names.get(origin.document, "")
    page = (f"{origin.page}쪽 ", f"page {origin.page} ") if origin.page else ("", "")
    line = (f"{origin.line}행", f"line {origin.line}") if origin.line else ("", "")
    return Text(f"{name} {page[0]}{line[0]}".strip(), f"{name} {page[1]}{line[1]}".strip())


def faults_in_figures(document: Document, figures: Sequence[FoundFigure]) -> Iterator[AuditFinding]:
    """Findings for goals and base figures that a document gives twice for one thing, differently."""
    values = [one for one in from_figures(document, figures) if one.kind in (Kind.TARGET, Kind.BASE)]
    names = {document.digest: document.name}
    grouped: dict[tuple[str, Kind, str, str, str | None, str], list[Stated]] = defaultdict(list)
    for one in values:
        if one.kind is Kind.TARGET and not one.subject and "목표" not in one.place + one.origin.text:
            continue
        within = _complex_of(one) if one.kind is Kind.BASE else ""
        grouped[one.subject, one.kind, one.measure, one.family, one.period, within].append(one)
    for (subject, kind, measure, _, period, within), several in grouped.items():
        places = clusters(several)
        if len(places) < 2 or not _differ(several):
            continue
        # Within one place several values of one name are rows of a list, no contradiction.
        if any(len({one.value for one in place}) > 1 for place in places):
            continue
        if kind is Kind.BASE and not within:
            continue
        title = within or subject or document.name
        yield _conflict(
            several, "", document.name, f"{subject}|{kind}|{measure}|{period}|{within}", names, title
        )
    by_region: dict[str, list[Stated]] = defaultdict(list)
    for one in values:
        if one.kind is Kind.TARGET and one.subject and one.period in (None, TOTAL):
            by_region[one.subject].append(one)
    for region, goals in by_region.items():
        yield from _goal_sets(goals, "", document.name, region, names)


def _complex_of(one: Stated) -> str:
    """The complex a base figure is of: the heading above it that is called one."""
    parts = [part.strip() for part in one.place.split(">")]
    return next(
        (part for part in reversed(parts) if part.endswith(("단지", "산단", "지구", "구역", "밸리"))), ""
    )


def _goal_sets(
    goals: Sequence[Stated], plan: str, subject: str, title: str, names: Mapping[str, str]
) -> Iterator[AuditFinding]:
    """Two places of a plan whose lists of goals each have what the other has not."""
    places = clusters(goals[:_MOST_GOALS])
    for i, first in enumerate(places):
        for second in places[i + 1 :]:
            only_first, only_second = _missing(first, second), _missing(second, first)
            if not only_first or not only_second:
                continue
            one, other = _listed(first, names), _listed(second, names)
            yield make_finding(
                "goal-sets",
                plan,
                subject,
                f"{title}|goals",
                Text(
                    f"'{title}'의 목표가 곳에 따라 다릅니다: {one.ko} / {other.ko}. "
                    "어느 한쪽에만 있는 목표가 서로 있어 무엇으로 평가할지 정해지지 않았습니다.",
                    f"'{title}' has different sets of goals: {one.en} / {other.en}. "
                    "Each has goals the other lacks, so that it is open what the plan is judged by.",
                ),
                [
                    Input(Text(one.called, one.called), one.value, one.unit, one.origin)
                    for one in (*first, *second)
                ],
                second[0].origin,
            )
            return


def _missing(these: Iterable[Stated], others: Sequence[Stated]) -> list[Stated]:
    """Goals that the others have neither by name nor by value."""
    return [
        one
        for one in these
        if not any(
            (one.measure == other.measure and one.family == other.family)
            or (one.value == other.value and one.family == other.family)
            for other in others
        )
    ]


def _listed(goals: Sequence[Stated], names: Mapping[str, str]) -> Text:
    where = _where(goals[0].origin, names)
    ko = ", ".join(f"{one.called} {amount(one.value, one.unit).ko}" for one in goals)
    en = ", ".join(f"{one.called} {amount(one.value, one.unit).en}" for one in goals)
    return Text(f"{ko}({where.ko})", f"{en} ({where.en})")


def _beside(total: Origin, part: Origin) -> bool:
    """Whether a part of money stands with a total: in its document, a few lines apart at most."""
    if total.document != part.document:
        return False
    return total.line is None or part.line is None or abs(total.line - part.line) <= _FAR


def private_money(
    totals: Sequence[tuple[str, int, Origin, str]],
    privates: Sequence[tuple[int, Origin]],
    plan: str,
    subject: str,
    title: str,
    names: Mapping[str, str],
) -> tuple[AuditFinding, frozenset[str]] | None:
    """Two totals of one project that differ by exactly its private money; with the statements explained.

    `totals` are (statement id, won, origin, what it is called); `privates` (won, origin).
    """
    pairs = ((small, big) for small in totals for big in totals if big[1] > small[1])
    for (small_id, small, small_at, _), (big_id, big, big_at, _) in pairs:
        for private, private_at in privates:
            if private <= 0 or big - small != private or not _beside(big_at, private_at):
                continue
            finding = make_finding(
                "private-left-out",
                plan,
                subject,
                "total",
                Text(
                    f"'{title}' 총액이 {won(small).ko}({_where(small_at, names).ko})과(와) "
                    f"{won(big).ko}({_where(big_at, names).ko})(으)로 다르며, 차이 {won(private).ko}은(는) "
                    "민자와 같습니다: 앞의 총액에서 민간 자금이 빠졌습니다.",
                    f"The total of '{title}' is {won(small).en} ({_where(small_at, names).en}) and "
                    f"{won(big).en} ({_where(big_at, names).en}); the difference of {won(private).en} is the "
                    "private money: the smaller total leaves it out.",
                ),
                [
                    Input(Text("민자를 뺀 총액", "Total without private money"), small, WON, small_at),
                    Input(Text("민자를 넣은 총액", "Total with private money"), big, WON, big_at),
                    Input(Text("민자", "Private money"), private, WON, private_at),
                ],
                small_at,
            )
            return finding, frozenset((small_id, big_id))
    return None
