"""Progress against what was planned, and 100 % of a term against the final goal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from sandan.programme.engine.checking import PROGRESS
from sandan.programme.engine.findings.index import BookIndex
from sandan.programme.engine.findings.printed import percent
from sandan.programme.engine.findings.rules import make_finding
from sandan.programme.engine.names import measure_name
from sandan.programme.engine.progress import (
    Delay,
    Planned,
    Reported,
    check_progress,
    end_of_period,
    last_dated,
    newest_report,
    yearly_targets,
)
from sandan.programme.model.audit import AuditFinding, Input, Severity
from sandan.programme.model.documents import Document, FoundFigure
from sandan.programme.model.statements import Origin
from sandan.programme.model.vocabulary import AFTER, Kind
from sandan.words import Text

_YEAR = re.compile(r"(?:19|20)\d\d")


def faults_of(index: BookIndex, today: date) -> Iterator[AuditFinding]:
    """Findings for projects behind their yearly targets, and for 100 % in a term that is not the end."""
    plan = index.book.plan
    for subject, statements in index.targets.items():
        planned = yearly_targets(statements)
        if not planned:
            continue
        project = index.projects.get(subject)
        last = max(planned, key=lambda one: one.year)
        if project is not None and project.in_term is False and last.value >= 100:
            yield _beyond(plan.id, subject, index.title(subject), last, project.end, index.owner(subject))
        reported = newest_report(index.progress.get(subject, ()), index.facts.get(subject, ()), today)
        delay = check_progress(planned, reported) if reported else None
        if delay:
            yield _behind(delay, plan.id, subject, index.title(subject), index.owner(subject))


def _behind(delay: Delay, plan: str, subject: str, title: str, who: str = "") -> AuditFinding:
    planned, reported = delay.planned, delay.reported
    running = planned.year == reported.day.year and reported.day < date(planned.year, 12, 31)
    when = reported.day.isoformat()
    since, since_en = (
        (f"{when} 현재", f"as of {when}")
        if reported.dated
        else (f"기준일이 적히지 않아 {when}로 보면", f"taken as of {when}, no day being stated,")
    )
    line = (
        (
            f" 직선으로 보면 그날까지 {percent(delay.by_now)}입니다.",
            f" By a straight line it is {percent(delay.by_now)} to that day.",
        )
        if running
        else ("", "")
    )
    minor = running and reported.value >= delay.by_now
    return make_finding(
        "behind",
        plan,
        subject,
        f"progress|{planned.year}",
        Text(
            f"'{title}' 추진율은 {since} {percent(reported.value, 0)}로, {planned.year}년 계획 "
            f"{percent(planned.value, 0)}보다 {percent(planned.value - reported.value, 0)}p "
            f"낮습니다.{line[0]}",
            f"'{title}' is {since_en} at {percent(reported.value, 0)}, "
            f"{planned.value - reported.value:.0f} points "
            f"below the {percent(planned.value, 0)} planned for {planned.year}.{line[1]}",
        ),
        [
            Input(Text("추진율", "Progress"), reported.value, "%", reported.origin),
            Input(
                Text(f"{planned.year}년 계획", f"Planned for {planned.year}"),
                planned.value,
                "%",
                planned.origin,
            ),
        ],
        reported.origin,
        who=who,
        severity=Severity.LOW if minor else None,
    )


def _beyond(
    plan: str, subject: str, title: str, last: Planned, end: date | None, who: str = ""
) -> AuditFinding:
    ends = (f"({end.year}년 종료)", f" (it ends in {end.year})") if end else ("", "")
    return make_finding(
        "beyond-term",
        plan,
        subject,
        "in-term",
        Text(
            f"'{title}'은(는) 완료시기가 임기후{ends[0]}인데 {last.year}년에 "
            f"{percent(last.value, 0)}로 계획되어 "
            "있습니다: 이 100%는 임기 내 목표이며 최종목표의 달성이 아닙니다.",
            f"'{title}' is to be completed after the term{ends[1]}, yet {percent(last.value, 0)} is "
            "planned for "
            f"{last.year}: that is the goal of the term, not the final one.",
        ),
        [Input(Text(f"{last.year}년 계획", f"Planned for {last.year}"), last.value, "%", last.origin)],
        last.origin,
        who=who,
    )


def faults_in_figures(
    document: Document, figures: Sequence[FoundFigure], today: date | None
) -> Iterator[AuditFinding]:
    """The same of a pledge card by itself: one progress in per cent against one row of yearly targets."""
    planned, reports = [], []
    for one in figures:
        origin = Origin(document=document.digest, line=one.line, text=one.text)
        if one.unit != "%" or one.value is None:
            continue
        if one.kind is Kind.TARGET and one.period and _YEAR.fullmatch(one.period):
            planned.append((one.line, Planned(int(one.period), float(one.value), origin)))
        elif one.kind is Kind.PROGRESS and measure_name(one.measure) == PROGRESS:
            reports.append((one, origin))
    rows = {line for line, _ in planned}
    if len(rows) != 1:
        return
    targets = [one for _, one in planned]
    last = max(targets, key=lambda one: one.year)
    if last.value >= 100 and _ends_after_term(document):
        yield _beyond("", document.name, document.name, last, None)
    if len(reports) != 1:
        return
    figure, origin = reports[0]
    day = end_of_period(figure.period) or last_achievement(document) or today
    if day is None:
        return
    dated = figure.period is not None or last_achievement(document) is not None
    delay = check_progress(targets, Reported(float(figure.value or 0), day, dated, origin))
    if delay:
        yield _behind(delay, "", document.name, document.name)


def last_achievement(document: Document) -> date | None:
    """The end of the month of the last dated entry below 추진실적; None when there is none."""
    inside = False
    texts = []
    for line in document.lines:
        text = line.text
        plain = re.sub(r"[\s\W]", "", text)
        if (
            plain.startswith(("추진실적", "주요추진실적", "그간추진", "추진경과", "추진상황"))
            and len(plain) < 14
        ):
            inside = True
        elif (
            plain.startswith(("금후계획", "향후", "기대효과", "앞으로", "예산", "재정투자", "연차별"))
            and len(plain) < 14
        ):
            inside = False
        elif inside and re.match(r"^[\s\W]*(?:19|20)\d\d\s*[.년]", text):
            texts.append(text[:40])
    return last_dated(texts)


def _ends_after_term(document: Document) -> bool:
    """Whether the card's 완료시기 is 임기후: in the next cell, or the next word."""
    for line in document.lines:
        for i, cell in enumerate(line.cells):
            plain = "".join(cell.split())
            if plain in ("완료시기", "사업시기", "완료(예정)시기") and i + 1 < len(line.cells):
                return "".join(line.cells[i + 1].split()) in (AFTER, "임기이후")
            if re.search(r"완료시기[:：]?임기(?:이)?후", plain) and "임기내" not in plain:
                return True
    return False
