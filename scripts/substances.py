"""Fill the figures of substances.csv from the published tables that the package `chemicals` carries.

Run by hand, in an environment of its own, when a substance is added:

    pip install chemicals==1.5.2
    python scripts/substances.py

Names, numbers and formulas of the table are kept as they are; every figure is written anew with the name of
the table it was read from. Sandan itself needs nothing of this.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import chemicals
from chemicals import heat_capacity, phase_change, vapor_pressure, volume
from chemicals.dippr import EQ100, EQ101, EQ105, EQ106, EQ114, EQ116

TABLE = Path(__file__).parents[1] / "src/sandan/control/model/substances.csv"
NAMES = ("id", "ko", "en", "also", "cas", "un", "formula")
FIGURES = (
    "molar_mass",
    "boiling_point",
    "liquid_density",
    "liquid_heat",
    "latent_heat",
    "vapour_pressure",
    "flammable_from",
)
STANDS_FOR = {"1330-20-7": "108-38-3"}
"""Mixed isomers, by their most abundant one."""
UNCLEAR = {("10102-44-0", "latent_heat")}
"""Boils as N2O4, and the table does not say of which of the two a mole is meant."""
ROOM, WARM = 293.15, 298.15

Found = tuple[float, str] | None
Read = Callable[[str, float, float], Iterator[tuple[float, str]]]


def _row(table: object, cas: str) -> dict[str, float] | None:
    frame = getattr(table, "loc", None)
    return dict(frame[cas]) if frame is not None and cas in table.index else None  # type: ignore[attr-defined]


def latent_heat(cas: str, mass: float, boiling: float) -> Iterator[tuple[float, str]]:
    """At the boiling point [J/kg]."""
    if (row := _row(phase_change.Hvap_data_CRC, cas)) and not math.isnan(row["HvapTb"]):
        yield row["HvapTb"] / mass, "CRC"
    if row := _row(phase_change.phase_change_data_Perrys2_150, cas):
        terms = [row[name] for name in ("C1", "C2", "C3", "C4")]
        yield EQ106(boiling, row["Tc"], *terms) / mass, "Perry 8E 2-150"
    if row := _row(phase_change.phase_change_data_VDI_PPDS_4, cas):
        terms = [row[name] for name in "ABCDE"]
        yield chemicals.phase_change.PPDS12(boiling, row["Tc"], *terms) / mass, "VDI PPDS"


def liquid_density(cas: str, mass: float, boiling: float) -> Iterator[tuple[float, str]]:
    """At 20 °C, or at the boiling point where that is colder [kg/m³]."""
    at = min(boiling, ROOM)
    if row := _row(volume.rho_data_Perry_8E_105_l, cas):
        yield EQ105(at, *[row[name] for name in ("C1", "C2", "C3", "C4")]) * mass, "Perry 8E 2-32"
    if row := _row(volume.rho_data_VDI_PPDS_2, cas):
        yield EQ116(at, row["Tc"], row["rhoc"], *[row[name] for name in "ABCD"]), "VDI PPDS"
    if row := _row(volume.rho_data_CRC_inorg_l, cas):
        yield row["rho"] - row["k"] * (at - row["Tm"]), "CRC"
    if row := _row(volume.rho_data_CRC_inorg_l_const, cas):
        yield mass / row["Vm"], "CRC"


def liquid_heat(cas: str, mass: float, boiling: float) -> Iterator[tuple[float, str]]:
    """At 25 °C, or at the boiling point where that is colder [J/(kg·K)]."""
    at = min(boiling, WARM)
    if row := _row(heat_capacity.Cp_data_Perry_Table_153_100, cas):
        yield EQ100(at, *[row[name] for name in "ABCDE"]) / 1000 / mass, "Perry 8E 2-153"
    if row := _row(heat_capacity.Cp_data_Perry_Table_153_114, cas):
        yield EQ114(at, row["Tmax"], *[row[name] for name in "ABCD"]) / 1000 / mass, "Perry 8E 2-153"
    for table, name in ((heat_capacity.Cp_data_Poling, "Poling"), (heat_capacity.CRC_standard_data, "CRC")):
        if (row := _row(table, cas)) and not math.isnan(row["Cpl"]):
            yield row["Cpl"] / mass, f"{name}, 25 °C"


def vapour_pressure(cas: str, mass: float, boiling: float) -> Iterator[tuple[float, str]]:
    """At 25 °C [Pa], of what is liquid then."""
    if boiling <= WARM:
        return
    if row := _row(vapor_pressure.Psat_data_Perrys2_8, cas):
        yield EQ101(WARM, *[row[f"C{n}"] for n in range(1, 6)]), "Perry 8E 2-8"
    if row := _row(vapor_pressure.Psat_data_AntoinePoling, cas):
        yield chemicals.vapor_pressure.Antoine(WARM, row["A"], row["B"], row["C"]), "Poling"
    if row := _row(vapor_pressure.Psat_data_VDI_PPDS_3, cas):
        terms = [row[name] for name in "ABCD"]
        yield chemicals.vapor_pressure.Wagner(WARM, row["Tc"], row["Pc"], *terms), "VDI PPDS"
    if row := _row(vapor_pressure.Psat_data_Landolt_Antoine, cas):
        yield (
            chemicals.vapor_pressure.Antoine(WARM, row["A"], row["B"], row["C"], base=math.e),
            "Landolt-Börnstein",
        )


def flammable_from(cas: str, mass: float, boiling: float) -> Iterator[tuple[float, str]]:
    """The lower limit of flammability [ppm]."""
    for name in ("IEC 60079-20-1 (2010)", "NFPA 497 (2008)", "WIKIDATA"):
        if name in chemicals.LFL_methods(CASRN=cas):
            yield chemicals.LFL(CASRN=cas, method=name) * 1e6, name.replace("WIKIDATA", "Wikidata")


def fill(row: dict[str, str]) -> dict[str, str]:
    """The row with its figures and their sources."""
    cas = STANDS_FOR.get(row["cas"], row["cas"])
    mass = chemicals.MW(cas) / 1000
    boiling, tables = chemicals.Tb(cas), chemicals.Tb_methods(cas)
    figures: dict[str, Found] = {"molar_mass": (mass, "IUPAC"), "boiling_point": (boiling, tables[0])}
    # What decomposes before it boils, or is a solid, has no boiling point there.
    if boiling is None:
        raise SystemExit(f"{row['id']}: no boiling point for {cas}")
    reads: dict[str, Read] = {
        "liquid_density": liquid_density,
        "liquid_heat": liquid_heat,
        "latent_heat": latent_heat,
        "vapour_pressure": vapour_pressure,
        "flammable_from": flammable_from,
    }
    for name, read in reads.items():
        if (cas, name) not in UNCLEAR:
            figures[name] = next(iter(read(cas, mass, boiling)), None)
    said = [f"{name}: {found[1]}" for name, found in figures.items() if found is not None]
    filled = {name: row.get(name, "") for name in NAMES}
    filled |= {name: f"{found[0]:.5g}" if (found := figures.get(name)) else "" for name in FIGURES}
    return filled | {
        "dose_exponent": row.get("dose_exponent", ""),
        "version": "2",
        "source": "; ".join(said)
        + (f"; of {cas}" if cas != row["cas"] else "")
        + f" (chemicals {chemicals.__version__})",
    }


def main() -> None:
    """Write the table again."""
    heat_capacity._load_Cp_data()
    volume._load_rho_data()
    phase_change._load_phase_change_correlations()
    vapor_pressure.load_vapor_pressure_dfs()
    with TABLE.open(encoding="utf-8") as file:
        rows = [fill(row) for row in csv.DictReader(file)]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, [*NAMES, *FIGURES, "dose_exponent", "version", "source"], lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
