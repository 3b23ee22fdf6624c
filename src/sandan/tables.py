"""The tables that come with the code: rules, factors and words, each a CSV file beside its reader."""

from __future__ import annotations

import csv
from importlib.resources import files


def read_table(module: str, name: str) -> list[dict[str, str]]:
    """The rows of the table `name` beside `module` (its `__name__`); cells are text, by column."""
    with files(module.rpartition(".")[0]).joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
