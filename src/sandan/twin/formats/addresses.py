"""Finding the building or parcel that an address names.

A lot number ('성곡동 605-3') or a street number ('번영로 45') identifies a place; the rest of a Korean
address (province, city, floor, room) only says how to get there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sandan.twin.formats.cells import tidy
from sandan.twin.model import Thing

_LOT = re.compile(r"(\w{1,20}(?:동|리|가|읍|면))\s+(산\s?)?(\d+(?:-\d+)?)(?:번지)?(?![\d가-힣-])")
_STREET = re.compile(r"(\w{1,20}(?:로|길))\s*(\d+(?:-\d+)?)(?![\d-])(?!번?길)")
_BARE_LOT = re.compile(r"(산\s?)?(\d+(?:-\d+)?)(?:번지)?")
_BRACKETS = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Buildings and parcels by lot and by street number; what two places share names neither."""

    places: dict[str, Thing | None]

    @classmethod
    def of(cls, things: Iterable[Thing]) -> AddressBook:
        places: dict[str, Thing | None] = {}
        parcels: dict[str, Thing | None] = {}
        for thing in things:
            if thing.kind not in ("building", "parcel") or thing.geometry is None:
                continue
            book = places if thing.kind == "building" else parcels
            for name in _names(thing):
                book[name] = thing if name not in book else None
        # A building says more than the parcel it stands on; several on one parcel leave the parcel.
        found = {name: building for name, building in places.items() if building is not None}
        return cls({**parcels, **found})

    def find(self, *addresses: str) -> Thing | None:
        """The place the first of these addresses names that names one."""
        for address in addresses:
            for name in (*_lots(address), *_streets(address)):
                if place := self.places.get(name):
                    return place
        return None


def _names(thing: Thing) -> set[str]:
    lot = str(thing.attributes.get("lot_number") or "")
    address = str(thing.attributes.get("address") or "")
    names = {*_lots(lot), *_lots(address), *_streets(address)}
    if bare := _BARE_LOT.fullmatch(tidy(lot)):
        names.add(_lot(bare[1], bare[2]))
    return names


def _lots(address: str) -> list[str]:
    """'성곡동605-3', then '605-3' for parcels that are known by their number alone."""
    match = _LOT.search(tidy(address))
    return [match[1] + _lot(match[2], match[3]), _lot(match[2], match[3])] if match else []


def _lot(mountain: str | None, number: str) -> str:
    return f"{'산' if mountain else ''}{number.removesuffix('-0')}"


def _streets(address: str) -> list[str]:
    return [match[1] + match[2] for match in _STREET.finditer(_BRACKETS.sub("", tidy(address)))]
