"""The table of rules as a file: read, written, and every fault named by row and column."""

from __future__ import annotations

import re
from datetime import time, timedelta

import pytest

from sandan.control.engine.alarms.scope import lay_out_rules
from sandan.control.engine.alarms.table import (
    built_in_rules,
    parse_rules,
    read_length,
    read_rows,
    rule_rows,
    say_length,
    write_rows,
)
from sandan.control.model.alarms import Calendar, Rule, RuleKind, Scope, Statistic, Window
from sandan.errors import InvalidInput
from sandan.twin.demo.complex import generate
from sandan.twin.demo.params import DemoParams
from sandan.twin.tables import kinds, quantities
from sandan.words import Text


def test_a_table_comes_back_as_it_was() -> None:
    """Rules written to a file and read again are the same rules."""
    rules = [
        *built_in_rules().rules,
        Rule(
            "x",
            Text("한 줄, '따옴표'와\n줄바꿈", "One line"),
            RuleKind.LOW,
            Scope(frozenset({"p1", "p2"}), frozenset({"t"})),
            -0.25,
            window=Window(
                timedelta(hours=1), timedelta(minutes=30), Statistic.MIN, 0.75, timedelta(seconds=90)
            ),
            calendar=Calendar(frozenset({0, 6}), False, time(22), time(6, 30)),
            enabled=False,
        ),
        Rule("y", Text("상태", "State"), RuleKind.STATE, Scope(), states=frozenset({1.0, 2.5})),
    ]
    again = parse_rules(read_rows("\ufeff" + write_rows(rule_rows(rules))))
    assert again == rules


def test_every_fault_is_named_by_row_and_column() -> None:
    """All faults of all rows at once, each with how to mend it."""
    text = "id,ko,en,kind,limit,level,latching\na,가,A,higher,1,,\nb,나,B,high,x,,maybe\nc,다,C,low,1,HH,\n"
    with pytest.raises(InvalidInput) as error:
        parse_rules(read_rows(text))
    assert [finding.where for finding in error.value.findings] == [
        "2행/row 2 a · kind",
        "3행/row 3 b · limit",
        "3행/row 3 b · latching",
        "4행/row 4 c · level",
    ]
    assert all(finding.remedy.ko and finding.remedy.en for finding in error.value.findings)


def test_columns_are_checked_first() -> None:
    """A column nobody knows, and one that must be there, are told before any row is read."""
    with pytest.raises(InvalidInput) as error:
        read_rows("id,ko,en,limitt\n")
    assert [finding.where for finding in error.value.findings] == ["1행/row 1 · limitt", "1행/row 1"]


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ("", "2행/row 2"),
        ("a,가,A,high,1,2\nb,나,B,low\nc,다,C,low,3\n", "2행/row 2 4행/row 4"),
        ('a,"가,A,high\n', "2행/row 2"),
    ],
)
def test_a_file_that_is_no_whole_table_is_refused(rows: str, where: str) -> None:
    """One without a rule would silence every alarm; cells too many and open quotes hide what was meant."""
    with pytest.raises(InvalidInput) as error:
        read_rows(f"id,ko,en,kind\n{rows}")
    assert " ".join(finding.where for finding in error.value.findings) == where


def test_the_table_sandan_comes_with_is_whole() -> None:
    """Each rule says in both languages what follows, what to do, how soon; and where its limit is from."""
    for rule in built_in_rules().rules:
        for text in (rule.name, rule.consequence, rule.response, rule.source):
            assert text.ko, rule.id
            assert text.en, rule.id
            assert not re.search("[가-힣]", text.en), rule.id
        assert rule.response_time, rule.id
        assert rule.scope.quantities <= quantities().keys(), rule.id
        assert rule.scope.kinds <= kinds().keys(), rule.id


def test_the_table_sandan_comes_with_finds_points_in_the_demo() -> None:
    """Every rule that names kinds the demo has is about some of its points."""
    demo = generate(DemoParams(firms=50))
    pairs = lay_out_rules(built_in_rules().rules, demo.things, demo.points)
    about = {pairs.rules[i].id for i in set(pairs.rule.tolist())}
    measured = {point.quantity for point in demo.points}
    idle = {
        rule.id
        for rule in built_in_rules().rules
        if rule.id not in about and (not rule.scope.quantities or rule.scope.quantities & measured)
    }
    assert not idle - {
        "leak-so2",
        "leak-no2",
        "leak-h2s",
        "leak-co",
        "leak-tvoc",
        "leak-nh3",
        "tank-pressure",
    }


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("90", 90), ("90초", 90), ("30 분", 1800), ("24시간", 86_400), ("1.5 h", 5400), ("2 d", 172_800)],
)
def test_a_length_of_time_says_its_unit(said: str, seconds: int) -> None:
    """Seconds unless it says otherwise; what is said of it is read back as it was."""
    length = read_length(said)
    assert length == timedelta(seconds=seconds)
    assert read_length(say_length(length).ko) == read_length(say_length(length).en) == length


@pytest.mark.parametrize("said", ["soon", "", "5 fortnights", "1:30"])
def test_what_is_no_length_of_time_is_refused(said: str) -> None:
    """Never taken for seconds."""
    with pytest.raises(ValueError, match=f"^{said}$"):
        read_length(said)
