"""Conditions that the queries of many tables share, the domains' own among them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def seen_by(column: sa.ColumnElement[Any], tenant: str) -> sa.ColumnElement[bool]:
    """What `Actor.sees` says, as SQL: the tenant's own rows and those of nobody."""
    return sa.or_(column == tenant, column.is_(None))


def contains(column: sa.ColumnElement[Any], text: str) -> sa.ColumnElement[bool]:
    """Whether `text`, taken literally, occurs in the column, upper or lower case."""
    return column.icontains(text.strip(), autoescape=True)


def unstorable(text: str) -> bool:
    """Whether a database would refuse this text (NUL, half a surrogate pair)."""
    if text.isascii():
        return "\0" in text
    try:
        return b"\0" in text.encode()
    except UnicodeEncodeError:
        return True
