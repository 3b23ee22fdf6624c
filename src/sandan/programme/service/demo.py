"""The programme of the demo: four published documents as plans, bound to nothing they do not say.

Whatever the demo adds to them (a measure from the invented complex's meters, a request, an open check)
is marked 모의 and made by simulated accounts, through the same services as everything else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from sandan.access import Actor
from sandan.programme.model.documents import Document, Draft, Line, Unplaced
from sandan.programme.model.plan import Edit, Measure, Milestone, Plan, Table
from sandan.programme.model.vocabulary import Quarter
from sandan.programme.records.codec import row_from_json
from sandan.programme.service import audit, changes, checks, drafts, plans
from sandan.store import Store

_FOLDER = "demo"
SIMULATED = "(모의)"


def load_demo(store: Store, officer: Actor, approver: Actor, now: datetime) -> None:
    """Bring the four documents in, publish them, and leave some work open; once only.

    `officer` confirms and asks, `approver` publishes and opens checks: never the same hand.
    """
    if plans.list_plans(store, officer):
        return
    for given in _files():
        document, draft = _read(given)
        id = drafts.keep_draft(store, officer, document, draft, now)
        drafts.confirm_sure(store, officer, id, now, unsure=True)
        made = drafts.commit_draft(store, officer, id, given["source"], now)
        for plan in made:
            changes.publish(store, approver, plan, made[plan].number, now)
    for line in plans.list_plans(store, officer):
        _bind(store, officer, approver, line.plan, now)
    _leave_work(store, officer, approver, now)
    audit.findings(store, officer, now)


def _files() -> Iterator[Mapping[str, Any]]:
    folder = files("sandan.programme").joinpath(_FOLDER)
    for name in sorted(one.name for one in folder.iterdir() if one.name.endswith(".json")):
        yield json.loads(folder.joinpath(name).read_text(encoding="utf-8"))


def _read(given: Mapping[str, Any]) -> tuple[Document, Draft]:
    kept = {number: tuple(cells) for number, cells in given["lines"]}
    lines = [Line(number, kept.get(number, ("",))) for number in range(1, given["length"] + 1)]
    document = Document(given["name"], given["digest"], lines)
    rows = [row_from_json(Table(table), row) for table, row in given["rows"]]
    unplaced = [Unplaced(*one) for one in given["unplaced"]]
    return document, Draft(document, rows, unplaced, given["dropped"])


def _bind(store: Store, officer: Actor, approver: Actor, plan: Plan, now: datetime) -> None:
    """Add what the invented complex measures, where the plan has a project of its own to hold it."""
    book = plans.read_plan(store, officer, plan.id)
    top = [one for one in book.projects if one.parent is None]
    if len(top) != 1:
        return
    edits = []
    for name, unit, indicator in (
        (f"시연 단지 전력 사용량 {SIMULATED}", "kWh", "energy_use"),
        (f"시연 단지 온실가스 배출 {SIMULATED}", "tCO2eq", "co2"),
    ):
        id = f"{plan.id}-idemo-{indicator}"
        row = Measure(id=id, subject=top[0].id, name=name, unit=unit, indicator=indicator)
        edits.append(Edit(Table.MEASURE, id, row))
    reason = "시연: 모의 단지의 계량기와 연결 (문서에 없는 지표)"
    change = changes.request_change(store, officer, plan.id, edits, reason, now)
    changes.review_change(store, approver, change, "시연용 지표임을 이름에 밝혔습니다.", now)
    changes.decide_change(store, approver, change, True, "승인", now)


def _leave_work(store: Store, officer: Actor, approver: Actor, now: datetime) -> None:
    """An open check of the last quarter, and a request nobody has reviewed, in the first pledge book."""
    quarter = Quarter.at(Quarter(now.year, (now.month + 2) // 3).ordinal - 1)
    for line in plans.list_plans(store, officer):
        book = plans.read_plan(store, officer, line.plan.id)
        steps = [one for one in book.milestones if one.done is None]
        if len([one for one in book.projects if one.parent is None]) != 1 or not steps:
            continue
        checks.open_quarter(store, approver, line.plan.id, quarter, now - timedelta(days=1))
        last = max(steps, key=lambda one: one.end.ordinal)
        later = Milestone(
            id=last.id,
            project=last.project,
            title=last.title,
            start=last.start,
            end=Quarter.at(last.end.ordinal + 2),
            origin=last.origin,
        )
        changes.request_change(
            store,
            officer,
            line.plan.id,
            [Edit(Table.MILESTONE, last.id, later)],
            "시연: 협의가 길어져 마지막 단계를 두 분기 늦추려 합니다. (모의)",
            now,
        )
        return
