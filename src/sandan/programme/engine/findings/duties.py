"""What a plan owes: targets set in time, evidence, results instead of outputs, owners, ends."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from sandan.programme.engine.findings.index import BookIndex
from sandan.programme.engine.findings.passages import shorten
from sandan.programme.engine.findings.printed import shown
from sandan.programme.engine.findings.rules import PACKAGE, make_finding
from sandan.programme.engine.names import measure_name
from sandan.programme.model.audit import AuditFinding, Input
from sandan.programme.model.documents import Document, FoundFigure
from sandan.programme.model.plan import Project
from sandan.programme.model.statements import Origin
from sandan.programme.model.vocabulary import STATE_NAMES, FactKind, Kind, PledgeState
from sandan.words import Text

_YEAR = re.compile(r"(?:19|20)\d\d")
_FINAL = (PledgeState.COMPLETED, PledgeState.CONTINUING, PledgeState.DROPPED)
_REPORTS = (FactKind.ACHIEVEMENT, FactKind.EFFECT)
_MOST = 12


def faults_of(index: BookIndex, today: date) -> Iterator[AuditFinding]:
    """Findings for every duty of a plan that is not met as of a day."""
    for subject in index.targets:
        yield from _not_set(index, subject, today)
    for subject in index.measures:
        yield from _without_evidence(index, subject)
    for subject in {*index.facts, *index.progress, *index.targets}:
        yield from _outputs(index, subject)
    for project in index.book.projects:
        yield from _of_project(index, project, today)


def _not_set(index: BookIndex, subject: str, today: date) -> Iterator[AuditFinding]:
    open_: dict[str, dict[int, Origin]] = defaultdict(dict)
    for one in index.targets[subject]:
        if one.value is None and one.period and _YEAR.fullmatch(one.period) and int(one.period) <= today.year:
            open_[one.measure].setdefault(int(one.period), one.origin)
    set_ = {(one.measure, one.period) for one in index.targets[subject] if open_ and one.value is not None}
    for measure, years in open_.items():
        left = {year: origin for year, origin in years.items() if (measure, str(year)) not in set_}
        if left:
            yield _not_set_finding(
                index.book.plan.id, subject, index.title(subject), measure, left, today, index.owner(subject)
            )


def _not_set_finding(
    plan: str, subject: str, title: str, measure: str, years: dict[int, Origin], today: date, who: str = ""
) -> AuditFinding:
    listed = ", ".join(str(year) for year in sorted(years))
    return make_finding(
        "target-not-set",
        plan,
        subject,
        measure,
        Text(
            f"'{title}' {measure}의 {listed}년 성과목표가 아직 정해지지 "
            f"않았습니다({today.isoformat()} 현재 이미 시작된 해).",
            f"'{title}': the target of {measure} for {listed} is not set yet, although the year has begun "
            f"(as of {today.isoformat()}).",
        ),
        [Input(Text(f"{year}년 목표", f"Target of {year}"), None, "", years[year]) for year in sorted(years)],
        years[min(years)],
        who=who,
    )


def _without_evidence(index: BookIndex, subject: str) -> Iterator[AuditFinding]:
    reported = {measure_name(one.measure) for one in index.progress.get(subject, ()) if one.value is not None}
    for measure in index.measures[subject]:
        if measure.indicator is None and measure_name(measure.name) not in reported:
            yield make_finding(
                "no-evidence",
                index.book.plan.id,
                subject,
                measure.name,
                Text(
                    f"'{index.title(subject)}' 확인지표 '{measure.name}'에 연결된 측정값도, 보고된 "
                    "실적도 없습니다.",
                    f"The indicator '{measure.name}' of '{index.title(subject)}' is bound to no "
                    "measurement, and "
                    "nothing was reported for it.",
                ),
                [Input(Text(measure.name, measure.name), None, measure.unit, measure.origin)],
                measure.origin,
                who=index.owner(subject),
            )


@cache
def _words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    read = tomllib.loads(files(PACKAGE).joinpath("outputs.toml").read_text("utf-8"))
    return re.compile("|".join(map(re.escape, read["output"]))), re.compile(
        "|".join(map(re.escape, read["result"]))
    )


def is_output(text: str) -> bool:
    """Whether a text counts meetings, visits and the like, and names nothing that changed.

    >>> is_output("2년간 방문객 769명"), is_output("기술이전 10건")
    (True, False)
    """
    output, result = _words()
    return bool(output.search(text)) and not result.search(text)


_COUNTED = re.compile(r"\d[\d,.]*\s*(?:만|천)?\s*(?:회|명|건|개|곳|인|차례|팀|기관)")


def _outputs(index: BookIndex, subject: str) -> Iterator[AuditFinding]:
    """One finding for all of a subject's outputs: measures that count them, sentences that report them."""
    inputs = [
        Input(Text(one.measure, one.measure), one.value, one.unit, one.origin)
        for one in (*index.progress.get(subject, ()), *index.targets.get(subject, ()))
        if is_output(one.measure)
    ]
    for fact in index.facts.get(subject, ()):
        if fact.kind in _REPORTS and _COUNTED.search(fact.text) and is_output(fact.text):
            inputs.append(Input(Text(shorten(fact.text, 60), shorten(fact.text, 60)), None, "", fact.origin))
    if inputs:
        yield _output_finding(index.book.plan.id, subject, index.title(subject), inputs, index.owner(subject))


