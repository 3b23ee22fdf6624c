"""Evaluating plans: made with all its rules, scored sheet by sheet, closed for good.

Until it is closed only the office sees what comes out, and a listed evaluator only the own sheet;
afterwards every reader sees everything.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.errors import Conflict, Finding, InvalidInput, NotAllowed, NotFound
from sandan.programme.engine.evaluation import (
    EvaluationParams,
    EvaluationProblem,
    EvaluationResult,
    evaluate_plans,
)
from sandan.programme.model.evaluation import Evaluation, Heading, Normalise, Sheets
from sandan.programme.model.rights import (
    PROGRAMME_APPROVE,
    PROGRAMME_EDIT,
    PROGRAMME_EVALUATE,
    PROGRAMME_READ,
)
from sandan.programme.records import books
from sandan.programme.records import evaluations as records
from sandan.store import Store
from sandan.words import Text

EVALUATION = Text("평가", "evaluation")
LONGEST_MINUTES = 20_000
LONGEST_TITLE = 200
LONGEST_NAME = 100
MOST = 100
"""More plans or more evaluators than this is a misreading."""


def list_evaluations(store: Store, actor: Actor) -> list[Evaluation]:
    """Every evaluation, newest first."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        return records.list_evaluations(conn)


def make_evaluation(
    store: Store,
    actor: Actor,
    title: str,
    headings: Sequence[Heading],
    plans: Sequence[str],
    evaluators: Sequence[str],
    select: int,
    normalise: Normalise,
    now: datetime,
) -> str:
    """Begin an evaluation; its id. `InvalidInput` names everything that is wrong with it."""
    actor.require(PROGRAMME_EDIT)
    faults = [*_bad_words(title, evaluators), *_too_many(plans, evaluators)]
    try:
        EvaluationProblem(headings=headings, plans=plans, evaluators=evaluators, scores={}, select=select)
    except InvalidInput as error:
        faults += error.findings
    new = Evaluation(
        id=secrets.token_urlsafe(9),
        title=title.strip(),
        headings=headings,
        plans=plans,
        evaluators=evaluators,
        conflicts=frozenset(),
        select=select,
        normalise=normalise,
        minutes="",
        made_by=actor.id,
        made_at=now,
    )
    with store.registry.write() as conn:
        known = set(books.plan_ids(conn))
        faults += [
            Finding(
                plan,
                Text("계획을 찾을 수 없습니다.", "there is no such plan."),
                Text("목록에서 고르십시오.", "choose from the list."),
            )
            for plan in plans
            if plan not in known
        ]
        if faults:
            raise InvalidInput(faults)
        records.add_evaluation(conn, new)
        store.events.append(
            conn, "EvaluationMade", actor=actor, subject=new.id, payload={"title": new.title}, at=now
        )
    return new.id


def read_sheets(store: Store, actor: Actor, id: str) -> Sheets:
    """An evaluation with the points this actor may see: all, the own sheet only, or none."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        found = _evaluation(conn, id)
        scores = records.read_scores(conn, id)
    if sees_all(actor, found):
        return Sheets(found, scores)
    return Sheets(found, {place: points for place, points in scores.items() if place[0] == actor.id})


def sees_all(actor: Actor, evaluation: Evaluation) -> bool:
    """Whether every sheet and the result are for this actor: after closing for all readers, before it for
    the office, but not for an evaluator who signs in under the listed name."""
    if evaluation.closed_at is not None:
        return True
    office = any(actor.may(one) for one in (PROGRAMME_EVALUATE, PROGRAMME_EDIT, PROGRAMME_APPROVE))
    return office and actor.id not in evaluation.evaluators


def result_of(sheets: Sheets) -> EvaluationResult:
    """What the points come to: the same points always give the same result."""
    made = sheets.evaluation
    problem = EvaluationProblem(
        headings=made.headings,
        plans=made.plans,
        evaluators=made.evaluators,
        scores=sheets.scores,
        select=made.select,
        conflicts=made.conflicts,
    )
    return evaluate_plans(problem, EvaluationParams(normalise=made.normalise))


def give_scores(
    store: Store,
    actor: Actor,
    id: str,
    evaluator: str,
    scores: Mapping[tuple[str, str], float],
    now: datetime,
) -> None:
    """Hand in an evaluator's sheets: points by (plan, heading), in place of those handed in before."""
    actor.require(PROGRAMME_EVALUATE)
    with store.registry.write() as conn:
        found = _open(conn, id)
        _own_sheet(actor, found, evaluator)
        faults = [
            Finding(
                plan,
                Text(
                    f"'{evaluator}'은(는) 이해관계가 있는 계획을 채점할 수 없습니다.",
                    f"'{evaluator}' has an interest in this plan and may not score it.",
                ),
                Text("이 계획의 칸을 비우십시오.", "leave its boxes empty."),
            )
            for plan in sorted({plan for plan, _ in scores})
            if (evaluator, plan) in found.conflicts
        ]
        try:
            EvaluationProblem(
                headings=found.headings,
                plans=found.plans,
                evaluators=found.evaluators,
                scores={(evaluator, plan, heading): points for (plan, heading), points in scores.items()},
                select=found.select,
            )
        except InvalidInput as error:
            faults += error.findings
        if faults:
            raise InvalidInput(faults)
        records.put_scores(conn, id, evaluator, scores, actor.id, now)
        store.events.append(
            conn,
            "ScoresGiven",
            actor=actor,
            subject=id,
            payload={"evaluator": evaluator, "scores": len(scores)},
            at=now,
        )


