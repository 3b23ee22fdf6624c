"""Text in both languages.

A sentence is written once, Korean and English side by side, so that neither can be forgotten
(decision 0002). Numbers, dates and units are formatted by Babel where they are shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One piece of text, Korean first.

    A particle after a word known only at run time is written both ways, "'{name}'을(를)"; it is put
    right when the text is shown.
    """

    ko: str
    en: str

    def in_(self, language: Language) -> str:
        return _fit_particles(self.ko) if language == "ko" else self.en

    def __str__(self) -> str:
        return _fit_particles(self.ko)


_PARTICLES = {"이(가)": "이가", "을(를)": "을를", "은(는)": "은는", "와(과)": "과와", "과(와)": "과와"}
_OPEN = re.compile(r"""([가-힣0-9])([)\]'"’”]*)(이\(가\)|을\(를\)|은\(는\)|와\(과\)|과\(와\)|\(으\)로)""")
_CLOSED_DIGITS = "013678"
"""Digits whose Korean reading (영, 일, 삼, 육, 칠, 팔) ends in a consonant."""


def _fit_particles(ko: str) -> str:
    """Each particle written both ways, '높이이(가)', in the form that its word asks for: '높이가'.

    After a word that ends in neither Hangul nor a digit the reading is uncertain and both ways stay.
    """
    return _OPEN.sub(_fit_particle, ko) if "(" in ko else ko


def _fit_particle(match: re.Match[str]) -> str:
    last, quotes, particle = match.groups()
    if last.isdigit():
        closed, rieul = last in _CLOSED_DIGITS, last in "178"
    else:
        final = (ord(last) - ord("가")) % 28
        closed, rieul = final != 0, final == 8
    if particle == "(으)로":
        # 로 follows ㄹ as it follows a vowel.
        return f"{last}{quotes}{'으로' if closed and not rieul else '로'}"
    return f"{last}{quotes}{_PARTICLES[particle][0 if closed else 1]}"
