"""What Sandan comes with: texts, from `texts.csv`, which an operator's own take the place of; and how
gateways are written down, from `recipes.csv`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sandan.control.model.contacts import ChannelKind, Circle
from sandan.control.model.notices import Phase, Template, Words
from sandan.tables import read_table
from sandan.words import Text


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a gateway of a service is written down, and what is needed for it."""

    id: str
    kind: ChannelKind
    name: Text
    url: str
    what: Text
    source: str


@cache
def recipes() -> tuple[Recipe, ...]:
    """Services that somebody here is likely to use; Apprise knows many more."""
    return tuple(
        Recipe(
            row["id"],
            ChannelKind(row["kind"]),
            Text(row["name_ko"], row["name_en"]),
            row["url"],
            Text(row["ko"], row["en"]),
            row["source"],
        )
        for row in read_table(__name__, "recipes.csv")
    )


OTHER_KINDS: dict[str, Text] = {
    "*": Text("모든 종류", "every kind"),
    "work_permit": Text("작업허가", "Work permit"),
}
"""What texts are for beside the kinds of incidents."""


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
