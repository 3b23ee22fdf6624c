"""Text in both languages.

A sentence is written once, Korean and English side by side, so that neither can be forgotten
(decision 0002). Numbers, dates and units are formatted by Babel where they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")


@dataclass(frozen=True, slots=True)
class Text:
    """One piece of text, Korean first."""

    ko: str
    en: str

    def in_(self, language: Language) -> str:
        return self.ko if language == "ko" else self.en

    def __str__(self) -> str:
        return self.ko
