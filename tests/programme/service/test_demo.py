"""The demo's programme is made through the services, published, and made once."""

from __future__ import annotations

import re
from datetime import datetime
from importlib.resources import files

import pytest

from sandan.accounts import DEMO_OFFICERS, demo_accounts
from sandan.clock import SEOUL
from sandan.programme import load_demo
from sandan.programme.service import changes, checks, plans
from sandan.store import Store

NOW = datetime(2026, 3, 4, 9, tzinfo=SEOUL)


@pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
def test_the_demo_has_the_four_documents_as_published_plans(store: Store) -> None:
    """Nine plans of four documents, all public, with open work; loading again changes nothing."""
    people = {one.login: one.actor() for one in demo_accounts(store, NOW)}
    officer, approver = (people[login] for login in DEMO_OFFICERS)
    load_demo(store, officer, approver, NOW)
    lines = plans.list_plans(store, officer)
    assert len(lines) == 9
    assert all(line.published is not None for line in lines)
    assert {line.plan.title for line in lines} >= {
        "부산광역시 사하구 공약 이행계획",
        "인천광역시 공약 이행계획",
        "안산시 공약 이행계획",
        "부산광역시 혁신계획",
    }
    assert len(changes.list_changes(store, officer, open_only=True)) == 1
    assert checks.list_checks(store, officer)
    load_demo(store, officer, approver, NOW)
    assert plans.list_plans(store, officer) == lines


def test_the_demo_names_nobody() -> None:
    """No telephone number, and no name beside a title, in the demo's files."""
    folder = files("sandan.programme").joinpath("demo")
    for one in folder.iterdir():
        if one.name.endswith(".json"):
            text = one.read_text(encoding="utf-8")
            assert not re.search(
                r"☎|\b0\d{1,2}-\d{3,4}-\d{4}|\d{3,4}-\d{4}\b(?<!2021-03)", text.replace("plan-", "")
            )
            assert not re.search(r"(?:과장|사무관|장관|위원장)\s+[가-힣]{3}(?=[\s,\"(])", text)
