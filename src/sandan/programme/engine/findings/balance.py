"""Shares and states over a whole plan: what the hub takes, and rates that do not follow from the states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sandan.programme.engine.findings.index import BookIndex
from sandan.programme.engine.findings.percentages import check_share
from sandan.programme.engine.findings.printed import Printed, percent, read_printed, shown
from sandan.programme.engine.findings.rules import make_finding
from sandan.programme.engine.findings.settings import FindingSettings
from sandan.programme.engine.ledger import compare_roles, count_money, outline_of
from sandan.programme.engine.wording import won
from sandan.programme.model.audit import AuditFinding, Input
from sandan.programme.model.statements import NOWHERE, Statement
from sandan.programme.model.vocabulary import STATE_NAMES, WON, ComplexRole, Kind, PledgeState
from sandan.words import Text

_KEPT = (PledgeState.COMPLETED, PledgeState.CONTINUING)


def faults_of(index: BookIndex, settings: FindingSettings) -> Iterator[AuditFinding]:
    """Findings over a whole plan."""
    yield from _hub(index, settings)
    yield from _stated_rates(index)
    for project in index.book.projects:
        yield from _state(index, project.id)


def _hub(index: BookIndex, settings: FindingSettings) -> Iterator[AuditFinding]:
    """How the money of projects is shared between hub and linked complexes; silent until a share is set."""
    if settings.hub_share is None:
        return
    money: dict[bool, int] = defaultdict(int)
    count: dict[bool, int] = defaultdict(int)
    book = index.book
    for one in compare_roles(book, count_money(outline_of(book), book.statements)):
        is_hub = one.role is ComplexRole.HUB
        money[is_hub] += one.money.planned
        count[is_hub] += one.projects
    hub, linked = money[True], money[False]
    if not count[False] or not hub + linked or hub / (hub + linked) < settings.hub_share:
        return
    share = percent(hub / (hub + linked) * 100)
    yield make_finding(
        "hub-takes-all",
        index.book.plan.id,
        index.book.plan.id,
        "hub",
        Text(
            f"거점단지 사업 {count[True]}개에 {won(hub).ko}, 연계단지 사업 "
            f"{count[False]}개에 "
            f"{won(linked).ko}(으)로 거점이 {share}를 차지합니다(기준 "
            f"{percent(settings.hub_share * 100, 0)}).",
            f"{count[True]} projects of the hub have {won(hub).en}, "
            f"{count[False]} of the linked "
            f"complexes {won(linked).en}: the hub takes {share} (limit set: "
            f"{percent(settings.hub_share * 100, 0)}).",
        ),
        [Input(Text("거점", "Hub"), hub, WON), Input(Text("연계", "Linked"), linked, WON)],
    )


def _stated_rates(index: BookIndex) -> Iterator[AuditFinding]:
    """A rate of completion that was stated, against (완료 + 이행후계속추진) / all by the states set (B10)."""
    states = {id: one.state for id, one in index.book.states.items()}
    pledges = [one for one in index.book.projects if one.parent is None]
    if not pledges or any(one.id not in states for one in pledges):
        return
    kept = sum(states[one.id] in _KEPT for one in pledges)
    for one in index.progress.get(index.book.plan.id, ()):
        if one.unit != "%" or one.value is None or not _is_rate(one.measure):
            continue
        fault = check_share(Printed(kept), Printed(len(pledges)), read_printed(f"{one.value:g}"))
        if fault is None or fault.recomputed is None:
            continue
        yield make_finding(
            "state-rate",
            index.book.plan.id,
            index.book.plan.id,
            f"{one.measure}|{one.period}",
            Text(
                f"'{one.measure}' {shown(one.value, 2)}%로 적혀 있으나, 상태로 계산하면 (완료 + "
                f"이행후계속추진) {kept} / "
                f"전체 {len(pledges)} = {percent(fault.recomputed)}입니다. {fault.explanation.ko}",
                f"'{one.measure}' is stated as {shown(one.value, 2)} %, but by the states it is "
                "(completed + fulfilled, "
                f"continuing) {kept} of {len(pledges)} = {percent(fault.recomputed)}. {fault.explanation.en}",
            ),
            [
                Input(Text("적힌 비율", "Stated"), one.value, "%", one.origin),
                Input(Text("완료 + 이행후계속추진", "Completed + continuing"), kept, "건"),
                Input(Text("전체", "All"), len(pledges), "건"),
            ],
            one.origin,
        )


def _is_rate(measure: str) -> bool:
    return any(word in measure for word in ("완료율", "이행완료", "공약이행률", "공약 이행률", "공약이행율"))


def _state(index: BookIndex, project: str) -> Iterator[AuditFinding]:
    """A completed pledge that is not at 100 %, or has open milestones."""
    set_ = index.book.states.get(project)
    if set_ is None or set_.state is not PledgeState.COMPLETED:
        return
    open_ = [one for one in index.milestones.get(project, ()) if one.done is None]
    newest = _newest(index, project)
    short = newest is not None and newest.value is not None and newest.value < 100
    if not short and not open_:
        return
    state = STATE_NAMES[set_.state]
    ko, en = [], []
    if short and newest is not None and newest.value is not None:
        ko.append(f"추진율이 {percent(newest.value, 0)}")
        en.append(f"its progress is {percent(newest.value, 0)}")
    if open_:
        ko.append(f"끝나지 않은 일정이 {len(open_)}건")
        en.append(f"{len(open_)} milestone(s) are open")
    yield make_finding(
        "state-progress",
        index.book.plan.id,
        project,
        "state",
        Text(
            f"'{index.title(project)}' 상태는 '{state.ko}'인데 {', '.join(ko)}입니다.",
            f"'{index.title(project)}' is '{state.en}', but {' and '.join(en)}.",
        ),
        [
            *(
                [Input(Text("추진율", "Progress"), newest.value, "%", newest.origin)]
                if short and newest
                else []
            ),
            *(Input(Text(one.title, one.title), None, "", one.origin) for one in open_[:5]),
        ],
        newest.origin if short and newest else (open_[0].origin if open_ else NOWHERE),
        who=index.owner(project),
    )


def _newest(index: BookIndex, project: str) -> Statement | None:
    found = [
        one
        for one in index.progress.get(project, ())
        if one.kind is Kind.PROGRESS and one.unit == "%" and one.value is not None
    ]
    return max(found, key=lambda one: one.period or "", default=None)
