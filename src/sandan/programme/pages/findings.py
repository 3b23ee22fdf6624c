"""Findings: what an auditor would point at, with what to do, who, and what was answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import SEOUL
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput
from sandan.programme.engine.findings import FindingSettings, rules
from sandan.programme.engine.wording import amount, where
from sandan.programme.model.audit import (
    FINDING_STATE_NAMES,
    SEVERITY_NAMES,
    AnswerKind,
    Audit,
    FindingState,
    Matter,
)
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.model.statements import Origin
from sandan.programme.pages.frame import HOME, around, plan_url
from sandan.programme.service import audit
from sandan.programme.service.documents import document_names
from sandan.programme.service.plans import list_plans
from sandan.sheets import sheet_text
from sandan.web import Routes, attachment
from sandan.words import Language, Text

routes = Routes("programme", prefix="/programme")
PER_PAGE = 50
ALL = "all"
"""Office programs take a CSV for UTF-8 only when it begins with this."""
DONE = {
    "checked": Text("모든 계획을 다시 점검했습니다.", "Everything was checked again."),
    "answered": Text("답변을 남겼습니다.", "The answer is kept."),
    "withdrawn": Text("답변을 철회했습니다.", "The answer is withdrawn."),
}
ANSWER_NAMES = {
    AnswerKind.ANSWERED: Text("답변 (조치했거나 조치할 내용)", "Answer (what was or will be done)"),
    AnswerKind.ACCEPTED: Text("사유 수용 (그대로 두는 까닭)", "Accept (why it stays as it is)"),
}
COLUMNS = (
    Text("심각도", "Severity"),
    Text("규칙", "Rule"),
    Text("점검 항목", "What is checked"),
    Text("계획", "Plan"),
    Text("대상", "Subject"),
    Text("내용", "Finding"),
    Text("근거 값", "Inputs"),
    Text("문서와 행", "Document and line"),
    Text("원문", "Text"),
    Text("조치", "What to do"),
    Text("담당", "Who"),
    Text("상태", "State"),
    Text("답변", "Answer"),
    Text("찾은 때", "Found"),
    Text("해소된 때", "Gone"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which findings a reader asked for, perhaps `within` a plan; "" is any, of states only what waits."""

    severity: str = ""
    rule: str = ""
    within: str = ""
    who: str = ""
    state: str = FindingState.OPEN.value
    page: int = 1

    def fits(self, matter: Matter, *, any_state: bool = False) -> bool:
        """Whether a finding is one of them."""
        found = matter.finding
        return (
            self.severity in ("", found.severity.value)
            and self.rule in ("", found.rule)
            and self.within in ("", found.plan)
            and self.who in ("", found.who)
            and (any_state or self.state in (ALL, matter.state.value))
        )

    def url(self, plan: str | None, *, file: bool = False, **other: object) -> str:
        """The address of the list, or of its file, with some of the filters changed."""
        start = asdict(Asked())
        query = {k: v for k, v in (asdict(self) | other).items() if v != start.get(k)}
        return _home(plan) + (".csv" if file else "") + ("?" + urlencode(query) if query else "")


def _asked(
    severity: Annotated[str, Query(max_length=20)] = "",
    rule: Annotated[str, Query(max_length=50)] = "",
    within: Annotated[str, Query(max_length=200)] = "",
    who: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str, Query(max_length=20)] = FindingState.OPEN.value,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Asked:
    return Asked(severity, rule, within, who, state, page)


Filters = Annotated[Asked, Depends(_asked)]


@routes.page("/findings", permission=PROGRAMME_READ)
def findings_page(here: Here, asked: Filters, done: str = "") -> Response:
    """The findings of every plan."""
    return _page(here, None, asked, done=done)


@routes.page("/findings.csv", permission=PROGRAMME_READ)
def findings_file(here: Here, asked: Filters) -> Response:
    """The same as a file."""
    return _file(here, None, asked)


@routes.page("/plans/{plan}/findings", permission=PROGRAMME_READ)
def plan_findings(plan: str, here: Here, asked: Filters, done: str = "") -> Response:
    """The findings of one plan."""
    return _page(here, plan, asked, done=done)


@routes.page("/plans/{plan}/findings.csv", permission=PROGRAMME_READ)
def plan_findings_file(plan: str, here: Here, asked: Filters) -> Response:
    """The same as a file."""
    return _file(here, plan, asked)


