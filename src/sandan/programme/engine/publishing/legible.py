"""Text that XML can hold, and with it every format made of XML: feeds, IATI, XLSX and HWPX."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything but `Char` of XML 1.0 (fifth edition, 2.2)."""


def legible(text: str) -> str:
    """The text without the characters that XML forbids.

    >>> legible("산단\\x0b 계획")
    '산단 계획'
    """
    return _FORBIDDEN.sub("", text)
