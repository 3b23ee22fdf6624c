"""What every page of a plan has around it: the addresses, the tabs, the words of the tables."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from sandan.programme.engine import wording
from sandan.programme.model import vocabulary as words
from sandan.words import Text

HOME = "/programme"
OPEN = "/open"
TABS: tuple[tuple[str, Text], ...] = (
    ("", Text("개요", "Overview")),
    ("money", Text("재원", "Money")),
    ("schedule", Text("일정", "Schedule")),
    ("indicators", Text("지표", "Indicators")),
    ("findings", Text("점검 결과", "Findings")),
    ("conflicts", Text("서로 다른 값", "Conflicts")),
    ("checks", Text("분기 점검", "Quarterly check")),
    ("changes", Text("변경 이력", "Changes")),
)


def plan_url(plan: str, room: str = "", **query: Any) -> str:
    """A page of a plan: `room` is a tab, or `projects/<id>`."""
    path = f"{HOME}/plans/{quote(plan, safe='')}" + (f"/{room}" if room else "")
    return path + _query(query)


def project_url(plan: str, project: str) -> str:
    """The card of a project."""
    return plan_url(plan, f"projects/{quote(project, safe='')}")


def line_url(document: str, line: int | None) -> str:
    """A line of a document that was read."""
    return f"{HOME}/documents/{quote(document, safe='')}" + (f"#l{line}" if line else "")


def open_url(plan: str, room: str = "") -> str:
    """A page of the citizens' site."""
    return f"{OPEN}/plans/{quote(plan, safe='')}" + (f"/{room}" if room else "")


def _query(query: dict[str, Any]) -> str:
    kept = {name: value for name, value in query.items() if value not in (None, "")}
    return "?" + urlencode(kept) if kept else ""


def around(plan: str | None = None, tab: str = "") -> dict[str, Any]:
    """What templates of the programme call; give it to `render` with `**`."""
    return {
        "plan_id": plan,
        "tab": tab,
        "tabs": TABS,
        "plan_url": plan_url,
        "project_url": project_url,
        "line_url": line_url,
        "open_url": open_url,
        "words": words,
        "wording": wording,
    }
