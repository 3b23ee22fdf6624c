"""The texts Sandan comes with, from `notice_texts.csv`; an operator's own take their place."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from sandan.control.model.contacts import Circle
from sandan.control.model.notices import Phase, Template, Words


@cache
def shipped_templates() -> tuple[Template, ...]:
    """Every text as shipped, version 0."""
    with files("sandan.control").joinpath("notice_texts.csv").open(encoding="utf-8") as rows:
        return tuple(
            Template(
                kind=row["kind"],
                phase=Phase(row["phase"]),
                circle=Circle(row["circle"]),
                ko=Words(row["title_ko"], row["text_ko"]),
                en=Words(row["title_en"], row["text_en"]),
            )
            for row in csv.DictReader(rows)
        )
