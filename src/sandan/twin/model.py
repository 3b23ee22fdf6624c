"""The complex as pure data: things, and the points measured on them.

A thing has a place in one tree (`parent`) and, when it is a firm's, a `tenant`: the id of that
firm. Access follows `tenant`. Geometry is WGS 84, longitude first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from types import MappingProxyType

from shapely.geometry.base import BaseGeometry

Value = str | float | int | None
NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Thing:
    """Anything that stands, runs or works in the complex."""

    id: str
    kind: str
    name: str
    parent: str | None = None
    tenant: str | None = None
    geometry: BaseGeometry | None = None
    attributes: Mapping[str, Value] = field(default_factory=lambda: NOTHING)
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One quantity measured on one thing, in the quantity's own unit.

    `interval` is the nominal spacing of samples; `None` for one that speaks only when something
    changes. `low` and `high` bound normal operation and are the operator's to set. `number` is
    given by the registry and is what the historian stores.
    """

    id: str
    thing: str
    quantity: str
    interval: timedelta | None = None
    tenant: str | None = None
    low: float | None = None
    high: float | None = None
    number: int = 0
    simulated: bool = False


class Quality(IntEnum):
    """How far a sample may be trusted; larger is worse."""

    GOOD = 0
    ESTIMATED = 1
    RELEASED = 2
    """Was quarantined; a person looked at it and let it in."""
    BAD = 3
    """The device itself said so; kept, not counted in roll-ups."""
