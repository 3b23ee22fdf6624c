"""The tables of kinds, attributes and quantities keep to what the code says of them."""

import csv
from importlib.resources import files
from typing import get_args

import pytest

from sandan.errors import InvalidInput
from sandan.twin.formats.delimited import key, synonyms
from sandan.twin.formats.ngsi_ld import VOCABULARY, context
from sandan.twin.tables import AttributeType, GeometryType, Rollup, kind, kinds, quantities, quantity


def test_literals_of_the_tables_are_those_of_the_types():
    """Geometry types, roll-ups and attribute types are among the ones declared."""
    assert {k.geometry for k in kinds().values()} <= set(get_args(GeometryType))
    assert {q.rollup for q in quantities().values()} <= set(get_args(Rollup))
    attributes = [a for k in kinds().values() for a in k.attributes.values()]
    assert {a.type for a in attributes} <= set(get_args(AttributeType))


def test_ranges_are_not_empty():
    """Every range has its low end below its high end."""
    assert all(q.low < q.high for q in quantities().values())
    bounded = [a for k in kinds().values() for a in k.attributes.values() if None not in (a.low, a.high)]
    assert all(a.low < a.high for a in bounded)


def test_everything_is_named_in_both_languages():
    """No kind, attribute or quantity lacks a Korean or an English name."""
    rows = [*kinds().values(), *quantities().values()]
    rows += [a for k in kinds().values() for a in k.attributes.values()]
    assert all(row.name.ko.strip() and row.name.en.strip() for row in rows)


def test_attributes_belong_to_kinds_of_the_table():
    """`attributes.csv` names no kind that `kinds.csv` does not have, and no attribute twice."""
    with files("sandan.twin").joinpath("attributes.csv").open(encoding="utf-8") as file:
        rows = [(row["kind"], row["id"]) for row in csv.DictReader(file)]
    assert rows == list(dict.fromkeys(rows))
    assert {kind for kind, _ in rows} <= set(kinds())


def test_unknown_ids_name_the_table():
    """Asking for a kind or quantity that is not there is an `InvalidInput` that says so."""
    with pytest.raises(InvalidInput) as error:
        kind("castle")
    assert "castle" in error.value.findings[0].problem.en
    with pytest.raises(InvalidInput) as error:
        quantity("mood")
    assert "mood" in error.value.findings[0].problem.en


def test_attribute_names_are_no_field_names():
    """A column cannot be both a field of every thing and an attribute of some."""
    named = {
        key(name)
        for k in kinds().values()
        for a in k.attributes.values()
        for name in (a.id, a.name.ko, a.name.en)
    }
    assert not named & set(synonyms("thing"))


def test_every_table_word_has_a_term_of_its_own():
    """In the NGSI-LD context kinds, attributes and quantities are ours, not another vocabulary's."""
    terms = context()["@context"]
    words = [k.entity for k in kinds().values()] + list(quantities())
    words += [a for k in kinds().values() for a in k.attributes]
    assert all(terms[word] == VOCABULARY + word for word in words)
