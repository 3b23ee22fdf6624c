"""Dividing won so that not one is lost: largest remainders (Hamilton's method)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sandan.energy.model.rates import Floats
from sandan.errors import InvalidInput
from sandan.words import Text

Won = NDArray[np.int64]
Name = TypeVar("Name", bound=Hashable)
_NOISE = 1e-9


def apportion(total: Won, weight: Floats) -> Won:
    """Each column's `total` [columns, won] by `weight` [parties × columns]: int won that add up to it.

    Whole shares first, then a won each to the largest remainders; equal ones in the order given. Nobody of
    weight 0 gets any; a total below zero is shared as its opposite. Raises `InvalidInput` where there is
    something to share and nobody to get it, or a weight is negative or missing.
    """
    weight = np.atleast_2d(weight)
    sums = weight.sum(axis=0)
    if not (np.isfinite(weight).all() and (weight >= 0).all()) or ((sums <= 0) & (total != 0)).any():
        raise InvalidInput.because(
            "weight",
            Text("나눌 기준이 없거나 음수입니다.", "There is no basis to share by, or a negative one."),
            Text("0 이상의 값을 모두 주십시오.", "Give all weights, 0 or more."),
        )
    size = np.abs(total).astype(np.float64)
    part = weight / np.where(sums > 0, sums, 1)
    exact = part * size
    whole = np.maximum(np.floor(exact - np.maximum(_NOISE, size * 1e-15)), 0).astype(np.int64)
    over = np.abs(total) - whole.sum(axis=0)
    rest = np.where(weight > 0, exact - whole, -1.0)
    order = np.argsort(-np.round(rest, 9), axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(len(weight))[:, None], order.shape), axis=0)
    return np.asarray((whole + (rank < over)) * np.sign(total), np.int64)


def divide(won: int, shares: Mapping[Name, Decimal | Fraction | int]) -> dict[Name, int]:
    """`won` by exact `shares` of any sum: the same method in fractions."""
    parts = {name: Fraction(share) for name, share in shares.items()}
    total, size = sum(parts.values()), abs(won)
    if total <= 0 or any(part < 0 for part in parts.values()):
        raise InvalidInput.because(
            "shares",
            Text("배분율이 없거나 음수입니다.", "There are no shares, or negative ones."),
            Text("0 이상의 배분율을 적으십시오.", "Give shares of 0 or more."),
        )
    exact = {name: size * part / total for name, part in parts.items()}
    whole = {name: int(value) for name, value in exact.items()}
    order = sorted(exact, key=lambda name: whole[name] - exact[name])
    for name in order[: size - sum(whole.values())]:
        whole[name] += 1
    return {name: -value if won < 0 else value for name, value in whole.items()}