def declare_conflict(
    store: Store, actor: Actor, id: str, evaluator: str, plan: str, declared: bool, now: datetime
) -> None:
    """Say that an evaluator has an interest in a plan, or take that back. The sheet no longer counts."""
    actor.require(PROGRAMME_EVALUATE)
    with store.registry.write() as conn:
        found = _open(conn, id)
        _own_sheet(actor, found, evaluator)
        if plan not in found.plans:
            raise NotFound(Text("평가하는 계획", "plan under evaluation"), plan)
        pair = frozenset({(evaluator, plan)})
        after = found.conflicts | pair if declared else found.conflicts - pair
        if after == found.conflicts:
            return
        records.put_conflicts(conn, id, after)
        payload = {"evaluator": evaluator, "plan": plan}
        if declared:
            store.events.append(conn, "InterestDeclared", actor=actor, subject=id, payload=payload, at=now)
        else:
            store.events.append(conn, "InterestWithdrawn", actor=actor, subject=id, payload=payload, at=now)


def write_minutes(store: Store, actor: Actor, id: str, minutes: str, now: datetime) -> None:
    """Keep the minutes of the meeting; they may be mended until it is closed."""
    actor.require(PROGRAMME_EDIT)
    if len(minutes) > LONGEST_MINUTES:
        raise InvalidInput.because(
            "minutes",
            Text(f"회의록이 {LONGEST_MINUTES}자를 넘습니다.", f"it is over {LONGEST_MINUTES} characters."),
            Text("핵심만 적고 나머지는 문서로 두십시오.", "keep to the point."),
        )
    with store.registry.write() as conn:
        _open(conn, id)
        records.put_minutes(conn, id, minutes.strip())
        store.events.append(
            conn, "MinutesWritten", actor=actor, subject=id, payload={"length": len(minutes.strip())}, at=now
        )


def close_evaluation(store: Store, actor: Actor, id: str, now: datetime) -> None:
    """Freeze points, conflicts of interest and minutes; refused while not one plan could be ranked.

    The event keeps what came out, so that the chain of events vouches for it."""
    actor.require(PROGRAMME_APPROVE)
    with store.registry.write() as conn:
        found = _open(conn, id)
        result = result_of(Sheets(found, records.read_scores(conn, id)))
        if not any(one.rank for one in result.plans):
            raise Conflict(
                Text(
                    "끝까지 채점한 계획이 없어 마감할 수 없습니다.",
                    "No plan has a complete sheet yet, so it cannot be closed.",
                )
            )
        records.close_evaluation(conn, id, now)
        store.events.append(
            conn,
            "EvaluationClosed",
            actor=actor,
            subject=id,
            payload={
                "ranking": [[one.plan, one.rank, one.value] for one in result.plans],
                "selected": [one.plan for one in result.plans if one.selected],
            },
            at=now,
        )


def _evaluation(conn: Connection, id: str) -> Evaluation:
    found = records.read_evaluation(conn, id)
    if found is None:
        raise NotFound(EVALUATION, id)
    return found


def _open(conn: Connection, id: str) -> Evaluation:
    found = _evaluation(conn, id)
    if found.closed_at is not None:
        raise Conflict(Text("이미 마감한 평가입니다.", "This evaluation is closed."))
    return found


def _own_sheet(actor: Actor, evaluation: Evaluation, evaluator: str) -> None:
    """Whoever is listed under the own account's id touches no other sheet."""
    if evaluator not in evaluation.evaluators:
        raise NotFound(Text("평가위원", "evaluator"), evaluator)
    if actor.id in evaluation.evaluators and actor.id != evaluator:
        raise NotAllowed(Text("다른 평가위원의 채점표입니다.", "This is another evaluator's sheet."))


def _bad_words(title: str, evaluators: Sequence[str]) -> list[Finding]:
    named = [("title", title, LONGEST_TITLE), *(("evaluators", one, LONGEST_NAME) for one in evaluators)]
    return [
        Finding(
            where,
            Text("비었거나 너무 깁니다.", "it is empty or too long."),
            Text(f"{longest}자 안에서 적으십시오.", f"write at most {longest} characters."),
        )
        for where, text, longest in named
        if not text.strip() or len(text) > longest
    ]


def _too_many(plans: Sequence[str], evaluators: Sequence[str]) -> list[Finding]:
    return [
        Finding(
            where,
            Text(f"{MOST}건을 넘습니다.", f"there are more than {MOST}."),
            Text("나누어 평가하십시오.", "evaluate them in parts."),
        )
        for where, number in Counter(plans=len(plans), evaluators=len(evaluators)).items()
        if number > MOST
    ]
