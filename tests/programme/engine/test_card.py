"""Projects in the order in which a pledge book numbers them."""

from datetime import datetime

from sandan.clock import SEOUL
from sandan.programme.engine.card import tree
from sandan.programme.model.plan import Book, ChangeKind, Plan, Project, Version
from sandan.programme.model.vocabulary import PlanKind

VERSION = Version(
    number=1, kind=ChangeKind.IMPORT, reason="", by="system", at=datetime(2026, 3, 4, tzinfo=SEOUL)
)


def test_projects_follow_their_numbers_and_parts_their_parents():
    """1-10 comes after 1-2, a letter's number by its number, and a project without one first."""
    codes = ["1-10", "1-2", "가-3", "", "2", "1-1"]
    projects = [Project(id=f"p{i}", title=code or "번호 없음", code=code) for i, code in enumerate(codes)]
    projects.append(Project(id="part", title="세부", code="9", parent="p1"))
    plan = Plan(id="book", kind=PlanKind.PLEDGE_BOOK, title="공약", owner="기획과")
    found = [(depth, one.code) for depth, one in tree(Book(plan=plan, version=VERSION, projects=projects))]
    assert found == [(0, ""), (0, "가-3"), (0, "1-1"), (0, "1-2"), (1, "9"), (0, "1-10"), (0, "2")]
