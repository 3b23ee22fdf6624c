"""Chance with random access: the value at any instant is a hash of seed, thing and time.

Nothing is remembered from one instant to the next, so a month computed at once, a replay and a
live run give the same numbers. Series are smooth curves through hashed knots.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]

_MIX = tuple(np.uint64(m) for m in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
_SHIFTS = tuple(np.uint64(s) for s in (30, 27, 31, 11))


def key(text: str) -> int:
    """64 bits that stand for this text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def keys(texts: Iterable[str]) -> Keys:
    """`key` of each text."""
    return np.array([key(text) for text in texts], dtype=np.uint64)


def _mixed(bits: Keys) -> Keys:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    bits = (bits ^ (bits >> _SHIFTS[0])) * _MIX[1]
    bits = (bits ^ (bits >> _SHIFTS[1])) * _MIX[2]
    return bits ^ (bits >> _SHIFTS[2])


def chance(who: Keys, when: NDArray[np.integer] | int, what: int) -> Floats:
    """Uniform numbers in [0, 1) for `who` at the whole number `when`; the two broadcast."""
    moment = np.asarray(when).astype(np.int64).view(np.uint64)
    with np.errstate(over="ignore"):
        bits = _mixed(_mixed(who + np.uint64(what) * _MIX[2]) + moment * _MIX[0])
    return np.asarray((bits >> _SHIFTS[3]) * 2.0**-53)


def wave(who: Keys, t: NDArray[np.floating] | Ints, period: float, what: int) -> Floats:
    """Smooth noise in (-1, 1) for each of `who` [m] at each instant `t` [n, in s]: shape (n, m).

    Knots lie `period` [s] apart; between them runs a cubic with level ends.
    """
    at = np.asarray(t, dtype=np.float64) / period
    low = np.floor(at).astype(np.int64)
    part = (at - low)[:, None]
    part = part * part * (3 - 2 * part)
    if len(low) > 2 and (span := int(low.max() - low.min())) + 2 < len(low):
        # Many instants between few knots: hash each knot once.
        knots = 2 * chance(who[None, :], np.arange(low.min(), low.min() + span + 2)[:, None], what) - 1
        a, b = knots[low - low.min()], knots[low - low.min() + 1]
    else:
        a = 2 * chance(who[None, :], low[:, None], what) - 1
        b = 2 * chance(who[None, :], low[:, None] + 1, what) - 1
    return np.asarray(a + (b - a) * part)
