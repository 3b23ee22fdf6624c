"""Indicators without a store: formulas of officers, head counts, answers, progress, money, a factor.

A formula is arithmetic over other indicators (by name), points, records and events. It is read as a
tree first, so that it can be refused with a reason before anything is computed.
"""

from __future__ import annotations

import ast
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from simpleeval import SimpleEval

from sandan.errors import Finding, InvalidInput
from sandan.programme.model.evidence import Record
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import period_order
from sandan.words import Text

LONGEST = 500
DEEPEST = 40
SOURCES = ("point", "record", "event")
"""What a formula may call for: `point('id')`, `record('payroll')`, `event('Kind')`."""
_PLAIN = {"min": min, "max": max, "abs": abs}
_OPERATORS: Mapping[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a formula is about: names of indicators, and calls as (source, id)."""

    names: frozenset[str]
    calls: frozenset[tuple[str, str]]


def name_in_formula(id: str) -> str:
    """An indicator's id as a formula writes it: `co2-total` is `co2_total`."""
    return re.sub(r"\W", "_", id)


def read_formula(formula: str) -> Terms:
    """What a formula refers to; `InvalidInput` names everything in it that is no arithmetic.

    >>> sorted(read_formula("energy_use / jobs + point('m1.energy')").names)
    ['energy_use', 'jobs']
    """
    if not formula.strip() or len(formula) > LONGEST:
        raise InvalidInput(
            [_fault(f"수식이 비었거나 {LONGEST}자를 넘습니다.", f"it is empty or over {LONGEST} characters.")]
        )
    try:
        tree = ast.parse(formula.strip(), mode="eval")
        terms, faults = _terms(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InvalidInput([_fault("수식을 읽을 수 없습니다.", "it cannot be read.")]) from None
    if faults:
        raise InvalidInput(faults)
    return terms


def compute_formula(
    formula: str, names: Mapping[str, float], calls: Mapping[tuple[str, str], float]
) -> float | None:
    """The value of a formula that `read_formula` accepts; None where it divides by nothing or overflows."""

    def found(source: str) -> dict[str, float]:
        return {id: value for (of, id), value in calls.items() if of == source}

    functions = _PLAIN | {source: found(source).__getitem__ for source in SOURCES}
    evaluator = SimpleEval(names=dict(names), functions=functions)
    try:
        value = float(evaluator.eval(formula.strip()))
    except (ZeroDivisionError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _terms(node: ast.expr, depth: int = 0) -> tuple[Terms, list[Finding]]:
    names: set[str] = set()
    calls: set[tuple[str, str]] = set()
    faults: list[Finding] = []
    below: Sequence[ast.expr] = ()
    match node:
        case _ if depth > DEEPEST:
            faults.append(_fault("수식이 너무 깊습니다.", "it is nested too deeply."))
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            pass
        case ast.Name(id=name):
            names.add(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            below = (left, right)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            below = (operand,)
        case ast.Call(func=ast.Name(id=called), args=[ast.Constant(value=str(id))], keywords=[]) if (
            called in SOURCES
        ):
            calls.add((called, id))
        case ast.Call(func=ast.Name(id=called), args=[_, *_] as args, keywords=[]) if called in _PLAIN:
            below = args
        case _:
            said = ast.unparse(node)[:60]
            faults.append(_fault(f"'{said}'은(는) 쓸 수 없습니다.", f"'{said}' is not allowed."))
    for one in below:
        more, wrong = _terms(one, depth + 1)
        names |= more.names
        calls |= more.calls
        faults += wrong
    return Terms(frozenset(names), frozenset(calls)), faults


def _fault(ko: str, en: str) -> Finding:
    return Finding(
        "formula",
        Text(ko, en),
        Text(
            "지표 이름, 수, + - * /, min max abs, point('…') record('…') event('…')만 쓰십시오.",
            "use names of indicators, numbers, + - * /, min max abs, point('…'), record('…'), event('…').",
        ),
    )


def newest_month(records: Iterable[Record]) -> dict[str, Record]:
    """The head count of each firm in the last month that any firm reported; later rows replace earlier."""
    by_month: dict[str, dict[str, Record]] = defaultdict(dict)
    for one in records:
        by_month[one.period][one.subject] = one
    return by_month[max(by_month)] if by_month else {}


def newest_sheets(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The rows of each survey's newest sheet; `records` in the order they became known.

    Rows of a sheet are numbered upwards, so that where a number falls a new sheet has begun.
    """
    by_survey: dict[str, list[Record]] = defaultdict(list)
    for one in records:
        by_survey[one.subject].append(one)
    found = {}
    for survey, rows in by_survey.items():
        starts = [i + 1 for i, (a, b) in enumerate(pairwise(rows)) if b.row <= a.row]
        found[survey] = rows[starts[-1] if starts else 0 :]
    return found


def points_of_100(answers: Iterable[Record]) -> float:
    """The sum of answers, each as its share of the highest answer possible, in points of 100."""
    return sum(one.value / one.weight * 100 for one in answers)


def newest_progress(
    statements: Iterable[Statement], until: str, measured: Collection[tuple[str, str]] = ()
) -> dict[str, Statement]:
    """The progress [%] last stated of each subject, up to the period `until` (a year or a quarter).

    What is stated of a 확인지표, named in `measured` by subject and name, is no progress of the project.
    """
    found: dict[str, Statement] = {}
    for one in statements:
        if one.unit != "%" or one.value is None or not 0 <= one.value <= 100:
            continue
        if (one.subject, one.measure) in measured:
            continue
        if one.period is not None and one.period > until:
            continue
        best = found.get(one.subject)
        if best is None or _age(best) <= _age(one):
            found[one.subject] = one
    return found


def _age(statement: Statement) -> tuple[bool, tuple[int, str]]:
    return statement.period is not None, period_order(statement.period)
