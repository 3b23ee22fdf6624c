"""The settings offered as a start are settings one can start with."""

import tomllib

import pytest

from sandan.ingest.pages import EXAMPLES
from sandan.ingest.records import Wire
from sandan.ingest.sources import KINDS, build_source
from sandan.testing import FixedClock


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_every_kind_builds_a_source(kind, clock: FixedClock):
    """Whoever leaves the form as it is gets a connection, not a finding."""
    assert build_source(Wire("one", kind, tomllib.loads(EXAMPLES[kind])), clock).id == "one"
