"""Which state a pledge seems to be in: suggested with reasons, never set.

The six states and what 완료 and 이행후계속추진 mean are those local governments publish (REFERENCE.md A22,
B10). No source defines 일부추진, nor how long a project must stand still to be 보류: both are settings
without a default, and are not suggested on such a ground until they are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.findings.index import index_book
from sandan.programme.engine.pace import family_of
from sandan.programme.engine.progress import (
    Planned,
    Reported,
    finished_share,
    newest_report,
    planned_by,
    scheduled_share,
    yearly_targets,
)
from sandan.programme.engine.schedule import quarter_of
from sandan.programme.engine.wording import quarter_name, won
from sandan.programme.model.plan import Book, Milestone, Project
from sandan.programme.model.statements import Statement
from sandan.programme.model.vocabulary import Kind, PledgeState, Quarter, Stage
from sandan.words import Text

DONE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSettings:
    """`partial_below`: under which share (0, 1] of the planned progress a project is 일부추진;
    `held_after`: after how many quarters [1, 40] without any movement it is 보류."""

    partial_below: float | None = None
    held_after: int | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.partial_below is not None and not 0 < self.partial_below <= 1:
            faults.append(_outside("partial_below", self.partial_below, "0–1"))
        if self.held_after is not None and not 1 <= self.held_after <= 40:
            faults.append(_outside("held_after", self.held_after, "1–40"))
        if faults:
            raise InvalidInput(faults)


def _outside(name: str, value: float, allowed: str) -> Finding:
    return Finding(
        name,
        Text(f"{name}={value}은(는) {allowed} 범위를 벗어납니다.", f"{name}={value} is outside {allowed}."),
        Text(f"{allowed} 사이로 정하십시오.", f"give a number within {allowed}."),
    )


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A state with the sentences it follows from; None where the records do not tell."""

    state: PledgeState | None
    reasons: Sequence[Text]


@dataclass(frozen=True, slots=True)
class _Signs:
    """What is known of a project and its parts that speaks for a state."""

    project: Project
    today: date
    report: Reported | None
    planned: Sequence[Planned]
    milestones: Sequence[Milestone]
    spent: int
    secured: int
    moved: Quarter | None
    """The last quarter in which anything is known to have moved."""


_DEFAULT = StateSettings()


def suggest_state(
    book: Book, project: str, today: date, settings: StateSettings = _DEFAULT
) -> Suggestion | None:
    """The state a project seems to be in on a day; None when the plan has no such project.

    Looked at in this order, the first that holds decides:

    1. a person dropped it: 폐기, which nothing but a person's decision makes or ends;
    2. its goal is reached (progress 100 %, or every milestone done) and nothing of it is left: 완료;
    3. its goal is reached, yet targets, milestones, its period or its final goal lie ahead: 이행후계속추진;
    4. something was due, a report exists, and nothing moved at all, or not for `held_after` quarters: 보류;
    5. it has reached less than `partial_below` of the planned progress: 일부추진;
    6. anything moved, or nothing is due yet: 정상추진; otherwise no state, as nothing was reported.
    """
    found = next((one for one in book.projects if one.id == project), None)
    if found is None:
        return None
    held = book.states.get(project)
    if held is not None and held.state is PledgeState.DROPPED:
        return Suggestion(
            PledgeState.DROPPED,
            (Text("폐기는 사람이 정한 상태이므로 그대로 둡니다.", "A person dropped it; that stays."),),
        )
    signs = _signs(book, found, today)
    return _reached(signs) or _standing(signs, settings) or _moving(signs, settings)


def _signs(book: Book, project: Project, today: date) -> _Signs:
    index = index_book(book)
    family = family_of(index, project.id)
    milestones = [one for id in family for one in index.milestones.get(id, ())]
    facts, reported = index.facts.get(project.id, ()), index.progress.get(project.id, ())
    money = [one for id in family for one in index.budgets.get(id, ()) if isinstance(one.value, int)]
    own = [*reported, *index.budgets.get(project.id, ())]
    return _Signs(
        project=project,
        today=today,
        report=newest_report(reported, facts, today),
        planned=yearly_targets(index.targets.get(project.id, ())),
        milestones=milestones,
        spent=_highest(money, (Stage.EXECUTED, Stage.SETTLED)),
        secured=_highest(money, (Stage.SECURED,)),
        moved=_last_move(own, milestones, quarter_of(today)),
    )


