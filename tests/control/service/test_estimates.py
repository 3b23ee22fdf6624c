"""First estimates at an incident's place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import shapely

from sandan.access import Actor, Role
from sandan.control.model.incidents import Place
from sandan.control.service.hazard.estimates import estimate_blast, estimate_smoke
from sandan.control.service.incidents.opening import open_incident
from sandan.errors import InvalidInput, Unavailable
from sandan.store import Store
from sandan.testing import FixedClock
from sandan.twin.geometry import LocalMetres
from sandan.twin.model import Thing

OPERATOR = Actor("op", "관제사", frozenset({Role.OPERATOR}))
HERE = LocalMetres((126.70, 37.40))


def at(x: float) -> shapely.Point:
    lon, lat = HERE.to_degrees(x, 0.0)
    return shapely.Point(float(lon), float(lat))


def test_a_blast_reaches_farther_the_weaker_its_effect(store: Store, clock: FixedClock) -> None:
    """Rings from the worst to the weakest, each with the firms inside; it is called a first estimate."""
    firms = [Thing(f"firm-{x}", "firm", f"{x} m", None, f"firm-{x}", at(x)) for x in (10, 60, 5000)]
    with store.registry.write() as conn:
        store.things.put(conn, firms)
    spot = Place(words="저장소", lon=126.70, lat=37.40)
    incident = open_incident(store, OPERATOR, "explosion", clock.now(), place=spot)
    blast = estimate_blast(store, OPERATOR, incident, 1000.0, 46.0, 0.03)
    assert blast.tnt == pytest.approx(0.03 * 1000 * 46e6 / 4.68e6)
    assert [ring.metres for ring in blast.rings] == sorted(ring.metres for ring in blast.rings)
    assert [len(ring.firms) for ring in blast.rings][-1] == 2
    assert blast.note.serious
    with pytest.raises(InvalidInput):
        estimate_blast(store, OPERATOR, incident, 1000.0, 46.0, 0.0)
    with pytest.raises(InvalidInput):
        estimate_blast(store, OPERATOR, replace(incident, place=Place()), 1000.0, 46.0, 0.03)


def test_smoke_needs_a_wind(store: Store, clock: FixedClock) -> None:
    """Where no station reports, it says so instead of guessing."""
    with pytest.raises(Unavailable):
        estimate_smoke(store, OPERATOR, 20.0, clock.now() + timedelta(0))
