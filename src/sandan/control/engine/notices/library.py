"""The texts Sandan comes with, from `texts.csv`; an operator's own take their place."""

from __future__ import annotations

from functools import cache

from sandan.control.model.contacts import Circle
from sandan.control.model.notices import Phase, Template, Words
from sandan.tables import read_table


@cache
def shipped_templates() -> tuple[Template, ...]:
    """Every text as shipped, version 0."""
    return tuple(
        Template(
            kind=row["kind"],
            phase=Phase(row["phase"]),
            circle=Circle(row["circle"]),
            ko=Words(row["title_ko"], row["text_ko"]),
            en=Words(row["title_en"], row["text_en"]),
        )
        for row in read_table(__name__, "texts.csv")
    )
