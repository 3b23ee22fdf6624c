"""The audit trail: events newest first, and the check that none was changed or lost."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

import orjson
from fastapi import Query
from starlette.responses import Response

from sandan.complex.engine.wording import kind_in_words, sentence
from sandan.complex.model import AUDIT
from sandan.complex.pages.explore import From
from sandan.complex.service import audit
from sandan.domain import Here
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes

pages = Routes("complex", prefix="/audit")
PAGE = 50


@pages.page("", permission=AUDIT)
def trail(
    here: Here,
    kind: str = "",
    subject: str = "",
    actor: str = "",
    from_: From = "",
    to: str = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Who did what when."""
    kept = {"kind": kind, "subject": subject, "actor": actor, "from": from_, "to": to}
    kept = {name: value.strip() for name, value in kept.items() if value.strip()}
    wanted = audit.Wanted(kind, subject.strip(), actor.strip(), from_, to)
    findings: tuple[Finding, ...] = ()
    try:
        found = audit.find_events(here.store, here.actor, wanted, here.now, before=before, limit=PAGE + 1)
    except InvalidInput as error:
        found, findings = [], error.findings
    shown = found[:PAGE]
    return here.render(
        "complex/audit.html",
        told=[
            (event, sentence(event.kind, event.actor, event.subject, event.payload), _folded(event.payload))
            for event in shown
        ],
        findings=findings,
        wanted=wanted,
        kinds=audit.event_kinds(here.store, here.actor),
        kind_in_words=kind_in_words,
        narrowed=bool(kept),
        before=before,
        first_url="/audit" + ("?" + urlencode(kept) if kept else ""),
        next_url="/audit?" + urlencode({**kept, "before": shown[-1].seq}) if len(found) > PAGE else None,
    )


@pages.action("/verify", permission=AUDIT)
def verify(here: Here) -> Response:
    """Walk the chain and say what was found."""
    found = audit.verify(here.store, here.actor)
    return here.render("complex/verified.html", found=found)


def _folded(payload: object) -> str:
    return orjson.dumps(payload, option=orjson.OPT_INDENT_2).decode()
