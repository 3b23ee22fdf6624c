"""Sun and cloud: pvlib's clear sky dimmed by a cloud field that drifts over the complex.

The sky of a day is tabulated every five minutes and interpolated. Clouds are one patterned sheet,
shifted with the wind, thinned or closed by the cover of the hour; each day begins with another
part of the sheet, which nobody sees because it changes at midnight.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from sandan.twin.demo.calendar import DAY, KST, day_number
from sandan.twin.demo.noise import Floats, Ints, chance, key, keys
from sandan.twin.demo.weather import Climate

STEP = 300
TURBIDITY = (2.9, 3.2, 3.9, 4.3, 4.5, 4.7, 4.8, 4.5, 3.9, 3.4, 3.1, 2.9)
"""Linke turbidity by month, as is usual over the Korean west coast."""

PIXELS, PIXEL = 512, 45.0
"""The cloud sheet: its side in cells, and a cell's side [m]."""

ALBEDO = 0.2
OVERCAST = 0.22
"""The share of clear-sky irradiance that comes through a closed cloud."""

SYSTEM_EFFICIENCY = 0.86
"""Wiring, soiling, inverter."""

_DAYS_KEPT = 6


@dataclass(frozen=True, slots=True)
class ClearSky:
    """One day: irradiance [W/m²] at every step, horizontal and on each orientation (steps, orientations)."""

    horizontal: Floats
    beam: Floats
    diffuse: Floats


