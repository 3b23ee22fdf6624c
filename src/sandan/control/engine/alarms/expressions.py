"""Sums over several points: of one thing by quantity, `pm10 - pm25`, or by id.

`point('feeder-1.active_power') + point('feeder-2.active_power')` is the same wherever it stands; beside
names of quantities, `nh3 - point('station-3.nh3')`, it is what each thing is compared with.
Only numbers, names, the four operations, powers, signs, brackets and min, max, abs; nothing else is
evaluated, whoever wrote the rule.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandan.errors import InvalidInput
from sandan.words import Text

Values = NDArray[np.float64]
_BINARY: Mapping[type[ast.operator], Callable[[Values, Values], Values]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_CALLS: Mapping[str, tuple[int, Callable[..., Values]]] = {
    "min": (2, np.minimum),
    "max": (2, np.maximum),
    "abs": (1, np.abs),
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that was read: its names, quantities before points, which of them are ids, and its tree."""

    text: str
    names: Sequence[str]
    points: frozenset[str]
    tree: ast.expr

    def of(self, columns: Mapping[str, Values]) -> Values:
        """Its value for each row; NaN where a name is unknown there or a division has no result."""
        with np.errstate(all="ignore"):
            value = np.asarray(_value(self.tree, columns), np.float64)
        return np.where(np.isfinite(value), value, np.nan)


def parse_expression(text: str) -> Expression:
    """Read a formula; raises `InvalidInput` with what in it cannot be used."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise _unusable(text, text) from error
    names: dict[str, bool] = {}
    _check(tree, text, names)
    if not names:
        raise _unusable(text, text)
    ordered = tuple(sorted(names, key=names.__getitem__))  # quantities first: the first is what it stands on
    return Expression(text, ordered, frozenset(name for name, fixed in names.items() if fixed), tree)


def _check(node: ast.expr, text: str, names: dict[str, bool]) -> None:
    match node:
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=int() | float()):
            return
        case ast.Name():
            names[node.id] = False
            return
        case ast.Call(func=ast.Name(id="point"), args=[ast.Constant(value=str() as id)], keywords=[]):
            names[id] = True
            return
        case ast.BinOp() if type(node.op) in _BINARY:
            _check(node.left, text, names)
            _check(node.right, text, names)
            return
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            _check(node.operand, text, names)
            return
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _CALLS:
            if len(node.args) == _CALLS[name][0]:
                for argument in node.args:
                    _check(argument, text, names)
                return
    raise _unusable(text, ast.get_source_segment(text.strip(), node) or text)


def _value(node: ast.expr, columns: Mapping[str, Values]) -> Values | float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name():
            return columns[node.id]
        case ast.Call(func=ast.Name(id="point"), args=[ast.Constant(value=str() as id)]):
            return columns[id]
        case ast.BinOp():
            left, right = _value(node.left, columns), _value(node.right, columns)
            return _BINARY[type(node.op)](np.asarray(left), np.asarray(right))
        case ast.UnaryOp():
            inner = np.asarray(_value(node.operand, columns))
            return -inner if isinstance(node.op, ast.USub) else inner
        case ast.Call(func=ast.Name(id=name)):
            return _CALLS[name][1](*(_value(argument, columns) for argument in node.args))
    raise AssertionError("the formula was checked when it was read")


def _unusable(text: str, part: str) -> InvalidInput:
    return InvalidInput.because(
        "expression",
        Text(f"식 '{text}'에서 '{part}'을(를) 쓸 수 없습니다.", f"'{part}' cannot be used in '{text}'."),
        Text(
            "측정항목의 식별자, point('측정점'), 수, + - * / **, 괄호, min·max·abs만 쓰십시오.",
            "use ids of quantities, point('id of a point'), numbers, + - * / **, brackets, min, max and abs.",
        ),
    )
