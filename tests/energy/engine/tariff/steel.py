"""The steel plant's year of quarter-hours, month by month."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from tests.shared import ENERGY

from sandan.energy.model.metering import Meter

STEEL = ENERGY / "steel_gwangyang_15min_2018.parquet"


def steel_year() -> Meter:
    """All 35,040 quarter-hours of 2018.

    `date` in the file is the end of the quarter-hour and its row of 0:00 bears the day that it closes;
    `interval_end` is the same made plain, in Seoul.
    """
    table = pd.read_parquet(STEEL)
    ends = pd.DatetimeIndex(table["interval_end"]).tz_localize("Asia/Seoul")
    start = (ends - pd.Timedelta(minutes=15)).tz_convert("UTC").as_unit("ms").asi8
    return Meter(
        np.asarray(start, dtype=np.int64),
        table["Usage_kWh"].to_numpy(np.float64),
        table["Lagging_Current_Reactive.Power_kVarh"].to_numpy(np.float64),
        table["Leading_Current_Reactive_Power_kVarh"].to_numpy(np.float64),
    )


def months(meter: Meter) -> list[Meter]:
    """One meter a calendar month in Seoul."""
    local = pd.to_datetime(meter.start, unit="ms", utc=True).tz_convert("Asia/Seoul")
    cuts = [*np.flatnonzero(np.diff(local.month, prepend=0)).tolist(), len(meter.start)]
    return [
        Meter(
            meter.start[a:b],
            meter.energy[a:b],
            None if meter.lagging is None else meter.lagging[a:b],
            None if meter.leading is None else meter.leading[a:b],
        )
        for a, b in pairwise(cuts)
    ]
