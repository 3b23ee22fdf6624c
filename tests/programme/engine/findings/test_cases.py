"""Documents whose faults are known, and documents that are right: folders of data in tests/cases/findings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sandan.programme.engine.findings import check_document
from sandan.programme.engine.reading import read_document
from sandan.programme.model.audit import AuditFinding
from sandan.programme.model.documents import Document, FoundFigure
from sandan.programme.model.vocabulary import Kind
from sandan.words import LANGUAGES

CASES = Path(__file__).parents[3] / "cases" / "findings"
NAMES = sorted(one.name for one in CASES.iterdir() if one.is_dir())


def read(name: str) -> tuple[Document, dict[str, Any]]:
    expected: dict[str, Any] = json.loads((CASES / name / "expected.json").read_text("utf-8"))
    return read_document("document.txt", (CASES / name / "document.txt").read_bytes()), expected


def figures_of(document: Document, name: str) -> list[FoundFigure]:
    path = CASES / name / "figures.jsonl"
    if not path.exists():
        return []
    rows = [json.loads(row) for row in path.read_text("utf-8").splitlines()]
    return [
        FoundFigure(
            document=document.name,
            text=document.lines[row["line"] - 1].text,
            **{**row, "kind": Kind(row["kind"])},
        )
        for row in rows
    ]


def as_of(expected: dict[str, Any]) -> date | None:
    return date.fromisoformat(expected["today"]) if "today" in expected else None


def compare(found: Sequence[AuditFinding], expected: Sequence[dict[str, Any]]) -> None:
    shown = [(one.rule, one.origin.line, str(one.sentence)) for one in found]
    assert sorted((one.rule, one.origin.line or 0) for one in found) == sorted(
        (one["rule"], one["line"] or 0) for one in expected
    ), shown
    for one in expected:
        candidates = [f for f in found if (f.rule, f.origin.line) == (one["rule"], one["line"])]
        assert any(explains(f, one) for f in candidates), shown
    assert all(f.who and f.remedy.ko and f.remedy.en for f in found)


def explains(finding: AuditFinding, expected: dict[str, Any]) -> bool:
    """Whether both sentences hold every expected wording; alternatives are set apart by |."""
    return all(
        any(word in finding.sentence.in_(language) for word in words.split("|"))
        for language in LANGUAGES
        for words in expected[language]
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_document_has_the_faults_that_are_known_and_no_other(name: str) -> None:
    """With the figures somebody read by hand, each fault is found at its line, with its explanation."""
    document, expected = read(name)
    found = check_document(document, figures_of(document, name), today=as_of(expected))
    compare(found, expected["findings"])


@pytest.mark.parametrize("name", NAMES)
def test_the_faults_are_found_from_the_file_itself(name: str) -> None:
    """From the bytes of a file through its figures to the same findings."""
    figures = pytest.importorskip("sandan.programme.engine.figures", reason="figures are not read yet")
    find_figures = getattr(figures, "find_figures", None)
    if find_figures is None:
        pytest.skip("figures are not read yet")
    document, expected = read(name)
    found = check_document(document, find_figures(document).figures, today=as_of(expected))
    compare(found, expected["findings"])


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_keeps_its_id(name: str) -> None:
    """Reading the same document again finds the same matters under the same ids, each once."""
    document, expected = read(name)
    first, second = (
        [one.id for one in check_document(document, figures_of(document, name), today=as_of(expected))]
        for _ in range(2)
    )
    assert first == second
    assert len(set(first)) == len(first)


def test_every_case_names_its_source() -> None:
    """A case without a README would be a number from nowhere."""
    assert [name for name in NAMES if not (CASES / name / "README.md").read_text("utf-8").strip()] == []
