"""Standard types of cable and transformer and the voltages to be kept, from the tables beside this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import cast, get_args

from sandan.energy.model.network import LineType, TransformerType, VoltageBand
from sandan.energy.model.tariff import Mark, Source
from sandan.errors import InvalidInput
from sandan.tables import read_table
from sandan.words import Text


@cache
def line_types() -> Mapping[str, LineType]:
    """Conductors whose parameters are known, by name; rows marked [U] are not among them."""
    return MappingProxyType(
        {
            row["id"]: LineType(
                row["id"],
                float(row["ohm_per_km"]),
                float(row["reactance_per_km"]),
                float(row["nf_per_km"]),
                float(row["rating_a"]),
                float(row["reactance_hertz"]),
                _source(row),
            )
            for row in read_table(__name__, "lines.csv")
            if row["mark"] != "U"
        }
    )


def line_type(where: str, id: str, own: Sequence[LineType] = ()) -> LineType:
    """The conductor of this name, the operator's `own` or the table's; `InvalidInput` with all there are."""
    known_types = {**line_types(), **{one.id: one for one in own}}
    if id in known_types:
        return known_types[id]
    known = ", ".join(known_types)
    raise InvalidInput.because(
        where,
        Text(f"전선 규격 '{id}'의 특성값이 없습니다.", f"No parameters are known of conductor '{id}'."),
        Text(f"있는 규격: {known}", f"There are: {known}."),
    )


@cache
def transformer_type(rating: float) -> TransformerType:
    """The type nearest in size to `rating` [kVA], by ratio; its shares are used at the rating asked for."""
    return min(_transformers(), key=lambda one: max(one.rating / rating, rating / one.rating))


@cache
def _transformers() -> tuple[TransformerType, ...]:
    return tuple(
        TransformerType(
            float(row["rating_kva"]),
            float(row["impedance_percent"]) / 100,
            float(row["load_loss_percent"]) / 100,
            float(row["no_load_loss_kw"]) / float(row["rating_kva"]),
            float(row["no_load_current_percent"]) / 100,
            _source(row),
        )
        for row in read_table(__name__, "transformers.csv")
    )


def voltage_bands(day: date) -> tuple[VoltageBand, ...]:
    """What holds on `day` for each nominal voltage; figures not found are None, proposals are left out."""
    held: dict[tuple[float, bool], VoltageBand] = {}
    for row in read_table(__name__, "voltages.csv"):
        if not row["effective_from"] or row["effective_from"] > day.isoformat():
            continue
        phase = row["between"] == "neutral"
        held[float(row["nominal_kv"]), phase] = VoltageBand(
            row["version"],
            date.fromisoformat(row["effective_from"]),
            float(row["nominal_kv"]),
            float(row["low_kv"]) if row["low_kv"] else None,
            float(row["high_kv"]) if row["high_kv"] else None,
            phase,
            _source(row),
        )
    return tuple(held.values())


def _source(row: Mapping[str, str]) -> Source:
    assert row["mark"] in get_args(Mark), row
    return Source(cast("Mark", row["mark"]), row["source"])
