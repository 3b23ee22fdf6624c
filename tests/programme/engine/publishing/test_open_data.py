"""Plans as open data: nothing is lost, nothing private is in it, and the formats hold."""

import csv
import importlib.util
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sandan.errors import InvalidInput
from sandan.programme.engine.ledger import count_money, outline_of
from sandan.programme.engine.publishing import (
    Published,
    Publisher,
    changes_atom,
    iati,
    ocds,
    plan_csv,
    plan_json,
    plan_schema,
)
from sandan.programme.model.plan import ChangeKind, Project, Version
from sandan.programme.model.vocabulary import Kind, Stage
from sandan.words import Text


def _beside(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"publishing_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


conftest, schema_file = _beside("conftest"), _beside("schemas").schema_file
PUBLISHER = Publisher(
    publisher="새빛시",
    ocid_prefix="ocds-a1b2c3",
    organisation="KR-TEST-1234",
    licence="https://www.kogl.or.kr/info/license.do",
    address="https://open.example/",
)
ATOM = {"a": "http://www.w3.org/2005/Atom"}
ORDER = [
    "iati-identifier",
    "reporting-org",
    "title",
    "description",
    "participating-org",
    "activity-status",
    "activity-date",
    "recipient-country",
    "budget",
    "related-activity",
    "result",
]
"""The order of the standard, of the elements used here."""


def rows_of(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def test_every_statement_is_a_row_with_its_line(book):
    """A spreadsheet opens it as UTF-8, and every value leads to where it was read."""
    data = plan_csv(book, names=conftest.NAMES)
    assert data.startswith(b"\xef\xbb\xbf")
    header, *rows = rows_of(data)
    assert len(rows) == len(book.statements)
    first = dict(zip(header, rows[0], strict=True))
    assert (first["수치"], first["단위"], first["재원"], first["행"]) == ("12450000000", "원", "국비", "21")
    assert first["문서"] == conftest.NAMES[conftest.DOCUMENT]
    unset = next(dict(zip(header, row, strict=True)) for row in rows if "book-f7" in row)
    assert unset["수치"] == ""


@pytest.mark.parametrize("text", ["=1+1", "+82", "-1", "@SUM(A1)", "\tx"])
def test_no_cell_of_text_is_a_formula(book, text):
    """What a document says is never computed by whoever opens the file; JSON has it as it is."""
    first = replace(book.statements[0], measure=text)
    book = replace(book, statements=[first])
    cells = rows_of(plan_csv(book))[1]
    assert f"'{text}" in cells
    assert json.loads(plan_json(book))["statements"][0]["measure"] == text


def test_a_plan_follows_our_own_schema(book):
    """Every field is in the schema and every field of the schema is there."""
    schema = json.loads(plan_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(plan_json(book, names=conftest.NAMES))
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(data)
    assert data["documents"] == conftest.NAMES
    assert sum(s["value"] or 0 for s in data["statements"]) == sum(s.value or 0 for s in book.statements)


def test_no_account_is_published(book):
    """Who confirmed, set or made something stays in the office."""
    secret = "hong.gildong"
    origin = replace(book.statements[0].origin, confirmed_by=secret)
    book = replace(
        book,
        version=replace(book.version, by=secret, review=secret),
        statements=[replace(book.statements[0], origin=origin)],
        states={id: replace(one, by=secret) for id, one in book.states.items()},
    )
    for data in (plan_json(book), plan_csv(book), ocds(book, PUBLISHER), iati(book, PUBLISHER)):
        assert secret.encode() not in data


@pytest.mark.parametrize(("export", "missing"), [(ocds, 4), (iati, 2)])
def test_an_export_without_its_settings_names_them_all(book, export, missing):
    """No publisher, prefix or identifier is made up."""
    with pytest.raises(InvalidInput) as refused:
        export(book, Publisher())
    assert len(refused.value.findings) == missing
    assert all(finding.where.startswith("[programme] ") for finding in refused.value.findings)


def test_a_prefix_that_is_none_is_refused_when_it_is_set():
    """An OCID prefix is `ocds-` and six characters."""
    with pytest.raises(InvalidInput) as refused:
        Publisher(ocid_prefix="새빛", licence="공공누리")
    assert [finding.where for finding in refused.value.findings] == [
        "[programme] ocid_prefix",
        "[programme] licence",
    ]


def test_a_release_has_what_the_standard_requires(book):
    """Package and releases have their required fields, ids are unique, parties are those referred to."""
    package = json.loads(ocds(book, PUBLISHER))
    assert package.keys() >= {"uri", "publisher", "publishedDate", "releases", "version", "license"}
    releases = package["releases"]
    assert [one["ocid"] for one in releases] == ["ocds-a1b2c3-book-a", "ocds-a1b2c3-book-b"]
    for release in releases:
        assert release.keys() >= {"ocid", "id", "date", "tag", "initiationType", "language"}
        parties = {one["id"] for one in release["parties"]}
        assert len(parties) == len(release["parties"])
        lines = release["planning"].get("budget", {}).get("budgetBreakdown", [])
        assert {one["sourceParty"]["id"] for one in lines} | {release["buyer"]["id"]} <= parties
        assert len({one["id"] for one in lines}) == len(lines)


def test_the_budget_of_a_release_is_the_sum_of_its_lines(book):
    """Source by year, and no won twice."""
    release = json.loads(ocds(book, PUBLISHER))["releases"][0]
    budget = release["planning"]["budget"]
    lines = budget["budgetBreakdown"]
    assert budget["amount"] == {"amount": 224 * conftest.EOK, "currency": "KRW"}
    assert sum(one["amount"]["amount"] for one in lines) == budget["amount"]["amount"]
    assert lines[0]["period"] == {
        "startDate": "2024-01-01T00:00:00+09:00",
        "endDate": "2024-12-31T23:59:59+09:00",
    }


def test_activities_keep_the_order_and_what_is_required(book):
    """The standard fixes the order of elements; each activity has a status, a date and who takes part."""
    root = etree.fromstring(iati(book, PUBLISHER))
    assert root.get("version") == "2.03"
    activities = root.findall("iati-activity")
    assert [one.findtext("iati-identifier") for one in activities] == [
        "KR-TEST-1234-book-a",
        "KR-TEST-1234-book-b",
    ]
    for activity in activities:
        places = [ORDER.index(child.tag) for child in activity]
        assert places == sorted(places)
        assert {ORDER.index(name) for name in ORDER[:7]} <= set(places)
        assert all(node.text for node in activity.iter("narrative"))
    first = activities[0]
    assert first.find("activity-status").get("code") == "2"
    assert [one.get("iso-date") for one in first.findall("activity-date")] == ["2022-07-01", "2026-12-31"]


def test_targets_and_reports_are_in_the_results(book):
    """By year; a target that is not yet set has no value and says so."""
    root = etree.fromstring(iati(book, PUBLISHER))
    own = root.xpath("//result[title/narrative='추진율']/indicator/period")
    assert [(p.find("period-start").get("iso-date")[:4], p.xpath("target/@value")) for p in own] == [
        ("2024", ["40"]),
        ("2025", ["80"]),
        ("2026", ["100"]),
    ]
    assert own[1].xpath("actual/@value") == ["50"]
    unset = root.xpath("//result[title/narrative='신규 고용']//target")[0]
    assert unset.get("value") is None
    assert unset.findtext("comment/narrative") == "미정"


def test_a_project_without_any_date_is_named_and_left_out(book):
    """An activity must have a date and none is made up."""
    plan = replace(book.plan, term_start=None, term_end=None)
    data = iati(replace(book, plan=plan), PUBLISHER)
    assert len(etree.fromstring(data).findall("iati-activity")) == 1
    assert b"book-b: no date is stated" in data


def test_a_plan_without_any_date_is_refused(book):
    """No activity is left, and the answer says what to enter; a target says when a project ends."""
    plan = replace(book.plan, term_start=None, term_end=None)
    bare = replace(book, plan=plan, projects=[book.projects[1]])
    with pytest.raises(InvalidInput):
        iati(bare, PUBLISHER)
    goal = conftest.figure("book-g", Kind.TARGET, "수출", 5, "%", "2027", 1, subject="book")
    activity = etree.fromstring(iati(replace(bare, statements=[goal]), PUBLISHER))[0]
    assert [(one.get("type"), one.get("iso-date")) for one in activity.findall("activity-date")] == [
        ("3", "2027-12-31")
    ]


def test_a_plan_without_projects_is_one_activity_and_one_release(book):
    """A plan may be goals and money alone."""
    whole = replace(book, projects=[], statements=[])
    (activity,) = etree.fromstring(iati(whole, PUBLISHER)).findall("iati-activity")
    assert activity.findtext("title/narrative") == book.plan.title
    (release,) = json.loads(ocds(whole, PUBLISHER))["releases"]
    assert release["ocid"] == "ocds-a1b2c3-book"


@given(amounts=st.lists(st.integers(1, 10**13), min_size=1, max_size=6))
def test_budgets_by_year_add_up(amounts):
    """What OCDS, IATI and the ledger say of one project is one sum."""
    book = conftest.make_book(
        statements=[
            conftest.money(f"book-{i}", "국비" if i % 2 else "시비", str(2020 + i), won, i + 1)
            for i, won in enumerate(amounts)
        ]
    )
    counted = count_money(outline_of(book), book.statements)["book-a", Stage.PLANNED].won
    release = json.loads(ocds(book, PUBLISHER))["releases"][0]
    activity = etree.fromstring(iati(book, PUBLISHER)).find("iati-activity")
    assert release["planning"]["budget"]["amount"]["amount"] == counted == sum(amounts)
    assert sum(int(value) for value in activity.xpath("budget/value/text()")) == counted


def test_the_feed_has_an_entry_for_each_published_version(book):
    """Newest first, each with what RFC 4287 requires; a version not published is not in it."""

    def version(number, published):
        return Version(
            number=number,
            kind=ChangeKind.CHANGE,
            reason=f"이유 {number} <&>\x0b",
            by="asks",
            at=conftest.NOW,
            published_at=conftest.NOW.replace(day=number) if published else None,
        )

    listed = [
        Published(book.plan, version(n, n != 3), f"https://open.example/plans/book?version={n}")
        for n in (1, 2, 3)
    ]
    feed = etree.fromstring(
        changes_atom(
            listed,
            address="https://open.example/changes.atom",
            page="https://open.example/",
            title=Text("바뀐 것", "Changes"),
            author="새빛시",
        )
    )
    for name in ("id", "title", "updated", "author/a:name"):
        assert feed.findtext(f"a:{name}", namespaces=ATOM)
    entries = feed.findall("a:entry", ATOM)
    assert [one.findtext("a:id", namespaces=ATOM)[-1] for one in entries] == ["2", "1"]
    assert feed.findtext("a:updated", namespaces=ATOM) == "2026-03-02T00:00:00Z"
    assert entries[0].findtext("a:summary", namespaces=ATOM) == "이유 2 <&>"
    for entry in entries:
        assert entry.findtext("a:updated", namespaces=ATOM).endswith("Z")
        assert entry.findtext("a:title", namespaces=ATOM)


def test_releases_validate_against_the_published_schema(book):
    """OCDS 1.1, the release package and every release in it."""
    package = json.loads(schema_file("release-package-schema.json").read_text())
    release = json.loads(schema_file("release-schema.json").read_text())
    package["properties"]["releases"]["items"] = {}
    data = json.loads(ocds(book, PUBLISHER))
    jsonschema.Draft4Validator(package, format_checker=jsonschema.FormatChecker()).validate(data)
    for one in data["releases"]:
        jsonschema.Draft4Validator(release, format_checker=jsonschema.FormatChecker()).validate(one)


def test_activities_validate_against_the_published_schema(book):
    """IATI 2.03, with and without money, dates, milestones and targets."""
    schema = etree.XMLSchema(etree.parse(schema_file("iati-activities-schema.xsd")))
    bare = Project(id="book-c", title="새 사업", start=date(2030, 1, 1))
    base = [one for one in book.statements if one.kind is Kind.BASE]
    for given_ in (book, replace(book, projects=[*book.projects, bare], statements=base)):
        schema.assertValid(etree.fromstring(iati(given_, PUBLISHER)))
