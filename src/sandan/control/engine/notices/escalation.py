"""Who is told next when nobody answers: a pure function of what was told, answered and called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from sandan.control.model.contacts import Contact
from sandan.control.model.notices import Call, CallOutcome, Escalation, Notice, Phase

Member = TypeVar("Member", Contact, Notice)
_AGAIN = (CallOutcome.NO_ANSWER, CallOutcome.BUSY, CallOutcome.MESSAGE)


def is_settled(notice: Notice, notices: Iterable[Notice], calls: Iterable[Call]) -> bool:
    """Whether nobody need be chased: the organisation answered, was reached by telephone, or all is clear."""
    return any(
        _same_tree(other, notice)
        and (
            (other.answered is not None and other.answered >= notice.told)
            or (other.phase is Phase.CLEAR and other.told >= notice.told)
        )
        for other in notices
    ) or any(
        (call.incident, call.organisation, call.tenant)
        == (notice.incident, notice.organisation, notice.tenant)
        and call.outcome is CallOutcome.REACHED
        and call.at >= notice.told
        for call in calls
    )


def due_escalations(
    notices: Sequence[Notice], contacts: Sequence[Contact], calls: Sequence[Call], now: datetime
) -> list[Escalation]:
    """Every notice whose time to answer is over, with the next of its organisation's tree.

    The next is the first after the contact in the tree that has not been told since; nobody of another
    organisation ever comes in, so that escalation cannot reach the wrong firm.
    """
    due = []
    around = _by_tree(notices)
    trees = _by_tree(contacts)
    for notice in notices:
        if notice.answer_by is None or notice.answer_by > now or notice.escalated is not None:
            continue
        key = (notice.organisation, notice.tenant)
        colleagues = trees.get(key, [])
        if is_settled(notice, around[key], calls):
            continue
        tree = tree_of(notice, colleagues)
        told = {
            other.contact for other in around[key] if _same_tree(other, notice) and other.told >= notice.told
        }
        here = next((one.order for one in colleagues if one.id == notice.contact), 0)
        after = [one for one in tree if one.order >= here and one.id not in told]
        due.append(
            Escalation(
                notice=notice,
                late=now - notice.answer_by,
                next=after[0].id if after else None,
                call=tuple(next_calls(notice, colleagues, calls)),
            )
        )
    return sorted(due, key=lambda one: (one.notice.answer_by or one.notice.told, one.notice.id))


def tree_of(notice: Notice, contacts: Iterable[Contact]) -> list[Contact]:
    """The organisation's contacts in the order of its phone tree."""
    tree = [
        one
        for one in contacts
        if one.active and one.organisation == notice.organisation and one.tenant == notice.tenant
    ]
    return sorted(tree, key=lambda one: (one.order, one.id))


def next_calls(notice: Notice, contacts: Iterable[Contact], calls: Iterable[Call]) -> list[str]:
    """Whom to ring, in order: first those not rung yet, then those who did not pick up, longest ago first.

    A wrong number is not offered again. Empty once somebody was reached.
    """
    since = [call for call in calls if call.incident == notice.incident and call.at >= notice.told]
    tree = [one for one in tree_of(notice, contacts) if one.phone]
    last = {call.contact: call for call in sorted(since, key=lambda call: (call.at, call.id))}
    ids = {one.id for one in tree}
    if any(call.outcome is CallOutcome.REACHED for id, call in last.items() if id in ids):
        return []
    fresh = [one.id for one in tree if one.id not in last]
    again = [one.id for one in tree if one.id in last and last[one.id].outcome in _AGAIN]
    return fresh + sorted(again, key=lambda one: last[one].at)


def _by_tree(of: Iterable[Member]) -> dict[tuple[str, str | None], list[Member]]:
    found: dict[tuple[str, str | None], list[Member]] = defaultdict(list)
    for one in of:
        found[one.organisation, one.tenant].append(one)
    return found


def _same_tree(one: Notice, other: Notice) -> bool:
    return (one.incident, one.organisation, one.tenant) == (other.incident, other.organisation, other.tenant)
