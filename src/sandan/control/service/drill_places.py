"""Where a drill can be held: at what holds the substance its script speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from sandan.control.model.drills import Script
from sandan.control.model.incidents import Place
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.twin.model import Thing
from sandan.words import Text

MOST = 300


@dataclass(frozen=True, slots=True)
class DrillPlaces:
    """What holds a script's substance; where nothing does, `others` of the kind to choose among."""

    fitting: Sequence[Thing]
    others: Sequence[Thing]


def drill_places(store: Store, conn: Connection, script: Script) -> DrillPlaces:
    """The places a script fits; one that names no substance fits the first thing of its kind."""
    if not script.cas:
        return DrillPlaces(store.things.find(conn, kind=script.place_kind, limit=1), ())
    things = store.things.all(conn, [script.place_kind])
    fitting = [one for one in things if one.attributes.get("cas") == script.cas]
    return DrillPlaces(fitting[:MOST], () if fitting else things[:MOST])


def scripted_place(store: Store, conn: Connection, script: Script) -> Place:
    """Where a drill is held when nobody says; `InvalidInput` when others of the kind are to choose among."""
    found = drill_places(store, conn, script)
    if found.others:
        raise InvalidInput.because(
            "place",
            Text(
                f"'{script.name.ko}' 각본의 물질(CAS {script.cas})이 있는 시설이 없습니다.",
                f"Nothing here holds the substance of '{script.name.en}' (CAS {script.cas}).",
            ),
            Text("훈련할 시설을 고르십시오.", "Choose where to hold it instead."),
        )
    return Place(thing=found.fitting[0].id) if found.fitting else Place()
