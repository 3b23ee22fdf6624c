"""What an officer types as a value: `702억`, `1조 2,345억원`, `12,450백만원`, `80`, `미정`."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from sandan.errors import InvalidInput
from sandan.programme.model.vocabulary import WON
from sandan.words import Text

_SCALES = {
    "조": Decimal(10**12),
    "억": Decimal(10**8),
    "천만": Decimal(10**7),
    "백만": Decimal(10**6),
    "만": Decimal(10**4),
    "천": Decimal(10**3),
    "": Decimal(1),
}
_PART = re.compile(r"([-△▲]?[\d,]+(?:\.\d+)?)\s*(조|억|천만|백만|만|천|)")
NOT_SET = ("", "미정", "-", "not set")


def read_amount(text: str, unit: str) -> int | float | None:
    """The value somebody typed: won as an int when `unit` is 원, else the number; None for *not yet set*.

    `InvalidInput` when it is no number, or not whole won.

    >>> read_amount("1조 2,345억원", "원"), read_amount("80", "%"), read_amount("미정", "%")
    (1234500000000, 80, None)
    """
    given = text.strip().removesuffix("원").removesuffix(unit).strip()
    if given in NOT_SET:
        return None
    parts = _PART.findall(given)
    rest = _PART.sub("", given).strip()
    try:
        numbers = [
            Decimal(n.replace(",", "").replace("△", "-").replace("▲", "-")) * _SCALES[s] for n, s in parts
        ]
    except InvalidOperation:
        numbers = []
    if not numbers or rest:
        raise InvalidInput.because(
            "value",
            Text(f"'{text}'은(는) 숫자가 아닙니다.", f"'{text}' is not a number."),
            Text(
                "예: 12,450백만원, 702억, 80, 미정", "for example 12,450백만원, 702억, 80, or 미정 (not set)."
            ),
        )
    total = sum(numbers, Decimal(0))
    if total == total.to_integral_value():
        return int(total)
    if unit == WON:
        raise InvalidInput.because(
            "value",
            Text(f"'{text}'은(는) 원 단위로 떨어지지 않습니다.", f"'{text}' is not whole won."),
            Text("원 단위 정수가 되도록 적으십시오.", "write an amount in whole won."),
        )
    return float(total)
