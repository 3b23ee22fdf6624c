"""Surplus shared by the members' rule, and settled so that not a won and not a watt-hour is left over."""

from __future__ import annotations

import hashlib
from dataclasses import astuple, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandan.energy.engine.sharing.kernels import share_all
from sandan.energy.engine.sharing.shapley import shapley
from sandan.energy.model.rates import Floats
from sandan.energy.model.sharing import Rule, SharingParams, SharingProblem, SharingResult, Stage
from sandan.errors import Conflict
from sandan.words import Text

_KERNELS = {Rule.PRO_RATA: 0, Rule.FEEDER_FIRST: 1, Rule.PRICE: 2, Rule.SHAPLEY: 1}


def share_surplus(problem: SharingProblem, params: SharingParams) -> SharingResult:
    """Share every quarter-hour's surplus and settle the whole period.

    Readings are taken to whole watt-hours. In each quarter-hour Σ given = Σ received + loss; nobody gives
    more than their surplus or receives more than their need; no feeder passes more than its limits. PRO_RATA:
    the same share of everybody's surplus or need as far as limits allow. FEEDER_FIRST: as much as possible
    within each feeder, the rest pro rata of what may cross. PRICE: the uniform price at which bids and asks
    balance, its own in a feeder whose limit is full; rent is what then lies between. SHAPLEY: energy as
    FEEDER_FIRST, money so that each saves its Shapley value. Who has no reading takes no part in that
    quarter-hour. Σ won + rent = 0; a reader of one result can check it against `fingerprint`.
    """
    known = np.isfinite(problem.net)
    wh = np.where(known, np.rint(np.nan_to_num(problem.net) * 1000), 0.0).astype(np.int64)
    surplus, need = np.maximum(wh, 0), np.maximum(-wh, 0)
    stay, cross = 1 - params.loss_within, 1 - params.loss_between
    out, into = problem.out_limit * 1000, problem.in_limit * 1000
    # The loops read along a quarter-hour.
    rows = (np.ascontiguousarray(one.T) for one in (surplus, need, problem.bid, problem.ask, out, into))
    arguments: tuple[Any, ...] = (_KERNELS[params.rule], problem.feeder, *rows, stay, cross)
    *shared, parted = share_all(*arguments)
    given, received, gone, came, price = (np.ascontiguousarray(one.T) for one in shared)
    own = _against_grid(problem, given, received)
    error = np.zeros(len(problem.members))
    rent = 0.0
    if params.rule is Rule.PRICE:
        amounts, rent = _by_price(problem, given, received, price, parted, stay)
    elif params.rule is Rule.SHAPLEY:
        worth = np.where(wh > 0, problem.ask, problem.bid)
        value, error = shapley(
            problem.feeder,
            wh.astype(np.float64),
            worth,
            out,
            into,
            params.loss_within,
            params.loss_between,
            exact=params.exact,
            samples=params.samples,
            seed=params.seed,
        )
        # The game is valued before rounding to watt-hours; that last fraction is put right here.
        off = (own.sum() - value.sum()) * np.abs(value) / max(np.abs(value).sum(), 1e-12)
        amounts = value + off - own
        price = np.full_like(price, np.nan)
    else:
        amounts = _at_one_price(given, received, float(params.price or 0.0))
        price = np.where(_by_feeder(problem, received) > 0, float(params.price or 0.0), np.nan)
    settled = balanced(np.append(amounts, rent))
    return SharingResult(
        params.rule,
        Stage.PREVIEW,
        fingerprint(problem, params),
        problem.members,
        given,
        received,
        surplus,
        need,
        gone,
        came,
        price,
        settled[:-1],
        int(settled[-1]),
        np.rint(own + settled[:-1]).astype(np.int64),
        round(float(own.sum())),
        error,
        (~known).sum(axis=1),
    )


def fingerprint(problem: SharingProblem, params: SharingParams) -> str:
    """SHA-256 over everything the result depends on; the same on every machine of the same byte order."""
    digest = hashlib.sha256(repr(astuple(params)).encode())
    digest.update("\0".join((*problem.members, "", *problem.feeders)).encode())
    for name in ("start", "feeder", "net", "bid", "ask", "out_limit", "in_limit"):
        array = np.asarray(getattr(problem, name))
        if array.dtype.kind == "f":
            # One bit pattern for every NaN, and for both zeros.
            array = np.where(np.isnan(array), np.nan, array + 0.0)
        digest.update(f"{name}{array.shape}{array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def finalise(preview: SharingResult, problem: SharingProblem, params: SharingParams) -> SharingResult:
    """The preview, final. `Conflict` when it is final already, or readings or rules changed since."""
    if preview.stage is Stage.FINAL:
        raise Conflict(Text("이미 확정된 정산입니다.", "This settlement is final already."))
    if preview.inputs != fingerprint(problem, params):
        raise Conflict(
            Text(
                "미리보기 이후 계량값이나 규칙이 바뀌었습니다. 다시 계산해 확인하십시오.",
                "Readings or rules changed since the preview. Compute it again and look.",
            )
        )
    return replace(preview, stage=Stage.FINAL)


def balanced(amounts: Floats) -> NDArray[np.int64]:
    """Whole won for amounts that add up to nothing: each within a won, together exactly nothing."""
    whole = np.floor(amounts).astype(np.int64)
    order = np.argsort(-(amounts - whole), kind="stable")
    missing = -int(whole.sum())
    assert 0 <= missing <= len(amounts), missing
    whole[order[:missing]] += 1
    return np.asarray(whole)


def _against_grid(problem: SharingProblem, given: NDArray[np.int64], received: NDArray[np.int64]) -> Floats:
    """What each saves before anybody pays anybody: the bill not paid less the sale not made [won]."""
    return np.asarray((received * problem.bid - given * problem.ask).sum(axis=1) / 1000)


def _at_one_price(given: NDArray[np.int64], received: NDArray[np.int64], price: float) -> Floats:
    """Receivers pay the price; in each quarter-hour givers share that by what they gave."""
    pays = received * price / 1000
    part = given / np.maximum(given.sum(axis=0), 1)
    return np.asarray((part * pays.sum(axis=0) - pays).sum(axis=1))


def _by_price(
    problem: SharingProblem,
    given: NDArray[np.int64],
    received: NDArray[np.int64],
    price: Floats,
    parted: NDArray[np.bool_],
    stay: float,
) -> tuple[Floats, float]:
    """Each pays and is paid its feeder's price; where prices part, what is left over is rent."""
    at = np.nan_to_num(price)[problem.feeder]
    pays, earns = received * at / 1000, given * at * stay / 1000
    paid, earned = pays.sum(axis=0), earns.sum(axis=0)
    rent = np.where(parted & (paid > earned), paid - earned, 0.0)
    scale = np.divide(paid - rent, earned, out=np.zeros_like(paid), where=earned > 0)
    rent = np.where(earned > 0, rent, paid)
    return np.asarray((earns * scale - pays).sum(axis=1)), float(rent.sum())


def _by_feeder(problem: SharingProblem, values: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.zeros((len(problem.feeders), values.shape[1]), dtype=np.int64)
    np.add.at(sums, problem.feeder, values)
    return sums
