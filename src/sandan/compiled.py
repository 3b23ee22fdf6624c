"""Loops over arrays, compiled by numba; the machine code is kept beside the module where the disk allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])


def compiled(**options: Any) -> Callable[[F], F]:
    """A decorator with these options of `njit`; the loop runs beside others of the process."""

    def compile_(function: F) -> F:
        try:
            return cast("F", njit(cache=True, nogil=True, **options)(function))
        except RuntimeError:  # nowhere to keep it
            return cast("F", njit(nogil=True, **options)(function))

    return compile_


exact = compiled()
"""As written, to the last digit: for what settles money."""
fast = compiled(fastmath={"contract", "reassoc", "nsz", "arcp"})
"""Sums may be regrouped; a value that is missing (NaN) stays missing."""
