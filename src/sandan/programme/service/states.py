"""Setting a pledge's state: by a person, on evidence; what Sandan suggests it never sets."""

from __future__ import annotations

from datetime import datetime

from sandan.access import Actor
from sandan.errors import InvalidInput, NotFound
from sandan.programme.model.plan import StateSet
from sandan.programme.model.rights import PROGRAMME_EDIT
from sandan.programme.model.vocabulary import PledgeState
from sandan.programme.records import books
from sandan.programme.service.plans import book_in
from sandan.store import Store
from sandan.words import Text

LONGEST_EVIDENCE = 2_000


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
