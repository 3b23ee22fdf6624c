"""One rule: made or changed by choosing, tried on history with a picture, kept as a new version."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.datastructures import FormData
from starlette.responses import Response

from sandan.control.engine.alarms.flood import flood_params
from sandan.control.engine.alarms.table import COLUMNS, LENGTHS, NO, YES, read_length, say_length
from sandan.control.engine.board import STATE_NAMES, State
from sandan.control.model.alarms import LEVELS, Priority, RuleKind, RuleSet
from sandan.control.model.rights import CASES, DESIGN
from sandan.control.pages.rules.table import STATISTICS, put, routes, row_of, rule_in, words
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.alarms.rules import ids_of_names, rule_versions, rules_in_force
from sandan.control.service.alarms.trial import Course, Tried, try_on_history
from sandan.control.service.incidents.people import display_names
from sandan.domain import Here, Visit, Written, whole
from sandan.errors import Conflict, Finding, InvalidInput
from sandan.twin.tables import kinds, quantities
from sandan.words import Language, Text

TRIED_DAYS = (7, 1, 30)
"""How much history a rule may be tried on; the first unless somebody chooses."""
CHOSEN = ("quantities", "kinds", "days")
"""Columns that are boxes to tick."""
NAMED = ("things", "tenants")
"""Columns that take a name as well as an id."""
PLACES = frozenset({"complex", "zone", "block", "building", "substation"})
MOST_NAMES = 2_000
DAYS = (
    Text("월", "Mon"),
    Text("화", "Tue"),
    Text("수", "Wed"),
    Text("목", "Thu"),
    Text("금", "Fri"),
    Text("토", "Sat"),
    Text("일", "Sun"),
)
ABOUT: Mapping[RuleKind, Text] = {
    RuleKind.HIGH: Text("값이나 평균이 기준보다 높을 때", "a value, or a mean, above a limit"),
    RuleKind.LOW: Text("값이나 평균이 기준보다 낮을 때", "a value, or a mean, below a limit"),
    RuleKind.RATE: Text("값이 너무 빨리 오르거나 내릴 때", "a value that rises or falls too fast"),
    RuleKind.PEER: Text(
        "같은 것을 재는 다른 지점들과 다를 때", "a point that differs from others of its kind"
    ),
    RuleKind.FORECAST: Text("예측한 값과 다를 때", "a value that differs from its forecast"),
    RuleKind.STALE: Text("값이 오지 않을 때", "values that stop coming"),
    RuleKind.FROZEN: Text("값이 움직이지 않을 때", "a value that stands still"),
    RuleKind.STATE: Text("상태값이 비정상일 때", "a state that is abnormal"),
    RuleKind.GAP: Text("한 구간의 자료가 모자랄 때", "too few values in a window"),
}
_LIMITED = frozenset({"limit", "bound", "level", "deadband", "window", "expression"})
_DEVIATING = frozenset({"limit", "side", "deadband"})
ASKS: Mapping[RuleKind, frozenset[str]] = {
    RuleKind.HIGH: _LIMITED,
    RuleKind.LOW: _LIMITED,
    RuleKind.RATE: _DEVIATING,
    RuleKind.PEER: _DEVIATING,
    RuleKind.FORECAST: _DEVIATING,
    RuleKind.STALE: frozenset({"limit"}),
    RuleKind.FROZEN: frozenset({"limit"}),
    RuleKind.STATE: frozenset({"states"}),
    RuleKind.GAP: frozenset({"limit", "window"}),
}
"""What a kind of rule needs to be told; the other columns stay as they are."""
LIMIT_HINTS: Mapping[RuleKind, Text] = {
    RuleKind.HIGH: Text("비우면 측정점마다 정한 상한", "empty: each point's own upper bound"),
    RuleKind.LOW: Text("비우면 측정점마다 정한 하한", "empty: each point's own lower bound"),
    RuleKind.RATE: Text("1분에 변하는 크기", "change in a minute"),
    RuleKind.PEER: Text("나머지 중앙값과의 차이", "distance from the median of all"),
    RuleKind.FORECAST: Text("예측과의 차이", "distance from the forecast"),
    RuleKind.STALE: Text(
        "초. 비우면 측정 주기의 3배와 1분", "seconds; empty: three intervals, a minute at least"
    ),
    RuleKind.FROZEN: Text("이보다 적게 변하면 멈춘 것", "what moves no more than this stands still"),
    RuleKind.GAP: Text("0–1. 0.75는 자료의 75 %", "0–1; 0.75 is 75 % of the values"),
}


@routes.page("/new", permission=DESIGN)
def new_rule(here: Here, like: str = "", kind: str = "") -> Response:
    """A form for a new rule, perhaps a copy of another; first of all what it is to look at."""
    with here.store.registry.read() as conn:
        rules = rules_in_force(here.store, conn, here.now)
    known = kind if kind in set(RuleKind) else ""
    row = row_of(rules, like) if like else dict.fromkeys(COLUMNS, "") | {"kind": known, "priority": "3"}
    return _form(here, rules.version, row | {"id": ""}, new=True)


@routes.page("/edit/{id:path}", permission=CASES)
def rule_page(id: str, here: Here) -> Response:
    """One rule, to be read or changed."""
    with here.store.registry.read() as conn:
        rules = rules_in_force(here.store, conn, here.now)
    return _form(here, rules.version, row_of(rules, id))


@routes.action("/save", permission=DESIGN)
def save_rule(here: Here, form: Written) -> Response:
    """Keep a rule as it was filled in: the next version differs by this one row.

    What a colleague did meanwhile to other rules stays; what was done to this one is shown first.
    """
    base, was = whole(form.get("base")), _said(form, "was")
    row = _row(here, form)
    with here.store.registry.read() as conn:
        versions = rule_versions(here.store, conn)
    now = versions[-1]
    if not was:
        row["id"] = row["id"] or _free_id(row, now)
    try:
        rule = rule_in(row)
        theirs = _done_meanwhile(here, versions, base, was)
        if theirs:
            return _form(here, now.version, row, new=not was, theirs=theirs)
        at = next((i for i, one in enumerate(now.rules) if one.id == was), None)
        rules = [*now.rules, rule] if at is None else [*now.rules[:at], rule, *now.rules[at + 1 :]]
        return put(here, now.version, rules, _said(form, "reason") or rule.name.in_(here.language))
    except InvalidInput as error:
        return _form(here, base, row, new=not was, findings=_of_form(error.findings))
    except Conflict as error:
        return _form(here, base, row, new=not was, theirs=[error.text])


@routes.action("/try", permission=DESIGN)
def try_rule(here: Here, form: Written) -> Response:
    """What the rule as it is filled in would have raised lately; nothing is kept."""
    row = _row(here, form)
    unnamed = {"id": "new-rule", "ko": "새 규칙", "en": "New rule"}
    asked = _said(form, "history")
    days = next((one for one in TRIED_DAYS if str(one) == asked), TRIED_DAYS[0])
    try:
        rule = rule_in(row | {name: row[name] or word for name, word in unnamed.items()})
        tried = try_on_history(here.store, here.actor, rule, days, here.now, flood_params())
    except InvalidInput as error:
        return here.render("control/rules/trial.html", status=422, findings=_of_form(error.findings))
    return here.render(
        "control/rules/trial.html",
        findings=(),
        tried=tried,
        days=days,
        stood=tried.trial.standing(int(here.now.timestamp() * 1000)) // 1000,
        chart=_bars(here.language, tried),
        course=_picture(here.language, tried),
    )


def _row(here: Visit, form: FormData) -> dict[str, str]:
    """The row that was filled in; names of places and firms become their ids."""
    row = {name: _said(form, name) for name in COLUMNS}
    layout = here.house.part(AlarmDesk).list.layout
    return row | {name: ids_of_names(layout.things, row[name]) for name in NAMED}


def _said(form: FormData, name: str) -> str:
    """What was written; of boxes those that were ticked."""
    given = [value.strip()[:2_000] for value in form.getlist(name) if isinstance(value, str)]
    return ";".join(filter(None, given)) if name in CHOSEN else (given or [""])[0]


def _of_form(findings: Sequence[Finding]) -> list[Finding]:
    """The same by field alone: a form has no lines."""
    return [replace(one, where=one.where.rpartition(" · ")[2]) for one in findings]


def _free_id(row: Mapping[str, str], rules: RuleSet) -> str:
    """An id from the English name, or the kind and what it looks at, that no rule has."""
    taken = {rule.id for rule in rules.rules}
    plain = re.sub(r"[^a-z0-9]+", "-", row["en"].lower()).strip("-")
    stem = plain or re.sub(r"[^a-z0-9]+", "-", f"{row['kind']}-{row['quantities']}").strip("-")[:60]
    return next(id for id in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if id not in taken)


def _done_meanwhile(here: Visit, versions: Sequence[RuleSet], base: int, was: str) -> list[Text]:
    """What others did to this rule since version `base`; empty when it is as it was."""
    if not was or base >= versions[-1].version:
        return []
    then, now = (
        next((row_of(one, was) for rule in one.rules if rule.id == was), None)
        for one in (versions[base], versions[-1])
    )
    if then == now:
        return []
    who = display_names(here.store, here.actor, {versions[-1].by})[versions[-1].by]
    if now is None:
        return [Text(f"{who}님이 이 규칙을 뺐습니다.", f"{who} has removed this rule.")]
    return [
        Text(
            f"{who}님이 '{name}'을(를) '{(then or {}).get(name, '')}'에서 '{now[name]}'(으)로 고쳤습니다.",
            f"{who} has changed '{name}' from '{(then or {}).get(name, '')}' to '{now[name]}'.",
        )
        for name in COLUMNS
        if (then or {}).get(name) != now[name]
    ]


def _form(
    here: Visit,
    base: int,
    row: Mapping[str, str],
    *,
    new: bool = False,
    findings: Sequence[Finding] = (),
    theirs: Sequence[Text] = (),
) -> Response:
    layout = here.house.part(AlarmDesk).list.layout
    kind = RuleKind(row["kind"]) if row["kind"] in set(RuleKind) else None
    measured = {point.quantity for point in layout.points.values()} | set(row["quantities"].split(";"))
    holders = {layout.things[one.thing].kind for one in layout.points.values() if one.thing in layout.things}
    holders |= set(row["kinds"].split(";"))
    return here.render(
        "control/rules/rule.html",
        status=422 if findings else 409 if theirs else 200,
        base=base,
        row=dict(row) | {name: _length(row[name], here.language) for name in LENGTHS},
        kind=kind,
        asks=ASKS[kind] if kind else frozenset(),
        columns=COLUMNS,
        new=new,
        findings=findings,
        theirs=theirs,
        about=ABOUT,
        limit_hint=LIMIT_HINTS.get(kind) if kind else None,
        **_options(
            here.language, kind, measured, holders, {*row["quantities"].split(";"), *row["kinds"].split(";")}
        ),
        places=sorted({one.name for one in layout.things.values() if one.kind in PLACES})[:MOST_NAMES],
        firms=sorted({one.name for one in layout.things.values() if one.kind == "firm"})[:MOST_NAMES],
        names={name: _names(here, row[name]) for name in NAMED},
        tried_days=TRIED_DAYS,
        yes=YES,
        no=NO,
        **words(here),
    )


def _options(
    language: Language,
    kind: RuleKind | None,
    measured: Collection[str],
    holders: Collection[str],
    ticked: Collection[str],
) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen, each as value and word: what is measured, and measures; what is ticked first."""

    def named(of: Iterable[tuple[str, Text]]) -> list[tuple[str, str]]:
        return [(id, name.in_(language)) for id, name in of]

    def order(one: tuple[str, str]) -> tuple[bool, str]:
        return one[0] not in ticked, one[1]

    return {
        "quantity_options": sorted(
            named((one.id, one.name) for one in quantities().values() if one.id in measured),
            key=order,
        ),
        "kind_options": sorted(
            named((one.id, one.name) for one in kinds().values() if one.id in holders), key=order
        ),
        "level_options": [(level, level) for level in sorted(LEVELS.get(kind, ()))] if kind else [],
        "statistic_options": named((one.value, name) for one, name in STATISTICS.items()),
        "day_options": named((str(i), name) for i, name in enumerate(DAYS)),
        "priority_options": named((str(int(level)), STATE_NAMES[State(level)]) for level in Priority),
    }


