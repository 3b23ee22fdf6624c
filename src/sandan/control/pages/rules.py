"""The table of alarm rules: read, changed a row at a time or as a whole file, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import File, Form, UploadFile
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from sandan.control.engine.alarms.flood import flood_params
from sandan.control.engine.alarms.table import (
    COLUMNS,
    NO,
    YES,
    parse_rules,
    read_rows,
    rule_rows,
    write_rows,
)
from sandan.control.engine.board import STATE_NAMES
from sandan.control.model.alarms import LEVELS, RULE_KINDS, Level, Rule, RuleKind, RuleSet, Side, Statistic
from sandan.control.model.rights import CASES, DESIGN
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.alarms.rules import put_rules, rule_versions, rules_in_force
from sandan.control.service.alarms.trial import Tried, try_on_history
from sandan.control.service.incidents.people import display_names
from sandan.domain import Here, Visit, Written
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.sheets import BOM, decode
from sandan.twin.tables import kinds, quantities
from sandan.web import Routes
from sandan.words import Text

routes = Routes("control", prefix="/control/rules")
MOST_BYTES = 4_000_000
DONE = {
    "saved": Text(
        "새 판을 만들었습니다. 지금부터 이 규칙으로 판단합니다.", "A new version is in force from now on."
    ),
    "same": Text("바뀐 것이 없습니다.", "Nothing has changed."),
}
SIDES = {
    Side.ABOVE: Text("위로", "above"),
    Side.BELOW: Text("아래로", "below"),
    Side.EITHER: Text("양쪽", "either way"),
}
STATISTICS = {
    Statistic.MEAN: Text("평균", "mean"),
    Statistic.MIN: Text("최소", "least"),
    Statistic.MAX: Text("최대", "greatest"),
    Statistic.SUM: Text("합계", "sum"),
    Statistic.COVERAGE: Text("확보율", "coverage"),
}
TRIED_DAYS = (7, 1, 30)
"""How much history a rule may be tried on; the first unless somebody chooses."""
NO_TEXT = Text("", "")
"""Office programs take a CSV for UTF-8 only when it begins with this."""


def rule_url(id: str) -> str:
    """The address of a rule's page."""
    return f"/control/rules/edit/{quote(id, safe='')}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A limit as it is read: in which unit, and what stands after it."""

    value: float
    unit: str
    after: Text = NO_TEXT


def limit_shown(rule: Rule) -> Shown:
    """A rule's own limit with its unit; without one where the rule goes for quantities of several units."""
    if rule.kind is RuleKind.GAP:
        return Shown(100 * rule.limit, "%")
    if rule.kind is RuleKind.STALE:
        return Shown(rule.limit, "s")
    found = {quantities()[one].unit for one in rule.scope.quantities if one in quantities()}
    unit = found.pop() if len(found) == 1 else ""
    if rule.kind is RuleKind.RATE:
        return Shown(rule.limit, unit, Text(" / 분", " / min"))
    return Shown(rule.limit, unit)


@routes.page("", permission=CASES)
def rules_page(here: Here, done: str = "") -> Response:
    """Every rule in force, and how many points and open alarms each has."""
    return _page(here, done=done)


@routes.page(".csv", permission=CASES)
def rules_file(here: Here) -> Response:
    """The table as a file that a spreadsheet opens and `import` reads back."""
    with here.store.registry.read() as conn:
        rules = rules_in_force(here.store, conn, here.now)
    text = BOM + write_rows(rule_rows(rules.rules))
    name = f"alarm-rules-{rules.version}.csv"
    return Response(
        text, media_type="text/csv", headers={"content-disposition": f'attachment; filename="{name}"'}
    )