def _highest(money: Sequence[Statement], stages: Sequence[Stage]) -> int:
    """The highest single amount of some stages [won]: enough to say that money is there at all."""
    return max((int(one.value or 0) for one in money if one.stage in stages), default=0)


def _last_move(own: Sequence[Statement], milestones: Sequence[Milestone], now: Quarter) -> Quarter | None:
    """The last quarter in which a milestone was done, or progress or spending rose above what it was."""
    moves = [one.done for one in milestones if one.done is not None and one.done <= now]
    rows: dict[tuple[object, ...], dict[Quarter, float]] = {}
    for one in own:
        spent = one.kind is Kind.BUDGET and one.stage is Stage.EXECUTED
        if (
            one.value is not None
            and one.period
            and "-Q" in one.period
            and (spent or one.kind is Kind.PROGRESS)
        ):
            quarter = Quarter.read(one.period)
            if quarter <= now:
                rows.setdefault((one.kind, one.measure, one.source), {})[quarter] = float(one.value)
    for values in rows.values():
        high = 0.0
        for quarter in sorted(values):
            if values[quarter] > high:
                high = values[quarter]
                moves.append(quarter)
    return max(moves, default=None)


def _reached(signs: _Signs) -> Suggestion | None:
    """완료 or 이행후계속추진, when the goal is reached."""
    reasons = []
    if signs.report is not None and signs.report.value >= DONE:
        reasons.append(_told(signs.report))
    now = quarter_of(signs.today)
    share = finished_share(signs.milestones, now)
    if share == 1 and (signs.report is None or signs.report.value >= DONE):
        number = len(signs.milestones)
        reasons.append(Text(f"일정 {number}건이 모두 끝났습니다.", f"All {number} milestones are done."))
    if not reasons:
        return None
    ahead = _ahead(signs, now)
    if ahead:
        return Suggestion(PledgeState.CONTINUING, (*reasons, *ahead))
    end = Text("남은 목표나 일정이 없습니다.", "No target or milestone is left.")
    return Suggestion(PledgeState.COMPLETED, (*reasons, end))


def _told(report: Reported) -> Text:
    if not report.dated:
        return Text(
            f"추진율이 {report.value:g}%입니다 (기준일이 적혀 있지 않음).",
            f"Progress is {report.value:g}% (no day is stated).",
        )
    day = report.day.isoformat()
    return Text(
        f"추진율이 {day} 현재 {report.value:g}%입니다.", f"Progress is {report.value:g}% as of {day}."
    )


def _ahead(signs: _Signs, now: Quarter) -> list[Text]:
    """What is still to come of a project whose goal is reached."""
    found = []
    left = [one for one in signs.milestones if one.done is None or one.done > now]
    if left:
        found.append(
            Text(f"끝나지 않은 일정이 {len(left)}건 있습니다.", f"{len(left)} milestones are not done.")
        )
    if signs.project.in_term is False and (signs.project.end is None or signs.project.end > signs.today):
        found.append(
            Text(
                "완료시기가 임기 후이므로 100%는 임기 내 목표이며 최종목표가 아닙니다.",
                "It is to be completed after the term: 100% is the goal of the term, not the final one.",
            )
        )
    later = [one for one in signs.planned if one.year > signs.today.year]
    if later and _last_target(signs.planned, signs.today.year) < max(one.value for one in later):
        year = max(one.year for one in later)
        found.append(Text(f"{year}년까지 목표가 이어집니다.", f"Its targets go on until {year}."))
    return found


def _last_target(planned: Sequence[Planned], year: int) -> float:
    """The target [%] of the last year up to `year`; 0 without one."""
    return max(
        (one for one in planned if one.year <= year), key=lambda one: one.year, default=Planned(0, 0)
    ).value


