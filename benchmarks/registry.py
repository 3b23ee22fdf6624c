"""The workloads there are: every module of this package that registers one."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

Run = Callable[[Sequence[str]], int]
"""Takes the rest of the command line; gives the exit code."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Something to measure."""

    name: str
    about: str
    run: Run


_WORKLOADS: dict[str, Workload] = {}


def workload(name: str, about: str) -> Callable[[Run], Run]:
    """Register a function as the workload `name`."""

    def register(run: Run) -> Run:
        _WORKLOADS[name] = Workload(name, about, run)
        return run

    return register


def workloads() -> Mapping[str, Workload]:
    """All of them, by name."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("__"):
            import_module(f"benchmarks.{module.name}")
    return dict(sorted(_WORKLOADS.items()))
