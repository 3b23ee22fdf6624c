"""How the loops of the forecasts are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile; keep the machine code beside the module where the disk can be written."""
    options = {"nogil": True, "fastmath": {"contract", "reassoc", "nsz", "arcp"}}
    try:
        return cast("F", njit(cache=True, **options)(function))
    except RuntimeError:  # nowhere to keep it
        return cast("F", njit(**options)(function))