def _standing(signs: _Signs, settings: StateSettings) -> Suggestion | None:
    """보류, when something was due and nothing moved; or not for as long as the setting says."""
    now = quarter_of(signs.today)
    overdue = [one for one in signs.milestones if one.end < now and one.done is None]
    expected = planned_by(signs.planned, signs.today) or 0.0
    if not overdue and expected <= 0:
        return None
    zero = signs.report is not None and signs.report.value <= 0
    if zero and signs.moved is None and signs.spent == 0:
        return Suggestion(
            PledgeState.HELD,
            (
                _due(overdue, expected),
                Text(
                    "보고된 추진율은 0%이고, 끝난 일정과 집행한 돈이 없습니다.",
                    "Progress is reported as 0%; no milestone is done and no money spent.",
                ),
            ),
        )
    if settings.held_after is not None and signs.moved is not None:
        still = now.ordinal - signs.moved.ordinal
        if still >= settings.held_after:
            name = quarter_name(signs.moved)
            return Suggestion(
                PledgeState.HELD,
                (
                    _due(overdue, expected),
                    Text(
                        f"{name.ko} 이후 {still}개 분기 동안 움직임이 없습니다 "
                        f"(기준 {settings.held_after}개 분기).",
                        f"Nothing has moved for {still} quarters since {name.en} "
                        f"(the setting is {settings.held_after}).",
                    ),
                ),
            )
    return None


def _due(overdue: Sequence[Milestone], expected: float) -> Text:
    if overdue:
        return Text(
            f"끝났어야 할 일정이 {len(overdue)}건 있습니다.", f"{len(overdue)} milestones should be done."
        )
    return Text(f"오늘까지 계획은 {expected:.1f}%입니다.", f"{expected:.1f}% is planned to this day.")


def _moving(signs: _Signs, settings: StateSettings) -> Suggestion:
    """일부추진 when the setting says so, 정상추진 when anything moves or nothing is due, else no state."""
    start = signs.project.start
    if start is not None and start > signs.today:
        return Suggestion(
            PledgeState.ON_TRACK,
            (Text(f"{start.isoformat()}에 시작하는 사업입니다.", f"It starts on {start.isoformat()}."),),
        )
    reasons = _movements(signs)
    if not reasons:
        return Suggestion(
            None,
            (
                Text(
                    "추진율, 끝난 일정, 확보하거나 집행한 돈 가운데 보고된 것이 없어 제안하지 않습니다.",
                    "No progress, finished milestone, secured or spent money is reported: "
                    "nothing is suggested.",
                ),
            ),
        )
    achieved, expected = _achieved(signs)
    if achieved is None or expected is None or expected <= 0:
        return Suggestion(PledgeState.ON_TRACK, reasons)
    reasons.append(
        Text(f"그날까지 계획은 {expected:.1f}%입니다.", f"{expected:.1f}% is planned to that day.")
    )
    if settings.partial_below is not None and achieved < settings.partial_below * expected:
        reasons.append(
            Text(
                f"계획의 {achieved / expected:.0%}로, 일부추진 기준 {settings.partial_below:.0%}에 "
                "못 미칩니다.",
                f"That is {achieved / expected:.0%} of the plan, below the {settings.partial_below:.0%} "
                "set for 'partly under way'.",
            )
        )
        return Suggestion(PledgeState.PARTIAL, reasons)
    if settings.partial_below is None and achieved < expected:
        reasons.append(
            Text(
                "계획보다 늦지만, 일부추진의 공인된 정의가 없고 기준도 정하지 않아 정상추진으로 봅니다.",
                "It is behind, but 'partly under way' has no sourced definition and no threshold is set, "
                "so it counts as on track.",
            )
        )
    return Suggestion(PledgeState.ON_TRACK, reasons)


def _movements(signs: _Signs) -> list[Text]:
    found = []
    if signs.report is not None and signs.report.value > 0:
        found.append(_told(signs.report))
    now = quarter_of(signs.today)
    done = sum(1 for one in signs.milestones if one.done is not None and one.done <= now)
    if done:
        whole = len(signs.milestones)
        found.append(
            Text(f"일정 {whole}건 가운데 {done}건이 끝났습니다.", f"{done} of {whole} milestones are done.")
        )
    for amount, ko, en in ((signs.spent, "집행", "spent"), (signs.secured, "확보", "secured")):
        if amount:
            said = won(amount)
            found.append(Text(f"{said.ko} 이상이 {ko}되었습니다.", f"At least {said.en} is {en}."))
    return found


def _achieved(signs: _Signs) -> tuple[float | None, float | None]:
    """What is reached and what was planned to this day [%]: of yearly targets, else of the milestones."""
    if signs.report is not None and signs.planned:
        return signs.report.value, planned_by(signs.planned, signs.report.day)
    last = Quarter.at(quarter_of(signs.today).ordinal - 1)
    planned, done = scheduled_share(signs.milestones, last), finished_share(signs.milestones, last)
    if planned is None or done is None:
        return None, None
    return (done * 100 if signs.report is None else signs.report.value), planned * 100
