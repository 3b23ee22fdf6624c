"""What a number is of: the noun before it, or behind it, or the label of its line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandan.programme.engine.figures.vocabulary import longest_first, tight, words

_CUT = re.compile(r"[,;()\[\]?→~:\"=+/※▷▶*]|\s-\s|·\s|…|⇒| {4,}")
_AFTER = re.compile(r"\s*([가-힣A-Za-z·]{2,}(?:\s[가-힣A-Za-z·]{2,})?)")
_DIGITS = re.compile(r"\d")
_EDGE = " ·*-'\"「」『』<>"


def measure_before(text: str) -> str:
    """The noun phrase that ends the text, at most three words; empty where there is none."""
    clause = _CUT.split(text.rstrip(" :="))[-1].strip(_EDGE)
    found: list[str] = []
    act = ""
    for word in reversed(clause.split()):
        bare = word.strip(_EDGE)
        if not found:
            bare = _trim(bare)
        elif _stops(bare):
            break
        if bare in words("measure", "acts") and not found and len(clause.split()) > 1:
            act = act or bare
            continue
        if not bare or _DIGITS.search(bare) or bare in words("measure", "skip"):
            if found:
                break
            continue
        found.insert(0, bare)
        if len(found) == 3 or bare in words("measure", "whole"):
            break
    return " ".join(found) or act


def measure_after(text: str) -> str:
    """The noun right behind a number: `207개사 신규창업`."""
    found = _AFTER.match(text)
    if not found:
        return ""
    for word in longest_first(words("kind", "goal_verbs")):
        if found[1].startswith(word):
            return word if word.startswith("신규") or len(word) > 3 else ""
    return _trim(found[1].split()[0])


def measure_of(before: str, after: str, labels: Sequence[str]) -> str:
    """The best name for a number between these texts under these labels."""
    following = measure_after(after)
    return (
        measure_before(before)
        or (following if following.startswith("신규") else "")
        or next((label for label in reversed(labels) if label and not _DIGITS.fullmatch(label)), "")
        or following
    )


def money_measure(before: str, labels: Sequence[str]) -> str:
    """What money is for: the budget word nearest to it, `사업비` where none is."""
    for text in (before, *reversed(labels)):
        squeezed = tight(text)
        hits = [word for word in longest_first(words("money", "budget")) if word in squeezed]
        if hits:
            return max(hits, key=lambda word: (squeezed.rfind(word) + len(word), len(word)))
    return "사업비"


def _trim(word: str) -> str:
    if word in words("measure", "whole"):
        return word
    for particle in longest_first(words("measure", "trim")):
        if len(word) > len(particle) + 1 and word.endswith(particle):
            stem = word.removesuffix(particle)
            if particle in "을를의으로에" or stem in words("measure", "whole") or len(stem) > 3:
                return stem
    return word


def _stops(word: str) -> bool:
    if any(stop in word for stop in words("measure", "stop")):
        return True
    return any(word.endswith(end) and len(word) > len(end) + 1 for end in words("measure", "ends"))
