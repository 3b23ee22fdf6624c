"""Rows of a plan as JSON, and back: the one way they are written down, in a column or in a draft.

Enumerations become their value, dates and instants ISO text, quarters `2024-Q3`, an origin an object.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from sandan.programme.model.plan import ROW_TYPES, Edit, Row, Table
from sandan.programme.model.statements import Origin
from sandan.programme.model.vocabulary import Quarter

Decode = Callable[[Any], Any]
TABLE_OF: Mapping[type, Table] = {of: table for table, of in ROW_TYPES.items()}


def row_to_json(row: Row | Origin) -> dict[str, Any]:
    """The fields of a row, in order, as JSON knows them."""
    return {name: _encode(getattr(row, name)) for name in _names(cast(Any, type(row)))}


def row_from_json(table: Table, given: Mapping[str, Any]) -> Row:
    """The row of `table` that `row_to_json` wrote; fields added since take their default."""
    made: Row = _build(ROW_TYPES[table], given)
    return made


def origin_from_json(given: Mapping[str, Any]) -> Origin:
    """The origin that `row_to_json` wrote; written out field by field, as there is one for every value."""
    get = given.get
    at = get("confirmed_at")
    return Origin(
        document=get("document"),
        line=get("line"),
        page=get("page"),
        text=get("text", ""),
        sure=get("sure", True),
        confirmed_by=get("confirmed_by"),
        confirmed_at=None if at is None else datetime.fromisoformat(at),
    )


def edit_to_json(edit: Edit) -> dict[str, Any]:
    """An edit with its row written out."""
    return {
        "table": edit.table.value,
        "id": edit.id,
        "row": None if edit.row is None else row_to_json(edit.row),
    }


def edit_from_json(given: Mapping[str, Any]) -> Edit:
    """The edit that `edit_to_json` wrote."""
    table = Table(given["table"])
    row = given["row"]
    return Edit(table, given["id"], None if row is None else row_from_json(table, row))


def _build(of: type, given: Mapping[str, Any]) -> Any:
    made = {}
    for name, decode in _decoders(of):
        if name in given:
            value = given[name]
            made[name] = value if value is None or decode is None else decode(value)
    return of(**made)


@cache
def _names(of: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(of))


def _encode(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Quarter):
        return str(value)
    if isinstance(value, Origin):
        return row_to_json(value)
    if isinstance(value, tuple):
        return list(value)
    return value


@cache
def _decoders(of: type) -> tuple[tuple[str, Decode | None], ...]:
    hints = get_type_hints(of)
    return tuple((name, _decoder(hints[name])) for name in _names(of))


def _decoder(hint: Any) -> Decode | None:
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        return _decoder(kinds[0]) if len(kinds) == 1 else None
    if get_origin(hint) is tuple:
        return tuple
    if hint is Origin:
        return origin_from_json
    if hint is datetime:
        return datetime.fromisoformat
    if hint is date:
        return date.fromisoformat
    if hint is Quarter:
        return Quarter.read
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return None
