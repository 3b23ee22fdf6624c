"""The table of alarm rules: read, changed as a whole file, taken back to an earlier version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import File, Form, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.control.engine.alarms.table import (
    check_rows,
    parse_rules,
    read_rows,
    rule_rows,
    say_length,
    write_rows,
)
from sandan.control.engine.board import STATE_NAMES
from sandan.control.model.alarms import RULE_KINDS, Rule, RuleKind, RuleSet, Side, Statistic
from sandan.control.model.rights import CASES, DESIGN
from sandan.control.service.alarms.desk import AlarmDesk
from sandan.control.service.alarms.rules import (
    differences,
    faults_of,
    put_rules,
    rule_versions,
    rules_in_force,
)
from sandan.control.service.incidents.people import display_names
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.sheets import BOM, decode
from sandan.twin.tables import quantities
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("control", prefix="/control/rules")
MOST_BYTES = 4_000_000
MOST_FINDINGS = 200
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
CHANGES = {
    "added": Text("더함", "added"),
    "changed": Text("고침", "changed"),
    "removed": Text("뺌", "removed"),
}
NO_TEXT = Text("", "")


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
    return attachment(text, f"alarm-rules-{rules.version}.csv")


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
        rules, findings = check_rows(read_rows(decode(data, MOST_BYTES)))
        if findings:
            with here.store.registry.read() as conn:
                before = rules_in_force(here.store, conn, here.now).rules
                findings = [*findings, *faults_of(here.store, conn, rules, before)]
            raise InvalidInput(findings)
        return put(here, base, rules, reason or (file.filename or ""))
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
    try:
        return put(here, base, found[0].rules, reason)
    except InvalidInput as error:
        return _page(here, findings=error.findings)


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
    return put(here, base, kept, {"ko": f"{name.ko} 삭제", "en": f"removed {name.en}"}[here.language])


def put(here: Visit, base: int, rules: Sequence[Rule], reason: str) -> Response:
    """Make these rules the next version, unless nothing is different; then back to the table."""
    RuleSet(base + 1, here.now.date(), rules)
    with here.store.registry.read() as conn:
        before = rules_in_force(here.store, conn, here.now)
    if before.version == base and list(before.rules) == list(rules):
        return RedirectResponse("/control/rules?done=same", 303)
    put_rules(here.store, here.actor, base, rules, reason, here.now)
    return RedirectResponse("/control/rules?done=saved", 303)


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
        changes={new.version: _changes(old, new) for old, new in pairwise(versions)},
        names=display_names(here.store, here.actor, {one.by for one in versions if one.by}),
        current=versions[-1],
        points=points,
        open=Counter(line.alarm.rule for line in desk.list.asking(here.actor)),
        findings=findings[:MOST_FINDINGS],
        done=DONE.get(done),
        limit_shown=limit_shown,
        **words(here),
    )


def _changes(old: RuleSet, new: RuleSet) -> list[tuple[Text, list[Text]]]:
    found = differences(old, new)
    return [(word, [rule.name for rule in found[how]]) for how, word in CHANGES.items() if found[how]]


def words(here: Visit) -> dict[str, Any]:
    """What the pages of rules call things, and whether this actor may change them."""
    return {
        "kind_names": RULE_KINDS,
        "side_names": SIDES,
        "statistic_names": STATISTICS,
        "state_names": STATE_NAMES,
        "rule_url": rule_url,
        "said_length": say_length,
        "may_design": here.actor.may(DESIGN),
    }


def row_of(rules: RuleSet, id: str) -> dict[str, str]:
    """The row of a rule as the table holds it; raises `NotFound`."""
    found = next((one for one in rules.rules if one.id == id), None)
    if found is None:
        raise NotFound(Text("규칙", "rule"), id)
    return rule_rows([found])[0]


def rule_in(row: dict[str, str]) -> Rule:
    """The rule of one row; raises `InvalidInput`."""
    (rule,) = parse_rules([row])
    return rule