@routes.action("/findings/check", permission=PROGRAMME_READ)
def check_now(here: Here, plan: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Check everything again."""
    audit.findings(here.store, here.actor, here.now, settings=_settings(here), again=True)
    return RedirectResponse(_back(plan, "", "checked"), 303)


@routes.action("/findings/{id}/answer", permission=PROGRAMME_EDIT)
def answer(
    id: str,
    here: Here,
    kind: Annotated[AnswerKind, Form()] = AnswerKind.ANSWERED,
    text: Annotated[str, Form(max_length=10_000)] = "",
    plan: Annotated[str, Form(max_length=200)] = "",
    asked: Annotated[str, Form(max_length=1_000)] = "",
) -> Response:
    """Answer a finding, or accept it with a reason."""
    try:
        audit.answer_finding(here.store, here.actor, id, kind, text, here.now)
    except InvalidInput as error:
        return _page(here, plan or None, _read(asked), findings=error.findings, wrong=(id, kind, text))
    return RedirectResponse(_back(plan, asked, "answered"), 303)


@routes.action("/findings/{id}/withdraw", permission=PROGRAMME_EDIT)
def withdraw(
    id: str,
    here: Here,
    plan: Annotated[str, Form(max_length=200)] = "",
    asked: Annotated[str, Form(max_length=1_000)] = "",
) -> Response:
    """Take an answer back."""
    audit.withdraw_answer(here.store, here.actor, id, here.now)
    return RedirectResponse(_back(plan, asked, "withdrawn"), 303)


def _page(
    here: Visit,
    plan: str | None,
    asked: Asked,
    *,
    findings: Sequence[Finding] = (),
    done: str = "",
    wrong: tuple[str, AnswerKind, str] | None = None,
) -> Response:
    found = audit.findings(here.store, here.actor, here.now, plan, settings=_settings(here))
    fitting = [one for one in found.matters if asked.fits(one)]
    last = max(1, -(-len(fitting) // PER_PAGE))
    page = min(asked.page, last)
    return here.render(
        "programme/findings.html" if plan is None else "programme/plan_findings.html",
        status=422 if findings else 200,
        audit=found,
        matters=fitting[(page - 1) * PER_PAGE : page * PER_PAGE],
        total=len(fitting),
        page=page,
        last=last,
        per_page=PER_PAGE,
        asked=asked,
        query=urlencode(asdict(asked)),
        states=FINDING_STATE_NAMES,
        severities=SEVERITY_NAMES,
        answers=ANSWER_NAMES,
        rules=rules(),
        names=document_names(here.store),
        findings=findings,
        done=DONE.get(done),
        wrong=wrong,
        may_edit=here.actor.may(PROGRAMME_EDIT),
        **_choices(here, plan, asked, found),
        **around(plan, "findings"),
    )


def _choices(here: Visit, plan: str | None, asked: Asked, found: Audit) -> dict[str, Any]:
    """What the filters offer, and how many findings there are of each state and severity."""
    holding = [one for one in found.matters if one.state is FindingState.OPEN]
    fitting = Counter(one.state for one in found.matters if asked.fits(one, any_state=True))
    choices: dict[str, Any] = {
        "by_severity": Counter(one.finding.severity for one in holding),
        "by_state": fitting,
        "rule_ids": sorted({one.finding.rule for one in found.matters}, key=list(rules()).index),
        "owners": sorted({one.finding.who for one in found.matters}),
        "plan_titles": {line.plan.id: line.plan.title for line in list_plans(here.store, here.actor)},
        "disputes": 0,
    }
    if plan is not None:
        book, disputes = audit.conflicts(here.store, here.actor, plan)
        choices |= {"book": book, "disputes": sum(one.settlement is None for one in disputes)}
    return choices


def _file(here: Visit, plan: str | None, asked: Asked) -> Response:
    found = audit.findings(here.store, here.actor, here.now, plan, settings=_settings(here))
    titles = {line.plan.id: line.plan.title for line in list_plans(here.store, here.actor)}
    head = [column.in_(here.language) for column in COLUMNS]
    names = document_names(here.store)
    asked_for = [one for one in found.matters if asked.fits(one)]
    rows = [head, *(_cells(one, titles, names, here.language) for one in asked_for)]
    return attachment(sheet_text(rows), f"findings-{found.run.day.isoformat()}.csv")


def _cells(
    matter: Matter, titles: Mapping[str, str], names: Mapping[str, str], language: Language
) -> list[str]:
    one, said = matter.finding, matter.answer

    def stands(origin: Origin) -> str:
        return where(origin, names.get(origin.document or "", "")).in_(language)

    inputs = [
        f"{given.name.in_(language)} {amount(given.value, given.unit).in_(language)} ({stands(given.origin)})"
        for given in one.inputs
    ]
    return [
        SEVERITY_NAMES[one.severity].in_(language),
        one.rule,
        rules()[one.rule].title.in_(language),
        titles.get(one.plan, one.plan),
        matter.title,
        one.sentence.in_(language),
        "; ".join(inputs),
        stands(one.origin),
        one.origin.text,
        one.remedy.in_(language),
        one.who,
        FINDING_STATE_NAMES[matter.state].in_(language),
        said.text if said else "",
        matter.since.astimezone(SEOUL).isoformat(timespec="seconds"),
        matter.gone_at.astimezone(SEOUL).isoformat(timespec="seconds") if matter.gone_at else "",
    ]


def _home(plan: str | None) -> str:
    return plan_url(plan, "findings") if plan else f"{HOME}/findings"


def _read(query: str) -> Asked:
    """The filters a form carried along; anything else in it is left out."""
    given = dict(parse_qsl(query))
    page = given.get("page", "1")
    return Asked(
        given.get("severity", ""),
        given.get("rule", ""),
        given.get("within", ""),
        given.get("who", ""),
        given.get("state", FindingState.OPEN.value),
        int(page) if page.isascii() and page.isdigit() else 1,
    )


def _back(plan: str, query: str, done: str) -> str:
    return _read(query).url(plan or None, done=done)


def _settings(here: Visit) -> FindingSettings:
    return audit.finding_settings(here.house.settings.table("programme"))
