"""The folder beside the project: seeds and real data that are never in it. Tests skip where it is absent."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared"
ENERGY = SHARED / "data" / "energy"
SEEDS = SHARED / "seeds"
