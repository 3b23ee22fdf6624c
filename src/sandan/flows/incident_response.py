"""The story of the control centre in one function: an alarm becomes a case, an area, messages, a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sandan.access import Actor
from sandan.control import (
    Action,
    HazardArea,
    HazardDesk,
    HazardRequest,
    Incident,
    IncidentSource,
    Notice,
    Phase,
    Request,
    TellingSettings,
    after_action_pdf,
    area_section,
    incident_kinds,
    kind_of_alarm,
    open_incident,
    read_case,
    record_area,
    state_release,
    subject_of,
    suggest_release,
    tell,
)
from sandan.errors import InvalidInput
from sandan.store import Store
from sandan.words import Language


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an alarm: the case, where the cloud goes, who was told, and the report as it stands."""

    incident: Incident
    area: HazardArea | None
    told: Sequence[Notice]
    report: bytes


def answer_alarm(
    store: Store,
    actor: Actor,
    alarm: str,
    now: datetime,
    *,
    hazard: HazardDesk,
    telling: TellingSettings,
    release: HazardRequest | None = None,
    language: Language = "ko",
    complex_name: str = "",
) -> Answered:
    """Open an incident of an alarm, compute its area, tell those it concerns, and write it all down.

    `release` says what leaks; without it the worst case of the nearest tank is taken, and without a
    tank there is no area. The firms in the area are warned without the name of the firm where it
    happened. Raises what the steps raise; each step that was done stays done.
    """
    kind = kind_of_alarm(store, alarm, now) or "leak"
    incident = open_incident(
        store,
        actor,
        kind,
        now,
        source=IncidentSource.ALARM,
        level=incident_kinds()[kind].level,
        alarms=[alarm],
    )
    area = None
    release = release or suggest_release(store, incident)
    if release is not None:
        state_release(store, actor, incident.id, release, now)
        area = hazard.area(actor, incident.id, now)
        if area is not None:
            record_area(store, actor, incident.id, area, now)
    told = _tell(store, actor, incident, area, telling, now)
    plan = area_section(store, hazard, actor, incident.id, language, now)
    report = after_action_pdf(store, actor, incident.id, language, now, complex_name, plan)
    return Answered(read_case(store, actor, incident.id).incident, area, told, report)


def _tell(
    store: Store,
    actor: Actor,
    incident: Incident,
    area: HazardArea | None,
    telling: TellingSettings,
    now: datetime,
) -> list[Notice]:
    subject = subject_of(incident)
    steps = [(subject, Phase.FIRST)]
    for phase, firms in _warned(area).items():
        steps.append((replace(subject, area=frozenset(firms)), phase))
    told: list[Notice] = []
    for of, phase in steps:
        try:
            told += tell(store, actor, of, Request(phase, incident.level), telling, now)
        except InvalidInput:
            continue  # nobody in the book for it: the page of the incident says so
    return told


def _warned(area: HazardArea | None) -> dict[Phase, set[str]]:
    """The firms in the area by what they are to do; without advice they are told to shelter.

    Nobody is sent in once the cloud has passed.
    """
    found: dict[Phase, set[str]] = {}
    for one in () if area is None else area.reached:
        if one.advice is not None and one.advice.action is Action.AIR:
            continue
        leaves = one.advice is not None and one.advice.action in (Action.LEAVE, Action.LEAVE_ACROSS)
        found.setdefault(Phase.EVACUATE if leaves else Phase.SHELTER, set()).add(one.firm.id)
    return found
