"""The newest value of each point, as exports take it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple


class Observed(NamedTuple):
    """A value and the start of the interval it was observed for."""

    at: datetime
    value: float


Latest = Mapping[str, Observed]
"""By point id; a point without a value yet is absent."""
