"""The rates that local governments publish, side by side, each with what it divides by what.

Two cities that publish "이행률" mean different things (REFERENCE.md B10, C2); so no rate stands here without
its numerator, its denominator and its definition, and one that cannot be computed says why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sandan.programme.engine.indicators import newest_progress
from sandan.programme.engine.ledger import Basis, Choice, Choices, count_both, outline_of
from sandan.programme.model.plan import Book, Project
from sandan.programme.model.vocabulary import WON, Kind, PledgeState, Stage
from sandan.words import Text

KEPT = (PledgeState.COMPLETED, PledgeState.CONTINUING)
"""The states that count as fulfilled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share [%] with what it was computed from; `value` is None where it has none, and `note` says why.

    `of` is the unit of numerator and denominator.
    """

    id: str
    name: Text
    definition: Text
    numerator: float | int
    denominator: float | int
    value: float | None
    of: str
    unit: str = "%"
    note: Text | None = None


def make_rate(
    id: str, name: Text, definition: Text, numerator: float, denominator: float, of: str, why: Text
) -> Rate:
    """numerator / denominator × 100 [%]; without a denominator no value, and `why`.

    >>> no = Text("", "")
    >>> seoul = make_rate("completion", no, no, 12.56 + 33.61, 100, "%", no)
    >>> round(seoul.value, 2)
    46.17
    """
    value = numerator / denominator * 100 if denominator else None
    return Rate(
        id=id,
        name=name,
        definition=definition,
        numerator=numerator,
        denominator=denominator,
        value=value,
        of=of,
        note=None if denominator else why,
    )


def compute_rates(book: Book, today: date, money: Mapping[Basis, Choices] | None = None) -> list[Rate]:
    """Completion, in-term completion, mean progress, funds and in-term funds of a plan, in this order.

    Pledges are the projects under no other. `money` is what `count_both` found, where it is counted already.
    Source of the definitions: REFERENCE.md B10.
    """
    outline = outline_of(book)
    if money is None:
        money = count_both(outline, book.statements)
    pledges = [one for one in book.projects if one.parent is None]
    return [
        _completion(book, pledges),
        _in_term(book, pledges),
        _progress(book, today),
        _funds(book.plan.id, money[Basis.WHOLE]),
        _funds_in_term(book.plan.id, outline.term, money[Basis.YEARS]),
    ]


def add_rates(rates: Sequence[Rate]) -> Rate:
    """One rate over several plans, at least one: numerators and denominators of those that have a value."""
    first, known = rates[0], [one for one in rates if one.value is not None]
    # Why there is none is said by the plan that came nearest to one.
    notes = [one.note for one in sorted(rates, key=lambda one: -one.denominator) if one.note]
    return make_rate(
        first.id,
        first.name,
        first.definition,
        sum(one.numerator for one in known),
        sum(one.denominator for one in known),
        first.of,
        notes[0] if notes else Text("셀 것이 없습니다.", "There is nothing to count."),
    )


def _completion(book: Book, pledges: Sequence[Project]) -> Rate:
    return _kept(
        book,
        pledges,
        "completion",
        Text("이행완료율", "Completion"),
        Text(
            "(완료 + 이행후계속추진) ÷ 전체 공약. 상태를 정하지 않은 공약은 이행하지 않은 것으로 셉니다.",
            "(Completed + fulfilled, continuing) ÷ all pledges. A pledge without a state counts as not "
            "fulfilled.",
        ),
        Text("공약이 없습니다.", "There are no pledges."),
    )


def _in_term(book: Book, pledges: Sequence[Project]) -> Rate:
    return _kept(
        book,
        [one for one in pledges if one.in_term],
        "completion-in-term",
        Text("임기 내 이행완료율", "Completion within the term"),
        Text(
            "임기 내에 끝내기로 한 공약 가운데 (완료 + 이행후계속추진)의 비율.",
            "(Completed + fulfilled, continuing) among the pledges to be completed within the term.",
        ),
        Text("임기 내라고 적힌 공약이 없습니다.", "No pledge is said to be completed within the term."),
    )


def _kept(
    book: Book, pledges: Sequence[Project], id: str, name: Text, definition: Text, nothing: Text
) -> Rate:
    states = [book.states[one.id].state for one in pledges if one.id in book.states]
    kept = sum(state in KEPT for state in states)
    if pledges and not states:
        unset = Text("상태를 정한 공약이 없습니다.", "No pledge has a state yet.")
        return _without(make_rate(id, name, definition, 0, len(pledges), "건", nothing), unset)
    made = make_rate(id, name, definition, kept, len(pledges), "건", nothing)
    missing = len(pledges) - len(states)
    if not missing:
        return made
    return replace(
        made, note=Text(f"{missing}건은 상태를 정하지 않았습니다.", f"{missing} pledge(s) have no state yet.")
    )


def _without(made: Rate, note: Text) -> Rate:
    return replace(made, value=None, note=note)


def _progress(book: Book, today: date) -> Rate:
    """The mean of what was reported last; a project that reported nothing is in neither number."""
    until = f"{today.year}-Q{(today.month - 1) // 3 + 1}"
    measured: Collection[tuple[str, str]] = {(one.subject, one.name) for one in book.measures}
    projects = {one.id for one in book.projects}
    said = [one for one in book.statements if one.kind is Kind.PROGRESS and one.subject in projects]
    newest = newest_progress(said, until, measured)
    made = make_rate(
        "progress",
        Text("평균 추진율", "Mean progress"),
        Text(
            "추진율을 보고한 사업의 최근 추진율 합계 ÷ 보고한 사업 수.",
            "The sum of the progress last reported ÷ the projects that reported it.",
        ),
        sum(float(one.value or 0) for one in newest.values()) / 100,
        len(newest),
        "건",
        Text("추진율을 보고한 사업이 없습니다.", "No project has reported its progress."),
    )
    silent = len(projects) - len(newest)
    if made.value is None or not silent:
        return made
    return replace(
        made,
        note=Text(
            f"사업 {len(projects)}건 가운데 {silent}건은 보고가 없습니다.",
            f"{silent} of {len(projects)} projects have reported nothing.",
        ),
    )


_NO_PLAN = Text("계획된 재원이 없습니다.", "No money is planned.")
_NO_MONEY = Text("확보했다고 적힌 재원이 없습니다.", "No money is stated as secured.")


def _funds(plan: str, found: Choices) -> Rate:
    planned, secured = (found.get((plan, stage)) for stage in (Stage.PLANNED, Stage.SECURED))
    made = make_rate(
        "funds",
        Text("재원 확보율", "Funds secured"),
        Text("확보한 재원 ÷ 총사업비.", "Money secured ÷ whole cost."),
        secured.won if secured else 0,
        planned.won if planned else 0,
        WON,
        _NO_PLAN,
    )
    return made if secured or made.value is None else _without(made, _NO_MONEY)


def _funds_in_term(plan: str, term: tuple[int, int] | None, found: Choices) -> Rate:
    name = Text("임기 내 재원 확보율", "Funds secured within the term")
    definition = Text(
        "임기에 드는 해의 확보 재원 ÷ 같은 해의 계획 재원. 기투자와 임기후는 뺍니다.",
        "Money secured in the years of the term ÷ money planned in them, without what was invested before "
        "or is planned after.",
    )
    if term is None:
        no_term = Text("계획에 임기가 적혀 있지 않습니다.", "The plan does not say when its term is.")
        return make_rate("funds-in-term", name, definition, 0, 0, WON, no_term)
    planned, secured = (_within(term, found.get((plan, stage))) for stage in (Stage.PLANNED, Stage.SECURED))
    none = Text("임기의 해로 나눈 계획 재원이 없습니다.", "No money is planned by year of the term.")
    made = make_rate("funds-in-term", name, definition, secured, planned, WON, none)
    return made if secured or made.value is None else _without(made, _NO_MONEY)


def _within(term: tuple[int, int], choice: Choice | None) -> int:
    return sum(
        cell.won
        for cell in (choice.counted if choice else ())
        if cell.period and cell.period.isdecimal() and term[0] <= int(cell.period) <= term[1]
    )