def _length(text: str, language: Language) -> str:
    """A length of time as it is said; what cannot be read stays as it was written."""
    try:
        return say_length(read_length(text)).in_(language) if text else ""
    except ValueError:
        return text


def _names(here: Visit, ids: str) -> str:
    """Ids as names, where a name leads back to its id."""
    things = here.house.part(AlarmDesk).list.layout.things
    named = [
        thing.name if (thing := things.get(id)) and ids_of_names(things, thing.name) == id else id
        for id in filter(None, ids.split(";"))
    ]
    return "; ".join(named)


def _bars(language: Language, tried: Tried) -> dict[str, Any]:
    """Alarms by day or hour, for a chart."""
    (first, _), *_others = tried.counts
    step = (tried.counts[1][0] - first).total_seconds() if len(tried.counts) > 1 else 86_400
    data = [[int(at.timestamp() * 1000), count] for at, count in tried.counts]
    series = {
        "name": {"ko": "경보", "en": "Alarms"}[language],
        "unit": "",
        "kind": "bar",
        "interval": int(step * 1000),
        "digits": 0,
        "data": data,
    }
    return {"series": [series], "from": data[0][0], "to": int(tried.period.end.timestamp() * 1000)}


def _picture(language: Language, tried: Tried) -> dict[str, Any] | None:
    """The busiest point as it went, its limit, and the times the alarm would have stood, for a chart."""
    course = tried.course
    if course is None:
        return None
    quantity = quantities()[course.point.quantity]
    start, end = (int(at.timestamp() * 1000) for at in (tried.period.start, tried.period.end))
    values = {
        "name": quantity.name.in_(language),
        "unit": quantity.unit,
        "kind": "line",
        "interval": course.step,
        "data": course.values,
    }
    limit = {
        "name": {"ko": "기준", "en": "Limit"}[language],
        "unit": quantity.unit,
        "kind": "line",
        "data": [[start, course.limit], [end, course.limit]],
    }
    return {
        "series": [values] if course.limit is None else [values, limit],
        "bands": [_band(course)] if course.spells else [],
        "from": start,
        "to": end,
    }


def _band(course: Course) -> dict[str, Any]:
    """From bottom to top of what is drawn while the alarm stood, nothing between."""
    seen = [value for _, value in course.values if value is not None]
    seen += [] if course.limit is None else [course.limit]
    edges = [at for spell in course.spells for at in (spell[0], spell[1], spell[1])]

    def side(value: float) -> list[list[float | None]]:
        return [[at, None if i % 3 == 2 else value] for i, at in enumerate(edges)]

    return {
        "low": side(min(seen, default=0.0)),
        "high": side(max(seen, default=1.0)),
        "color": 4,
        "opacity": 0.3,
    }
