"""All that stands against a day's permits, in one list with the reason and the way out of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sandan.clock import SEOUL
from sandan.control.engine.permits.circumstances import (
    judge_air,
    last_too_long,
    meet_alarms,
    meet_surroundings,
    meet_weather,
    miss_provisions,
)
from sandan.control.engine.permits.pairs import clash, miss_entry, share_watchers
from sandan.control.engine.permits.tables import permit_rules
from sandan.control.model.permits import (
    ANY,
    AlarmNear,
    Conflict,
    Installation,
    Permit,
    PermitCheck,
    PermitParams,
    PermitRules,
    WeatherSpell,
    Weight,
)
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

_ORDER = {Weight.STOP: 0, Weight.HOLD: 1, Weight.NOTE: 2}


def check_permits(
    permits: Sequence[Permit],
    *,
    now: datetime,
    weather: Sequence[WeatherSpell] = (),
    alarms: Sequence[AlarmNear] = (),
    installations: Sequence[Installation] = (),
    params: PermitParams | None = None,
    rules: PermitRules | None = None,
) -> PermitCheck:
    """Conflicts of permits with each other, with weather and alarms, with what lies near, and with their own
    conditions; what ended before `now` (and the time it matters afterwards) is left out.

    Two works conflict when their times overlap and their places lie within the rule's distance [m]. Weather
    that is only forecast holds work, it does not stop it. Raises `InvalidInput` with every kind unknown and
    every id given twice. Sources: the tables of this package, row by row.
    """
    rules, params = rules or permit_rules(), params or PermitParams()
    _check_kinds(permits, rules)
    live = [
        permit
        for permit in permits
        if (permit.end + params.after[permit.kind] if permit.kind in params.after else permit.end) > now
    ]
    found = [
        *clash(live, rules.pairs, rules.kinds, params),
        *share_watchers(live),
        *miss_entry(live, rules.kinds),
        *meet_weather(live, rules.weather, weather, params),
        *meet_alarms(live, rules.alarms, alarms, params, now),
        *meet_surroundings(live, rules.surroundings, installations),
        *miss_provisions(live, rules.needs),
        *judge_air(live, rules.air, params, now),
        *last_too_long(live, params),
    ]
    found = sorted(
        (one for one in found if one.end > now),
        key=lambda one: (_ORDER[one.weight], one.start, one.rule, tuple(one.permits)),
    )
    return PermitCheck(
        found,
        {permit.id: _gravest(permit, found) for permit in live},
        _notes(live, weather, alarms, params, rules),
    )


def _gravest(permit: Permit, found: Sequence[Conflict]) -> Weight | None:
    own = [one.weight for one in found if permit.id in one.permits]
    return min(own, key=lambda weight: _ORDER[weight], default=None)


def _check_kinds(permits: Sequence[Permit], rules: PermitRules) -> None:
    ids = [permit.id for permit in permits]
    findings = [
        Finding(
            permit.id,
            Text(
                f"'{permit.kind}'은(는) 알 수 없는 작업입니다.", f"'{permit.kind}' is no known kind of work."
            ),
            Text(f"{', '.join(rules.kinds)} 가운데 고르십시오.", f"choose one of {', '.join(rules.kinds)}."),
        )
        for permit in permits
        if permit.kind not in rules.kinds
    ] + [
        Finding(
            id,
            Text("허가 번호가 두 번 나옵니다.", "The permit is given twice."),
            Text("하나만 남기십시오.", "leave one."),
        )
        for id in sorted({id for id in ids if ids.count(id) > 1})
    ]
    if findings:
        raise InvalidInput(findings)


def _notes(
    permits: Sequence[Permit],
    weather: Sequence[WeatherSpell],
    alarms: Sequence[AlarmNear],
    params: PermitParams,
    rules: PermitRules,
) -> list[Text]:
    """What could not be checked, so that silence is not taken for safety."""
    notes = []
    kinds = {permit.kind for permit in permits}
    outdoors = {permit.kind for permit in permits if permit.outdoors}
    unset = [
        rule.why
        for rule in rules.weather
        if rule.limit is None and rule.id not in params.weather_limits and rule.kind in outdoors
    ] + [
        rule.name
        for rule in rules.air
        if rule.kind in kinds and (rule.low, rule.below) == (None, None) and rule.id not in params.air_limits
    ]
    notes += [
        Text(
            f"기준이 설정되지 않아 확인하지 않았습니다: {what.ko}",
            f"Not checked, no limit is set: {what.en}",
        )
        for what in unset
    ]
    if not weather and any(permit.outdoors for permit in permits):
        notes.append(
            Text("기상 자료가 없어 날씨를 확인하지 않았습니다.", "Weather was not checked: there is none.")
        )
    elif unseen := _beyond(permits, weather):
        notes.append(unseen)
    blind = {alarm.quantity for alarm in alarms} - set(params.alarm_reach)
    if blind and ANY not in params.alarm_reach:
        notes.append(
            Text(
                "경보의 영향 거리가 설정되지 않아 경보 지점 위의 작업만 확인했습니다.",
                "No reach of alarms is set: only work on the very spot of an alarm was checked.",
            )
        )
    return notes


def _beyond(permits: Sequence[Permit], weather: Sequence[WeatherSpell]) -> Text | None:
    """That outdoor work goes on after the last hour whose weather is known or foretold."""
    known = max((spell.end for spell in weather), default=None)
    if known is None or not any(permit.outdoors and permit.end > known for permit in permits):
        return None
    if not any(spell.forecast for spell in weather):
        return Text(
            "예보가 없어 앞으로의 날씨는 확인하지 않았습니다.",
            "The weather to come was not checked: there is no forecast.",
        )
    at = known.astimezone(SEOUL)
    return Text(
        f"예보가 {at.month}월 {at.day}일 {at:%H:%M}까지만 있어 그 뒤의 날씨는 확인하지 않았습니다.",
        f"Weather was not checked beyond {at.day} {at:%b} {at:%H:%M}, where the forecast ends.",
    )
