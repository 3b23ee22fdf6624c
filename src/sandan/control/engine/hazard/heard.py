"""What a caller's words say of a release: the substance and the amount, where they name them."""

from __future__ import annotations

import re

from sandan.control.model.substances import substances

_AMOUNT = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(kg|㎏|킬로|톤|tonnes?|tons?|t\b)", re.IGNORECASE)


def read_words(text: str) -> tuple[str | None, float | None]:
    """The id of the one substance named and the amount [kg]; None for what is not said, or said twice."""
    named = {
        one.id
        for one in substances().values()
        for word in (one.name.ko, one.name.en)
        if re.search(rf"{re.escape(word)}(?!산)", text, re.IGNORECASE)  # 차아염소산 is no 염소
    }
    found = _AMOUNT.findall(text)
    if len(found) != 1:
        amount = None
    else:
        number, unit = found[0]
        tonnes = unit.casefold().startswith(("t", "톤"))
        amount = float(number.replace(",", "")) * (1000 if tonnes else 1)
    return (named.pop() if len(named) == 1 else None), amount or None
