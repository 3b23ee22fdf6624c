"""Writes the reference pages that come from the code's own tables and command help.

`make docs` runs it; a test runs it too and fails when a committed page differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from sandan.access import ROLE_NAMES, Permission, Role
from sandan.cli import EXIT_CODES, sandan
from sandan.control.model.board import figure_rows, priorities
from sandan.domain import installed_domains
from sandan.settings import StoreSettings, WebSettings
from sandan.twin.tables import kinds, quantities
from sandan.units import units
from sandan.web.errors import CODES

FOLDER = Path(__file__).parent / "reference"
HEAD = "<!-- Written by `make docs` from the code; edit the tables, not this page. -->\n\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; None is an empty cell."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = ("" if cell is None else str(cell).replace("|", "\\|") for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def twin_page() -> str:
    """Kinds, attributes, quantities and units."""
    text = "# The tables of the twin\n\n## Kinds\n\n"
    text += table(
        ["id", "한국어", "English", "geometry", "public", "NGSI-LD type"],
        (
            (k.id, k.name.ko, k.name.en, k.geometry, "yes" if k.public else "", k.entity)
            for k in kinds().values()
        ),
    )
    text += "\n## Attributes\n\n"
    text += table(
        ["kind", "id", "한국어", "English", "type", "unit", "from", "to", "required"],
        (
            (k.id, a.id, a.name.ko, a.name.en, a.type, a.unit, a.low, a.high, "yes" if a.required else "")
            for k in kinds().values()
            for a in k.attributes.values()
        ),
    )
    text += "\n## Quantities\n\n"
    text += "The range is what is physically possible; a reading outside it goes to quarantine.\n\n"
    text += table(
        ["id", "한국어", "English", "unit", "from", "to", "over time"],
        ((q.id, q.name.ko, q.name.en, q.unit, q.low, q.high, q.rollup) for q in quantities().values()),
    )
    text += "\n## Units\n\n"
    text += table(
        ["symbol", "한국어", "English", "dimension", "factor to SI", "offset"],
        ((u.symbol, u.name.ko, u.name.en, u.dimension, u.factor, u.offset) for u in units().values()),
    )
    return text


def control_page() -> str:
    """Key figures and priorities of the control room."""
    text = "# The tables of the control room\n\n## Key figures\n\n"
    text += table(
        ["id", "한국어", "English", "quantity", "how", "unit"],
        ((f.id, f.name.ko, f.name.en, f.quantity, f.how, f.unit) for f in figure_rows()),
    )
    text += "\n## Priority when a quantity leaves the bounds set on its point\n\n"
    text += table(
        ["quantity", "priority", "한국어", "English"],
        ((name, p.priority, p.why.ko, p.why.en) for name, p in priorities().items()),
    )
    return text


def _commands(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, str]]:
    if isinstance(command, click.Group):
        if ctx.parent is not None:
            yield ctx.command_path, command.get_help(ctx)
        for name in command.list_commands(ctx):
            child = command.get_command(ctx, name)
            assert child is not None
            yield from _commands(child, click.Context(child, parent=ctx, info_name=name))
    else:
        yield ctx.command_path, command.get_help(ctx)


def commands_page() -> str:
    """The help of every command, and the exit codes."""
    context = click.Context(sandan, info_name="sandan", terminal_width=100, max_content_width=100)
    text = "# Commands\n\n```\n" + sandan.get_help(context) + "\n```\n"
    for path, shown in _commands(sandan, context):
        text += f"\n## {path}\n\n```\n{shown}\n```\n"
    text += "\n## Exit codes\n\n"
    rows = [(code, cls.__name__, (cls.__doc__ or "").splitlines()[0]) for cls, code in EXIT_CODES.items()]
    return text + table(["code", "error", "who acts"], rows)


def settings_page() -> str:
    """`sandan.toml` and its environment variables."""
    text = "# Settings\n\n"
    text += "In `sandan.toml`; each can be overridden by its variable. Secrets are never in the file.\n\n"
    rows: list[tuple[Any, ...]] = []
    for section, cls in (("store", StoreSettings), ("web", WebSettings)):
        rows += [
            (f"[{section}]", f.name, f"`{f.default}`", f"`SANDAN_{section.upper()}_{f.name.upper()}`")
            for f in fields(cls)
        ]
    return text + table(["table", "name", "default", "environment"], rows)


def access_page() -> str:
    """Who may do what, and how errors are answered."""
    domains = installed_domains()
    permissions: dict[str, Permission] = {p.id: p for d in domains for p in d.permissions}
    text = "# Roles and permissions\n\n"
    text += table(
        ["permission", "한국어", "English", *(ROLE_NAMES[role].en for role in Role)],
        (
            (p.id, p.name.ko, p.name.en, *("●" if role in {*p.roles, Role.ADMIN} else "" for role in Role))
            for p in permissions.values()
        ),
    )
    text += "\n## Errors over HTTP\n\n"
    return text + table(
        ["status", "error", "who acts"],
        ((code, cls.__name__, (cls.__doc__ or "").splitlines()[0]) for cls, code in CODES.items()),
    )


PAGES = {
    "twin.md": twin_page,
    "control.md": control_page,
    "commands.md": commands_page,
    "settings.md": settings_page,
    "access.md": access_page,
}


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (FOLDER / name).write_text(HEAD + make(), encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