def _output_finding(
    plan: str, subject: str, title: str, inputs: Sequence[Input], who: str = ""
) -> AuditFinding:
    listed = ", ".join(f"'{_said(one)}'" for one in inputs[:3]) + (" …" if len(inputs) > 3 else "")
    return make_finding(
        "output-as-result",
        plan,
        subject,
        "outputs",
        Text(
            f"'{title}'에서 방문·회의·홍보 같은 산출 {len(inputs)}건을 실적으로 적었습니다: {listed}. "
            "무엇이 달라졌는지는 말하지 않습니다.",
            f"'{title}' reports {len(inputs)} output(s) such as visits, meetings or publicity as "
            f"results: {listed}. "
            "They do not say what changed.",
        ),
        inputs[:_MOST],
        who=who,
    )


def _said(one: Input) -> str:
    return one.name.ko if one.value is None else f"{one.name.ko} {shown(one.value)}{one.unit}"


def _of_project(index: BookIndex, project: Project, today: date) -> Iterator[AuditFinding]:
    plan = index.book.plan.id
    parent = index.projects.get(project.parent or "")
    # A part without an owner is its parent's; only the topmost is told.
    if not index.owner(project.id) and parent is None:
        yield make_finding(
            "no-owner",
            plan,
            project.id,
            "owner",
            Text(
                f"'{project.title}'을(를) 맡은 부서가 적혀 있지 않습니다.",
                f"No department is named that owns '{project.title}'.",
            ),
            (),
            project.origin,
        )
    state = index.book.states.get(project.id)
    if project.end and project.end < today and not (state and state.state in _FINAL):
        now = STATE_NAMES[state.state] if state else Text("미정", "not set")
        yield make_finding(
            "past-end",
            plan,
            project.id,
            "end",
            Text(
                f"'{project.title}'은(는) {project.end.isoformat()}에 끝났어야 하는데 상태가 "
                f"'{now.ko}'입니다.",
                f"'{project.title}' was to end on {project.end.isoformat()}, but its state is '{now.en}'.",
            ),
            (),
            project.origin,
            who=index.owner(project.id),
        )


_OWNER = re.compile(r"부서|담당|주관|소관|시행기관|추진기관|추진주체|문의|과장|팀장")
_CARD = (
    "사업기간",
    "총사업비",
    "소요예산",
    "사업개요",
    "정책목표",
    "추진계획",
    "관리번호",
    "예산구분",
    "확인지표",
    "재정투자",
)


def faults_in_document(
    document: Document, figures: Sequence[FoundFigure], today: date | None
) -> Iterator[AuditFinding]:
    """The same of a document by itself: open targets, outputs as results, a card without a department."""
    yield from _open_targets(document, figures, today) if today else ()
    yield from _reported_outputs(document)
    text = "".join(line.text for line in document.lines[:2_000])
    plain = "".join(text.split())
    if sum(word in plain for word in _CARD) >= 3 and not _OWNER.search(text):
        yield make_finding(
            "no-owner",
            "",
            document.name,
            "owner",
            Text(
                f"'{document.name}'에 사업을 맡은 부서가 적혀 있지 않습니다.",
                f"'{document.name}' names no department that owns the project.",
            ),
            (),
            Origin(document=document.digest),
        )


def _open_targets(document: Document, figures: Sequence[FoundFigure], today: date) -> Iterator[AuditFinding]:
    open_: dict[str, dict[int, Origin]] = defaultdict(dict)
    for one in figures:
        if one.kind is not Kind.TARGET or one.value is not None:
            continue
        if one.period and _YEAR.fullmatch(one.period) and int(one.period) <= today.year:
            label = shorten(one.path.split(">")[-1].strip() or one.measure, 60)
            origin = Origin(document=document.digest, line=one.line, text=one.text)
            open_[label].setdefault(int(one.period), origin)
    for measure, years in open_.items():
        yield _not_set_finding("", document.name, document.name, measure, years, today)


_REPORTING = re.compile(r"실적|성과|효과")
_PLANNING = re.compile(r"계획|목표|개요|일정|방향|예산|투자|재정|금후|향후|협조|현황|내용|근거")
_CLAIM = re.compile(r"성과|실적|효과|달성|기여")


def _reported_outputs(document: Document) -> Iterator[AuditFinding]:
    """Lines that report counted outputs: said to be a result, or standing below a heading that says so."""
    inputs: list[Input] = []
    inside = False
    for line in document.lines:
        plain = re.sub(r"[\s\W]", "", line.text)
        if plain and len(plain) <= 14 and not _COUNTED.search(line.text):
            # A heading within the achievements goes on with them; one of plans or money ends them.
            if _is_heading(line.text) and _REPORTING.search(plain):
                inside = True
            elif _is_heading(line.text) and _PLANNING.search(plain):
                inside = False
            continue
        if len(line.cells) > 1:
            continue
        text = line.text
        if (inside or _CLAIM.search(text)) and _COUNTED.search(text) and is_output(text):
            said = shorten(text.strip(" -○□◦•·*▸▷"), 60)
            origin = Origin(
                document=document.digest, line=line.number, page=line.page, text=shorten(text, 200)
            )
            inputs.append(Input(Text(said, said), None, "", origin))
    if inputs:
        yield _output_finding("", document.name, document.name, inputs)


def _is_heading(text: str) -> bool:
    return bool(re.match(r"^\s*(?:#|\*|[○□■◇◆【\[<(]|[IVXⅠ-Ⅹ\d]+[.)])", text))
