"""The energy balance of a complex and the rates drawn from it, each with what it is of."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np

from sandan.energy.model.metering import Balance, Rate
from sandan.energy.model.rates import Floats
from sandan.words import Text


def balance(
    imported: Floats,
    generated: Floats,
    exported: Floats,
    used: Floats,
    *,
    charged: Floats | None = None,
    discharged: Floats | None = None,
    renewable: float = 1.0,
    green_bought: float = 0.0,
) -> Balance:
    """Where the complex's electricity came from and went, over the quarter-hours in which nothing is missing.

    All in kWh [n]: taken from and given to the grid, generated inside, the sum of the firms' meters, and what
    storage took and gave. losses = import + generation + discharge − export − charge − used. What of the
    generation was not given away in its own quarter-hour counts as used inside. `renewable` is the renewable
    share of the generation, `green_bought` what is covered by green premium, PPA or certificates [kWh].
    """
    zeros = np.zeros_like(imported)
    into, out = (zeros if charged is None else charged), (zeros if discharged is None else discharged)
    flows = np.vstack([imported, generated, exported, used, into, out])
    there = ~np.isnan(flows).any(axis=0)
    bought, made, given, taken, stored, freed = flows[:, there]
    kept = np.maximum(made - given, 0.0)
    supplied = float(bought.sum() + made.sum() + freed.sum())
    use = supplied - float(given.sum() + stored.sum())
    losses = use - float(taken.sum())
    self_used, generation = float(kept.sum()), float(made.sum())
    green = self_used * renewable + green_bought
    consumption = Text("단지 총사용량(손실 포함)", "all use of the complex, losses included")
    kept_text = Text("단지 안에서 쓴 자체 발전량", "own generation used inside")
    rates = {
        "self_sufficiency": Rate(
            Text("에너지 자급률", "Self-sufficiency"), self_used, use, kept_text, consumption
        ),
        "self_consumption": Rate(
            Text("자가소비율", "Self-consumption"),
            self_used,
            generation,
            kept_text,
            Text("자체 발전량", "own generation"),
        ),
        "coverage": Rate(
            Text("발전 충당률", "Generation over use"),
            generation,
            use,
            Text("자체 발전량(송출 포함)", "own generation, given away or not"),
            consumption,
        ),
        "re100": Rate(
            Text("RE100 이행률", "RE100 rate"),
            green,
            use,
            Text("단지 안에서 쓴 재생에너지와 구매한 재생에너지", "renewables used inside and bought"),
            consumption,
        ),
        "loss": Rate(
            Text("손실률", "Loss rate"),
            losses,
            supplied,
            Text("계량되지 않은 공급량", "supply that no meter accounts for"),
            Text("수전·발전·방전의 합", "import, generation and discharge"),
        ),
    }
    return Balance(
        supplied=supplied,
        imported=float(bought.sum()),
        generated=generation,
        exported=float(given.sum()),
        charged=float(stored.sum()),
        discharged=float(freed.sum()),
        metered_use=float(taken.sum()),
        losses=losses,
        self_used=self_used,
        slots=len(imported),
        used_slots=int(there.sum()),
        rates=MappingProxyType(rates),
    )