@routes.action("/import", permission=DESIGN)
async def import_rules(
    here: Here,
    base: Annotated[int, Form(ge=0)],
    file: Annotated[UploadFile, File()],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take a whole table as the next version; a table with a fault changes nothing."""
    data = await file.read(MOST_BYTES + 1)
    try:
        rules = parse_rules(read_rows(decode(data, MOST_BYTES)))
        return _put(here, base, rules, reason or (file.filename or ""))
    except InvalidInput as error:
        return _page(here, findings=error.findings)


@routes.action("/restore", permission=DESIGN)
def restore_rules(
    here: Here, base: Annotated[int, Form(ge=0)], version: Annotated[int, Form(ge=0)]
) -> Response:
    """Make an earlier version the next one."""
    with here.store.registry.read() as conn:
        found = [one for one in rule_versions(here.store, conn) if one.version == version]
    if not found:
        raise NotFound(Text("규칙 판", "version of the rules"), version)
    reason = {"ko": f"{version}판으로 되돌림", "en": f"back to version {version}"}[here.language]
    return _put(here, base, found[0].rules, reason)


@routes.page("/new", permission=DESIGN)
def new_rule(here: Here, like: str = "") -> Response:
    """A form for a new rule, perhaps a copy of another."""
    with here.store.registry.read() as conn:
        rules = rules_in_force(here.store, conn, here.now)
    row = _row(rules, like) if like else dict.fromkeys(COLUMNS, "") | {"kind": "high", "priority": "3"}
    return _form(here, rules.version, row | {"id": ""}, new=True)


@routes.page("/edit/{id:path}", permission=CASES)
def rule_page(id: str, here: Here) -> Response:
    """One rule, to be read or changed."""
    with here.store.registry.read() as conn:
        rules = rules_in_force(here.store, conn, here.now)
    return _form(here, rules.version, _row(rules, id))


@routes.action("/save", permission=DESIGN)
def save_rule(here: Here, form: Written) -> Response:
    """Keep a rule as it was filled in: the next version differs by this one row."""
    base, was = int(_said(form, "base") or 0), _said(form, "was")
    row = {name: _said(form, name) for name in COLUMNS}
    try:
        (rule,) = parse_rules([row])
        with here.store.registry.read() as conn:
            rules = [*rules_in_force(here.store, conn, here.now).rules]
        at = next((i for i, one in enumerate(rules) if one.id == was), None)
        if at is None:
            rules.append(rule)
        else:
            rules[at] = rule
        return _put(here, base, rules, _said(form, "reason") or rule.name.in_(here.language))
    except InvalidInput as error:
        return _form(here, base, row, new=not was, findings=_of_form(error.findings))


@routes.action("/try", permission=DESIGN)
def try_rule(here: Here, form: Written) -> Response:
    """What the rule as it is filled in would have raised lately; nothing is kept."""
    row = {name: _said(form, name) for name in COLUMNS}
    unnamed = {"id": "new-rule", "ko": "새 규칙", "en": "New rule"}
    asked = _said(form, "history")
    days = next((one for one in TRIED_DAYS if str(one) == asked), TRIED_DAYS[0])
    try:
        (rule,) = parse_rules([row | {name: row[name] or word for name, word in unnamed.items()}])
        params = flood_params()
        tried = try_on_history(here.store, here.actor, rule, days, here.now, params)
    except InvalidInput as error:
        return here.render("control/rules/trial.html", status=422, findings=_of_form(error.findings))
    return here.render(
        "control/rules/trial.html",
        findings=(),
        tried=tried,
        days=days,
        forecast=rule.kind is RuleKind.FORECAST,
        stood=tried.trial.standing(int(here.now.timestamp() * 1000)) // 1000,
        chart=_trial_chart(here, tried),
    )


@routes.action("/remove", permission=DESIGN)
def remove_rule(
    here: Here, base: Annotated[int, Form(ge=0)], id: Annotated[str, Form(max_length=200)]
) -> Response:
    """Leave a rule out of the next version; its open alarms return to normal, saying why."""
    with here.store.registry.read() as conn:
        rules = rules_in_force(here.store, conn, here.now)
    kept = [one for one in rules.rules if one.id != id]
    name = next((one.name for one in rules.rules if one.id == id), None)
    if name is None:
        raise NotFound(Text("규칙", "rule"), id)
    return _put(here, base, kept, {"ko": f"{name.ko} 삭제", "en": f"removed {name.en}"}[here.language])


def _put(here: Visit, base: int, rules: Sequence[Rule], reason: str) -> Response:
    RuleSet(base + 1, here.now.date(), rules)
    with here.store.registry.read() as conn:
        before = rules_in_force(here.store, conn, here.now)
    if before.version == base and list(before.rules) == list(rules):
        return RedirectResponse("/control/rules?done=same", 303)
    put_rules(here.store, here.actor, base, rules, reason, here.now)
    return RedirectResponse("/control/rules?done=saved", 303)


def _said(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip()[:2_000] if isinstance(value, str) else ""


def _of_form(findings: Sequence[Finding]) -> list[Finding]:
    """The same by field alone: a form has no lines."""
    return [replace(one, where=one.where.rpartition(" · ")[2]) for one in findings]


def _row(rules: RuleSet, id: str) -> dict[str, str]:
    found = next((one for one in rules.rules if one.id == id), None)
    if found is None:
        raise NotFound(Text("규칙", "rule"), id)
    return rule_rows([found])[0]


def _page(here: Visit, *, done: str = "", findings: Sequence[Finding] = ()) -> Response:
    with here.store.registry.read() as conn:
        versions = rule_versions(here.store, conn)
    desk = here.house.part(AlarmDesk)
    pairs = desk.list.layout.pairs
    points = Counter(pairs.rules[int(r)].id for r in pairs.rule)
    rules = sorted(versions[-1].rules, key=lambda rule: (int(rule.priority), rule.name.ko))
    return here.render(
        "control/rules/page.html",
        status=422 if findings else 200,
        rules=rules,
        versions=versions[::-1],
        names=display_names(here.store, here.actor, {one.by for one in versions if one.by}),
        current=versions[-1],
        points=points,
        open=Counter(line.alarm.rule for line in desk.list.asking(here.actor)),
        findings=findings,
        done=DONE.get(done),
        **_words(here),
    )


def _form(
    here: Visit,
    base: int,
    row: Mapping[str, str],
    *,
    new: bool = False,
    findings: Sequence[Finding] = (),
) -> Response:
    return here.render(
        "control/rules/rule.html",
        status=422 if findings else 200,
        base=base,
        row=row,
        new=new,
        findings=findings,
        levels=[level.value for level in Level],
        level_kinds={kind.value: sorted(of) for kind, of in LEVELS.items()},
        all_quantities=quantities(),
        all_kinds=kinds(),
        yes=YES,
        no=NO,
        **_words(here),
    )


def _trial_chart(here: Visit, tried: Tried) -> dict[str, Any]:
    """Alarms by day or hour, for a chart."""
    (first, _), *_others = tried.counts
    step = (tried.counts[1][0] - first).total_seconds() if len(tried.counts) > 1 else 86_400
    data = [[int(at.timestamp() * 1000), count] for at, count in tried.counts]
    name = {"ko": "경보", "en": "Alarms"}[here.language]
    series = {
        "name": name,
        "unit": "",
        "kind": "bar",
        "interval": int(step * 1000),
        "digits": 0,
        "data": data,
    }
    return {"series": [series], "from": data[0][0], "to": int(tried.period.end.timestamp() * 1000)}


def _words(here: Visit) -> dict[str, Any]:
    return {
        "kind_names": RULE_KINDS,
        "side_names": SIDES,
        "statistic_names": STATISTICS,
        "state_names": STATE_NAMES,
        "rule_url": rule_url,
        "limit_shown": limit_shown,
        "tried_days": TRIED_DAYS,
        "may_design": here.actor.may(DESIGN),
    }
