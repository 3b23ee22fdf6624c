"""Formulas and sums that indicators are made of."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandan.errors import InvalidInput
from sandan.programme.engine.factors import electricity_factor
from sandan.programme.engine.indicators import (
    compute_formula,
    newest_progress,
    newest_sheets,
    read_formula,
)
from sandan.programme.model.evidence import Record, RecordKind
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind


def said(value, period, subject="p", measure="추진율"):
    return Statement(
        id=f"{period}",
        subject=subject,
        kind=Kind.PROGRESS,
        measure=measure,
        value=value,
        unit="%",
        period=period,
    )


def test_a_formula_names_what_it_is_about_and_is_computed():
    """Names, points, records and events are told apart; the value is plain arithmetic."""
    formula = "energy_use / max(jobs, 1) + point('m1.energy') - event('AccidentReported') * 2"
    terms = read_formula(formula)
    assert terms.names == {"energy_use", "jobs"}
    assert terms.calls == {("point", "m1.energy"), ("event", "AccidentReported")}
    values = {("point", "m1.energy"): 5.0, ("event", "AccidentReported"): 1.0}
    assert compute_formula(formula, {"energy_use": 100.0, "jobs": 10.0}, values) == 13.0


def test_dividing_by_nothing_gives_no_value():
    """No number is invented where there is none."""
    assert compute_formula("1 / jobs", {"jobs": 0.0}, {}) is None
    assert compute_formula("jobs * jobs", {"jobs": 1e300}, {}) is None


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "1 +",
        "jobs ** jobs",
        "__import__('os')",
        "jobs.__class__",
        "[1 for x in 'a']",
        "point(jobs)",
        "point('a', 'b')",
        "'text'",
        "True",
        "jobs if jobs else 1",
        "lambda: 1",
        "(" * 300 + "1" + ")" * 300,
        "-" * 60 + "1",
        "1+" * 300 + "1",
        "min(**jobs)",
    ],
)
def test_what_is_no_arithmetic_is_refused(formula):
    """Powers, attributes, other calls, text, and what is too long or too deep."""
    with pytest.raises(InvalidInput):
        read_formula(formula)


@given(st.text(max_size=80))
def test_any_text_is_either_read_or_refused(text):
    """Nothing an officer types gets past the two outcomes."""
    with suppress(InvalidInput):
        read_formula(text)


def test_the_factor_is_the_one_published_last():
    """A figure of last year is computed with the factor that was known then."""
    assert electricity_factor(date(2025, 12, 16)).value == 0.4541
    assert electricity_factor(date(2025, 12, 17)).value == 0.4173


def test_progress_is_the_last_stated_up_to_the_period():
    """A later quarter is not known yet, a share of something else is no progress of the project."""
    rows = [said(40, "2023"), said(50, "2024-Q2"), said(70, "2025-Q1"), said(99, "2024-Q3", measure="만족")]
    found = newest_progress(rows, "2024-Q4", {("p", "만족")})
    assert found["p"].value == 50
    assert newest_progress([said(140, "2024"), said(None, "2024")], "2024-Q4") == {}


def test_a_survey_is_its_newest_sheet():
    """Rows of a sheet are numbered upwards; where a number falls the next sheet has begun."""
    at = datetime(2026, 1, 1, tzinfo=UTC)

    def answer(row, value):
        return Record(
            kind=RecordKind.SURVEY,
            subject="조사",
            period="2026-01",
            value=value,
            weight=5.0,
            document="a.csv",
            row=row,
            by="officer",
            known_at=at,
        )

    sheets = newest_sheets([answer(2, 1.0), answer(3, 2.0), answer(2, 4.0)])
    assert [one.value for one in sheets["조사"]] == [4.0]
