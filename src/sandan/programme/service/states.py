"""A pledge's state: set by a person, on evidence; what Sandan suggests and forecasts it never sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandan.access import Actor
from sandan.clock import SEOUL
from sandan.errors import InvalidInput, NotFound
from sandan.programme.engine.findings.index import index_book
from sandan.programme.engine.forecast import (
    Forecast,
    ForecastParams,
    TrackRecord,
    forecast_completion,
    track_record,
)
from sandan.programme.engine.pace import finished_projects, pace_of
from sandan.programme.engine.states import StateSettings, Suggestion, suggest_state
from sandan.programme.model.plan import Book, StateSet
from sandan.programme.model.rights import PROGRAMME_EDIT
from sandan.programme.model.vocabulary import PledgeState
from sandan.programme.records import books
from sandan.programme.service.plans import book_in
from sandan.store import Store
from sandan.words import Text

LONGEST_EVIDENCE = 2_000
PAST = 20
"""So many finished projects of the plan are forecast again to see how such forecasts did."""
PAST_DRAWS = 300


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the records suggest of a project: its state, and when it will be finished."""

    suggestion: Suggestion
    forecast: Forecast
    record: TrackRecord


def read_outlook(book: Book, project: str, settings: Mapping[str, Any], now: datetime) -> Outlook:
    """The outlook of a project of a plan that was read; nothing of it is kept.

    `settings` is the table `[programme]`: `state_partial_below` and `state_held_after` have no default.
    """
    today = now.astimezone(SEOUL).date()
    suggestion = suggest_state(book, project, today, state_settings(settings))
    if suggestion is None:
        raise NotFound(Text("사업", "project"), project)
    index = index_book(book)
    past = [pace_of(index, id, today) for id in finished_projects(index, today, PAST)]
    return Outlook(
        suggestion,
        forecast_completion(pace_of(index, project, today)),
        track_record(past, ForecastParams(draws=PAST_DRAWS)),
    )


def state_settings(table: Mapping[str, Any]) -> StateSettings:
    """When a late project is 일부추진 and one at rest 보류, where the office has decided it."""
    below, after = table.get("state_partial_below"), table.get("state_held_after")
    try:
        return StateSettings(
            partial_below=None if below is None else float(below),
            held_after=None if after is None else int(after),
        )
    except (TypeError, ValueError):
        raise InvalidInput.because(
            "[programme] state_partial_below · state_held_after",
            Text("숫자가 아닙니다.", "is not a number."),
            Text("0–1의 비율과 분기 수를 적으십시오.", "give a share within 0–1, and a number of quarters."),
        ) from None


def set_state(
    store: Store, actor: Actor, plan: str, project: str, state: PledgeState, evidence: str, now: datetime
) -> None:
    """Remember that `actor` found the project in `state`, and on what evidence."""
    actor.require(PROGRAMME_EDIT)
    if not evidence.strip() or len(evidence) > LONGEST_EVIDENCE:
        raise InvalidInput.because(
            "evidence",
            Text("근거가 비었거나 너무 깁니다.", "the evidence is empty or too long."),
            Text(
                "문서, 측정, 회의 결과 등 무엇으로 알았는지 적으십시오.",
                "say how it is known: a document, a measurement, the outcome of a meeting.",
            ),
        )
    with store.registry.write() as conn:
        if project not in {one.id for one in book_in(conn, plan).projects}:
            raise NotFound(Text("사업", "project"), project)
        books.put_state(
            conn,
            plan,
            StateSet(project=project, state=state, by=actor.id, at=now, evidence=evidence.strip()),
        )
        store.events.append(
            conn,
            "PledgeStateSet",
            actor=actor,
            subject=plan,
            payload={"project": project, "state": state.value, "evidence": evidence.strip()},
            at=now,
        )
