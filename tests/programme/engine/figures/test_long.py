"""Documents far longer than any table a person would print."""

from sandan.programme.engine.drafting import draft_plan
from sandan.programme.engine.figures import find_figures
from sandan.programme.model.documents import Document, Line

HEADINGS = ("구분", "계", "2024년", "2025년", "2026년")
ROW = ("국비", "600", "100", "200", "300")


def document(rows):
    lines = [Line(number, cells) for number, cells in enumerate(rows, start=1)]
    return Document("긴 문서.txt", "0" * 64, lines)


def test_headings_without_end_are_no_table_and_no_hindrance():
    """Thousands of rows of headings, in cells or parted by spaces, state nothing."""
    for row in (HEADINGS, (" ".join(HEADINGS),)):
        long = document([("추진 계획",), *[row] * 3_000])
        found = find_figures(long)
        assert found.figures == []
        assert len(draft_plan(long, found.figures).rows) == 1


def test_a_table_behind_headings_without_end_is_read():
    """The heading right above its rows is theirs, whatever stands before."""
    long = document([("(단위 : 백만원)",), *[HEADINGS] * 50, ROW])
    figures = find_figures(long).figures
    assert [one.value for one in figures] == [int(cell) * 1_000_000 for cell in ROW[1:]]
    assert [one.period for one in figures] == ["계", "2024", "2025", "2026"]


def test_each_of_thousands_of_named_projects_holds_its_own_money():
    """No project of a long list is lost, and no amount goes to another."""
    names = [f"제{number}지구 공동주차장" for number in range(1, 2_001)]
    rows = [(name, f"{at}", f"{at}", "0") for at, name in enumerate(names, start=1)]
    long = document([("(단위 : 백만원)",), ("세부사업", "총사업비", "국비", "지방비"), *rows])
    draft = draft_plan(long, find_figures(long).figures)
    projects = {row.id: row.title for row in draft.rows if type(row).__name__ == "Project"}
    assert sorted(projects.values()) == sorted(names)
    money = {(projects[one.subject], one.source): one.value for one in draft.rows if hasattr(one, "source")}
    assert all(money[name, "국비"] == at * 1_000_000 for at, name in enumerate(names, start=1))
