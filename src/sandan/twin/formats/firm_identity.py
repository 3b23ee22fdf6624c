"""Which rows speak of the same firm."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from sandan.twin.formats.cells import tidy
from sandan.twin.model import Thing

_BRACKETS = re.compile(r"\([^()]*\)")
_COMPANY = re.compile(r"주식회사|유한회사|\((?:주|유|사|재|합)\)|\W|_")


def name_key(name: str) -> str:
    """A firm's name without its legal form, blanks and marks: '㈜한빛 정밀' is '한빛정밀'."""
    plain = tidy(name).casefold()
    return _COMPANY.sub("", plain) or plain


def address_key(*addresses: str) -> str:
    """The first address there is, without blanks and brackets."""
    given = next((a for a in addresses if a.strip()), "")
    return re.sub(r"[\s,]", "", _BRACKETS.sub("", tidy(given)))


def firm_id(number: str, name: str, addresses: Sequence[str]) -> str:
    """The same firm gets the same id each time: from its factory number, else from name and address."""
    if plain := re.sub(r"\W", "", tidy(number)):
        return f"firm-{plain[:60]}"
    told = f"{name_key(name)}|{address_key(*addresses)}"
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    return f"firm-{digest[:12]}"


def merge(first: Thing, second: Thing) -> tuple[Thing, list[str]]:
    """The two as one: the first one's values, gaps filled from the second, industry codes of both."""
    attributes = {**second.attributes, **first.attributes}
    codes = [str(t.attributes["ksic"]) for t in (first, second) if "ksic" in t.attributes]
    if codes:
        attributes["ksic"] = ",".join(dict.fromkeys(",".join(codes).split(",")))
    # A factory of several industries stands in the register once for each of them.
    differing = [
        id
        for id, value in second.attributes.items()
        if id not in ("ksic", "industry") and first.attributes.get(id, value) != value
    ]
    if name_key(first.name) != name_key(second.name):
        differing.insert(0, "name")
    return replace(first, attributes=attributes, geometry=first.geometry or second.geometry), differing
