"""Permits against what is around them: weather, alarms, pipes and tanks, their own conditions and air."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sandan.clock import SEOUL
from sandan.control.model.permits import (
    ANY,
    ENTRY,
    FORECAST,
    WEATHER_UNITS,
    AirRule,
    AirTest,
    AlarmNear,
    AlarmRule,
    Conflict,
    Installation,
    NeedRule,
    Permit,
    PermitParams,
    SurroundingRule,
    WeatherRule,
    WeatherSpell,
    Weight,
)
from sandan.words import Text


def meet_weather(
    permits: Sequence[Permit],
    rules: Sequence[WeatherRule],
    spells: Sequence[WeatherSpell],
    params: PermitParams,
) -> Iterator[Conflict]:
    """Outdoor work in weather, measured or forecast, that passes a limit; hours that follow on are one."""
    for permit in permits:
        if not permit.outdoors:
            continue
        for rule in rules:
            limit = params.weather_limits.get(rule.id, rule.limit)
            if rule.kind not in (ANY, permit.kind) or limit is None:
                continue
            for spell in _runs(spells, rule, limit):
                start, end = max(permit.start, spell.start), min(permit.end, spell.end)
                if start < end:
                    yield _in_weather(permit, rule, limit, spell, start, end)


def _runs(spells: Sequence[WeatherSpell], rule: WeatherRule, limit: float) -> list[WeatherSpell]:
    """The spells that pass the limit; those that follow each other as one, with the worst of their values
    and the time the oldest of them was known."""
    passing = sorted(
        (
            spell
            for spell in spells
            if rule.quantity in spell.values and _passes(spell.values[rule.quantity], limit, rule.inclusive)
        ),
        key=lambda spell: (spell.forecast, spell.start),
    )
    found: list[WeatherSpell] = []
    for spell in passing:
        last = found[-1] if found else None
        if last is None or last.forecast != spell.forecast or last.end < spell.start:
            found.append(spell)
            continue
        worst = max(last.values[rule.quantity], spell.values[rule.quantity])
        known = min((one for one in (last.known, spell.known) if one is not None), default=None)
        found[-1] = replace(last, end=max(last.end, spell.end), values={rule.quantity: worst}, known=known)
    return found


def _in_weather(
    permit: Permit, rule: WeatherRule, limit: float, spell: WeatherSpell, start: datetime, end: datetime
) -> Conflict:
    unit = WEATHER_UNITS.get(rule.quantity, "")
    worst, most = (f"{one:g} {unit}".rstrip() for one in (spell.values[rule.quantity], limit))
    told = Text("예보", "Forecast") if spell.forecast else Text("측정", "Measured")
    known = Text("", "")
    if spell.known is not None:
        at = spell.known.astimezone(SEOUL)
        got = Text("수신", "known ") if spell.forecast else Text("현재", "")
        known = Text(
            f" ({at.month}월 {at.day}일 {at:%H:%M} {got.ko})", f" ({got.en}{at.day} {at:%b} {at:%H:%M})"
        )
    return Conflict(
        rule.id,
        Weight.HOLD if spell.forecast else rule.weight,
        (permit.id,),
        FORECAST if spell.forecast else None,
        start,
        end,
        None,
        Text(
            f"'{permit.name}': {rule.why.ko} {told.ko} {worst}{known.ko}, 기준 {most}",
            f"'{permit.name}': {rule.why.en} {told.en} {worst}{known.en}, limit {most}",
        ),
        Text("그 시간을 피해 작업 시간을 옮기십시오.", "Move the work out of these hours.")
        if spell.forecast
        else Text("날씨가 나아질 때까지 멈추거나 시간을 옮기십시오.", "Wait for better weather, or move it."),
        rule.basis,
    )


def meet_alarms(
    permits: Sequence[Permit],
    rules: Sequence[AlarmRule],
    alarms: Sequence[AlarmNear],
    params: PermitParams,
    now: datetime,
) -> Iterator[Conflict]:
    """Work in the reach of an alarm that stands: going on it stops, planned it is held."""
    for permit in permits:
        for alarm in alarms:
            reach = params.alarm_reach.get(alarm.quantity, params.alarm_reach.get(ANY, 0.0))
            distance = float(permit.place.distance(alarm.place))
            if distance > reach or permit.kind == ENTRY:
                continue
            for rule in rules:
                if rule.kind in (ANY, permit.kind) and rule.quantity == alarm.quantity:
                    yield Conflict(
                        rule.id,
                        rule.weight if permit.start <= now else Weight.HOLD,
                        (permit.id,),
                        alarm.id,
                        max(permit.start, now),
                        permit.end,
                        distance,
                        Text(
                            f"'{permit.name}'에서 {distance:.0f} m 거리에 {alarm.name.ko}이(가) 있습니다. "
                            f"{rule.why.ko}",
                            f"'{permit.name}' is {distance:.0f} m from {alarm.name.en}. {rule.why.en}",
                        ),
                        Text(
                            "경보·사건이 끝나고 현장을 확인한 뒤 다시 허가하십시오.",
                            "Grant it anew once that is over and the place was checked.",
                        ),
                        rule.basis,
                    )


def meet_surroundings(
    permits: Sequence[Permit], rules: Sequence[SurroundingRule], installations: Sequence[Installation]
) -> Iterator[Conflict]:
    """Work that comes too near a pipe or a tank without the provision that would allow it."""
    for rule in rules:
        things = [thing for thing in installations if thing.kind == rule.thing]
        for permit in permits:
            if permit.kind != rule.kind or rule.unless in permit.provisions:
                continue
            for thing in things:
                distance = float(permit.place.distance(thing.place))
                if distance <= (rule.within or 0.0):
                    yield Conflict(
                        rule.id,
                        rule.weight,
                        (permit.id,),
                        thing.id,
                        permit.start,
                        permit.end,
                        distance,
                        _lies(permit, thing, distance, rule),
                        rule.remedy,
                        rule.basis,
                    )


def _lies(permit: Permit, thing: Installation, distance: float, rule: SurroundingRule) -> Text:
    if distance == 0:
        return Text(
            f"'{permit.name}' 자리에 '{thing.name}'이(가) 있습니다. {rule.why.ko}",
            f"'{thing.name}' lies where '{permit.name}' is. {rule.why.en}",
        )
    return Text(
        f"'{permit.name}'에서 {distance:.1f} m에 '{thing.name}'이(가) 있습니다. {rule.why.ko}",
        f"'{thing.name}' lies {distance:.1f} m from '{permit.name}'. {rule.why.en}",
    )


def miss_provisions(permits: Sequence[Permit], rules: Sequence[NeedRule]) -> Iterator[Conflict]:
    """What the kind of work needs and the permit does not promise."""
    for permit in permits:
        for rule in rules:
            needed = rule.kind in (ANY, permit.kind) and (not rule.dark or (permit.dark and permit.outdoors))
            if needed and rule.provision not in permit.provisions:
                yield Conflict(
                    rule.id,
                    Weight.STOP,
                    (permit.id,),
                    None,
                    permit.start,
                    permit.end,
                    None,
                    Text(
                        f"'{permit.name}'에 필요한 조치가 없습니다: {rule.name.ko}.",
                        f"'{permit.name}' lacks: {rule.name.en}.",
                    ),
                    Text("조치를 하고 허가서에 적으십시오.", "See to it and say so in the permit."),
                    rule.basis,
                )


def judge_air(
    permits: Sequence[Permit], rules: Sequence[AirRule], params: PermitParams, now: datetime
) -> Iterator[Conflict]:
    """Air that was not tested in time, or that is not fit to breathe; the newest test counts."""
    for permit in permits:
        for rule in rules:
            if rule.kind != permit.kind:
                continue
            tests = [test for test in permit.tests if test.quantity == rule.quantity and test.at <= now]
            newest = max(tests, key=lambda test: test.at, default=None)
            why = _fault_of_air(permit, rule, newest, params)
            if why is not None:
                yield Conflict(
                    f"air_{rule.id}",
                    # Nobody can have tested yet what is done tomorrow.
                    Weight.STOP if permit.start <= now or newest is not None else Weight.HOLD,
                    (permit.id,),
                    None,
                    permit.start,
                    permit.end,
                    None,
                    why,
                    Text("환기하고 다시 측정한 뒤 들어가십시오.", "Ventilate, test again, then go in."),
                    rule.basis,
                )


def _passes(value: float, limit: float, inclusive: bool) -> bool:
    return value >= limit if inclusive else value > limit


def _fault_of_air(permit: Permit, rule: AirRule, newest: AirTest | None, params: PermitParams) -> Text | None:
    if newest is None:
        return Text(
            f"'{permit.name}'에 {rule.name.ko} 측정값이 없습니다.",
            f"'{permit.name}' has no test of {rule.name.en.lower()}.",
        )
    if params.test_age is not None:
        old = permit.start - newest.at > params.test_age
    else:
        old = newest.at.astimezone(SEOUL).date() < permit.start.astimezone(SEOUL).date()
    if old:
        return Text(
            f"'{permit.name}'의 {rule.name.ko} 측정이 오래되었습니다.",
            f"The test of {rule.name.en.lower()} for '{permit.name}' is too old.",
        )
    low, below = rule.low, params.air_limits.get(rule.id, rule.below)
    if (low is not None and newest.value < low) or (below is not None and newest.value >= below):
        span = limits_of(rule, params)
        return Text(
            f"'{permit.name}'의 {rule.name.ko} {newest.value:g} {rule.unit}: 기준({span.ko})을 벗어났습니다.",
            f"{rule.name.en} of {newest.value:g} {rule.unit} in '{permit.name}' is not {span.en}.",
        )
    return None


def limits_of(rule: AirRule, params: PermitParams) -> Text:
    """The air that is fit, in words; empty where nobody has set a limit."""
    low, below = rule.low, params.air_limits.get(rule.id, rule.below)
    ko = [
        *([f"{low:g} 이상"] if low is not None else []),
        *([f"{below:g} 미만"] if below is not None else []),
    ]
    en = [
        *([f"{low:g} or more"] if low is not None else []),
        *([f"below {below:g}"] if below is not None else []),
    ]
    return Text(" ".join(ko), " and ".join(en))


def last_too_long(permits: Sequence[Permit], params: PermitParams) -> Iterator[Conflict]:
    """One permit for more hours than the operator lets one last."""
    for permit in permits:
        longest = params.longest.get(permit.kind)
        if longest is not None and permit.end - permit.start > longest:
            hours = f"{longest.total_seconds() / 3600:g}"
            yield Conflict(
                "too_long",
                Weight.HOLD,
                (permit.id,),
                None,
                permit.start + longest,
                permit.end,
                None,
                Text(
                    f"'{permit.name}'의 허가 시간이 {hours}시간을 넘습니다.",
                    f"'{permit.name}' lasts more than {hours} hours.",
                ),
                Text("나누어 신청하고 다시 측정하십시오.", "Ask for it in parts, and test anew for each."),
                None,
            )
