"""What officers are reminded of: checks that are due, requests that wait for a colleague."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.domain import Attention, House
from sandan.programme.model.check import Check
from sandan.programme.model.rights import PROGRAMME_EDIT
from sandan.programme.service.checks import due_checks
from sandan.programme.service.plans import list_plans
from sandan.words import Text

OVERDUE = 3
"""The priority of an overdue check: nobody is in danger, but an auditor will ask."""


def remind(house: House, actor: Actor, now: datetime) -> Sequence[Attention]:
    """Quarterly checks that are past their day, one line for each plan, to those who may fill them."""
    if not actor.may(PROGRAMME_EDIT):
        return []
    late: dict[str, list[Check]] = defaultdict(list)
    for check in due_checks(house.store, actor, now):
        late[check.plan].append(check)
    if not late:
        return []
    titles = {line.plan.id: line.plan.title for line in list_plans(house.store, actor)}
    return [_attention(plan, titles.get(plan, plan), checks) for plan, checks in late.items()]


def _attention(plan: str, title: str, checks: Sequence[Check]) -> Attention:
    first = min(check.due for check in checks)
    return Attention(
        OVERDUE,
        Text(f"분기 점검 기한 지남: {title}", f"Quarterly check overdue: {title}"),
        Text(
            f"작성하지 않은 점검 {len(checks)}건, 가장 이른 기한 {first.isoformat()}",
            f"{len(checks)} checks not handed in, the first due {first.isoformat()}",
        ),
        datetime.combine(first, time(), SEOUL),
        f"/programme/plans/{plan}/checks",
        id=f"programme-check-{plan}",
    )
