"""What roofs give under a forecast sky: pvlib's formulas, for all roofs of a complex in one sweep.

The sun is where it is for all of them, so its position is asked of pvlib once; what differs from roof to roof
is a handful of multiplications. Equal to pvlib called roof by roof to 1e-9 of the power.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib

from sandan.compiled import fast
from sandan.energy.engine.forecast.weather import as_known
from sandan.energy.model.forecast import Roofs, Weather
from sandan.energy.model.rates import SLOT_MS, Floats, Instants
from sandan.errors import InvalidInput
from sandan.words import Text

NEEDED = ("ghi", "dni", "dhi", "temp_air", "wind_speed")
"""Of the weather: W/m² on the level, of the beam, of the sky; °C; m/s."""
HALF_DEGREE = 0.01745
"""pvlib lets the cosine of the zenith fall no lower than this when it divides by it."""
STANDARD_SUN, STANDARD_CELL = 1000.0, 25.0
FAIMAN = (25.0, 6.84)
"""How a cell cools [W/m²K], [W/m²K per m/s] (Faiman 2008, pvlib's defaults)."""
GLASS = (1.526, 4.0, 0.002)
"""Refractive index, extinction [1/m], thickness [m] (De Soto 2006, pvlib's `iam.physical`)."""
INVERTER = (0.96, 0.9637)
"""Nominal and reference efficiency (PVWatts v5)."""


def solar_power(roofs: Roofs, weather: Weather, until: int, horizon: int, step: int = SLOT_MS) -> Floats:
    """Power to the grid of each roof [kW, roofs × slots] for `horizon` slots from `until` (ms UTC).

    Weather as known at `until`; NaN where it was not. Plane of array by Hay and Davies, glass by
    `iam.physical` on the beam, cell temperature by Faiman, then PVWatts' array, losses and inverter. The sun
    stands where it does in the middle of a slot. Raises `InvalidInput` where the weather lacks a variable.
    """
    lacking = [name for name in NEEDED if name not in weather.variables]
    if lacking:
        missing = ", ".join(lacking)
        raise InvalidInput.because(
            "weather",
            Text(f"기상 자료에 {missing}이(가) 없습니다.", f"The weather lacks {missing}."),
            Text("일사·기온·풍속을 모두 주십시오.", "Give irradiance, temperature and wind."),
        )
    start = until + np.arange(horizon, dtype=np.int64) * step
    known = as_known(weather, start, np.full(horizon, until))
    sky = np.stack([known[:, weather.variables.index(name)] for name in NEEDED])
    return power_under(roofs, start, sky, step)


def power_under(roofs: Roofs, start: Instants, sky: Floats, step: int = SLOT_MS) -> Floats:
    """The same under a sky that is given: `sky` [NEEDED, slots] [kW, roofs × slots]."""
    times = pd.to_datetime(start + step // 2, unit="ms", utc=True)
    sun = pvlib.solarposition.get_solarposition(times, roofs.latitude, roofs.longitude)
    zenith = np.radians(sun["apparent_zenith"].to_numpy())
    azimuth = np.radians(sun["azimuth"].to_numpy())
    outside = np.asarray(pvlib.irradiance.get_extra_radiation(times.day_of_year.to_numpy()), np.float64)
    tilt, facing = np.radians(roofs.tilt), np.radians(roofs.azimuth)
    out = np.empty((len(roofs.tilt), len(start)))
    _sweep(
        np.cos(zenith),
        np.sin(zenith),
        azimuth,
        outside,
        np.ascontiguousarray(sky, np.float64),
        np.cos(tilt),
        np.sin(tilt),
        facing,
        roofs.dc_kw,
        roofs.ac_kw,
        roofs.temperature,
        1 - roofs.losses,
        roofs.albedo,
        out,
    )
    return out


@fast
def _sweep(
    up: Floats,
    low: Floats,
    azimuth: Floats,
    outside: Floats,
    sky: Floats,
    flat: Floats,
    steep: Floats,
    facing: Floats,
    dc: Floats,
    ac: Floats,
    gamma: Floats,
    kept: float,
    albedo: float,
    out: Floats,
) -> None:
    """Every roof under every slot; cosines and sines of the sun (`up`, `low`) and the roof (`flat`,
    `steep`)."""
    east, north = low * np.sin(azimuth), low * np.cos(azimuth)
    index, extinction, thick = GLASS
    straight = glass(1.0, index, extinction, thick)
    nominal, reference = INVERTER
    for r in range(len(flat)):
        across, along = steep[r] * np.sin(facing[r]), steep[r] * np.cos(facing[r])
        for t in range(len(up)):
            ghi, dni, dhi, air, wind = sky[0, t], sky[1, t], sky[2, t], sky[3, t], sky[4, t]
            if ghi == 0 and dni == 0 and dhi == 0:
                out[r, t] = 0.0
                continue
            face = flat[r] * up[t] + across * east[t] + along * north[t]
            face = min(max(face, -1.0), 1.0)
            beam = max(dni * face, 0.0)
            clear = dni / outside[t]
            even = max(dhi * (1 - clear) * 0.5 * (1 + flat[r]), 0.0)
            around = max(dhi * clear * max(face, 0.0) / max(up[t], HALF_DEGREE), 0.0)
            ground = ghi * albedo * (1 - flat[r]) * 0.5
            plane = beam + even + around + ground
            through = 0.0
            if face > 0:
                through = glass(face, index, extinction, thick) / straight
            effective = beam * through + even + around + ground
            cell = air + plane / (FAIMAN[0] + FAIMAN[1] * wind)
            array = effective / STANDARD_SUN * dc[r] * (1 + gamma[r] * (cell - STANDARD_CELL)) * kept
            if np.isnan(array):
                out[r, t] = np.nan
                continue
            limit = ac[r] / nominal
            load = array / limit
            if load <= 0:
                out[r, t] = 0.0
                continue
            given = nominal / reference * (-0.0162 * load - 0.0059 / load + 0.9858) * array
            out[r, t] = max(0.0, min(given, ac[r]))


@fast
def glass(face: float, index: float, extinction: float, thick: float) -> float:
    """How much light passes the glass when the cosine of its angle is `face` (Fresnel and Bouguer)."""
    sine = np.sqrt(max(0.0, 1 - face * face))
    inside = np.sqrt(1 - (sine / index) ** 2)
    if sine < 1e-9:
        lost = ((1 - index) / (1 + index)) ** 2
    else:
        s = ((face - index * inside) / (face + index * inside)) ** 2
        p = ((inside - index * face) / (inside + index * face)) ** 2
        lost = (s + p) / 2
    return float((1 - lost) * np.exp(-extinction * thick / inside))