@dataclass(frozen=True, slots=True)
class Sky:
    """The sun over one place, for plants of given tilts and azimuths."""

    seed: int
    lon: float
    lat: float
    tilts: Floats
    azimuths: Floats
    climate: Climate
    sheet: Floats
    _days: OrderedDict[int, ClearSky] = field(default_factory=OrderedDict, repr=False, compare=False)

    def clear(self, day: int) -> ClearSky:
        """The cloudless day with this number, in Seoul."""
        if day not in self._days:
            self._days[day] = self._clear(day)
            while len(self._days) > _DAYS_KEPT:
                self._days.popitem(last=False)
        return self._days[day]

    def _clear(self, day: int) -> ClearSky:
        # They take half the start-up of every command, and only a running demo asks for the sun.
        import pandas as pd  # noqa: PLC0415  # as above
        import pvlib  # noqa: PLC0415  # as above

        start = day * DAY - KST
        times = pd.to_datetime(np.arange(start, start + DAY + 1, STEP), unit="s", utc=True)
        position = pvlib.solarposition.get_solarposition(times, self.lat, self.lon)
        zenith = position["apparent_zenith"].to_numpy()
        azimuth = position["azimuth"].to_numpy()
        noon = datetime.fromtimestamp(start + DAY // 2, UTC)
        air_mass = pvlib.atmosphere.get_relative_airmass(zenith)
        extra = float(pvlib.irradiance.get_extra_radiation(noon.timetuple().tm_yday))
        # Below the horizon pvlib divides by zero and then discards the result.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            clear = pvlib.clearsky.ineichen(zenith, air_mass, TURBIDITY[noon.month - 1], dni_extra=extra)
        ghi, dni, dhi = (np.nan_to_num(np.asarray(clear[name])) for name in ("ghi", "dni", "dhi"))
        up = (zenith < 89.5)[:, None]
        facing = np.column_stack(
            [pvlib.irradiance.aoi_projection(tilt, facing, zenith, azimuth)
             for tilt, facing in zip(self.tilts, self.azimuths, strict=True)]
        ) if len(self.tilts) else np.zeros((len(ghi), 0))  # fmt: skip
        lean = np.cos(np.radians(self.tilts))
        beam = np.clip(facing, 0, None) * dni[:, None] * up
        diffuse = (dhi[:, None] * (1 + lean) / 2 + ghi[:, None] * ALBEDO * (1 - lean) / 2) * up
        return ClearSky(ghi * up[:, 0], beam, diffuse)

    def _between(self, t: Ints, part: str, columns: Ints | None = None) -> Floats:
        """A column of the day's table at instants `t`, straight lines between steps."""
        days = day_number(t)
        first = None
        for day in np.unique(days).tolist():
            rows = np.flatnonzero(days == day)
            table = getattr(self.clear(day), part)
            table = table if columns is None else table[:, columns]
            at = (t[rows] + KST - day * DAY) / STEP
            low = np.minimum(at.astype(np.int64), len(table) - 2)
            share = (at - low).reshape(-1, *([1] * (table.ndim - 1)))
            value = table[low] * (1 - share) + table[low + 1] * share
            if len(rows) == len(t):
                return np.asarray(value)
            if first is None:
                first = np.zeros((len(t), *value.shape[1:]))
            first[rows] = value
        assert first is not None
        return first

    def shade(self, t: Ints, x: Floats, y: Floats) -> Floats:
        """How much cloud stands between the sun and each place (m) at each instant (n): 0 to 1, (n, m)."""
        days = day_number(t)
        found = np.empty((len(t), len(x)))
        cover = self.climate.at(t).cloud[:, None]
        for day in np.unique(days).tolist():
            rows = np.flatnonzero(days == day)
            east, north = self.climate.drift(day)
            since = (t[rows] + KST - day * DAY).astype(np.float64)[:, None]
            start = chance(keys([f"sheet {self.seed} 0", f"sheet {self.seed} 1"]), day, 1) * PIXELS
            found[rows] = _bilinear(
                self.sheet,
                (x[None] - east * since) / PIXEL + start[0],
                (y[None] - north * since) / PIXEL + start[1],
            )
        edge = np.clip((found - (1 - cover) * 1.1 + 0.1) / 0.16, 0, 1)
        return np.asarray(edge * edge * (3 - 2 * edge) * np.clip(0.55 + 0.45 * cover, 0, 1))

    def irradiance(self, t: Ints, x: Floats, y: Floats) -> Floats:
        """Global horizontal irradiance [W/m²] at places (m) and instants (n): (n, m)."""
        clear = self._between(t, "horizontal")[:, None]
        shade = self.shade(t, x, y)
        return np.asarray(clear * (1 - shade * (1 - OVERCAST)))

    def output(self, t: Ints, x: Floats, y: Floats, orientation: Ints, capacity: Floats) -> Floats:
        """Power [kW] of plants (m) at instants (n); a module loses 0.38 % a kelvin above 25 °C."""
        horizontal = self._between(t, "horizontal")
        power = np.zeros((len(t), len(x)))
        up = np.flatnonzero(horizontal > 0)
        if not len(up) or not len(x):
            return power
        lit = t[up]
        beam = self._between(lit, "beam")[:, orientation]
        diffuse = self._between(lit, "diffuse")[:, orientation]
        shade = self.shade(lit, x, y)
        plane = (beam + diffuse) * (1 - shade) + OVERCAST * horizontal[up][:, None] * shade
        cell = self.climate.at(lit).temperature[:, None] + 0.028 * plane
        power[up] = capacity * plane / 1000 * SYSTEM_EFFICIENCY * (1 - 0.0038 * (cell - 25))
        return np.asarray(np.clip(power, 0, 0.98 * capacity))


def _bilinear(sheet: Floats, column: Floats, row: Floats) -> Floats:
    c, r = np.floor(column).astype(np.int64), np.floor(row).astype(np.int64)
    dc, dr = column - c, row - r
    c0, r0 = c % PIXELS, r % PIXELS
    c1, r1 = (c0 + 1) % PIXELS, (r0 + 1) % PIXELS
    top = sheet[r0, c0] * (1 - dc) + sheet[r0, c1] * dc
    low = sheet[r1, c0] * (1 - dc) + sheet[r1, c1] * dc
    return np.asarray(top * (1 - dr) + low * dr)


def cloud_sheet(seed: int) -> Floats:
    """A seamless pattern of heaps and gaps, each cell's value its rank among all: 0 to 1."""
    rng = np.random.default_rng(key(f"clouds {seed}") % 2**32)
    turn = np.fft.fft2(rng.normal(size=(PIXELS, PIXELS)))
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(PIXELS), np.fft.fftfreq(PIXELS))) * PIXELS
    turn *= np.where(k > 0, np.maximum(k, 3.0) ** -1.7, 0)
    pattern = np.real(np.fft.ifft2(turn)).ravel()
    rank = np.empty(pattern.size)
    rank[pattern.argsort()] = np.linspace(0, 1, pattern.size)
    return rank.reshape(PIXELS, PIXELS)
